"""Rows `calendar`: due days over arrays against numpy's, and one at a time against the holidays package."""

from __future__ import annotations

import time
from datetime import date, timedelta

import holidays
import numpy as np

from monitor.domain.calendars import WorkingCalendar, national_calendar
from monitor.domain.due_days import due_days
from monitor.domain.instants import date_of, day_of
from tests.performance.bench import Bench
from tests.performance.rows import Row, in_turn, median_row

FIRST, LAST = day_of(date(2024, 1, 2)), day_of(date(2026, 6, 30))


def measure_calendar(bench: Bench) -> list[Row]:
    """Vectorised with one suspension a row, and scalar; both peers know the same rest days."""
    calendar = national_calendar()
    size = bench.scale.rows_of_arrays
    random = np.random.default_rng(11)
    starts = random.integers(FIRST, LAST, size)
    limits = random.integers(1, 46, size)
    after = (starts + random.integers(1, 30, size))[:, None]
    until = after + random.integers(1, 20, (size, 1))
    rest = _rest_days(calendar)

    def ours() -> float:
        began = time.perf_counter()
        due_days(calendar, starts, limits, after, until)
        return size / (time.perf_counter() - began)

    def numpys() -> float:
        dates = starts.astype("datetime64[D]")
        began = time.perf_counter()
        np.busday_offset(dates, limits, roll="backward", weekmask="1111111", holidays=rest)
        return size / (time.perf_counter() - began)

    found, peer = in_turn(ours, numpys, bench.scale.repeats)
    one, other = in_turn(
        lambda: _ours_one_by_one(calendar, starts, limits),
        lambda: _holidays_one_by_one(starts, limits),
        bench.scale.repeats,
    )
    return [
        median_row(
            found, peer, id="calendar", what=f"due days of {size:,} rows, one suspension each", unit="dates/s",
            limit_is="numpy.busday_offset, without suspensions", goal=0.3,
        ),
        median_row(
            one, other, id="calendar.single", what="due days one at a time", unit="dates/s",
            limit_is="holidays.get_nth_working_day", goal=100.0,
        ),
    ]  # fmt: skip


def _rest_days(calendar: WorkingCalendar) -> np.ndarray[tuple[int], np.dtype[np.datetime64]]:
    days = range(day_of(date(2023, 1, 1)), day_of(date(2028, 1, 1)))
    return np.array([day for day in days if not calendar.is_working(day)], dtype="datetime64[D]")


def _ours_one_by_one(calendar: WorkingCalendar, starts: np.ndarray, limits: np.ndarray) -> float:
    pairs = list(zip(starts[:20_000].tolist(), limits[:20_000].tolist(), strict=True))
    began = time.perf_counter()
    for start, limit in pairs:
        calendar.nth_after(start, limit)
    return len(pairs) / (time.perf_counter() - began)


def _holidays_one_by_one(starts: np.ndarray, limits: np.ndarray) -> float:
    known = holidays.country_holidays("CN", years=range(2023, 2028))
    pairs = [(date_of(int(start)), int(limit)) for start, limit in zip(starts[:300], limits[:300], strict=True)]
    began = time.perf_counter()
    for start, limit in pairs:
        known.get_nth_working_day(start + timedelta(days=0), limit)
    return len(pairs) / (time.perf_counter() - began)
