"""The simulator counts by itself: the worked examples of the time rules, and the built-in calendar day by day."""

from datetime import date, datetime

import pytest

from monitor.domain.calendars import national_calendar
from monitor.domain.instants import day_of
from monitor.simulator.working_days import DAY, FOREVER, WorkingDays, date_at, day_number, moment_text


def moment(text: str) -> int:
    local = datetime.fromisoformat(text)
    return day_number(local.date()) * DAY + local.hour * 3600 + local.minute * 60 + local.second


@pytest.mark.parametrize(
    ("start", "limit", "due"),
    [
        ("2026-02-13", 5, "2026-02-27"),
        ("2026-02-14", 1, "2026-02-24"),
        ("2026-04-30", 20, "2026-06-01"),
        ("2026-09-17", 3, "2026-09-21"),
        ("2026-09-18", 1, "2026-09-20"),
        ("2026-09-30", 5, "2026-10-13"),
        ("2026-09-01", 45, "2026-11-09"),
        ("2026-11-21", 5, "2026-11-27"),
        ("2026-12-10", 20, "2027-01-08"),
    ],
)
def test_due_days_are_those_of_the_worked_examples(start: str, limit: int, due: str) -> None:
    assert moment_text(WorkingDays().due(moment(f"{start}T10:00"), limit)) == f"{due}T17:00:00+08:00"


def test_a_suspension_takes_its_days_out_of_the_count_and_an_open_one_never_lets_it_end() -> None:
    days = WorkingDays()
    accepted, begun, resumed = moment("2026-09-16T10:12"), date(2026, 9, 18), date(2026, 9, 23)
    cover = (day_number(begun), day_number(resumed))
    assert moment_text(days.due(accepted, 10, [cover])) == "2026-10-12T17:00:00+08:00"
    assert days.used(accepted, moment("2026-10-10T12:00"), [cover]) == 9
    assert days.due(accepted, 10, [(day_number(begun), FOREVER)]) == FOREVER


def test_an_immediate_item_is_due_at_closing_and_on_the_next_working_day_when_the_hall_has_closed() -> None:
    days = WorkingDays()
    assert moment_text(days.due(moment("2026-04-30T17:00"), 0)) == "2026-04-30T17:00:00+08:00"
    assert moment_text(days.due(moment("2026-04-30T17:00:01"), 0)) == "2026-05-06T17:00:00+08:00"


def test_a_calendar_day_limit_that_ends_on_a_rest_day_moves_to_the_next_working_day() -> None:
    due = WorkingDays().due(moment("2026-04-28T10:00"), 5, calendar_days=True)
    assert moment_text(due) == "2026-05-06T17:00:00+08:00"


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-05-11T09:30", 4, "2026-05-11T13:30"),
        ("2026-05-11T13:00", 4, "2026-05-11T17:00"),
        ("2026-05-11T15:00", 4, "2026-05-12T11:00"),
        ("2026-04-30T16:00", 12, "2026-05-07T12:00"),
        ("2026-05-01T12:00", 1, "2026-05-06T10:00"),
        ("2026-05-11T07:00", 1, "2026-05-11T10:00"),
    ],
)
def test_hours_are_counted_while_the_hall_is_open(start: str, hours: int, due: str) -> None:
    assert moment_text(WorkingDays().due_by_hours(moment(start), hours)) == f"{due}:00+08:00"


def test_the_two_calendars_written_apart_agree_on_every_day_the_demo_can_reach() -> None:
    ours, judged = WorkingDays(), national_calendar()
    first, last = day_number(date(2025, 1, 1)), day_number(date(2028, 12, 31))
    differing = [date_at(day) for day in range(first, last + 1) if ours.is_working(day) != judged.is_working(day)]
    assert day_number(date(2025, 1, 1)) == day_of(date(2025, 1, 1))
    assert differing == []


def test_2026_has_248_working_days() -> None:
    assert len(WorkingDays().span(day_number(date(2026, 1, 1)), day_number(date(2026, 12, 31)))) == 248
