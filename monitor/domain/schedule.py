"""When time alone will next change a case: the one indexed instant by which the engine finds what is due."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from monitor.domain.calendars import WorkingCalendar
from monitor.domain.clocks import Clock
from monitor.domain.counting import Cover, Meter
from monitor.domain.instants import Instant
from monitor.domain.items import Unit
from monitor.domain.judge import Judgement
from monitor.domain.suspensions import Suspension


class Change(StrEnum):
    """What will happen."""

    EVENT = "event"
    REMINDER = "reminder"
    DUE_DAY = "due_day"
    BREACH = "breach"
    SUSPENSION_ENDS = "suspension_ends"
    ITEM_VERSION = "item_version"


_EVENT: Final = Change.EVENT
_REMINDER: Final = Change.REMINDER
_DUE_DAY: Final = Change.DUE_DAY
_BREACH: Final = Change.BREACH
_SUSPENSION_ENDS: Final = Change.SUSPENSION_ENDS
_ITEM_VERSION: Final = Change.ITEM_VERSION
_WORKING_HOURS: Final = Unit.WORKING_HOURS


class ComingChange(NamedTuple):
    """One coming change: when (the first instant at which it holds), what, and of which clock."""

    at: Instant
    what: Change
    clock: str | None


_Change = tuple[Instant, Change, str | None]


def next_change_at(case: Judgement) -> Instant | None:
    """The first instant after `as_of` at which a stored fact, the light or a card changes by itself, or None."""
    soonest: Instant | None = None
    for at, _, _ in _changes(case):
        if soonest is None or at < soonest:
            soonest = at
    return soonest


def coming_changes(case: Judgement) -> list[ComingChange]:
    """Everything that time alone will change, if nothing more is sent; in no order."""
    return [ComingChange(at, what, clock) for at, what, clock in _changes(case)]


def _changes(case: Judgement) -> list[_Change]:
    changes: list[_Change] = [(event.occurred_at, _EVENT, None) for event in case.future]
    for clock in case.clocks:
        if not clock.ended and clock.due_at is not None:
            _note_clock(changes, case, clock, clock.due_at)
    _note_suspension_and_item(changes, case)
    return changes


def _note_suspension_and_item(changes: list[_Change], case: Judgement) -> None:
    calendar = case.walk.calendar
    suspension = case.walk.running  # also of a case that is not open: steps go on behind a refusal that ended nothing
    if suspension is not None and suspension.capped_end is not None:
        ends = calendar.zone.instant(suspension.capped_end + 1, 0)
        if ends > case.as_of:
            changes.append((ends, _SUSPENSION_ENDS, f"suspension:{suspension.number}"))
    if case.is_open and case.item_history is not None and case.version is not None:
        # Before its first version an item is judged by that one: it coming into force changes nothing.
        day = case.item_history.next_change(max(calendar.zone.day(case.as_of), case.item_history.days[0]))
        if day is not None:
            changes.append((calendar.zone.instant(day, 0), _ITEM_VERSION, None))


def _note_clock(changes: list[_Change], case: Judgement, clock: Clock, due_at: Instant) -> None:
    as_of = case.as_of
    # At the due instant itself a clock is not breached: the next microsecond is the first of the breach.
    if due_at + 1 > as_of:
        changes.append((due_at + 1, _BREACH, clock.name))
    if clock is not case.warned:
        return
    # The light turns at the first, the card may wait for the end of a suspension and the opening after it.
    first, carded = reminder_at(clock), reminded_at(case, clock)
    if first is not None and first > as_of:
        changes.append((first, _REMINDER, clock.name))
    if carded is not None and carded != first and carded > as_of:
        changes.append((carded, _REMINDER, clock.name))
    due_day = due_day_opening(clock)
    if due_day is not None and due_day > as_of:
        changes.append((due_day, _DUE_DAY, clock.name))


def reminder_at(clock: Clock) -> Instant | None:
    """When the default ladder's reminder of a clock takes effect."""
    return reminder_of(clock.meter, clock.covers, clock.due_at)


def reminder_of(meter: Meter, covers: Sequence[Cover], due_at: Instant | None) -> Instant | None:
    """When the default ladder's reminder takes effect: at opening of the day on which T − used reaches 2 (T ≥ 4), at
    opening of the due day (T < 4), or when a fifth of the hours is left; None when a suspension keeps it from ever.
    """
    total = meter.limit
    if meter.unit is _WORKING_HOURS:
        return _fifth_left_at(meter, covers) if total > 0 else meter.start
    if total < 4:
        return None if due_at is None else opening_of_day(meter.calendar, due_at)
    day = meter.day_reaching(total - 2, covers)
    return None if day is None else meter.calendar.opening_at(day)


def reminded_at(case: Judgement, clock: Clock) -> Instant | None:
    """When the reminder is first due while the clock runs and is known; None when that is too early or too late."""
    at = unheld_reminder(clock.started_at, clock.due_at, reminder_at(clock))
    if at is None:
        return None
    known_from = _known_from(case)
    at = at if known_from is None else max(at, known_from)
    for suspension in case.walk.suspensions:
        at = _after_suspension(clock, suspension, at)
        if at is None:
            return None
    return at if clock.due_at is None or at <= clock.due_at else None


def unheld_reminder(started_at: Instant, due_at: Instant | None, at: Instant | None) -> Instant | None:
    """The moment `reminder_at` gives, while nothing holds the reminder back; None when it is too early or too late."""
    if at is None or at <= started_at:
        return None  # the moment lies before the clock: a reminder at acceptance would tell the handler nothing
    return at if due_at is None or at <= due_at else None


def _known_from(case: Judgement) -> Instant | None:
    """Deemed acceptance starts clocks in the past: they are known only from the breach of the acceptance clock on."""
    if not case.deemed:
        return None
    return next((clock.due + 1 for clock in case.admission.clocks if clock.breached and clock.due is not None), None)


def _after_suspension(clock: Clock, suspension: Suspension, at: Instant) -> Instant | None:
    """`at`, or the first opening hour after a suspension that runs at it (a planned one ends at midnight, an applicant
    may answer on a Sunday); None while nothing ends the suspension, or what ended it ended the clock.
    """
    if not suspension.valid or at < suspension.event.occurred_at:
        return at
    calendar, ends = clock.meter.calendar, suspension.end
    if suspension.capped_end is not None:
        planned = calendar.zone.instant(suspension.capped_end + 1, 0)
        ends = planned if ends is None else min(ends, planned)
    if ends is not None and clock.ended and ends >= clock.end:
        return None
    return after_pause(calendar, ends, at)


def after_pause(calendar: WorkingCalendar, ends: Instant | None, at: Instant) -> Instant | None:
    """When a reminder is issued whose moment `at` lies after a suspension's beginning: once it has ended, in opening
    hours. None while nothing ends it.
    """
    if ends is None:
        return None
    return at if ends <= at else _in_opening_hours(calendar, ends)


def _in_opening_hours(calendar: WorkingCalendar, at: Instant) -> Instant:
    day = calendar.zone.day(at)
    if calendar.is_working(day) and at <= calendar.closing_at(day):
        return max(at, calendar.opening_at(day))
    return calendar.opening_at(calendar.next_working(day))


def _fifth_left_at(meter: Meter, covers: Sequence[Cover]) -> Instant | None:
    """The first instant at which the judge sees a fifth of the hours left: its hours are fractions in binary, by which
    the exact instant may fall short by the last digit; a microsecond is far more than that.
    """
    at = meter.instant_reaching(meter.limit * 4 / 5, covers)
    if at is not None and meter.limit - meter.measure(covers, at)[0] > meter.limit / 5:
        return at + 1
    return at


def due_day_opening(clock: Clock) -> Instant | None:
    """Opening of the due day."""
    return None if clock.due_at is None else opening_of_day(clock.meter.calendar, clock.due_at)


def opening_of_day(calendar: WorkingCalendar, instant: Instant) -> Instant:
    """Opening of the day of an instant, whether or not it is a working day."""
    return calendar.opening_at(calendar.zone.day(instant))
