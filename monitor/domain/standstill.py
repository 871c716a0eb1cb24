"""The short way through a lawful suspension: the clocks of a plain case stand, and run on when it is resumed.

Source: 行政许可法 art. 45 (time of special procedures is not counted). What takes the judge is left to it, as in
`monitor.domain.arrival`; the same property tests hold every answer against it.
"""

from __future__ import annotations

from collections.abc import Sequence

from monitor.domain.counting import Cover, working_days_meter
from monitor.domain.events import Event
from monitor.domain.instants import Instant
from monitor.domain.items import ItemVersion
from monitor.domain.judge import is_near
from monitor.domain.standing import (
    SUSPENDED,
    Standing,
    end_of_steps,
    main_meter,
    note_all_changes,
    plain_meter,
    start_clock,
    stop_clock,
)
from monitor.domain.suspensions import Suspension


def suspend(standing: Standing, event: Event, at: Instant) -> bool:
    """Whether an accepted, undecided case is plain but for this suspension, which has all that the law asks for."""
    facts, summary = standing.facts, standing.summary
    if facts.status != "accepted" or summary.claimed or (not summary.plain and summary.covers is None):
        return False
    suspension = Suspension(len(standing.covers) + 1, event, standing.calendar, standing.policy)
    cover, planned_days = suspension.cover(standing.calendar), suspension.planned_days
    if cover is None or planned_days is None or suspension.has_formal_faults():
        return False
    facts.status, facts.light = SUSPENDED, "green"
    if not _count_anew(standing, [*standing.covers, cover], "standing"):
        return False
    meter = working_days_meter(standing.calendar, at, planned_days)
    if start_clock(standing, len(standing.clocks), f"suspension:{suspension.number}", at, meter) is None:
        return False
    summary.plain = False
    return note_all_changes(standing, _version(standing))


def resume(standing: Standing, at: Instant) -> bool:
    """Whether a case that stands is plain but for its suspensions when the last one is ended in its planned days."""
    summary, clocks, covers = standing.summary, standing.clocks, standing.covers
    if not summary.accepted or summary.claimed:
        return False
    *earlier, paused = covers
    for clock in clocks:
        if clock.stopped_at is not None and clock.stopped_at >= paused.start:
            return False  # what ended while the case stood is counted anew too
    if not stop_clock(standing, len(clocks) - 1, plain_meter(clocks[-1], standing.calendar), (), at):
        return False
    standing.facts.status = "accepted"
    ended = Cover(paused.after, standing.calendar.zone.day(at), paused.start, at)
    if not _count_anew(standing, [*earlier, ended], "running"):
        return False
    version = _version(standing)
    warned = next(clock for clock in clocks if clock.name in ("promise", "statutory"))
    meter = main_meter(warned, version, standing.calendar)
    standing.facts.light = "reminder" if is_near(meter, standing.covers, warned.due_at, standing.as_of) else "green"
    return note_all_changes(standing, version)


def _version(standing: Standing) -> ItemVersion:
    """The item's version of the acceptance, by which promise, statutory limit and steps are judged."""
    accepted_at = standing.facts.accepted_at
    assert accepted_at is not None, "only what was accepted stands or runs on"
    return standing.history.on(standing.calendar.zone.day(accepted_at))


def _count_anew(standing: Standing, covers: Sequence[Cover], state: str) -> bool:
    """Count every clock that has not ended by other covers; False where one is breached by now."""
    facts, clocks = standing.facts, standing.clocks
    standing.covers = standing.summary.covers = list(covers)
    standing.is_counted = False
    version = _version(standing)
    for place in range(end_of_steps(clocks)):
        if clocks[place].ended:
            continue
        clock = clocks[place].copy()
        clock.due_at = due_at = main_meter(clock, version, standing.calendar).due(covers)
        if due_at is not None and standing.as_of > due_at:
            return False
        clock.state = state
        clock.provisional = due_at is not None and standing.calendar.is_provisional_between(clock.started_at, due_at)
        clocks[place] = clock
        if clock.name == "promise":
            facts.promise_due_at, facts.promise_state = due_at, state
        elif clock.name == "statutory":
            facts.statutory_due_at, facts.statutory_state = due_at, state
    return True
