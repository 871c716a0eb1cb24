"""Calendar mistakes that other systems shipped, and what ours does (edge cases 1–14)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import chinese_calendar
import pytest

from monitor.domain.calendars import BadCalendar, national_calendar, national_layer
from monitor.domain.evaluation import read_calendar
from monitor.domain.instants import day_of
from tests.support.case_stories import Fields, clock, codes, due, event, item, judged

MAKE_UP_2024 = [f"2024-{day}" for day in ("02-04", "02-18", "04-07", "04-28", "05-11", "09-14", "09-29", "10-12")]
MAKE_UP_2025 = [f"2025-{day}" for day in ("01-26", "02-08", "04-27", "09-28", "10-11")]
MAKE_UP_2026 = [f"2026-{day}" for day in ("01-04", "02-14", "02-28", "05-09", "09-20", "10-10")]
PUBLISHED_2027: Fields = {"holidays": ["2027-01-01", "2027-01-02", "2027-01-03"], "workdays": ["2026-12-26"]}


def days_of(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def due_after(accepted: str, limit: float, calendar: Fields | None = None, **fields: Any) -> str | None:
    items = [item(promised=limit, statutory=60, **fields)]
    return due(judged([event("accepted", accepted)], accepted, items, calendar))


def test_a_loaded_calendar_moves_the_due_time_of_an_open_case() -> None:
    """Edge case 1: after a calendar change, open tickets kept the deadline computed before it.

    Ours keeps no deadline: the same events judged with the new calendar give the new due time, in either direction.
    """
    before = national_layer()
    after = {**before, "years": {**before["years"], "2027": PUBLISHED_2027}}

    assert due_after("2026-12-10T10:00", 20, before) == "2027-01-08T17:00"
    assert due_after("2026-12-10T10:00", 20, after) == "2027-01-07T17:00", "make-up Saturday: earlier"
    assert due_after("2026-12-28T10:00", 5, before) == "2027-01-05T17:00"
    more_rest = {**after, "years": {**after["years"], "2027": {"holidays": ["2027-01-01", "2027-01-04"]}}}
    assert due_after("2026-12-28T10:00", 5, more_rest) == "2027-01-06T17:00", "one more day of rest: later"


def test_the_built_in_calendar_holds_no_day_that_is_no_public_holiday() -> None:
    """Edge case 2: the default feed contained a day (St. Martin) that is no public holiday; deadlines came too late.

    Every day of our built-in years is as in an independent calendar, and the named day works.
    """
    calendar = national_calendar()
    days = days_of(date(2024, 1, 1), date(2026, 12, 31))

    wrong = [day for day in days if calendar.is_working(day_of(day)) is not chinese_calendar.is_workday(day)]

    assert wrong == []
    assert calendar.is_working(day_of(date(2026, 11, 11)))


@pytest.mark.parametrize(("opening", "closing"), [("09:00", "09:00"), ("17:00", "09:00"), ("00:00", "00:00")])
def test_a_calendar_without_opening_hours_is_refused_with_a_sentence(opening: str, closing: str) -> None:
    """Edge case 3: a calendar without working hours gave HTTP 500 on every edit of every ticket.

    Ours is refused when it is read, before any case is judged with it.
    """
    with pytest.raises(BadCalendar, match="opening"):
        read_calendar({"opening": opening, "closing": closing})


def test_a_year_in_which_every_day_is_closed_is_waited_through() -> None:
    """Edge case 3: with all weekdays closed another system invented a limit of "150 days".

    Ours counts on from the first day that works; no number is invented.
    """
    closed = [day.isoformat() for day in days_of(date(2026, 1, 1), date(2026, 12, 31))]
    calendar = {"years": {"2026": {"holidays": closed}, "2027": {}}}

    judgement = judged([event("accepted", "2026-03-02T10:00")], "2026-12-31T18:00", [item(promised=2)], calendar)

    promise = clock(judgement, "promise")
    assert (promise["used"], promise["state"], due(judgement)) == (0, "running", "2027-01-04T17:00")


def test_a_week_without_monday_and_thursday_counts_its_other_days() -> None:
    """Edge case 4: a schedule without Monday and Thursday made every ticket overdue at once.

    With every Monday and Thursday closed ours counts Tuesdays, Wednesdays and Fridays.
    """
    closed = [day.isoformat() for day in days_of(date(2026, 1, 1), date(2026, 12, 31)) if day.weekday() in (0, 3)]
    calendar = {"years": {"2026": {"holidays": closed}}}

    judgement = judged([event("accepted", "2026-03-02T10:00")], "2026-03-02T10:00", [item(promised=4)], calendar)

    assert clock(judgement, "promise")["state"] == "running"
    assert due(judgement) == "2026-03-10T17:00"  # 3, 4, 6, 10 March


@pytest.mark.parametrize("part_of_a_day", ["2026-05-06T12:00", "2026-05-06T12:00/14:00", "12:00"])
def test_a_holiday_is_a_whole_day_so_that_lunch_cannot_be_one(part_of_a_day: str) -> None:
    """Edge case 5: a lunch break modelled as a holiday gave wrong due dates.

    By construction: a holiday is a date, anything else is refused; days are counted as days, and hours from opening
    to closing of one uninterrupted day.
    """
    with pytest.raises(BadCalendar, match="date"):
        read_calendar({"years": {"2026": {"holidays": [part_of_a_day]}}})

    eight_hours = judged(
        [event("accepted", "2026-05-06T09:00")], "2026-05-06T17:00", [item(promised=8, unit="working_hours")]
    )
    assert clock(eight_hours, "promise")["used"] == 8


@pytest.mark.parametrize("limit", [0, 1, 2, 5, 20])
@pytest.mark.parametrize("accepted", ["2026-05-06T08:00", "2026-05-06T12:00", "2026-05-06T17:00", "2026-05-09T03:00"])
def test_no_case_is_overdue_at_its_creation(accepted: str, limit: int) -> None:
    """Edge case 6: with any calendar but 24/7, tickets were overdue the moment they were created.

    Ours runs, with its due time after its start, whatever the limit and the hour.
    """
    promise = clock(judged([event("accepted", accepted)], accepted, [item(promised=limit)]), "promise")

    assert promise["state"] == "running"
    assert promise["due_at"] >= promise["started_at"]


def test_the_reminder_comes_before_the_due_time() -> None:
    """Edge case 6: reminders with a negative offset ("two days before") were ignored under a working calendar.

    Ours reminds from opening of the day on which two working days remain: due on 19 May, so from Friday 15 May on.
    """
    accepted, items = [event("accepted", "2026-05-06T10:00")], [item(promised=10)]
    assert due(judged(accepted, "2026-05-06T10:00", items)) == "2026-05-19T17:00"

    assert judged(accepted, "2026-05-15T08:59", items)["light"] == "green"
    assert judged(accepted, "2026-05-15T09:00", items)["light"] == "reminder"


@pytest.mark.parametrize(
    "day",
    [*MAKE_UP_2024, *MAKE_UP_2025, *MAKE_UP_2026],
)
def test_every_make_up_workday_is_a_working_day(day: str) -> None:
    """Edge case 7: make-up working Sundays were missing, so limits ended a day late.

    All nineteen of the built-in years work, and a limit ends on one.
    """
    made_up = date.fromisoformat(day)
    assert made_up.weekday() >= 5
    assert national_calendar().is_working(day_of(made_up))

    assert due_after(f"{last_working_before(made_up)}T10:00", 1) == f"{day}T17:00"


def last_working_before(day: date) -> date:
    calendar = national_calendar()
    day -= timedelta(days=1)
    while not calendar.is_working(day_of(day)):
        day -= timedelta(days=1)
    return day


@pytest.mark.parametrize("year", range(2007, 2024))
def test_a_loaded_notice_is_followed_to_the_day(year: int) -> None:
    """Edge case 7: make-up days of 2007, 2008, 2017 and 2019 were wrong or missing in calendar libraries.

    Ours carries what the operator loads: with a year's rest days and make-up days every day is as loaded.
    """
    days = days_of(date(year, 1, 1), date(year, 12, 31))
    notice = {
        "holidays": [d.isoformat() for d in days if d.weekday() < 5 and not chinese_calendar.is_workday(d)],
        "workdays": [d.isoformat() for d in days if d.weekday() >= 5 and chinese_calendar.is_workday(d)],
    }
    calendar = read_calendar({"years": {str(year): notice}})

    wrong = [day for day in days if calendar.is_working(day_of(day)) is not chinese_calendar.is_workday(day)]

    assert wrong == []
    assert notice["workdays"], "every one of these years had make-up days"


def test_a_year_without_notice_is_judged_provisionally() -> None:
    """Edge case 8: on 1 January, before the new year's data were shipped, the library crashed.

    Ours judges with weekends and the fixed holidays and marks the due time as provisional.
    """
    events = [event("accepted", "2027-01-01T00:00")]

    promise = clock(judged(events, "2027-01-01T00:00", [item(promised=3)]), "promise")

    assert promise["due_at"] == "2027-01-06T17:00:00+08:00"
    assert promise["provisional"] is True
    inside_2026 = clock(judged([event("accepted", "2026-05-06T10:00")], "2026-05-06T10:00"), "promise")
    assert inside_2026["provisional"] is False


def test_a_make_up_day_that_becomes_rest_after_cases_started_moves_them_later() -> None:
    """Edge case 9: in January 2020 a declared working Saturday (1 February) became a day of rest.

    Judged with the new notice the case is due later; with the old one, as known before, it was due earlier.
    """
    rest = [day.isoformat() for day in days_of(date(2020, 1, 24), date(2020, 1, 30))]
    first = {"years": {"2020": {"holidays": rest, "workdays": ["2020-01-19", "2020-02-01"]}}}
    second = {"years": {"2020": {"holidays": [*rest, "2020-01-31", "2020-02-01"], "workdays": ["2020-01-19"]}}}

    assert due_after("2020-01-22T10:00", 3, first) == "2020-02-01T17:00"
    assert due_after("2020-01-22T10:00", 3, second) == "2020-02-04T17:00"


def test_one_day_is_the_next_working_day_not_24_business_hours() -> None:
    """Edge case 10: `P1D` was read as 24 business hours, that is three days of eight.

    Our limits are numbers with a unit: one working day ends at closing of the next one, 24 working hours on the third.
    """
    assert due_after("2026-05-11T09:00", 1) == "2026-05-12T17:00"
    assert due_after("2026-05-11T09:00", 24, unit="working_hours") == "2026-05-13T17:00"
    assert due_after("2026-05-11T09:00", 1, unit="working_hours") == "2026-05-11T10:00"


@pytest.mark.parametrize("weekend", ["2026-05-16T10:00", "2026-05-17T23:59"])
def test_one_working_day_from_a_weekend_is_monday(weekend: str) -> None:
    """Edge case 11: one business day added to a Saturday landed on Tuesday.

    The start day does not count, Monday is the first day that does.
    """
    assert due_after(weekend, 1) == "2026-05-18T17:00"
    assert due_after(weekend, 1, counting="clock") == "2026-05-19T09:00", "this counting begins on Monday at opening"


def test_the_last_week_of_the_year_counts_its_days() -> None:
    """Edge case 12: the last working week of the year counted as 0 days, and a holiday was off by one.

    28 to 31 December 2026 are four working days; 1 January is none.
    """
    accepted, items = [event("accepted", "2026-12-25T10:00")], [item(promised=30)]
    used = {
        day: clock(judged(accepted, f"{day}T17:00", items), "promise")["used"]
        for day in ("2026-12-27", "2026-12-28", "2026-12-29", "2026-12-30", "2026-12-31", "2027-01-01", "2027-01-04")
    }

    assert list(used.values()) == [0, 1, 2, 3, 4, 4, 5]


def test_holidays_are_left_out_of_every_unit_of_working_time() -> None:
    """Edge case 13: a business calendar ignored holidays; another accepted one and silently did not use it.

    National Day 2026 moves both working days and working hours by the whole holiday, calendar days only by rolling.
    """
    assert due_after("2026-09-30T16:00", 1) == "2026-10-08T17:00"
    assert due_after("2026-09-30T16:00", 2, unit="working_hours") == "2026-10-08T10:00"
    assert due_after("2026-09-30T16:00", 1, unit="calendar_days") == "2026-10-08T17:00"
    assert due_after("2026-09-30T16:00", 1, unit="calendar_days", roll=False) == "2026-10-01T17:00"


def test_a_start_before_opening_counts_from_opening() -> None:
    """Edge case 13: a start before opening hour was miscounted.

    Ours gives a case that came at 07:30 the same limit as one that came at opening, in each counting.
    """
    countings: list[Fields] = [{}, {"unit": "working_hours"}, {"counting": "clock"}, {"counting": "start_counted"}]
    for fields in countings:
        early, at_opening = (due_after(f"2026-05-11T{at}", 3, **fields) for at in ("07:30", "09:00"))
        assert early == at_opening, fields
    assert due_after("2026-05-11T07:30", 3, unit="working_hours") == "2026-05-11T12:00"


def test_a_holiday_lasts_to_its_last_microsecond_and_not_beyond() -> None:
    """Edge case 14: a holiday's end computed as 23:59:59 left a second in which the calendar was open.

    A day is a date: the last microsecond of a holiday belongs to it, the next one to the working day.
    """
    last_of_holiday, first_of_work = "2026-10-07T23:59:59.999999", "2026-10-08T00:00:00"

    assert due_after(last_of_holiday, 1) == "2026-10-08T17:00"
    assert due_after(first_of_work, 1) == "2026-10-09T17:00"
    at_window = judged([event("accepted", last_of_holiday, window="W1")], "2026-10-09T10:00")
    assert "A22" in codes(at_window)


def test_hours_of_neighbouring_days_are_not_merged_across_summer_time() -> None:
    """Edge case 14: opening periods of neighbouring days were merged when summer time began or ended.

    With a hall open around the clock but for one minute, a change of summer time takes or gives exactly one hour.
    """
    calendar = {"zone": "Europe/Amsterdam", "opening": "00:00", "closing": "23:59", "years": {"2026": {}}}
    made_up = {"holidays": [], "workdays": ["2026-03-29", "2026-10-25"]}
    with_sundays = {**calendar, "years": {"2026": made_up}}
    hours = {}
    for day, following in (("2026-03-29", "2026-03-30"), ("2026-10-25", "2026-10-26"), ("2026-05-11", "2026-05-12")):
        items = [item(promised=100, unit="working_hours")]
        judgement = judged([event("accepted", f"{day}T00:00")], f"{following}T00:00", items, with_sundays)
        hours[day] = clock(judgement, "promise")["used"]

    assert hours == {"2026-03-29": 22.98, "2026-10-25": 24.98, "2026-05-11": 23.98}
