"""The short way: the next ordinary event of a plain case changes a few stored facts, known without judging all anew.

A case is plain while only the ordinary kinds of event have come and nothing about it is late, suspended or remarkable.
Lawful suspensions are followed as well (`monitor.domain.standstill`), and steps, decision and delivery after them.
What this module cannot tell for sure it leaves to the judge. Property tests hold every answer against the judge's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from monitor.domain.acceptance import DEFAULT_ACCEPTANCE_DAYS
from monitor.domain.anomalies import is_recorded_late
from monitor.domain.calendars import WorkingCalendar
from monitor.domain.counting import Meter, working_days_meter
from monitor.domain.events import Event
from monitor.domain.facts import ClockFacts, facts_of_application
from monitor.domain.instants import Instant
from monitor.domain.items import ItemVersion, Unit
from monitor.domain.judge import DEFAULT_DELIVERY_DAYS, Rules, is_near
from monitor.domain.quiet import is_quiet, moves_no_finding, note_recorded, note_step
from monitor.domain.quiet_summary import QuietSummary
from monitor.domain.schedule import reminder_of, unheld_reminder
from monitor.domain.standing import (
    SUSPENDED,
    Standing,
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
from monitor.domain.standstill import resume, suspend
from monitor.domain.walk import main_clocks

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
    standing = Standing(summary, facts, [], history, rules, as_of, ())
    _note_event(summary, event, at, recorded_at)
    standing.is_counted = False
    return standing


def follow_all(standing: Standing, events: Sequence[Event]) -> bool:
    """Whether all events, in order of time, are quiet or followed.

    On False the standing may have moved and must be thrown away: the case is judged anew.
    """
    for event in events:
        kind = event.kind
        if is_quiet(standing.summary, event, kind, standing.history, standing.calendar, standing.as_of):
            continue
        if not _follow(standing, event, kind):
            return False
    return True


def _follow(standing: Standing, event: Event, kind: str) -> bool:
    """Whether the event leaves the case plain, and its stored facts are now those that judging anew would find."""
    summary, at, recorded_at = standing.summary, event.occurred_at, event.recorded_at
    if not summary.last_at < at <= standing.as_of:
        return False
    if recorded_at is not None and is_recorded_late(at, recorded_at, standing.calendar):
        return False
    if not _take(standing, event, kind, at):
        return False
    _note_event(summary, event, at, recorded_at)
    return True


def _note_event(summary: QuietSummary, event: Event, at: Instant, recorded_at: Instant | None) -> None:
    summary.last_at = at
    if event.due_claimed is not None:
        summary.claimed = True
    if recorded_at is not None:
        note_recorded(summary, recorded_at)


def _take(standing: Standing, event: Event, kind: str, at: Instant) -> bool:
    if standing.facts.status == SUSPENDED:
        return kind == "resumed" and resume(standing, at)
    if kind == "step_started":
        return _start_step(standing, event, at)
    if kind == "step_finished":
        return _finish_step(standing, event, at)
    if kind == "received":
        return _receive(standing, at)
    if kind == "accepted":
        return _accept(standing, event, at)
    if kind == "decided":
        return _decide(standing, event, at)
    if kind == "delivered":
        return _deliver(standing, at)
    return kind == "suspended" and suspend(standing, event, at)


def _receive(standing: Standing, at: Instant) -> bool:
    facts, calendar = standing.facts, standing.calendar
    if (
        standing.covers
        or facts.received_at is not None
        or facts.accepted_at is not None
        or facts.decided_at is not None
    ):
        return False
    given = standing.history.on(calendar.zone.day(at)).acceptance
    limit = DEFAULT_ACCEPTANCE_DAYS if given is None else given
    clock = start_clock(standing, 0, "acceptance", at, working_days_meter(calendar, at, limit))
    if clock is None:
        return False
    facts.status, facts.received_at, facts.next_change_at = "received", at, None
    note_due(standing, clock)
    standing.is_counted = False
    return True


def _accept(standing: Standing, event: Event, at: Instant) -> bool:
    """Legal acceptance by the authority's word: the acceptance clock stops, promise and statutory start."""
    summary, facts, calendar = standing.summary, standing.facts, standing.calendar
    if standing.covers or summary.accepted or facts.decided_at is not None or _is_at_closed_window(event, at, calendar):
        return False
    version = standing.history.on(calendar.zone.day(at))
    department = version.department
    if department is None or not _is_still(standing, version):
        return False
    if standing.clocks and not stop_clock(standing, 0, plain_meter(standing.clocks[0], calendar), (), at):
        return False
    facts.status, facts.department = "accepted", department
    facts.accepted_at = facts.accepted_claimed_at = at
    facts.next_change_at = None
    if not _start_mains(standing, event, version):
        return False
    summary.accepted, summary.accepted_handler, summary.accepted_event = True, event.handler, event.event_id
    note_coming_version(standing)
    standing.is_counted = False
    return True


def _is_at_closed_window(event: Event, at: Instant, calendar: WorkingCalendar) -> bool:
    return bool(event.window) and not calendar.is_open(at)


def _start_mains(standing: Standing, event: Event, version: ItemVersion) -> bool:
    facts, at, is_warned = standing.facts, event.occurred_at, False
    for main in main_clocks(event, version):
        meter = main.meter(standing.calendar)
        clock = start_clock(standing, len(standing.clocks), main.name, at, meter, refusable=True)
        if clock is None:
            return False
        if main.name == "promise":
            facts.promise_due_at, facts.promise_state = clock.due_at, "running"
        else:
            facts.statutory_due_at, facts.statutory_state = clock.due_at, "running"
        note_due(standing, clock)
        if not is_warned and not _warn(standing, event, clock, meter):
            return False
        is_warned = True
    return True


def _warn(standing: Standing, event: Event, clock: ClockFacts, meter: Meter) -> bool:
    """The clock the ladder reminds of: its light, its reminder, and the date the applicant was told."""
    due_at = clock.due_at
    if _is_told_otherwise(event, due_at, standing.calendar):
        return False
    reminded_at = reminder_of(meter, (), due_at)
    carded = unheld_reminder(clock.started_at, due_at, reminded_at)
    if carded is not None and carded <= standing.as_of:
        return False
    standing.facts.light = "reminder" if is_near(meter, (), due_at, standing.as_of) else "green"
    note_warnings(standing, reminded_at, due_at)
    return True


def _is_told_otherwise(event: Event, due_at: Instant | None, calendar: WorkingCalendar) -> bool:
    claimed = event.due_claimed
    return claimed is not None and due_at is not None and calendar.zone.day(claimed) != calendar.zone.day(due_at)


def _start_step(standing: Standing, event: Event, at: Instant) -> bool:
    summary, name = standing.summary, event.step
    version = None if name is None else _version_of_step(standing, event, name)
    if name is None or version is None or name in summary.open_steps:
        return False
    limit = version.steps.get(name)
    if limit is not None:
        clock_name = standing.history.step_clocks[name]
        if _has_run(standing.clocks, clock_name):
            return False
        meter = Meter(standing.calendar, at, limit, version.unit, version.counting, version.roll)
        clock = start_clock(standing, end_of_steps(standing.clocks), clock_name, at, meter, standing.covers)
        if clock is None or _is_told_otherwise(event, clock.due_at, standing.calendar):
            return False
        note_due(standing, clock)
    summary.open_steps.append(name)
    note_step(summary)
    return True


def _finish_step(standing: Standing, event: Event, at: Instant) -> bool:
    summary, name = standing.summary, event.step
    version = None if name is None else _version_of_step(standing, event, name)
    if name is None or version is None:
        return False
    if name in summary.open_steps:
        if version.steps.get(name) is not None and not _stop_step(standing, name, version, at):
            return False
        summary.open_steps.remove(name)
    note_step(summary)
    return True


def _stop_step(standing: Standing, name: str, version: ItemVersion, at: Instant) -> bool:
    place = place_of(standing.clocks, standing.history.step_clocks[name])
    if place < 0 or standing.clocks[place].ended:
        return False  # a later run of the step
    clock = standing.clocks[place]
    if not stop_clock(standing, place, limited_meter(clock, version, standing.calendar), standing.covers, at):
        return False
    due_at = clock.due_at
    return due_at is None or standing.facts.next_change_at != due_at + 1 or note_all_changes(standing, version)


def _has_run(clocks: list[ClockFacts], clock_name: str) -> bool:
    """Whether a step may have run before: its clock's name begins so."""
    return any(clock.name.startswith(clock_name) for clock in clocks)


def _version_of_step(standing: Standing, event: Event, name: str) -> ItemVersion | None:
    """The item's version by which a step of an accepted, undecided case is judged; None where there is a doubt."""
    facts = standing.facts
    accepted_at = facts.accepted_at
    if accepted_at is None or facts.decided_at is not None:
        return None
    version = standing.history.on(standing.calendar.zone.day(accepted_at))
    return version if moves_no_finding(standing.summary, event, name, version) else None


def _decide(standing: Standing, event: Event, at: Instant) -> bool:
    """All that runs stops; a permit granted has to be delivered."""
    summary, facts, calendar = standing.summary, standing.facts, standing.calendar
    accepted_at = facts.accepted_at
    if accepted_at is None or not summary.accepted or facts.decided_at is not None:
        return False
    if _is_at_closed_window(event, at, calendar):
        return False
    handler, result = event.handler, event.result
    if handler and handler == summary.accepted_handler:
        return False
    accepted_on, decided_on = calendar.zone.day(accepted_at), calendar.zone.day(at)
    version = standing.history.on(accepted_on)
    if standing.history.on(decided_on) is not version or not _is_still(standing, version):
        return False
    if version.steps and not summary.stepped:
        return False
    if not _stop_all(standing, version, at):
        return False
    facts.status, facts.light = "decided", "green"
    facts.decided_at = facts.closed_at = at
    statutory = standing.clocks[place_of(standing.clocks, "statutory")]
    facts.result, facts.suspended_days, facts.next_change_at = result, statutory.suspended, None
    if result != "refused" and (version.statutory is None or version.unit is _WORKING_DAYS):
        facts.used_days = 0.0 if accepted_on == decided_on else statutory.used
        facts.statutory_days = statutory.limit_value
    if result == "granted" and not _start_delivery(standing, version, at):
        return False
    standing.is_counted = False
    return True


def _stop_all(standing: Standing, version: ItemVersion, at: Instant) -> bool:
    for place, clock in enumerate(standing.clocks):
        if clock.ended:
            continue
        if not stop_clock(standing, place, main_meter(clock, version, standing.calendar), standing.covers, at):
            return False
    facts = standing.facts
    facts.statutory_state = "met"
    if facts.promise_state is not None:
        facts.promise_state = "met"
    return True


def _start_delivery(standing: Standing, version: ItemVersion, at: Instant) -> bool:
    given = version.delivery
    limit = DEFAULT_DELIVERY_DAYS if given is None else given
    place = place_of(standing.clocks, "statutory") + 1
    clock = start_clock(standing, place, "delivery", at, working_days_meter(standing.calendar, at, limit))
    if clock is None:
        return False
    note_due(standing, clock)
    return True


def _deliver(standing: Standing, at: Instant) -> bool:
    facts = standing.facts
    if facts.status != "decided":
        return False
    place = place_of(standing.clocks, "delivery")
    if place >= 0 and not stop_clock(standing, place, plain_meter(standing.clocks[place], standing.calendar), (), at):
        return False
    facts.status, facts.next_change_at = "delivered", None
    return True


def _is_still(standing: Standing, version: ItemVersion) -> bool:
    """Whether the version of the acceptance still holds: then its limits have not changed (A21), nor its kind (A17)."""
    return standing.history.on(standing.calendar.zone.day(standing.as_of)) is version
