"""The simulator's own count of working days, independent of the calendar that judges: it knows what must be found.

A moment is an integer: seconds of local civil time (Asia/Shanghai, no summer time) since 1970-01-01T00:00 local.
A day is `moment // DAY`. Source: the State Council's notices for 2025 and 2026; later years are provisional.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

DAY: Final = 86_400
OPENING: Final = 9 * 3600
CLOSING: Final = 17 * 3600
FOREVER: Final = 1 << 40
"""A moment, or day, that never comes."""

_EPOCH = date(1970, 1, 1).toordinal()
_FIRST, _LAST = date(2024, 12, 1), date(2030, 12, 31)
_FIXED = ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))
_PUBLISHED = (2025, 2026)
_REST = (
    ("2025-01-01", 1), ("2025-01-28", 8), ("2025-04-04", 3), ("2025-05-01", 5), ("2025-05-31", 3), ("2025-10-01", 8),
    ("2026-01-01", 3), ("2026-02-15", 9), ("2026-04-04", 3), ("2026-05-01", 5), ("2026-06-19", 3), ("2026-09-25", 3),
    ("2026-10-01", 7),
)  # fmt: skip
_MAKE_UP = (
    "2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11",
    "2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10",
)  # fmt: skip


def day_number(local: date) -> int:
    """Days since 1970-01-01."""
    return local.toordinal() - _EPOCH


def date_at(day: int) -> date:
    """The date of a day number."""
    return date.fromordinal(day + _EPOCH)


def moment_text(moment: int) -> str:
    """ISO 8601 with the offset of Asia/Shanghai."""
    day, second = divmod(moment, DAY)
    minute, second = divmod(second, 60)
    hour, minute = divmod(minute, 60)
    return f"{date_at(day).isoformat()}T{hour:02}:{minute:02}:{second:02}+08:00"


Cover = tuple[int, int]
"""Days d with first < d ≤ second are taken out of a count by a suspension."""


class WorkingDays:
    """Working days from December 2024 to 2030, numbered, so that steps and distances are list look-ups."""

    def __init__(self) -> None:
        first, last = day_number(_FIRST), day_number(_LAST)
        self._first = first
        self._working = [_is_working(date_at(day)) for day in range(first, last + 1)]
        self._days: list[int] = []
        self._ordinals: list[int] = []
        for day, working in enumerate(self._working, first):
            if working:
                self._days.append(day)
            self._ordinals.append(len(self._days))

    def is_working(self, day: int) -> bool:
        """Whether offices work that day."""
        return self._working[day - self._first]

    def until(self, day: int) -> int:
        """Working days up to and including `day`: only differences mean anything."""
        return self._ordinals[day - self._first]

    def between(self, after: int, until: int) -> int:
        """Working days d with after < d ≤ until."""
        return max(self.until(until) - self.until(after), 0)

    def later(self, day: int, count: int) -> int:
        """The `count`-th working day after `day` (count ≥ 1)."""
        return self._days[self.until(day) + count - 1]

    def on_or_after(self, day: int) -> int:
        """`day` itself when it works, else the next working day."""
        return day if self.is_working(day) else self.later(day, 1)

    def before(self, day: int) -> int:
        """The last working day before `day`."""
        return self._days[self.until(day - 1) - 1]

    def span(self, first: int, last: int) -> list[int]:
        """All working days from `first` to `last`, inclusive."""
        return self._days[self.until(first - 1) : self.until(last)]

    def is_open(self, moment: int) -> bool:
        """Whether windows are open: from opening to closing, both included."""
        return self.is_working(moment // DAY) and OPENING <= moment % DAY <= CLOSING

    def due(self, start: int, limit: int, covers: Iterable[Cover] = (), *, calendar_days: bool = False) -> int:
        """The moment a limit falls due: closing of the day on which the count reaches it; FOREVER if it never does.

        The start day does not count, nor do covered days. A limit of 0 is due at closing of the start day, or of the
        next working day when the start day rests or is over. A calendar-day limit ending on a rest day moves on.
        """
        day = start // DAY
        if limit == 0:
            in_time = self.is_working(day) and start % DAY <= CLOSING
            return (day if in_time else self.later(day, 1)) * DAY + CLOSING
        out = list(covers)
        if not out and not calendar_days:
            return self.later(day, limit) * DAY + CLOSING
        counted = 0
        while counted < limit:
            day += 1
            cover = next((c for c in out if c[0] < day <= c[1]), None)
            if cover is not None:
                if cover[1] >= FOREVER:
                    return FOREVER
                day = cover[1]
            elif calendar_days or self.is_working(day):
                counted += 1
        return self.on_or_after(day) * DAY + CLOSING

    def due_by_hours(self, start: int, hours: float) -> int:
        """The moment at which so many hours of opening have passed since `start`; no suspensions."""
        day = self.on_or_after(start // DAY)
        at = start if day == start // DAY else day * DAY + OPENING
        at = max(at, day * DAY + OPENING)
        left = round(hours * 3600)
        while at + left > day * DAY + CLOSING:
            left -= max(day * DAY + CLOSING - at, 0)
            day = self.later(day, 1)
            at = day * DAY + OPENING
        return at + left

    def used(self, start: int, end: int, covers: Iterable[Cover] = ()) -> int:
        """Working days counted from `start` up to and including the day of `end`."""
        first, last = start // DAY, end // DAY
        taken = sum(
            self.between(max(c[0], first), min(c[1], last)) for c in covers if min(c[1], last) > max(c[0], first)
        )
        return self.between(first, last) - taken


def _is_working(local: date) -> bool:
    text = local.isoformat()
    if text in _MAKE_UP:
        return True
    for start, length in _REST:
        begin = date.fromisoformat(start)
        if begin <= local < begin + timedelta(days=length):
            return False
    if local.year not in _PUBLISHED and (local.month, local.day) in _FIXED:
        return False
    return local.weekday() < 5
