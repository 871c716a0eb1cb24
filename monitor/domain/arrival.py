"""The short way: the next ordinary event of a plain case changes a few stored facts, known without judging all anew.

A case is plain while only the ordinary kinds of event have come and nothing about it is late, suspended or remarkable.
Steps, decision and delivery are followed as well where a suspension was resumed.
What this module cannot tell for sure it leaves to the judge. Property tests hold every answer against the judge's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

from monitor.domain.acceptance import DEFAULT_ACCEPTANCE_DAYS
from monitor.domain.anomalies import is_recorded_late
from monitor.domain.calendars import WorkingCalendar
from monitor.domain.clocks import Clock
from monitor.domain.counting import Meter, working_days_meter
from monitor.domain.events import Event
from monitor.domain.facts import (
    DUE_AT,
    ENDED,
    LIMIT_VALUE,
    NAME,
    SUSPENDED,
    USED,
    CaseFacts,
    ClockFacts,
    facts_of_application,
)
from monitor.domain.instants import Instant
from monitor.domain.items import ItemVersion, Unit
from monitor.domain.judge import DEFAULT_DELIVERY_DAYS, Rules, is_reminded
from monitor.domain.quiet import is_quiet, moves_no_finding, note_recorded, note_step
from monitor.domain.quiet_summary import QuietSummary
from monitor.domain.schedule import reminder_at, unheld_reminder
from monitor.domain.standing import (
    Standing,
    count_anew,
    end_of_steps,
    limited_meter,
    main_meter,
    note_all_changes,
    note_coming_version,
    note_due,
    note_warnings,
    place_of,
    plain_meter,
    start_clock,
    stop_clock,
)
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
_WORKING_DAYS: Final = Unit.WORKING_DAYS


def opened(event: Event, rules: Rules, as_of: Instant) -> Standing | None:
    """A case as its first event opens it; None where that is not an application which nothing is remarkable about."""
    calendar, at, recorded_at = rules.calendar, event.occurred_at, event.recorded_at
    history = rules.items.history(event.item)
    if event.kind != "applied" or at > as_of or history is None:
        return None
    if recorded_at is not None and is_recorded_late(at, recorded_at, calendar):
        return None
    department = history.on(calendar.zone.day(at)).department or event.department
    if department is None:
        return None
    summary = QuietSummary(at, event.item, True, False, [], [], True)
    facts = facts_of_application(event.item, department, at)
    standing = Standing(summary, facts, [], [], history, calendar, as_of, ())
    _note_event(summary, event, at, recorded_at)
    count_anew(standing)
    return standing


def follow_all(standing: Standing, events: Sequence[Event]) -> bool:
    """Whether all events, in order of time, are quiet or followed.

    On False the standing may have moved and must be thrown away: the case is judged anew.
    """
    for event in events:
        if is_quiet(standing.summary, event, standing.history, standing.calendar, standing.as_of):
            continue
        if not _follow(standing, event):
            return False
    return True


def _follow(standing: Standing, event: Event) -> bool:
    """Whether the event leaves the case plain, and its stored facts are now those that judging anew would find."""
    summary, at, recorded_at = standing.summary, event.occurred_at, event.recorded_at
    if not summary.last_at < at <= standing.as_of:
        return False
    if recorded_at is not None and is_recorded_late(at, recorded_at, standing.calendar):
        return False
    if not _take(standing, event, at):
        return False
    _note_event(summary, event, at, recorded_at)
    return True


def _note_event(summary: QuietSummary, event: Event, at: Instant, recorded_at: Instant | None) -> None:
    summary.last_at = at
    if event.due_claimed is not None:
        summary.claimed = True
    if recorded_at is not None:
        note_recorded(summary, recorded_at)


def _take(standing: Standing, event: Event, at: Instant) -> bool:
    kind = event.kind
    if kind == "step_started":
        return _start_step(standing, event, at)
    if kind == "step_finished":
        return _finish_step(standing, event, at)
    if kind == "received":
        return _receive(standing, event, at)
    if kind == "accepted":
        return _accept(standing, event, at)
    if kind == "decided":
        return _decide(standing, event, at)
    return kind == "delivered" and _deliver(standing, at)


def _receive(standing: Standing, event: Event, at: Instant) -> bool:
    facts, calendar = standing.facts, standing.calendar
    if (
        standing.covers
        or facts[_RECEIVED_AT] is not None
        or facts[_ACCEPTED_AT] is not None
        or facts[_DECIDED_AT] is not None
    ):
        return False
    given = standing.history.on(calendar.zone.day(at)).acceptance
    limit = DEFAULT_ACCEPTANCE_DAYS if given is None else given
    clock = start_clock(standing, 0, "acceptance", event, working_days_meter(calendar, at, limit))
    if clock is None:
        return False
    facts[_STATUS], facts[_RECEIVED_AT], facts[_NEXT_CHANGE_AT] = "received", at, None
    note_due(standing, clock)
    count_anew(standing)
    return True


def _accept(standing: Standing, event: Event, at: Instant) -> bool:
    """Legal acceptance by the authority's word: the acceptance clock stops, promise and statutory start."""
    summary, facts, calendar = standing.summary, standing.facts, standing.calendar
    if (
        standing.covers
        or summary.accepted
        or facts[_DECIDED_AT] is not None
        or _is_at_closed_window(event, at, calendar)
    ):
        return False
    version = standing.history.on(calendar.zone.day(at))
    department = version.department
    if department is None or not _is_still(standing, version):
        return False
    if standing.clocks and not stop_clock(standing, 0, plain_meter(standing.clocks[0], calendar), (), at):
        return False
    facts[_STATUS], facts[_DEPARTMENT] = "accepted", department
    facts[_ACCEPTED_AT] = facts[_CLAIMED_AT] = at
    facts[_NEXT_CHANGE_AT] = None
    if not _start_mains(standing, event, version):
        return False
    summary.accepted, summary.accepted_handler, summary.accepted_event = True, event.handler, event.event_id
    note_coming_version(standing)
    count_anew(standing)
    return True


def _is_at_closed_window(event: Event, at: Instant, calendar: WorkingCalendar) -> bool:
    return bool(event.window) and not calendar.is_open(at)


def _start_mains(standing: Standing, event: Event, version: ItemVersion) -> bool:
    facts, warned = standing.facts, True
    for main in main_clocks(event, version):
        clock = start_clock(
            standing, len(standing.clocks), main.name, event, main.meter(standing.calendar), refusable=True
        )
        if clock is None:
            return False
        if main.name == "promise":
            facts[_PROMISE_DUE_AT], facts[_PROMISE_STATE] = clock.due_at, "running"
        else:
            facts[_STATUTORY_DUE_AT], facts[_STATUTORY_STATE] = clock.due_at, "running"
        note_due(standing, clock)
        if warned and not _warn(standing, event, clock):
            return False
        warned = False
    return True


def _warn(standing: Standing, event: Event, clock: Clock) -> bool:
    """The clock the ladder reminds of: its light, its reminder, and the date the applicant was told."""
    if _is_told_otherwise(event, clock, standing.calendar):
        return False
    reminded_at = reminder_at(clock)
    carded = unheld_reminder(clock, reminded_at)
    if carded is not None and carded <= standing.as_of:
        return False
    standing.facts[_LIGHT] = "reminder" if is_reminded(clock, standing.as_of) else "green"
    note_warnings(standing, reminded_at, clock.due_at)
    return True


def _is_told_otherwise(event: Event, clock: Clock, calendar: WorkingCalendar) -> bool:
    claimed, due_at = event.due_claimed, clock.due_at
    return claimed is not None and due_at is not None and calendar.zone.day(claimed) != calendar.zone.day(due_at)


def _start_step(standing: Standing, event: Event, at: Instant) -> bool:
    summary, name = standing.summary, event.step
    version = _version_of_step(standing, event)
    if name is None or version is None or name in summary.open_steps:
        return False
    limit = version.steps.get(name)
    if limit is not None:
        clock_name = f"step:{name}"
        if _has_run(standing.clocks, clock_name):
            return False
        meter = Meter(standing.calendar, at, limit, version.unit, version.counting, version.roll)
        clock = start_clock(standing, end_of_steps(standing.clocks), clock_name, event, meter, standing.covers)
        if clock is None or _is_told_otherwise(event, clock, standing.calendar):
            return False
        note_due(standing, clock)
    summary.open_steps.append(name)
    note_step(summary)
    return True


def _finish_step(standing: Standing, event: Event, at: Instant) -> bool:
    summary, name = standing.summary, event.step
    version = _version_of_step(standing, event)
    if name is None or version is None:
        return False
    if name in summary.open_steps:
        if version.steps.get(name) is not None and not _stop_step(standing, f"step:{name}", version, at):
            return False
        summary.open_steps.remove(name)
    note_step(summary)
    return True


def _stop_step(standing: Standing, clock_name: str, version: ItemVersion, at: Instant) -> bool:
    place = place_of(standing.clocks, clock_name)
    if place < 0 or standing.clocks[place][ENDED]:
        return False  # a later run of the step
    row = standing.clocks[place]
    if not stop_clock(standing, place, limited_meter(row, version, standing.calendar), standing.covers, at):
        return False
    due_at = row[DUE_AT]
    return due_at is None or standing.facts[_NEXT_CHANGE_AT] != due_at + 1 or note_all_changes(standing, version)


def _has_run(clocks: list[ClockFacts], clock_name: str) -> bool:
    """Whether a step may have run before: its clock's name begins so."""
    return any(row[NAME].startswith(clock_name) for row in clocks)


def _version_of_step(standing: Standing, event: Event) -> ItemVersion | None:
    """The item's version by which a step of an accepted, undecided case is judged; None where there is a doubt."""
    facts = standing.facts
    accepted_at = cast(Instant | None, facts[_ACCEPTED_AT])
    if accepted_at is None or facts[_DECIDED_AT] is not None:
        return None
    version = standing.history.on(standing.calendar.zone.day(accepted_at))
    return version if moves_no_finding(standing.summary, event, version) else None


def _decide(standing: Standing, event: Event, at: Instant) -> bool:
    """All that runs stops; a permit granted has to be delivered."""
    summary, facts, calendar = standing.summary, standing.facts, standing.calendar
    if not summary.accepted or facts[_DECIDED_AT] is not None or _is_at_closed_window(event, at, calendar):
        return False
    handler, result = event.handler, event.result
    if handler and handler == summary.accepted_handler:
        return False
    accepted_on, decided_on = calendar.zone.day(cast(Instant, facts[_ACCEPTED_AT])), calendar.zone.day(at)
    version = standing.history.on(accepted_on)
    if standing.history.on(decided_on) is not version or not _is_still(standing, version):
        return False
    if version.steps and not summary.stepped:
        return False
    if not _stop_all(standing, version, at):
        return False
    facts[_STATUS], facts[_LIGHT] = "decided", "green"
    facts[_DECIDED_AT] = facts[_CLOSED_AT] = at
    statutory = standing.clocks[place_of(standing.clocks, "statutory")]
    facts[_RESULT], facts[_SUSPENDED_DAYS], facts[_NEXT_CHANGE_AT] = result, statutory[SUSPENDED], None
    if result != "refused" and (version.statutory is None or version.unit is _WORKING_DAYS):
        facts[_USED_DAYS] = 0.0 if accepted_on == decided_on else statutory[USED]
        facts[_STATUTORY_DAYS] = statutory[LIMIT_VALUE]
    if result == "granted" and not _start_delivery(standing, event, version, at):
        return False
    count_anew(standing)
    return True


def _stop_all(standing: Standing, version: ItemVersion, at: Instant) -> bool:
    for place, row in enumerate(standing.clocks):
        if row[ENDED]:
            continue
        if not stop_clock(standing, place, main_meter(row, version, standing.calendar), standing.covers, at):
            return False
    facts = standing.facts
    facts[_STATUTORY_STATE] = "met"
    if facts[_PROMISE_STATE] is not None:
        facts[_PROMISE_STATE] = "met"
    return True


def _start_delivery(standing: Standing, event: Event, version: ItemVersion, at: Instant) -> bool:
    given = version.delivery
    limit = DEFAULT_DELIVERY_DAYS if given is None else given
    place = place_of(standing.clocks, "statutory") + 1
    clock = start_clock(standing, place, "delivery", event, working_days_meter(standing.calendar, at, limit))
    if clock is None:
        return False
    note_due(standing, clock)
    return True


def _deliver(standing: Standing, at: Instant) -> bool:
    facts = standing.facts
    if facts[_STATUS] != "decided":
        return False
    place = place_of(standing.clocks, "delivery")
    if place >= 0 and not stop_clock(standing, place, plain_meter(standing.clocks[place], standing.calendar), (), at):
        return False
    facts[_STATUS], facts[_NEXT_CHANGE_AT] = "delivered", None
    return True


def _is_still(standing: Standing, version: ItemVersion) -> bool:
    """Whether the version of the acceptance still holds: then its limits have not changed (A21), nor its kind (A17)."""
    return standing.history.on(standing.calendar.zone.day(standing.as_of)) is version
