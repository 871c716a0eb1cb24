"""Due days over arrays are those that the meter finds one at a time."""

from __future__ import annotations

from datetime import date
from random import Random

import numpy as np
import pytest

from monitor.domain.calendars import WorkingCalendar, national_calendar
from monitor.domain.counting import Cover, working_days_meter
from monitor.domain.due_days import due_days
from monitor.domain.instants import Day, date_of, day_of

Span = tuple[Day, Day]

MONDAY = day_of(date(2026, 5, 11))
COLUMNS = 3


@pytest.fixture(scope="module")
def calendar() -> WorkingCalendar:
    return national_calendar()


def due_of(calendar: WorkingCalendar, start: Day, limit: int, spans: list[Span]) -> date:
    """The due day of one row, asked for as an array."""
    after = np.array([[begin for begin, _ in spans]], dtype=np.int64).reshape(1, len(spans))
    until = np.array([[end for _, end in spans]], dtype=np.int64).reshape(1, len(spans))
    (found,) = due_days(calendar, np.array([start]), np.array([limit]), after, until)
    return date_of(int(found))


def test_without_suspensions_days_count_from_the_one_after_the_start(calendar: WorkingCalendar) -> None:
    assert due_of(calendar, MONDAY, 5, []) == date(2026, 5, 18)


def test_a_suspension_moves_the_due_day_by_the_working_days_it_covers(calendar: WorkingCalendar) -> None:
    assert due_of(calendar, MONDAY, 5, [(MONDAY + 1, MONDAY + 3)]) == date(2026, 5, 20)


def test_a_suspension_after_the_due_day_moves_nothing(calendar: WorkingCalendar) -> None:
    assert due_of(calendar, MONDAY, 2, [(MONDAY + 2, MONDAY + 9)]) == date(2026, 5, 13)


def test_every_row_is_as_the_meter_finds_it(calendar: WorkingCalendar) -> None:
    rng = Random(5)
    rows = [_random_row(rng) for _ in range(400)]
    starts, limits = (np.array(column) for column in zip(*((start, limit) for start, limit, _ in rows), strict=True))
    spans = np.array([_filled(start, spans) for start, _, spans in rows])

    found = due_days(calendar, starts, limits, spans[:, :, 0], spans[:, :, 1])

    for day, (start, limit, covered) in zip(found.tolist(), rows, strict=True):
        meter = working_days_meter(calendar, calendar.opening_at(start), limit)
        covers = [Cover(after, until, 0, 0) for after, until in covered]
        assert day == meter.day_reaching(limit, covers), (date_of(start), limit, covered)


def _random_row(rng: Random) -> tuple[Day, int, list[Span]]:
    start = MONDAY + rng.randrange(-300, 300)
    edges = sorted(rng.sample(range(start, start + 40), 2 * rng.randrange(COLUMNS + 1)))
    return start, rng.randrange(1, 30), list(zip(edges[::2], edges[1::2], strict=True))


def _filled(start: Day, spans: list[Span]) -> list[Span]:
    return [*spans, *[(start, start)] * (COLUMNS - len(spans))]


def test_no_rows_have_no_due_days(calendar: WorkingCalendar) -> None:
    none, no_spans = np.array([], dtype=np.int64), np.empty((0, 1), dtype=np.int64)
    assert due_days(calendar, none, none, no_spans, no_spans).tolist() == []


def test_a_due_day_beyond_the_table_is_refused_instead_of_guessed(calendar: WorkingCalendar) -> None:
    with pytest.raises(OverflowError, match="ask for fewer days ahead"):
        due_of(calendar, MONDAY, 20_000, [])
