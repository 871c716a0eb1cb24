"""What is stored of a plain case, in the hands of whatever follows its events: its clocks, its next change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mypy_extensions import mypyc_attr

from monitor.domain.calendars import WorkingCalendar
from monitor.domain.clocks import Clock, shown
from monitor.domain.counting import FOREVER, Cover, Meter, working_days_meter
from monitor.domain.events import Event
from monitor.domain.facts import CaseFacts, ClockFacts
from monitor.domain.instants import Instant
from monitor.domain.item_history import ItemHistory
from monitor.domain.items import ItemVersion
from monitor.domain.judge import Rules
from monitor.domain.quiet_summary import QuietSummary
from monitor.domain.schedule import after_pause, opening_of_day, reminder_of, unheld_reminder

SUSPENDED: Final = "suspended"
_NO_COVERS: Final[tuple[Cover, ...]] = ()


@mypyc_attr(acyclic=True)
class Standing:
    """What is stored of a plain case, and what it is judged by at `as_of`; `follow_all` moves summary, facts and the
    list of clocks that it was made of. `covers`: what suspensions take out of its clocks; the last one runs while the
    case is suspended, all others were resumed.
    `is_counted`: whether what moved leaves the counters as they are.
    """

    __slots__ = ("as_of", "calendar", "clocks", "covers", "facts", "history", "is_counted", "policy", "summary")

    def __init__(
        self, summary: QuietSummary, facts: CaseFacts, clocks: list[ClockFacts], history: ItemHistory,
        rules: Rules, as_of: Instant, covers: Sequence[Cover],
    ) -> None:  # fmt: skip
        self.summary = summary
        self.facts = facts
        self.clocks = clocks
        self.history = history
        self.calendar = rules.calendar
        self.policy = rules.policy
        self.as_of = as_of
        self.covers = covers
        self.is_counted = True


def standing_of(
    summary: QuietSummary | None, facts: CaseFacts | None, clocks: list[ClockFacts], rules: Rules, as_of: Instant
) -> Standing | None:
    """What is stored of a case, ready to follow its next events; None where the case is not plain, or time itself has
    changed something since.
    """
    if summary is None or facts is None:
        return None
    covers = _NO_COVERS if summary.plain else summary.covers
    if covers is None:
        return None
    next_change = facts.next_change_at
    if next_change is not None and next_change <= as_of:
        return None
    history = rules.items.history(summary.item)
    if history is None:
        return None
    return Standing(summary, facts, clocks, history, rules, as_of, covers)


def place_of(clocks: list[ClockFacts], name: str) -> int:
    """Where the clock of a name stands; −1 where there is none. Mostly one of the last is asked for."""
    place = len(clocks) - 1
    while place >= 0 and clocks[place].name != name:
        place -= 1
    return place


# -- clocks ------------------------------------------------------------------------------------------------------------


def end_of_steps(clocks: list[ClockFacts]) -> int:
    """The place behind the steps: only suspensions follow."""
    place = len(clocks)
    while place and clocks[place - 1].name.startswith("suspension:"):
        place -= 1
    return place


def start_clock(
    standing: Standing, place: int, name: str, at: Instant, meter: Meter, covers: Sequence[Cover] = _NO_COVERS,
    *, refusable: bool = False,
) -> ClockFacts | None:  # fmt: skip
    """A clock that starts now, put at its place; None where it is breached by now."""
    due_at = meter.due(covers)
    if due_at is not None and standing.as_of > due_at:
        return None
    if_refused = None
    if refusable:
        if_refused = meter.due(_NO_COVERS) if covers else due_at
    provisional = due_at is not None and standing.calendar.is_provisional_between(at, due_at)
    clock = ClockFacts(
        place, name, at, meter.unit._value_, meter.limit, 0.0, due_at, if_refused, None, False, "running", False, None,
        None, provisional,
    )  # fmt: skip
    clocks = standing.clocks
    for later in range(place, len(clocks)):
        moved = clocks[later].copy()
        moved.position = later + 1
        clocks[later] = moved
    clocks.insert(place, clock)
    return clock


def stop_clock(standing: Standing, place: int, meter: Meter, covers: Sequence[Cover], at: Instant) -> bool:
    """Stop a running clock in time; False where it is too late."""
    running, unit = standing.clocks[place], meter.unit
    due_at = running.due_at
    if due_at is not None and at > due_at:
        return False
    used, suspended = meter.measure(covers, at)
    clock = running.copy()
    clock.stopped_at, clock.ended, clock.state = at, True, "met"
    clock.early, clock.used, clock.suspended = used < meter.limit, shown(unit, used), shown(unit, suspended)
    standing.clocks[place] = clock
    return True


def main_meter(clock: ClockFacts, version: ItemVersion, calendar: WorkingCalendar) -> Meter:
    """The counting of promise, statutory and steps."""
    if clock.name == "statutory" and version.statutory is None:
        return plain_meter(clock, calendar)
    return limited_meter(clock, version, calendar)


def limited_meter(clock: ClockFacts, version: ItemVersion, calendar: WorkingCalendar) -> Meter:
    """The counting of a limit that the item gives."""
    return Meter(calendar, clock.started_at, clock.limit_value, version.unit, version.counting, version.roll)


def plain_meter(clock: ClockFacts, calendar: WorkingCalendar) -> Meter:
    """The counting of acceptance and delivery, and of a statutory limit by default."""
    return working_days_meter(calendar, clock.started_at, clock.limit_value)


# -- what time alone will change ---------------------------------------------------------------------------------------


def note_change(standing: Standing, at: Instant | None) -> None:
    """What the case stores as its next change is this moment where it comes sooner; the past is none."""
    if at is None or at <= standing.as_of:
        return
    soonest = standing.facts.next_change_at
    if soonest is None or at < soonest:
        standing.facts.next_change_at = at


def note_due(standing: Standing, clock: ClockFacts) -> None:
    """A running clock is breached after its due time."""
    due_at = clock.due_at
    if due_at is not None:
        note_change(standing, due_at + 1)


def note_warnings(standing: Standing, reminded_at: Instant | None, due_at: Instant | None) -> None:
    """Nothing holds the reminder's card back: it comes with the light, where it comes at all."""
    note_change(standing, reminded_at)
    if due_at is not None:
        note_change(standing, opening_of_day(standing.calendar, due_at))


def note_all_changes(standing: Standing, version: ItemVersion) -> bool:
    """Find what comes next in an accepted, undecided case anew; False where its reminder's card is due by now."""
    standing.facts.next_change_at = None
    ends, is_warned = _ends_of_pauses(standing), False
    for clock in standing.clocks:
        if clock.ended:
            continue
        note_due(standing, clock)
        if not is_warned and (clock.name == "promise" or clock.name == "statutory"):
            is_warned = True
            due_at = clock.due_at
            reminded_at = reminder_of(main_meter(clock, version, standing.calendar), standing.covers, due_at)
            carded = _carded_at(standing, clock, reminded_at, ends)
            if carded is not None and carded <= standing.as_of:
                return False
            if due_at is not None:  # a clock that stands without an end in sight turns no light
                note_change(standing, carded)
                note_warnings(standing, reminded_at, due_at)
    if standing.facts.status == SUSPENDED:
        note_change(standing, ends[-1])
    note_coming_version(standing)
    return True


def _ends_of_pauses(standing: Standing) -> list[Instant | None]:
    """When each suspension ends: the one that runs at the midnight after its planned days, or never (None)."""
    ends: list[Instant | None] = [cover.end for cover in standing.covers]
    if standing.facts.status == SUSPENDED:
        until, zone = standing.covers[-1].until, standing.calendar.zone
        ends[-1] = None if until == FOREVER else zone.instant(until + 1, 0)
    return ends


def _carded_at(
    standing: Standing, clock: ClockFacts, reminded_at: Instant | None, ends: Sequence[Instant | None]
) -> Instant | None:
    """When a running clock's reminder is issued: its moment, where suspensions do not hold it back."""
    at, due_at = unheld_reminder(clock.started_at, clock.due_at, reminded_at), clock.due_at
    for place, cover in enumerate(standing.covers):
        if at is None:
            return None
        if at >= cover.start:
            at = after_pause(standing.calendar, ends[place], at)
    return None if at is None or (due_at is not None and at > due_at) else at


def main_clock(clock: ClockFacts, version: ItemVersion, as_of: Instant, calendar: WorkingCalendar) -> Clock:
    """The running clock that is stored so."""
    start = Event("", "", "", "accepted", clock.started_at)
    return Clock(
        clock.name, start, main_meter(clock, version, calendar), clock.limit_value, 0.0, (),
        stop=None, ended_by=None, as_of=as_of, known_due=clock.due_at,
    )  # fmt: skip


def note_coming_version(standing: Standing) -> None:
    """Another version of the item comes into force."""
    history, zone = standing.history, standing.calendar.zone
    if history.only is None:
        day = history.next_change(max(zone.day(standing.as_of), history.days[0]))
        if day is not None:
            note_change(standing, zone.instant(day, 0))
