"""Time passes and nothing is sent: a due time goes by, a reminder comes; known from what is stored, without the judge.

Only stored rows are looked at, and of the events which one started a clock (`Origins`). What this module cannot tell
for sure it leaves to the judge. Property tests hold every answer against the judge's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

from monitor.domain.anomalies import BREACH_CODES
from monitor.domain.calendars import WorkingCalendar
from monitor.domain.clocks import Clock
from monitor.domain.events import Event
from monitor.domain.facts import CaseFacts, ClockFacts
from monitor.domain.instants import END_OF_TIME, Instant
from monitor.domain.item_history import ItemHistory
from monitor.domain.judge import Rules, is_reminded
from monitor.domain.schedule import due_day_opening, reminder_at, unheld_reminder
from monitor.domain.standing import main_clock

_STARTS: Final = {"promise": "accepted", "statutory": "accepted", "delivery": "decided", "step": "step_started"}
"""The kind of event that starts each clock whose breach is told here."""
OWN_START: Final = ""
"""Stands for the event that started a clock of its own, in what is told of a case without its events: no event has an
empty id.
"""
_HOLDING: Final = frozenset({"suspended", "extended"})

_Finding = tuple[str, str | None, str]


class Origins:
    """What the events of a case tell of its clocks. `starts`: (kind, event_id) of what may have started one, by its
    instant; None where instants repeat: only the walk knows the order within one. `instants`: those of the events that
    findings name. `is_held`: a clock may have stood or been extended.
    """

    __slots__ = ("instants", "is_held", "starts")

    def __init__(
        self, starts: dict[Instant, tuple[str, str]] | None, instants: dict[str, Instant], *, is_held: bool
    ) -> None:
        self.starts = starts
        self.instants = instants
        self.is_held = is_held


def origins_of(events: Sequence[Event]) -> Origins:
    """What all events of a case tell, in any order."""
    starts = {event.occurred_at: (event.kind, event.event_id) for event in events}
    instants = {event.event_id: event.occurred_at for event in events}
    is_held = any(event.kind in _HOLDING for event in events)
    return Origins(starts if len(starts) == len(events) else None, instants, is_held=is_held)


def origins_of_clocks(event_id: str, accepted_at: Instant, clocks: list[ClockFacts]) -> Origins:
    """What is known of an ordinary case without its events: which acceptance started the main clocks, and that each of
    the others was started by an event of its kind.
    """
    starts = {accepted_at: ("accepted", event_id)}
    instants = {event_id: accepted_at}
    for row in clocks:
        kind = start_kind(row)
        if kind is not None and row.started_at > accepted_at:
            starts[row.started_at] = kind, OWN_START
            instants[OWN_START] = row.started_at
    return Origins(starts, instants, is_held=False)


def findings_of_clocks(
    event_id: str | None, accepted_at: Instant | None, clocks: list[ClockFacts]
) -> list[_Finding] | None:
    """What is found of a case that is late and nothing else, in legal order: what names its acceptance comes first.
    None where that is not known: of two clocks with starts of their own the events tell the order.
    """
    found: list[_Finding] = []
    for row in clocks:
        if row.state != "breached":
            continue
        kind = start_kind(row)
        if kind is None or event_id is None or accepted_at is None:
            return None
        if kind != "accepted" and row.started_at <= accepted_at:
            return None
        found.append((_code_of(row), event_id if kind == "accepted" else OWN_START, f"{row.name} breached"))
    found.sort(key=_legal_place)
    return found if is_order_known(found) else None


def is_order_known(findings: Sequence[_Finding]) -> bool:
    """Whether at most one finding names an event of which nothing is known but that it came after the acceptance."""
    return sum(1 for finding in findings if finding[1] == OWN_START) < 2


def _legal_place(finding: _Finding) -> tuple[bool, str, str]:
    return finding[1] == OWN_START, finding[0], finding[2]


def _code_of(row: ClockFacts) -> str:
    return BREACH_CODES[row.name.split(":", 1)[0]]


class Passing:
    """What is stored of a case as time alone leaves it. `reminder_at`: a reminder that has come to be due."""

    __slots__ = ("as_of", "clocks", "facts", "findings", "history", "reminder_at", "rules")

    def __init__(
        self,
        facts: CaseFacts,
        clocks: list[ClockFacts],
        findings: list[_Finding],
        history: ItemHistory,
        rules: Rules,
        as_of: Instant,
    ) -> None:
        self.facts = facts
        self.clocks = clocks
        self.findings = findings
        self.history = history
        self.rules = rules
        self.as_of = as_of
        self.reminder_at: Instant | None = None


def pass_time(
    item: str | None,
    facts: CaseFacts,
    clocks: list[ClockFacts],
    findings: Sequence[_Finding],
    origins: Origins,
    rules: Rules,
    as_of: Instant,
) -> Passing | None:
    """What the judge would find at `as_of` of a case as it is stored, if time alone has changed it; None where that
    takes the judge. What is given stays as it is.
    """
    history = rules.items.history(item)
    if history is None or not _goes_on(facts, as_of):
        return None
    if not _keeps_version(history, facts, rules.calendar, as_of):
        return None
    passing = Passing(facts.copy(), list(clocks), list(findings), history, rules, as_of)
    place = warned_place(clocks)
    if place < 0:
        return None
    breached = _breach(passing)
    if breached is None or (breached and not _find(passing, breached, origins)):
        return None
    return passing if _warn(passing, clocks[place], place, is_held=origins.is_held) else None


def warned_place(clocks: list[ClockFacts]) -> int:
    """Where the clock stands that the ladder reminds of: promise, or statutory where there is no promise."""
    found = -1
    for place, row in enumerate(clocks):
        if row.name == "promise":
            return place
        if row.name == "statutory":
            found = place
    return found


def soonest_end(clocks: list[ClockFacts], as_of: Instant) -> Instant:
    """When the next running clock is breached; the end of time where none will be."""
    soonest = END_OF_TIME
    for row in clocks:
        due_at = row.due_at
        if not row.ended and due_at is not None and as_of <= due_at < soonest:
            soonest = due_at + 1
    return soonest


def soonest_warning(clock: Clock, as_of: Instant) -> Instant:
    """When the running clock's light or reminder comes next, while nothing holds it back; else the end of time."""
    soonest = END_OF_TIME
    for at in (reminder_at(clock), due_day_opening(clock)):
        if at is not None and as_of < at < soonest:
            soonest = at
    return soonest


def soonest_version(history: ItemHistory, facts: CaseFacts, calendar: WorkingCalendar, as_of: Instant) -> Instant:
    """When another version of an accepted case's item comes into force; else the end of time."""
    if history.only is not None or facts.status != "accepted":
        return END_OF_TIME
    day = history.next_change(max(calendar.zone.day(as_of), history.days[0]))
    return END_OF_TIME if day is None else calendar.zone.instant(day, 0)


def _goes_on(facts: CaseFacts, as_of: Instant) -> bool:
    """Whether a change has come, in a case that is accepted by the authority's word and not suspended."""
    if facts.status != "accepted" and facts.status != "decided":
        return False
    change_at = facts.next_change_at
    return change_at is not None and change_at <= as_of and not facts.deemed and facts.accepted_at is not None


def _keeps_version(history: ItemHistory, facts: CaseFacts, calendar: WorkingCalendar, as_of: Instant) -> bool:
    """Whether no other version of the item has come into force on any day from the change on."""
    if history.only is not None:
        return True
    day = history.next_change(calendar.zone.day(cast(Instant, facts.next_change_at)) - 1)
    return day is None or day > calendar.zone.day(as_of)


def _breach(passing: Passing) -> list[ClockFacts] | None:
    """Breach the running clocks whose due time is past; None where one stands, or its breach means more than that."""
    breached: list[ClockFacts] = []
    for place, row in enumerate(passing.clocks):
        if row.ended or row.state == "breached":
            continue
        due_at = row.due_at
        if row.state != "running" or due_at is None:
            return None
        if due_at >= passing.as_of:
            continue
        if start_kind(row) is None:
            return None
        found = row.copy()
        found.state = "breached"
        passing.clocks[place] = found
        breached.append(found)
        if found.name == "promise":
            passing.facts.promise_state = "breached"
        elif found.name == "statutory":
            passing.facts.statutory_state = "breached"
    return breached


def start_kind(row: ClockFacts) -> str | None:
    """The kind of event that starts a clock; None of one whose breach is not told here."""
    return _STARTS.get(row.name.split(":", 1)[0])


def _find(passing: Passing, breached: list[ClockFacts], origins: Origins) -> bool:
    """Add the findings in legal order; False where it is not known what they name."""
    if origins.starts is None:
        return False
    for row in breached:
        start = origins.starts.get(row.started_at)
        if start is None or start[0] != start_kind(row):
            return False
        passing.findings.append((_code_of(row), start[1], f"{row.name} breached"))
    if len(passing.findings) > 1:
        ordered = []
        for finding in passing.findings:
            at = origins.instants.get(finding[1] or "")
            if at is None:
                return False
            ordered.append((at, finding[0], finding[2], finding))
        ordered.sort()
        passing.findings = [entry[3] for entry in ordered]
    return True


def _warn(passing: Passing, before: ClockFacts, place: int, *, is_held: bool) -> bool:
    """Light, reminder and next change. `before`: the warned clock as stored."""
    facts, as_of = passing.facts, passing.as_of
    soonest = min(
        soonest_end(passing.clocks, as_of), soonest_version(passing.history, facts, passing.rules.calendar, as_of)
    )
    is_reminding = False
    # A clock is reminded of before it is due: where its breach is the first change, no reminder has come with it.
    is_past = before.state == "breached" or before.due_at == cast(Instant, facts.next_change_at) - 1
    if is_past and not before.ended:
        soonest = min(soonest, _late_opening(passing, before))
    elif not before.ended:
        if before.extended or is_held:
            return False
        clock = _warned_clock(passing, passing.clocks[place])
        at = unheld_reminder(clock.started_at, clock.due_at, reminder_at(clock))
        passing.reminder_at = at if at is not None and at <= as_of else None
        is_reminding = facts.status == "accepted" and is_reminded(clock, as_of)
        soonest = min(soonest, soonest_warning(clock, as_of))
    facts.light = _light(facts, is_reminding=is_reminding)
    facts.next_change_at = None if soonest == END_OF_TIME else soonest
    return True


def _late_opening(passing: Passing, row: ClockFacts) -> Instant:
    """The opening of the due day of a clock that fell due before it, while it is to come; else the end of time."""
    calendar = passing.rules.calendar
    opening = calendar.opening_at(calendar.zone.day(cast(Instant, row.due_at)))
    return opening if opening > passing.as_of else END_OF_TIME


def _warned_clock(passing: Passing, row: ClockFacts) -> Clock:
    calendar = passing.rules.calendar
    version = passing.history.on(calendar.zone.day(cast(Instant, passing.facts.accepted_at)))
    return main_clock(row, version, passing.as_of, calendar)


def _light(facts: CaseFacts, *, is_reminding: bool) -> str:
    if facts.statutory_state == "breached":
        return "red"
    if facts.promise_state == "breached":
        return "yellow"
    return "reminder" if is_reminding else "green"
