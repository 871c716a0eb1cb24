"""The short way: the next ordinary event of a plain case changes a few stored facts, known without judging all anew.

A case is plain while only the ordinary kinds of event have come and nothing about it is late, suspended or remarkable.
What this module cannot tell for sure it leaves to the judge. Property tests hold every answer against the judge's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

from monitor.domain.acceptance import DEFAULT_ACCEPTANCE_DAYS
from monitor.domain.anomalies import is_recorded_late
from monitor.domain.calendars import WorkingCalendar
from monitor.domain.clocks import BREACHED, Clock, shown
from monitor.domain.counting import Meter, working_days_meter
from monitor.domain.events import Event
from monitor.domain.facts import CaseFacts, ClockFacts, Row, Tally, clock_facts, clock_facts_of_row, tally_of_rows
from monitor.domain.instants import Instant
from monitor.domain.items import ItemHistory, ItemVersion, Unit
from monitor.domain.judge import DEFAULT_DELIVERY_DAYS, Rules, is_reminded
from monitor.domain.quiet import is_quiet, moves_no_finding, note_recorded
from monitor.domain.quiet_summary import QuietSummary
from monitor.domain.schedule import due_day_opening, reminder_at, unheld_reminder
from monitor.domain.walk import main_clocks

_STATUS: Final = CaseFacts._fields.index("status")
_DEPARTMENT: Final = CaseFacts._fields.index("department")
_LIGHT: Final = CaseFacts._fields.index("light")
_RECEIVED_AT: Final = CaseFacts._fields.index("received_at")
_ACCEPTED_AT: Final = CaseFacts._fields.index("accepted_at")
_CLAIMED_AT: Final = CaseFacts._fields.index("accepted_claimed_at")
_DECIDED_AT: Final = CaseFacts._fields.index("decided_at")
_RESULT: Final = CaseFacts._fields.index("result")
_CLOSED_AT: Final = CaseFacts._fields.index("closed_at")
_PROMISE_DUE_AT: Final = CaseFacts._fields.index("promise_due_at")
_PROMISE_STATE: Final = CaseFacts._fields.index("promise_state")
_STATUTORY_DUE_AT: Final = CaseFacts._fields.index("statutory_due_at")
_STATUTORY_STATE: Final = CaseFacts._fields.index("statutory_state")
_USED_DAYS: Final = CaseFacts._fields.index("used_days")
_STATUTORY_DAYS: Final = CaseFacts._fields.index("statutory_days")
_SUSPENDED_DAYS: Final = CaseFacts._fields.index("suspended_days")
_NEXT_CHANGE_AT: Final = CaseFacts._fields.index("next_change_at")
_STOPPED_AT: Final = ClockFacts._fields.index("stopped_at")
_WORKING_DAYS: Final = Unit.WORKING_DAYS


class Standing:
    """What is stored of a plain case; `follow_all` moves it. The rows it was made of stay as they are."""

    __slots__ = ("clocks", "facts", "history", "rules", "summary", "tally")

    def __init__(
        self,
        summary: QuietSummary,
        facts: list[object],
        clocks: list[ClockFacts],
        tally: Tally,
        history: ItemHistory,
        rules: Rules,
    ) -> None:  # fmt: skip
        self.summary = summary
        self.facts = facts
        self.clocks = clocks
        self.tally = tally
        self.history = history
        self.rules = rules


def standing_of(
    summary: QuietSummary | None, facts: Row, clocks: list[ClockFacts], tally: Tally, rules: Rules
) -> Standing | None:
    """What is stored of a case, ready to follow its next events; None where the case is not plain."""
    if summary is None or not summary.plain:
        return None
    history = rules.items.history(summary.item)
    return None if history is None else Standing(summary, list(facts), list(clocks), tally, history, rules)


def follow_all(standing: Standing, events: Sequence[Event], as_of: Instant) -> bool:
    """Whether all events, in order of time, are quiet or followed."""
    next_change = cast(Instant | None, standing.facts[_NEXT_CHANGE_AT])
    if next_change is not None and next_change <= as_of:
        return False  # time itself has changed something since
    rules = standing.rules
    for event in events:
        if is_quiet(standing.summary, event, rules.items, rules.calendar, as_of):
            continue
        if not _follow(standing, event, as_of):
            return False
    return True


def _follow(standing: Standing, event: Event, as_of: Instant) -> bool:
    """Whether the event leaves the case plain, and its stored facts are now those that judging anew would find.

    On False the standing may have moved and must be thrown away: the case is judged anew.
    """
    summary = standing.summary
    if not summary.last_at < event.occurred_at <= as_of:
        return False
    calendar = standing.rules.calendar
    if event.recorded_at is not None and is_recorded_late(event.occurred_at, event.recorded_at, calendar):
        return False
    if not _take(standing, event, as_of, calendar):
        return False
    summary.last_at = event.occurred_at
    summary.claimed = summary.claimed or event.due_claimed is not None
    note_recorded(summary, event)
    return True


def _take(standing: Standing, event: Event, as_of: Instant, calendar: WorkingCalendar) -> bool:
    kind = event.kind
    if kind == "step_started":
        return _start_step(standing, event, as_of, calendar)
    if kind == "step_finished":
        return _finish_step(standing, event, as_of, calendar)
    if kind == "received":
        return _receive(standing, event, as_of, calendar)
    if kind == "accepted":
        return _accept(standing, event, as_of, calendar)
    if kind == "decided":
        return _decide(standing, event, as_of, calendar)
    return kind == "delivered" and _deliver(standing, event, calendar)


def _receive(standing: Standing, event: Event, as_of: Instant, calendar: WorkingCalendar) -> bool:
    facts = standing.facts
    if facts[_RECEIVED_AT] is not None or standing.summary.accepted or facts[_DECIDED_AT] is not None:
        return False
    given = standing.history.on(calendar.zone.day(event.occurred_at)).acceptance
    limit = DEFAULT_ACCEPTANCE_DAYS if given is None else given
    clock = _started(standing, "acceptance", event, working_days_meter(calendar, event.occurred_at, limit), as_of)
    if clock is None:
        return False
    facts[_STATUS], facts[_RECEIVED_AT] = "received", event.occurred_at
    facts[_NEXT_CHANGE_AT] = clock.due_at + 1 if clock.due_at is not None else None
    _count(standing, calendar)
    return True


def _accept(standing: Standing, event: Event, as_of: Instant, calendar: WorkingCalendar) -> bool:
    """Legal acceptance by the authority's word: the acceptance clock stops, promise and statutory start."""
    summary, facts = standing.summary, standing.facts
    if summary.accepted or facts[_DECIDED_AT] is not None or _is_at_closed_window(event, calendar):
        return False
    version = standing.history.on(calendar.zone.day(event.occurred_at))
    if version.department is None or not _is_still(standing.history, version, as_of, calendar):
        return False
    if standing.clocks:
        row = standing.clocks[0]
        meter = working_days_meter(calendar, row.started_at, row.limit_value)
        if not _stop(standing, 0, meter, event.occurred_at):
            return False
    facts[_STATUS], facts[_DEPARTMENT] = "accepted", version.department
    facts[_ACCEPTED_AT] = facts[_CLAIMED_AT] = event.occurred_at
    facts[_NEXT_CHANGE_AT] = None
    if not _start_mains(standing, event, version, as_of, calendar):
        return False
    summary.accepted, summary.accepted_handler, summary.accepted_event = True, event.handler, event.event_id
    _note_coming_version(standing, as_of, calendar)
    _count(standing, calendar)
    return True


def _is_at_closed_window(event: Event, calendar: WorkingCalendar) -> bool:
    return bool(event.window) and not calendar.is_open(event.occurred_at)


def _start_mains(
    standing: Standing, event: Event, version: ItemVersion, as_of: Instant, calendar: WorkingCalendar
) -> bool:
    facts = standing.facts
    warned = True
    for main in main_clocks(event, version):
        clock = _started(standing, main.name, event, main.meter(calendar), as_of, refusable=True)
        if clock is None:
            return False
        if main.name == "promise":
            facts[_PROMISE_DUE_AT], facts[_PROMISE_STATE] = clock.due_at, "running"
        else:
            facts[_STATUTORY_DUE_AT], facts[_STATUTORY_STATE] = clock.due_at, "running"
        _note(standing, None if clock.due_at is None else clock.due_at + 1, as_of)
        if warned and not _warn(standing, event, clock, as_of, calendar):
            return False
        warned = False
    return True


def _warn(standing: Standing, event: Event, clock: Clock, as_of: Instant, calendar: WorkingCalendar) -> bool:
    """The clock the ladder reminds of: its light, its reminder, and the date the applicant was told."""
    if _is_told_otherwise(event, clock, calendar):
        return False
    carded = unheld_reminder(clock, reminder_at(clock))
    if carded is not None and carded <= as_of:
        return False
    standing.facts[_LIGHT] = "reminder" if is_reminded(clock, as_of) else "green"
    _note_warnings(standing, clock, as_of)
    return True


def _is_told_otherwise(event: Event, clock: Clock, calendar: WorkingCalendar) -> bool:
    if event.due_claimed is None or clock.due_at is None:
        return False
    return calendar.zone.day(event.due_claimed) != calendar.zone.day(clock.due_at)


def _start_step(standing: Standing, event: Event, as_of: Instant, calendar: WorkingCalendar) -> bool:
    summary, name = standing.summary, event.step
    version = _version_of_step(standing, event, calendar)
    if name is None or version is None or name in summary.open_steps:
        return False
    limit = version.steps.get(name)
    if limit is not None:
        clock_name = f"step:{name}"
        if _has_run(standing.clocks, clock_name):
            return False
        meter = Meter(calendar, event.occurred_at, limit, version.unit, version.counting, version.roll)
        clock = _started(standing, clock_name, event, meter, as_of)
        if clock is None or _is_told_otherwise(event, clock, calendar):
            return False
        _note(standing, None if clock.due_at is None else clock.due_at + 1, as_of)
    summary.open_steps = [*summary.open_steps, name]
    summary.stepped = True
    return True


def _finish_step(standing: Standing, event: Event, as_of: Instant, calendar: WorkingCalendar) -> bool:
    summary, name = standing.summary, event.step
    version = _version_of_step(standing, event, calendar)
    if name is None or version is None:
        return False
    if name in summary.open_steps and version.steps.get(name) is not None:
        place = _place_of(standing.clocks, f"step:{name}")
        if place < 0 or standing.clocks[place].ended:
            return False  # a later run of the step
        row = standing.clocks[place]
        if not _stop(standing, place, _step_meter(row, version, calendar), event.occurred_at):
            return False
        due_at = row.due_at
        if due_at is not None and standing.facts[_NEXT_CHANGE_AT] == due_at + 1:
            _note_all(standing, version, as_of, calendar)
    summary.open_steps = [step for step in summary.open_steps if step != name]
    summary.stepped = True
    return True


def _has_run(clocks: list[ClockFacts], clock_name: str) -> bool:
    """Whether a step may have run before: its clock's name begins so."""
    return any(row.name.startswith(clock_name) for row in clocks)


def _version_of_step(standing: Standing, event: Event, calendar: WorkingCalendar) -> ItemVersion | None:
    """The item's version by which a step of an accepted, undecided case is judged; None where there is a doubt."""
    if not standing.summary.accepted or standing.facts[_DECIDED_AT] is not None:
        return None
    version = standing.history.on(calendar.zone.day(cast(Instant, standing.facts[_ACCEPTED_AT])))
    return version if moves_no_finding(standing.summary, event, version) else None


def _step_meter(row: ClockFacts, version: ItemVersion, calendar: WorkingCalendar) -> Meter:
    started_at, limit = row.started_at, row.limit_value
    return Meter(calendar, started_at, limit, version.unit, version.counting, version.roll)


def _decide(standing: Standing, event: Event, as_of: Instant, calendar: WorkingCalendar) -> bool:
    """All that runs stops; a permit granted has to be delivered."""
    summary, facts = standing.summary, standing.facts
    if not summary.accepted or facts[_DECIDED_AT] is not None or _is_at_closed_window(event, calendar):
        return False
    if event.handler and event.handler == summary.accepted_handler:
        return False
    accepted_on = calendar.zone.day(cast(Instant, facts[_ACCEPTED_AT]))
    decided_on = calendar.zone.day(event.occurred_at)
    version = standing.history.on(accepted_on)
    if standing.history.on(decided_on) is not version or not _is_still(standing.history, version, as_of, calendar):
        return False
    if version.steps and not summary.stepped:
        return False
    if not _stop_all(standing, event, version, calendar):
        return False
    facts[_STATUS], facts[_LIGHT] = "decided", "green"
    facts[_DECIDED_AT] = facts[_CLOSED_AT] = event.occurred_at
    facts[_RESULT], facts[_SUSPENDED_DAYS], facts[_NEXT_CHANGE_AT] = event.result, 0.0, None
    if event.result != "refused" and (version.statutory is None or version.unit is _WORKING_DAYS):
        statutory = standing.clocks[_place_of(standing.clocks, "statutory")]
        facts[_USED_DAYS] = 0.0 if accepted_on == decided_on else statutory.used
        facts[_STATUTORY_DAYS] = statutory.limit_value
    if event.result == "granted" and not _start_delivery(standing, event, version, as_of, calendar):
        return False
    _count(standing, calendar)
    return True


def _stop_all(standing: Standing, event: Event, version: ItemVersion, calendar: WorkingCalendar) -> bool:
    for place, row in enumerate(standing.clocks):
        if row.ended:
            continue
        if not _stop(standing, place, main_meter(row, version, calendar), event.occurred_at):
            return False
    standing.facts[_STATUTORY_STATE] = "met"
    if standing.facts[_PROMISE_STATE] is not None:
        standing.facts[_PROMISE_STATE] = "met"
    return True


def main_meter(row: ClockFacts, version: ItemVersion, calendar: WorkingCalendar) -> Meter:
    """The counting of promise, statutory and steps."""
    if row.name == "statutory" and version.statutory is None:
        return working_days_meter(calendar, row.started_at, row.limit_value)
    return _step_meter(row, version, calendar)


def _start_delivery(
    standing: Standing, event: Event, version: ItemVersion, as_of: Instant, calendar: WorkingCalendar
) -> bool:
    limit = DEFAULT_DELIVERY_DAYS if version.delivery is None else version.delivery
    clock = _started(standing, "delivery", event, working_days_meter(calendar, event.occurred_at, limit), as_of)
    if clock is None:
        return False
    # Its place is before the steps: theirs move up by one.
    delivery = standing.clocks.pop()
    place = _place_of(standing.clocks, "statutory") + 1
    moved = [clock_facts_of_row((row.position + 1, *row[1:])) for row in standing.clocks[place:]]
    standing.clocks[place:] = [clock_facts_of_row((place, *delivery[1:])), *moved]
    _note(standing, None if clock.due_at is None else clock.due_at + 1, as_of)
    return True


def _deliver(standing: Standing, event: Event, calendar: WorkingCalendar) -> bool:
    facts = standing.facts
    if facts[_STATUS] != "decided":
        return False
    place = _place_of(standing.clocks, "delivery")
    if place >= 0:
        row = standing.clocks[place]
        meter = working_days_meter(calendar, row.started_at, row.limit_value)
        if not _stop(standing, place, meter, event.occurred_at):
            return False
    facts[_STATUS], facts[_NEXT_CHANGE_AT] = "delivered", None
    return True


def _place_of(clocks: list[ClockFacts], name: str) -> int:
    for place, row in enumerate(clocks):
        if row.name == name:
            return place
    return -1


# -- clocks as rows ----------------------------------------------------------------------------------------------------


def _started(
    standing: Standing, name: str, event: Event, meter: Meter, as_of: Instant, *, refusable: bool = False
) -> Clock | None:
    """A clock that starts with the event, its row put last; None where it is breached by now."""
    clock = Clock(
        name, event, meter, meter.limit, 0.0, (), stop=None, ended_by=None, as_of=as_of, refusable=refusable,
    )  # fmt: skip
    if clock.state is BREACHED:
        return None
    standing.clocks.append(clock_facts(len(standing.clocks), clock))
    return clock


def _stop(standing: Standing, place: int, meter: Meter, at: Instant) -> bool:
    """Stop a running clock in time; False where it is too late."""
    row = standing.clocks[place]
    due_at = row.due_at
    if due_at is not None and at > due_at:
        return False
    used = meter.measure((), at)[0]
    standing.clocks[place] = clock_facts_of_row(
        (*row[:_STOPPED_AT], at, True, "met", used < meter.limit, shown(meter.unit, used), 0.0, row[-1],
    )
    )  # fmt: skip
    return True


# -- what time alone will change, and what the case counts for ---------------------------------------------------------


def _note(standing: Standing, at: Instant | None, as_of: Instant) -> None:
    soonest = cast(Instant | None, standing.facts[_NEXT_CHANGE_AT])
    if at is not None and at > as_of and (soonest is None or at < soonest):
        standing.facts[_NEXT_CHANGE_AT] = at


def _note_warnings(standing: Standing, clock: Clock, as_of: Instant) -> None:
    """Nothing holds the reminder's card back: it comes with the light, where it comes at all."""
    _note(standing, reminder_at(clock), as_of)
    _note(standing, due_day_opening(clock), as_of)


def _note_all(standing: Standing, version: ItemVersion, as_of: Instant, calendar: WorkingCalendar) -> None:
    """Find what comes next in an accepted, undecided case anew."""
    standing.facts[_NEXT_CHANGE_AT] = None
    is_warned = False
    for row in standing.clocks:
        if row.ended:
            continue
        due_at = row.due_at
        _note(standing, None if due_at is None else due_at + 1, as_of)
        if not is_warned and (row.name == "promise" or row.name == "statutory"):
            is_warned = True
            _note_warnings(standing, main_clock(row, version, as_of, calendar), as_of)
    _note_coming_version(standing, as_of, calendar)


def main_clock(row: ClockFacts, version: ItemVersion, as_of: Instant, calendar: WorkingCalendar) -> Clock:
    """The running clock of a row."""
    start = Event("", "", "", "accepted", row.started_at)
    return Clock(
        row.name, start, main_meter(row, version, calendar), row.limit_value, 0.0, (),
        stop=None, ended_by=None, as_of=as_of, known_due=row.due_at,
    )  # fmt: skip


def _note_coming_version(standing: Standing, as_of: Instant, calendar: WorkingCalendar) -> None:
    history = standing.history
    if history.only is None:
        day = history.next_change(max(calendar.zone.day(as_of), history.days[0]))
        if day is not None:
            _note(standing, calendar.zone.instant(day, 0), as_of)


def _is_still(history: ItemHistory, version: ItemVersion, as_of: Instant, calendar: WorkingCalendar) -> bool:
    """Whether the version of the acceptance still holds: then its limits have not changed (A21), nor its kind (A17)."""
    return history.only is not None or history.on(calendar.zone.day(as_of)) is version


def _count(standing: Standing, calendar: WorkingCalendar) -> None:
    standing.tally = tally_of_rows(standing.facts, standing.clocks, calendar.zone)
