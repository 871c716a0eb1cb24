"""Another calendar that differs only in days to come: due times move, what has happened is as it was.

Of an ordinary case every clock counts without suspension from its stored start: its due time needs no event. What this
module cannot tell for sure it leaves to the judge. Property tests hold every answer against the judge's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from monitor.domain.calendars import WorkingCalendar
from monitor.domain.counting import Meter, working_days_meter
from monitor.domain.events import Event
from monitor.domain.facts import CaseFacts, ClockFacts
from monitor.domain.instants import END_OF_TIME, Instant
from monitor.domain.item_history import ItemHistory
from monitor.domain.items import ItemVersion
from monitor.domain.judge import Rules
from monitor.domain.passing import soonest_end, soonest_version, soonest_warning, warned_place
from monitor.domain.quiet import PLAIN_KINDS
from monitor.domain.quiet_summary import QuietSummary
from monitor.domain.standing import main_clock, main_meter

_GOING_ON: Final = frozenset({"applied", "received", "accepted", "decided", "delivered"})


def reschedule(
    summary: QuietSummary | None,
    facts: CaseFacts,
    clocks: list[ClockFacts],
    events: Sequence[Event],
    rules: Rules,
    as_of: Instant,
) -> tuple[CaseFacts, list[ClockFacts]] | None:
    """Facts and clocks of a stored case by a calendar that differs from its own only in days after that of `as_of`;
    None where that takes the judge. What is given stays as it is. `events`: all of the case, in any order.
    """
    calendar = rules.calendar
    today = calendar.zone.day(as_of)
    for event in events:
        if event.kind not in PLAIN_KINDS:
            return None
        if event.recorded_at is not None and calendar.zone.day(event.recorded_at) > today:
            return None  # recorded a moment after `as_of`, and after midnight
    moved = None if summary is None else reschedule_ordinary(summary.item, facts, clocks, rules, as_of)
    return None if moved is None or _moves_claim(clocks, moved[1], events, calendar) else moved


def reschedule_ordinary(
    item: str | None, facts: CaseFacts, clocks: list[ClockFacts], rules: Rules, as_of: Instant
) -> tuple[CaseFacts, list[ClockFacts]] | None:
    """The same of a case with ordinary events only, as `monitor.domain.quiet.is_ordinary` tells them."""
    history = rules.items.history(item)
    if history is None or facts.status not in _GOING_ON or facts.deemed:
        return None
    change_at = facts.next_change_at
    if change_at is not None and change_at <= as_of:
        return None  # time itself has changed something since
    calendar = rules.calendar
    accepted_at = facts.accepted_at
    version = None if accepted_at is None else history.on(calendar.zone.day(accepted_at))
    moved: list[ClockFacts] = []
    for row in clocks:
        found = _moved(row, version, calendar, as_of)
        if found is None:
            return None
        moved.append(found)
    return _with_due_times(facts, moved, history, version, calendar, as_of), moved


def _moved(
    row: ClockFacts, version: ItemVersion | None, calendar: WorkingCalendar, as_of: Instant
) -> ClockFacts | None:
    """The clock's row by the calendar; None where more than its due time may be another."""
    meter = _meter(row, version, calendar)
    due_at = None if meter is None else meter.due(())
    if due_at is None or row.due_at is None or row.extended:
        return None
    if due_at != row.due_at and min(due_at, row.due_at) <= as_of:
        return None
    provisional = calendar.is_provisional_between(row.started_at, due_at)
    if due_at == row.due_at and provisional == row.provisional:
        return row
    moved = row.copy()
    moved.due_at, moved.provisional = due_at, provisional
    if row.due_at_if_refused is not None:
        moved.due_at_if_refused = due_at
    return moved


def _meter(row: ClockFacts, version: ItemVersion | None, calendar: WorkingCalendar) -> Meter | None:
    name = row.name
    if name == "acceptance" or name == "delivery":
        return working_days_meter(calendar, row.started_at, row.limit_value)
    if version is not None and (name == "promise" or name == "statutory" or name.startswith("step:")):
        return main_meter(row, version, calendar)
    return None


def _moves_claim(
    before: list[ClockFacts], after: list[ClockFacts], events: Sequence[Event], calendar: WorkingCalendar
) -> bool:
    """Whether the applicant was told the one due day or the other: a finding (X10) comes or goes."""
    for event in events:
        if event.due_claimed is None:
            continue
        told = calendar.zone.day(event.due_claimed)
        for old, new in zip(before, after, strict=True):
            if old.due_at == new.due_at or old.due_at is None or new.due_at is None:
                continue
            if told == calendar.zone.day(old.due_at) or told == calendar.zone.day(new.due_at):
                return True
    return False


def _with_due_times(
    facts: CaseFacts,
    clocks: list[ClockFacts],
    history: ItemHistory,
    version: ItemVersion | None,
    calendar: WorkingCalendar,
    as_of: Instant,
) -> CaseFacts:
    moved = facts.copy()
    for row in clocks:
        if row.name == "promise":
            moved.promise_due_at = row.due_at
        elif row.name == "statutory":
            moved.statutory_due_at = row.due_at
    soonest = min(soonest_end(clocks, as_of), soonest_version(history, facts, calendar, as_of))
    place = warned_place(clocks)
    if version is not None and place >= 0 and not clocks[place].ended:
        soonest = min(soonest, soonest_warning(main_clock(clocks[place], version, as_of, calendar), as_of))
    moved.next_change_at = None if soonest == END_OF_TIME else soonest
    return moved
