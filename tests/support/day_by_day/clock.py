"""One clock, walked day by day, or minute interval by minute interval."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from tests.support.day_by_day.events import Event
from tests.support.day_by_day.items import Terms
from tests.support.day_by_day.suspensions import Suspension
from tests.support.day_by_day.working_days import ONE_DAY, WorkingDays

HOUR = timedelta(hours=1)


def two_decimals(hours: Fraction) -> float:
    """Round hours half-up to two decimals."""
    return float((Decimal(hours.numerator) / Decimal(hours.denominator)).quantize(Decimal("0.01"), ROUND_HALF_UP))


@dataclass(eq=False)
class Clock:
    """One clock. `stop` stopped it, `cut` (withdrawal, refusal) ended it, `stillborn` ones end at their start."""

    name: str
    start: Event
    terms: Terms
    calendar: WorkingDays
    as_of: datetime
    stop: Event | None = None
    cut: Event | None = None
    stillborn: bool = False
    suspensions: list[Suspension] = field(default_factory=list)
    extended: float = 0
    carries_refused: bool = False
    _dues: dict[tuple[float, int], datetime | None] = field(default_factory=dict)

    @property
    def total(self) -> float:
        """T = N + extended."""
        return self.terms.limit + self.extended

    @property
    def end(self) -> datetime:
        """Stop, else what ended it, else as_of; a stillborn clock ends at its start."""
        if self.stillborn:
            return self.start.at
        ended = self.stop or self.cut
        return ended.at if ended else self.as_of

    @property
    def in_hours(self) -> bool:
        """Say whether the unit is working hours."""
        return self.terms.unit == "working_hours"

    # --- days -------------------------------------------------------------------------------------------------------

    def counting(self) -> str:
        """The item's counting limits T ≥ 1 only; T = 0, and a fraction below 1, count as start_excluded."""
        return "start_excluded" if self.total < 1 or self.in_hours else self.terms.counting

    def moved_start(self) -> tuple[date, Any]:
        """Return the start day of all counting and the clock time kept (`clock` moves it into opening hours)."""
        calendar = self.calendar
        day, at = calendar.day(self.start.at), calendar.clock_time(self.start.at)
        if self.counting() != "clock" or self.terms.unit != "working_days":
            return day, at
        if calendar.is_working(day) and self.start.at < calendar.opens(day):
            return day, calendar.opening
        if not calendar.is_working(day) or self.start.at >= calendar.closes(day):
            return calendar.next_working(day), calendar.opening
        return day, at

    def would_count(self, day: date) -> bool:
        """Say whether a day counts as far as the calendar and the start day go, suspensions aside."""
        if self.terms.unit == "working_days" and not self.calendar.is_working(day):
            return False
        if self.counting() == "clock":
            return day > self.moved_start()[0]
        start_day = self.calendar.day(self.start.at)
        if day == start_day and self.counting() == "start_counted":
            return self.start.at <= self.calendar.closes(day)
        return day > start_day

    def is_covered(self, day: date) -> bool:
        """Say whether one of the considered suspensions covers the day."""
        return any(suspension.covers(day) for suspension in self.suspensions)

    def counts(self, day: date) -> bool:
        """Say whether a day is a counted day."""
        return self.would_count(day) and not self.is_covered(day)

    def days_until_end(self) -> Iterator[date]:
        """Go through the days from the start day to day(end)."""
        day, last = self.calendar.day(self.start.at), self.calendar.day(self.end)
        while day <= last:
            yield day
            day += ONE_DAY

    def endless_from(self) -> datetime | None:
        """Return when a suspension without any known end began."""
        return min((s.begun.at for s in self.suspensions if s.is_endless()), default=None)

    def due_in_days(self) -> datetime | None:
        """Walk to the counted day on which used reaches T."""
        calendar = self.calendar
        if self.total == 0:
            return self.due_at_once()
        day, at = self.moved_start()
        endless = self.endless_from()
        used = 0
        while True:
            used += self.counts(day)
            if used >= self.total:
                break
            if endless is not None and day > calendar.day(endless):
                return None
            day += ONE_DAY
        # working_days: that day is a working day. calendar_days: `roll` moves the limit off a rest day.
        if self.terms.roll and not calendar.is_working(day):
            day = calendar.next_working(day)
        return calendar.instant(day, at) if self.counting() == "clock" else calendar.closes(day)

    def due_at_once(self) -> datetime:
        """T = 0 (即办): closing of the start day, else of the next working day, whatever is suspended."""
        calendar = self.calendar
        day = calendar.day(self.start.at)
        if not calendar.is_working(day) or self.start.at > calendar.closes(day):
            day = calendar.next_working(day)
        return calendar.closes(day)

    # --- hours ------------------------------------------------------------------------------------------------------

    def slices(self, day: date) -> Iterator[tuple[datetime, datetime, bool]]:
        """Cut a working day's opening hours after the start into (from, to, covered) pieces."""
        calendar = self.calendar
        if not calendar.is_working(day):
            return
        first, last = max(calendar.opens(day), self.start.at), calendar.closes(day)
        if first >= last:
            return
        covers = [cover for s in self.suspensions if (cover := s.hours()) is not None]
        edges = {first, last}
        for begin, end in covers:
            edges.update(edge for edge in (begin, end) if edge is not None and first < edge < last)
        ordered = sorted(edges)
        for begin, end in pairwise(ordered):
            covered = any(b <= begin and (e is None or begin < e) for b, e in covers)
            yield begin, end, covered

    def due_in_hours(self) -> datetime | None:
        """Walk to the instant at which the uncovered opening hours reach T."""
        if self.total == 0:
            return self.due_at_once()
        left = self.total * HOUR
        day = self.calendar.day(self.start.at)
        endless = self.endless_from()
        while True:
            for begin, end, covered in self.slices(day):
                if covered:
                    continue
                if end - begin >= left:
                    return begin + left
                left -= end - begin
            if endless is not None and day > self.calendar.day(endless):
                return None
            day += ONE_DAY

    def time_until_end(self, *, covered: bool) -> timedelta:
        """Sum the opening hours from the start to the end that are, or are not, inside a suspension."""
        total = timedelta()
        for day in self.days_until_end():
            for begin, end, is_covered in self.slices(day):
                if is_covered == covered and begin < self.end:
                    total += min(end, self.end) - begin
        return total

    # --- results ----------------------------------------------------------------------------------------------------

    def due_at(self) -> datetime | None:
        """Return the due instant, or None when a suspension without known end keeps used from ever reaching T."""
        # Kept only to be quick: nothing but T and the suspensions moves the due time of a clock that has started.
        known = (self.total, len(self.suspensions))
        if known not in self._dues:
            self._dues[known] = self.due_in_hours() if self.in_hours else self.due_in_days()
        return self._dues[known]

    def due_at_if_refused(self) -> datetime | None:
        """Return the due instant with no suspension at all and the same extension."""
        kept, self.suspensions = self.suspensions, []
        due = self.due_at()
        self.suspensions = kept
        return due

    def exactly_used(self) -> Fraction:
        """Return what is used, exactly, in days or hours."""
        if self.in_hours:
            return Fraction(self.time_until_end(covered=False) // timedelta(microseconds=1), 3_600_000_000)
        return Fraction(sum(self.counts(day) for day in self.days_until_end()))

    def used(self) -> float:
        """Return what is used as it is shown."""
        return two_decimals(self.exactly_used()) if self.in_hours else int(self.exactly_used())

    def suspended(self) -> float:
        """Return the days (hours) that would have counted and are covered."""
        if self.in_hours:
            covered = self.time_until_end(covered=True) // timedelta(microseconds=1)
            return two_decimals(Fraction(covered, 3_600_000_000))
        return sum(self.would_count(day) and self.is_covered(day) for day in self.days_until_end())

    def remaining(self) -> float:
        """T − used, as shown."""
        return round(self.total - self.used(), 2)

    def is_breached(self) -> bool:
        """Breached if the end is later than the due instant; at the due instant itself it is not."""
        due = self.due_at()
        return due is not None and self.end > due

    def state(self) -> str:
        """Return breached, met, void, standing or running."""
        if self.is_breached():
            return "breached"
        if self.stop is not None:
            return "met"
        if self.cut is not None or self.stillborn:
            return "void"
        if any(suspension.runs_at(self.end) for suspension in self.suspensions):
            return "standing"
        return "running"

    def overdue_days(self) -> int:
        """Count the working days after day(due_at) up to day(end), at least 1 once breached."""
        due = self.due_at()
        if due is None or self.end <= due:
            return 0
        return max(1, self.calendar.working_days_between(self.calendar.day(due), self.calendar.day(self.end)))

    def is_early(self) -> bool:
        """Stopped, not breached, used < T."""
        return self.stop is not None and not self.is_breached() and self.exactly_used() < self.total

    def describe(self) -> dict[str, Any]:
        """Return the clock's row of the judgement."""
        calendar = self.calendar
        due = self.due_at()
        provisional = due is not None and calendar.is_provisional(calendar.day(self.start.at), calendar.day(due))
        return {
            "name": self.name,
            "started_at": calendar.write(self.start.at),
            "limit": self.terms.limit,
            "unit": self.terms.unit,
            "extended": self.extended,
            "suspended": self.suspended(),
            "used": self.used(),
            "remaining": self.remaining(),
            "due_at": calendar.write(due),
            "due_at_if_refused": calendar.write(self.due_at_if_refused()) if self.carries_refused else None,
            "stopped_at": calendar.write(self.stop.at) if self.stop else None,
            "state": self.state(),
            "early": self.is_early(),
            "overdue_days": self.overdue_days(),
            "provisional": provisional,
        }

    def should_remind(self) -> bool:
        """Say whether the default ladder reminds at as_of; thresholds take effect at opening of their day."""
        calendar, total = self.calendar, self.total
        if self.state() != "running":
            return False
        if self.in_hours:
            return total - self.exactly_used() <= Fraction(total) / 5
        today = calendar.day(self.as_of)
        is_open = self.as_of >= calendar.opens(today)
        if total >= 4:
            used = self.exactly_used() - (0 if is_open or not self.counts(today) else 1)
            return total - used <= 2
        due = self.due_at()
        return due is not None and is_open and calendar.day(due) == today
