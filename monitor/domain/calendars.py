"""The working calendar (工作日历): which days count, when offices open and close, and arithmetic on both.

Layers (national → province → city → hall) are merged before a calendar is built: a later layer's word on a day wins.
Source: 行政许可法 art. 82 (working days without statutory holidays), 民法典 art. 203 (a last day ends at closing time).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.domain.instants import Day, Instant, Zone, date_of, day_of, zone_named
from monitor.domain.notices import FIXED_HOLIDAYS, NOTICES

DEFAULT_ZONE = "Asia/Shanghai"
_FIRST_BUILT, _LAST_BUILT = day_of(date(1995, 1, 1)), day_of(date(2045, 12, 31))
_LAST_POSSIBLE = day_of(date(3999, 12, 31))


class BadCalendar(ValueError):
    """A calendar file that cannot be used: the text says where and what to do."""


class DayKind(StrEnum):
    """What a day is, for people."""

    WORKING_DAY = "working_day"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MAKE_UP_WORKDAY = "make_up_workday"


@dataclass(frozen=True)
class NamedDay:
    """Why a day is a holiday or a make-up workday: its name and the notice that made it so."""

    name_zh: str
    name_en: str
    notice: str


@dataclass(frozen=True)
class CalendarContent:
    """What a calendar says, all layers merged: the C of the `evaluate` contract, plus names for people."""

    zone: str = DEFAULT_ZONE
    opening: time = time(9)
    closing: time = time(17)
    fixed_holidays: frozenset[str] = frozenset()
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()
    published_years: frozenset[int] = frozenset()
    names: Mapping[date, NamedDay] = field(default_factory=dict)
    version: str = ""


@dataclass(frozen=True)
class CalendarTable:
    """A calendar's day tables as arrays: `counts[day − first]` working days up to a day, from a fixed day on;
    `days[k]` the working days in order, `before_anchor` of them before that fixed day.
    """

    first: Day
    counts: NDArray[np.int64]
    days: NDArray[np.int64]
    before_anchor: int


class WorkingCalendar:
    """Day tables of one calendar, laid out so that counting and finding due days are list look-ups.

    Tables cover 1995–2045 at first and grow when a day outside is asked for.
    """

    def __init__(self, content: CalendarContent) -> None:
        if content.opening >= content.closing:
            raise BadCalendar(
                f"opening {content.opening} is not before closing {content.closing}: a calendar needs hours"
            )
        self.content = content
        self.zone: Zone = zone_named(content.zone)
        self.opening = _time_of_day(content.opening)
        self.closing = _time_of_day(content.closing)
        self.working: list[bool]
        self._counts: list[int]
        self._days: list[int]
        self._open_until: list[int] | None = None
        self._published_from, self._published_until = _longest_published(content.published_years)
        # Instants surely within those days; what lies nearer to their ends is looked at by days.
        self._published_start = self.zone.instant(self._published_from + 1, 0)
        self._published_end = self.zone.instant(self._published_until - 1, 0)
        self._build(_FIRST_BUILT, _LAST_BUILT)

    # -- days ------------------------------------------------------------------------------------------------------

    def is_working(self, day: Day) -> bool:
        """Whether a local day is a working day."""
        place = self._at(day)  # before the table is taken: it may be laid out anew
        return self.working[place]

    def count(self, day: Day) -> int:
        """Working days up to and including `day`, from a fixed day on: only differences mean anything."""
        offset = day - self._first
        if 0 <= offset < self._length:
            return self._counts[offset]
        place = self._at(day)
        return self._counts[place]

    def between(self, after: Day, until: Day) -> int:
        """Working days d with after < d ≤ until."""
        return max(self.count(until) - self.count(after), 0) if until > after else 0

    def nth_after(self, after: Day, n: int) -> Day | None:
        """The n-th working day after a day (n ≥ 1), or None when it lies beyond the year 3999."""
        position = self.count(after) + self._before_anchor + n - 1
        while position >= len(self._days):
            if self._last >= _LAST_POSSIBLE:
                return None
            # Twice as far each time: where no day works at all, the end is reached in few steps.
            self._build(self._first, min(self._last + max(n * 2, self._length), _LAST_POSSIBLE))
        return self._days[position]

    def next_working(self, day: Day) -> Day:
        """The first working day after `day`."""
        found = self.nth_after(day, 1)
        if found is None:
            raise BadCalendar("the calendar has no further working day: its weekdays or holidays close every day")
        return found

    def working_days_from(self, first: Day, count: int) -> list[Day]:
        """The next `count` working days, `first` being one of them if it works; fewer if there are no more."""
        days = (self.nth_after(first - 1, number) for number in range(1, count + 1))
        return [day for day in days if day is not None]

    def is_provisional(self, first: Day, last: Day) -> bool:
        """Whether any day from first to last lies in a year without a published notice."""
        if self._published_from <= first and last < self._published_until:
            return False
        years = self.content.published_years
        return any(year not in years for year in range(date_of(first).year, date_of(last).year + 1))

    def is_provisional_between(self, start: Instant, due: Instant) -> bool:
        """Whether the span from the day of `start` to the day of `due` touches a year without a published notice."""
        if self._published_start <= start and due < self._published_end:
            return False
        return self.is_provisional(self.zone.day(start), self.zone.day(due))

    def table(self) -> CalendarTable:
        """The day tables as they stand, for arithmetic on arrays."""
        return CalendarTable(self._first, np.asarray(self._counts), np.asarray(self._days), self._before_anchor)

    # -- instants --------------------------------------------------------------------------------------------------

    def opening_at(self, day: Day) -> Instant:
        """Opening of a day, whether or not it is a working day."""
        return self.zone.instant(day, self.opening)

    def closing_at(self, day: Day) -> Instant:
        """Closing of a day, whether or not it is a working day."""
        return self.zone.instant(day, self.closing)

    def stretches(self, first: Day, last: Day) -> list[Instant]:
        """The moments of some days between which it makes no difference to a limit in days, nor to a reminder, when
        its clock started: midnight, opening, and the first after closing; ascending.
        """
        moments: list[Instant] = []
        for day in range(first, last + 1):
            moments += [self.zone.instant(day, 0), self.opening_at(day), self.closing_at(day) + 1]
        return sorted(moments)

    def is_open(self, instant: Instant) -> bool:
        """Whether offices are open: on a working day, from opening up to and including closing."""
        day = self.zone.day(instant)
        return self.is_working(day) and self.opening_at(day) <= instant <= self.closing_at(day)

    def open_time(self, instant: Instant) -> int:
        """Microseconds of opening on working days up to `instant`: only differences mean anything."""
        day = self.zone.day(instant)
        passed = self.count(day - 1) + self._before_anchor
        before = self._open_table()[passed] - self._open_table()[self._before_anchor]
        if not self.is_working(day):
            return before
        opening, closing = self.opening_at(day), self.closing_at(day)
        return before + min(max(instant - opening, 0), max(closing - opening, 0))

    def instant_of_open_time(self, amount: int) -> Instant | None:
        """The earliest instant at which `open_time` reaches `amount`, or None beyond the year 3999."""
        table = self._open_table()
        while table[-1] - table[self._before_anchor] < amount:
            if self._last >= _LAST_POSSIBLE:
                return None
            self._build(self._first, min(self._last + self._length, _LAST_POSSIBLE))
            table = self._open_table()
        sought = amount + table[self._before_anchor]
        position = bisect_left(table, sought)
        return self.opening_at(self._days[position - 1]) + sought - table[position - 1]

    def _open_table(self) -> list[int]:
        """table[k] = opening time of the first k working days."""
        if self._open_until is None:
            table, total = [0], 0
            for day in self._days:
                # An opening that a change of offset skips may move behind closing: the day is then not open at all.
                total += max(self.closing_at(day) - self.opening_at(day), 0)
                table.append(total)
            self._open_until = table
        return self._open_until

    # -- for people ------------------------------------------------------------------------------------------------

    def kind(self, day: Day) -> DayKind:
        """What a day is: a make-up workday is a rest day of the week that works, a holiday a named rest day."""
        weekend = (day + 3) % 7 >= 5
        if self.is_working(day):
            return DayKind.MAKE_UP_WORKDAY if weekend else DayKind.WORKING_DAY
        named = date_of(day) in self.content.holidays or not weekend
        return DayKind.HOLIDAY if named else DayKind.WEEKEND

    def name(self, day: Day) -> NamedDay | None:
        """The holiday or make-up workday a notice makes of this day, or None."""
        local = date_of(day)
        named = self.content.names.get(local)
        if named is None and not self.is_working(day) and local.strftime("%m-%d") in FIXED_HOLIDAYS:
            zh, en = FIXED_HOLIDAYS[local.strftime("%m-%d")]
            return NamedDay(zh, en, "全国年节及纪念日放假办法")
        return named

    # -- tables ----------------------------------------------------------------------------------------------------

    def _at(self, day: Day) -> int:
        if day < self._first:
            self._build(day - 3650, self._last)
        elif day > self._last:
            if day > _LAST_POSSIBLE:
                raise OverflowError(f"day {day} lies beyond the year 3999")
            self._build(self._first, min(day + 3650, _LAST_POSSIBLE))
        return day - self._first

    def _build(self, first: Day, last: Day) -> None:
        days = np.arange(first, last + 1)
        working = (days + 3) % 7 < 5
        content = self.content
        for month_day in content.fixed_holidays:
            for year in range(date_of(first).year, date_of(last).year + 1):
                fixed = _date_in(year, month_day)
                if fixed is not None and year not in content.published_years:
                    _set(working, day_of(fixed) - first, False)
        for rest in content.holidays:
            _set(working, day_of(rest) - first, False)
        for work in content.workdays:
            _set(working, day_of(work) - first, True)
        self._first, self._last, self._length = first, last, last - first + 1
        self.working = working.tolist()
        # Counts start at the anchor, so that they stay comparable when the table grows to either side.
        self._before_anchor = int(working[: _FIRST_BUILT - first].sum())
        self._counts = (np.cumsum(working) - self._before_anchor).tolist()
        self._days = days[working].tolist()
        self._open_until = None


def _longest_published(years: frozenset[int]) -> tuple[Day, Day]:
    """First day, and the day after the last, of the newest unbroken run of published years."""
    last = max(years, default=0)
    first = last
    while first - 1 in years:
        first -= 1
    return (day_of(date(first, 1, 1)), day_of(date(last + 1, 1, 1))) if years else (0, 0)


def _set(working: Any, offset: int, value: bool) -> None:
    if 0 <= offset < len(working):
        working[offset] = value


def _time_of_day(local: time) -> int:
    return ((local.hour * 60 + local.minute) * 60 + local.second) * 1_000_000 + local.microsecond


def _date_in(year: int, month_day: str) -> date | None:
    month, day = int(month_day[:2]), int(month_day[3:])
    return None if (month, day) == (2, 29) and not _is_leap(year) else date(year, month, day)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


ALWAYS = -1 << 40
NEVER = 1 << 40
"""Days before and after all others."""


def first_difference(one: CalendarContent, other: CalendarContent) -> Day:
    """The first day that two calendars may count otherwise, or say otherwise whether it is provisional; NEVER where
    there is none. ALWAYS where they differ in zone, hours or fixed holidays: then any instant may be another.
    """
    if (one.zone, one.opening, one.closing) != (other.zone, other.opening, other.closing):
        return ALWAYS
    if one.fixed_holidays != other.fixed_holidays:
        return ALWAYS
    days = {*(one.holidays ^ other.holidays), *(one.workdays ^ other.workdays)}
    days |= {date(year, 1, 1) for year in one.published_years ^ other.published_years}
    return min(map(day_of, days), default=NEVER)


# -- reading calendars -------------------------------------------------------------------------------------------------


def calendar_content(layers: Sequence[Mapping[str, Any]]) -> CalendarContent:
    """Merge layers, lowest authority last, each in the shape of the `evaluate` contract's C. Raises BadCalendar.

    A date named by a later layer is as that layer names it; zone and hours of the last layer that gives them hold.
    Within one layer a make-up workday wins over a holiday.
    """
    zone, opening, closing, version = DEFAULT_ZONE, time(9), time(17), []
    fixed: set[str] = set()
    holidays: set[date] = set()
    workdays: set[date] = set()
    years: set[int] = set()
    names: dict[date, NamedDay] = {}
    for layer in layers:
        if not isinstance(layer, Mapping):
            raise BadCalendar("a calendar must be a JSON object: see the C of the evaluate contract")
        zone = _zone_name(layer.get("zone", zone))
        opening = _local_time(layer, "opening", opening)
        closing = _local_time(layer, "closing", closing)
        fixed |= {_month_day(text) for text in _list(layer, "fixed_holidays", "fixed_holidays")}
        version.append(str(layer.get("version", "")))
        rest: set[date] = set()
        work: set[date] = set()
        for year, content in _years(layer).items():
            years.add(year)
            rest |= {_date(text, f"years.{year}.holidays") for text in _list(content, "holidays", f"years.{year}")}
            work |= {_date(text, f"years.{year}.workdays") for text in _list(content, "workdays", f"years.{year}")}
            names.update(_names(content, year))
        holidays = (holidays - work) | (rest - work)
        workdays = (workdays - rest) | work
    return CalendarContent(
        zone, opening, closing, frozenset(fixed), frozenset(holidays), frozenset(workdays), frozenset(years), names,
        " · ".join(part for part in version if part),
    )  # fmt: skip


def national_layer(years: Iterable[int] | None = None) -> dict[str, Any]:
    """The built-in national calendar as a layer: notices of 2024 to 2026 and the fixed holidays of other years."""
    content = {}
    for year, notice in NOTICES.items():
        if years is not None and year not in years:
            continue
        title = f"国务院办公厅 {notice.published.isoformat()} 通知"
        names: dict[str, list[str]] = {}
        for holiday in notice.holidays:
            for day in holiday.days():
                names[day.isoformat()] = [holiday.name_zh, holiday.name_en, title]
            for day in holiday.make_up:
                names[day.isoformat()] = [f"{holiday.name_zh}调休上班", f"make-up workday of {holiday.name_en}", title]
        content[str(year)] = {
            "holidays": [day.isoformat() for holiday in notice.holidays for day in holiday.days()],
            "workdays": [day.isoformat() for holiday in notice.holidays for day in holiday.make_up],
            "names": names,
        }
    built = sorted(content)
    return {
        "zone": DEFAULT_ZONE,
        "opening": "09:00",
        "closing": "17:00",
        "fixed_holidays": sorted(FIXED_HOLIDAYS),
        "years": content,
        "version": f"national {built[0]}–{built[-1]}" if built else "national, no year published",
    }


def national_calendar() -> WorkingCalendar:
    """The calendar used where none is given."""
    return WorkingCalendar(calendar_content([national_layer()]))


def _zone_name(value: Any) -> str:
    if not isinstance(value, str):
        raise BadCalendar(f"`zone` is {value!r}: give an IANA name such as Asia/Shanghai")
    try:
        zone_named(value)
    except ValueError as error:
        raise BadCalendar(str(error)) from error
    return value


def _local_time(layer: Mapping[str, Any], name: str, default: time) -> time:
    value = layer.get(name)
    if value is None:
        return default
    try:
        local = time.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise BadCalendar(f"`{name}` is {value!r}: give a local time such as 09:00") from error
    if local.tzinfo is not None:
        raise BadCalendar(f"`{name}` is {value!r}: a local time has no offset")
    return local


def _month_day(text: Any) -> str:
    try:
        return date.fromisoformat(f"2024-{text}").strftime("%m-%d")
    except (TypeError, ValueError) as error:
        raise BadCalendar(f"`fixed_holidays` holds {text!r}: give month and day such as 10-01") from error


def _date(text: Any, where: str) -> date:
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise BadCalendar(f"`{where}` holds {text!r}: give a date such as 2026-10-01") from error


def _list(content: Mapping[str, Any], name: str, where: str) -> list[Any]:
    value = content.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise BadCalendar(f"`{where}` → `{name}` must be a list")
    return value


def _years(layer: Mapping[str, Any]) -> dict[int, Mapping[str, Any]]:
    years = layer.get("years", {}) or {}
    if not isinstance(years, Mapping):
        raise BadCalendar('`years` must be an object: {"2026": {"holidays": […], "workdays": […]}}')
    found = {}
    for text, content in years.items():
        if not (isinstance(text, str) and text.isdigit() and len(text) == 4 and isinstance(content, Mapping)):
            raise BadCalendar(f"`years` → {text!r}: give a four-digit year with an object of holidays and workdays")
        found[int(text)] = content
    return found


def _names(content: Mapping[str, Any], year: int) -> dict[date, NamedDay]:
    names = content.get("names", {})
    if not isinstance(names, Mapping):
        raise BadCalendar(f"`years.{year}.names` must be an object of date → [Chinese, English, notice]")
    return {_date(text, f"years.{year}.names"): NamedDay(*map(str, name)) for text, name in names.items()}
