"""A figure as read for a period: which period is compared, and how the earlier value is told with its numbers."""

from datetime import date

import pytest

from monitor.domain.figure_declarations import FIGURES
from monitor.domain.figure_readings import FigureReading, Period, describe_measure
from monitor.domain.figures import FigureId, Measure, Text

ON_TIME = FIGURES[FigureId.ON_TIME_RATE]
SPEED_UP = FIGURES[FigureId.SPEEDUP_ACTUAL]
NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))


@pytest.mark.parametrize("end", [date(2026, 11, 1), date(2026, 10, 31)])
def test_a_period_without_a_day_is_refused_and_says_that_its_end_is_exclusive(end: date) -> None:
    with pytest.raises(ValueError, match=f"from 2026-11-01 to {end} holds no day: `to` is exclusive"):
        Period(date(2026, 11, 1), end)


def test_the_last_day_of_a_period_is_the_one_before_its_end() -> None:
    assert NOVEMBER.last_day == date(2026, 11, 30)


@pytest.mark.parametrize(
    ("begin", "end", "before"),
    [
        (date(2026, 11, 1), date(2026, 12, 1), date(2026, 10, 1)),
        (date(2026, 3, 1), date(2026, 4, 1), date(2026, 2, 1)),
        (date(2026, 1, 1), date(2026, 4, 1), date(2025, 10, 1)),
        (date(2026, 1, 1), date(2027, 1, 1), date(2025, 1, 1)),
    ],
)
def test_whole_months_are_compared_with_as_many_months(begin: date, end: date, before: date) -> None:
    assert Period(begin, end).before == Period(before, begin)


@pytest.mark.parametrize(
    ("begin", "end", "before"),
    [
        (date(2026, 11, 2), date(2026, 11, 9), date(2026, 10, 26)),
        (date(2026, 11, 1), date(2026, 11, 16), date(2026, 10, 17)),
        (date(2026, 10, 16), date(2026, 11, 1), date(2026, 9, 30)),
    ],
)
def test_any_other_period_is_compared_with_as_many_days(begin: date, end: date, before: date) -> None:
    assert Period(begin, end).before == Period(before, begin)


@pytest.mark.parametrize(
    ("day", "end"), [(date(2026, 11, 30), date(2026, 12, 1)), (date(2026, 12, 31), date(2027, 1, 1))]
)
def test_the_month_of_a_day_ends_where_the_next_begins(day: date, end: date) -> None:
    assert Period.month_of(day) == Period(day.replace(day=1), end)


@pytest.mark.parametrize(
    ("begin", "end", "first_month", "end_month"),
    [
        (date(2026, 11, 1), date(2026, 12, 1), date(2026, 11, 1), date(2026, 12, 1)),
        (date(2025, 12, 2), date(2026, 3, 31), date(2026, 1, 1), date(2026, 3, 1)),
        (date(2026, 1, 20), date(2026, 2, 11), date(2026, 2, 1), date(2026, 2, 1)),
        (date(2026, 12, 5), date(2026, 12, 20), date(2027, 1, 1), date(2026, 12, 1)),
    ],
)
def test_only_months_that_lie_in_a_period_with_all_their_days_are_whole(
    begin: date, end: date, first_month: date, end_month: date
) -> None:
    assert Period(begin, end).whole_months == (first_month, end_month)


def test_the_change_is_the_value_less_the_earlier_one_in_points() -> None:
    reading = FigureReading(ON_TIME, Measure(36, 40, 40), NOVEMBER, earlier_measure=Measure(12, 30, 30))
    assert (reading.value, reading.earlier_value, reading.change_points) == (0.9, 0.4, 50.0)


def test_nothing_is_compared_where_there_is_no_earlier_measure() -> None:
    reading = FigureReading(ON_TIME, Measure(36, 40, 40), NOVEMBER)
    assert (reading.earlier_value, reading.change_points, reading.earlier_label) == (None, None, None)


def test_an_earlier_period_is_told_by_its_first_and_last_day_with_the_numbers() -> None:
    reading = FigureReading(ON_TIME, None, NOVEMBER, None, Measure(12, 30, 30), NOVEMBER.before)
    assert reading.earlier_label == Text("2026-10-01 至 2026-10-31（12/30）", "2026-10-01 – 2026-10-31 (12/30)")


def test_an_earlier_day_is_told_by_its_date_with_the_numbers() -> None:
    reading = FigureReading(
        ON_TIME, None, day=date(2026, 11, 30), earlier_measure=Measure(12, 30, 30), earlier_day=date(2026, 10, 31)
    )
    assert reading.earlier_label == Text("2026-10-31（12/30）", "2026-10-31 (12/30)")


def test_numbers_of_sums_are_told_with_how_many_stand_behind_them() -> None:
    assert describe_measure(SPEED_UP, Measure(60.0, 100.0, 9)) == Text("（60/100，n = 9）", " (60/100, n = 9)")


def test_numbers_that_are_not_whole_are_told_with_two_decimals() -> None:
    assert describe_measure(SPEED_UP, Measure(2.125, 7.5, 3)).en == " (2.13/7.50, n = 3)"


def test_nothing_measured_is_told_by_no_numbers() -> None:
    assert describe_measure(ON_TIME, None) == Text("", "")
