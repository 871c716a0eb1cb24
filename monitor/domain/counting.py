"""How one clock counts: used time, suspended time and the due instant of a limit, on a working calendar.

Source: time rules "One clock"; 民法典 art. 201 (the start day does not count), 203 (last day, closing time),
行政许可法 art. 45 (time of special procedures is not counted).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Final, NamedTuple

from mypy_extensions import mypyc_attr

from monitor.domain.calendars import WorkingCalendar
from monitor.domain.instants import END_OF_TIME, HOUR, Day, Instant
from monitor.domain.items import Counting, Unit

# Members of an enum are looked up by a slow path: these are asked for with every clock.
_WORKING_DAYS: Final = Unit.WORKING_DAYS
_CALENDAR_DAYS: Final = Unit.CALENDAR_DAYS
_WORKING_HOURS: Final = Unit.WORKING_HOURS
_START_EXCLUDED: Final = Counting.START_EXCLUDED
_START_COUNTED: Final = Counting.START_COUNTED
_CLOCK: Final = Counting.CLOCK

FOREVER: Final = 1 << 40
"""The last covered day of a suspension that nothing ends yet."""
NEVER: Final = END_OF_TIME
"""The end instant of a suspension that nothing ends yet."""


class Cover(NamedTuple):
    """What a suspension takes out of a clock: days d with after < d ≤ until; instants start ≤ t < end (hours)."""

    after: Day
    until: Day
    start: Instant
    end: Instant


@mypyc_attr(acyclic=True)
class Meter:
    """The counting of one clock: its start, total limit T, unit, counting mode and roll; covers are given per question.

    Covers must be disjoint and in order. Days and hours are returned as exact numbers: whole days, or hours
    unrounded.
    """

    __slots__ = ("_start_day", "calendar", "counting", "limit", "roll", "start", "unit")

    def __init__(
        self, calendar: WorkingCalendar, start: Instant, limit: float, unit: Unit, counting: Counting, roll: bool
    ) -> None:
        self.calendar = calendar
        self.limit = limit
        self.unit = unit
        self.counting = counting if limit >= 1 and unit is not _WORKING_HOURS else _START_EXCLUDED
        self.roll = roll
        self.start = start
        if self.counting is _CLOCK and unit is _WORKING_DAYS:
            self.start = _moved_to_opening(calendar, start)
        self._start_day = calendar.zone.day(self.start)

    @property
    def last_uncounted_day(self) -> Day:
        """The day after which counting begins: the start day, or the one before it where the start day counts."""
        if self.counting is _START_COUNTED and self.start <= self.calendar.closing_at(self._start_day):
            return self._start_day - 1
        return self._start_day

    # -- used and suspended ----------------------------------------------------------------------------------------

    def measure(self, covers: Sequence[Cover], end: Instant) -> tuple[float, float]:
        """(used, suspended) up to and including the day of `end`; in hours, up to `end` itself."""
        if self.unit is _WORKING_HOURS:
            return self._measure_hours(covers, end)
        first, last = self.last_uncounted_day, self.calendar.zone.day(end)
        counted = self._days_between(first, last)
        if not covers:  # as mostly; to ask an iterator for nothing takes as long as all the rest
            return float(counted), 0.0
        suspended = 0
        for cover in covers:
            suspended += self._days_between(max(cover.after, first), min(cover.until, last))
        return float(counted - suspended), float(suspended)

    def _days_between(self, after: Day, until: Day) -> int:
        if until <= after:
            return 0
        if self.unit is _CALENDAR_DAYS:
            return until - after
        return self.calendar.between(after, until)

    def _measure_hours(self, covers: Sequence[Cover], end: Instant) -> tuple[float, float]:
        open_time = self.calendar.open_time
        total = max(open_time(end) - open_time(self.start), 0)
        suspended = 0
        for cover in covers:
            first, last = max(cover.start, self.start), min(cover.end, end)
            if last > first:
                suspended += open_time(last) - open_time(first)
        return (total - suspended) / HOUR, suspended / HOUR

    # -- reaching an amount ----------------------------------------------------------------------------------------

    def day_reaching(self, amount: float, covers: Sequence[Cover]) -> Day | None:
        """The counted day on which used reaches `amount` days (> 0), or None when a suspension keeps it from ever."""
        position, missing = self.last_uncounted_day, ceil(amount)
        if covers:
            position, missing = self._past_covers(covers, position, missing)
            if position >= FOREVER:
                return None
        if self.unit is _CALENDAR_DAYS:
            return position + missing
        return self.calendar.nth_after(position, missing)

    def _past_covers(self, covers: Sequence[Cover], position: Day, missing: int) -> tuple[Day, int]:
        """From which day on the counted days that are still missing are not interrupted any more."""
        for cover in covers:
            if cover.until <= position:
                continue
            available = self._days_between(position, cover.after)
            if available >= missing:
                break
            missing -= available
            position = max(cover.until, position)
            if position >= FOREVER:
                break
        return position, missing

    def instant_reaching(self, hours: float, covers: Sequence[Cover]) -> Instant | None:
        """The earliest instant at which used reaches `hours` (> 0), or None when a suspension keeps it from ever."""
        missing, position = round(hours * HOUR), self.calendar.open_time(self.start)
        for cover in covers:
            if cover.end <= self.start:
                continue
            available = self.calendar.open_time(max(cover.start, self.start)) - position
            if available >= missing:
                break
            missing -= available
            if cover.end >= NEVER:
                return None
            position = self.calendar.open_time(cover.end)
        return self.calendar.instant_of_open_time(position + missing)

    def due(self, covers: Sequence[Cover]) -> Instant | None:
        """The due instant of the limit; null (None) when an open suspension keeps used from ever reaching it."""
        if self.limit == 0:
            return _same_day_closing(self.calendar, self.start)
        if self.unit is _WORKING_HOURS:
            return self.instant_reaching(self.limit, covers)
        day = self.day_reaching(self.limit, covers)
        if day is None:
            return None
        if self.unit is _CALENDAR_DAYS and self.roll and not self.calendar.is_working(day):
            day = self.calendar.next_working(day)
        if self.counting is _CLOCK:
            return self.calendar.zone.instant(day, self.calendar.zone.local(self.start)[1])
        return self.calendar.closing_at(day)


def working_days_meter(calendar: WorkingCalendar, start: Instant, limit: float) -> Meter:
    """The counting of acceptance, delivery and suspension clocks, and of the limits the law gives by default."""
    return Meter(calendar, start, limit, _WORKING_DAYS, _START_EXCLUDED, True)


def _moved_to_opening(calendar: WorkingCalendar, start: Instant) -> Instant:
    """Before opening → opening; at or after closing, or on a rest day → opening of the next working day."""
    day = calendar.zone.day(start)
    if calendar.is_working(day) and start < calendar.closing_at(day):
        return max(start, calendar.opening_at(day))
    return calendar.opening_at(calendar.next_working(day))


def _same_day_closing(calendar: WorkingCalendar, start: Instant) -> Instant:
    """即办: closing of the start day when it works and is not over, else of the next working day."""
    day = calendar.zone.day(start)
    if calendar.is_working(day) and start <= calendar.closing_at(day):
        return calendar.closing_at(day)
    return calendar.closing_at(calendar.next_working(day))
