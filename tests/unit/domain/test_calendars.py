"""What a calendar file may say and what it is told otherwise; days far off; days by name."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from monitor.domain.calendars import (
    BadCalendar,
    NamedDay,
    WorkingCalendar,
    calendar_content,
    national_calendar,
    national_layer,
)
from monitor.domain.instants import HOUR, day_of

LAST_DAY = day_of(date(3999, 12, 31))


@pytest.mark.parametrize(
    ("layer", "told"),
    [
        ([], "a calendar must be a JSON object"),
        ({"zone": 8}, "`zone` is 8: give an IANA name"),
        ({"zone": "Mars/Base"}, "unknown time zone 'Mars/Base'"),
        ({"opening": "nine"}, "`opening` is 'nine': give a local time such as 09:00"),
        ({"closing": 17}, "`closing` is 17: give a local time such as 09:00"),
        ({"opening": "09:00+08:00"}, "a local time has no offset"),
        ({"fixed_holidays": ["13-01"]}, "`fixed_holidays` holds '13-01': give month and day"),
        ({"fixed_holidays": "10-01"}, "`fixed_holidays` must be a list"),
        ({"years": ["2026"]}, "`years` must be an object"),
        ({"years": {"26": {}}}, "`years` → '26': give a four-digit year"),
        ({"years": {"2026": []}}, "`years` → '2026': give a four-digit year"),
        ({"years": {"2026": {"workdays": ["2026-02-30"]}}}, "`years.2026.workdays` holds '2026-02-30': give a date"),
        ({"years": {"2026": {"holidays": {}}}}, "`years.2026` → `holidays` must be a list"),
        ({"years": {"2026": {"names": []}}}, "`years.2026.names` must be an object"),
    ],
)
def test_what_a_calendar_must_not_say_is_told_with_its_place(layer: Any, told: str) -> None:
    with pytest.raises(BadCalendar) as refused:
        calendar_content([layer])
    assert told in str(refused.value)


def test_a_layer_of_some_years_publishes_only_those() -> None:
    assert set(national_layer([2025])["years"]) == {"2025"}
    assert national_layer([1999])["version"] == "national, no year published"


def test_the_29th_of_february_as_a_fixed_holiday_closes_leap_years_only() -> None:
    calendar = WorkingCalendar(calendar_content([{"fixed_holidays": ["02-29"]}]))
    assert not calendar.is_working(day_of(date(2028, 2, 29)))  # a Tuesday
    assert calendar.is_working(day_of(date(2027, 3, 1)))


def test_a_holiday_is_named_by_its_notice_and_without_one_by_the_law() -> None:
    calendar = national_calendar()
    published, unpublished = calendar.name(day_of(date(2026, 10, 1))), calendar.name(day_of(date(2031, 10, 1)))
    assert published is not None
    assert published.notice.startswith("国务院办公厅")
    assert unpublished == NamedDay("国庆节", "National Day", "全国年节及纪念日放假办法")
    assert calendar.name(day_of(date(2031, 10, 15))) is None


@pytest.mark.parametrize("year", [1950, 2150])
def test_days_far_off_are_counted_like_those_of_today(year: int) -> None:
    calendar = WorkingCalendar(calendar_content([{}]))
    monday = day_of(date(year, 1, 1))
    monday -= (monday + 3) % 7
    assert calendar.count(monday + 6) - calendar.count(monday - 1) == 5
    assert [calendar.is_working(monday + n) for n in range(7)] == [True] * 5 + [False] * 2


def test_after_the_year_3999_no_day_is_known() -> None:
    calendar = national_calendar()
    assert calendar.nth_after(LAST_DAY, 1) is None
    with pytest.raises(BadCalendar, match="no further working day"):
        calendar.next_working(LAST_DAY)
    with pytest.raises(OverflowError, match="beyond the year 3999"):
        calendar.is_working(LAST_DAY + 1)


def test_hours_are_reached_beyond_the_first_table_and_never_after_the_year_3999() -> None:
    calendar = WorkingCalendar(calendar_content([{}]))
    monday = day_of(date(2026, 5, 11))
    opened = calendar.open_time(calendar.opening_at(monday))
    days = 5 * 52 * 100
    reached = calendar.instant_of_open_time(opened + 8 * HOUR * days)
    assert reached == calendar.closing_at(monday + 7 * 52 * 100 - 3), "a Friday, a hundred times 52 weeks on"
    assert calendar.instant_of_open_time(opened + 8 * HOUR * 1_000_000) is None


def test_a_day_has_three_stretches_before_at_and_after_office_hours() -> None:
    """What a start means to a limit in days changes at midnight, at opening, and right after closing."""
    calendar = national_calendar()
    day = day_of(date(2026, 9, 17))
    moments = calendar.stretches(day, day + 1)
    assert moments[:4] == [
        calendar.zone.instant(day, 0), calendar.opening_at(day), calendar.closing_at(day) + 1,
        calendar.zone.instant(day + 1, 0),
    ]  # fmt: skip
    assert len(moments) == 6
    assert calendar.stretches(day + 1, day) == []
