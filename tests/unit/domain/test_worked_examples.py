"""Every worked example of the time rules, against the production judge and against the day-by-day walk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import chinese_calendar
import pytest

from monitor.domain.calendars import national_calendar
from monitor.domain.evaluation import evaluate_case
from monitor.domain.instants import day_of
from tests.support.case_stories import clock, event, item
from tests.support.day_by_day import judge_day_by_day
from tests.support.day_by_day.working_days import WorkingDays

Judge = Callable[..., dict[str, Any] | None]

BOTH_JUDGES = pytest.mark.parametrize("judge", [evaluate_case, judge_day_by_day])


@BOTH_JUDGES
@pytest.mark.parametrize(
    ("accepted", "limit", "due", "provisional"),
    [
        pytest.param("2026-02-13", 5, "2026-02-27", False, id="over Spring Festival"),
        pytest.param("2026-02-14", 1, "2026-02-24", False, id="make-up workday is the start day"),
        pytest.param("2026-04-30", 20, "2026-06-01", False, id="over Labour Day"),
        pytest.param("2026-09-17", 3, "2026-09-21", False, id="counts a make-up Sunday"),
        pytest.param("2026-09-18", 1, "2026-09-20", False, id="due on a make-up Sunday"),
        pytest.param("2026-09-30", 5, "2026-10-13", False, id="over National Day"),
        pytest.param("2026-09-01", 45, "2026-11-09", False, id="45 days of a joint case"),
        pytest.param("2026-11-21", 5, "2026-11-27", False, id="accepted online on a Saturday"),
        pytest.param("2026-12-10", 20, "2027-01-08", True, id="into an unpublished year, 1 January fixed"),
    ],
)
def test_a_promise_accepted_at_ten_is_due_at_closing_of_its_last_day(
    judge: Judge, accepted: str, limit: int, due: str, provisional: bool
) -> None:
    events = [event("accepted", f"{accepted}T10:00:00")]
    as_of = datetime.fromisoformat(f"{accepted}T12:00:00+08:00")

    judgement = judge(events, [item(promised=limit, statutory=60)], None, {}, as_of)

    assert judgement is not None
    assert clock(judgement, "promise")["due_at"] == f"{due}T17:00:00+08:00"
    assert clock(judgement, "promise")["provisional"] is provisional


@BOTH_JUDGES
def test_a_suspension_with_planned_days_moves_both_limits(judge: Judge) -> None:
    events = [
        event("received", "2026-09-15T09:30:00"),
        event("accepted", "2026-09-16T10:12:00"),
        event("suspended", "2026-09-18T10:00:00", days=5, reason="听证", notice_no="T-1", approver="A"),
        event("resumed", "2026-09-23T10:00:00"),
    ]
    judgement = judge(
        events, [item(promised=10, statutory=20)], None, {}, datetime.fromisoformat("2026-10-10T12:00:00+08:00")
    )

    assert judgement is not None
    promise, statutory = clock(judgement, "promise"), clock(judgement, "statutory")
    assert (promise["used"], promise["due_at"]) == (9, "2026-10-12T17:00:00+08:00")
    assert promise["due_at_if_refused"] == "2026-09-30T17:00:00+08:00"
    assert statutory["due_at"] == "2026-10-26T17:00:00+08:00"
    assert statutory["due_at_if_refused"] == "2026-10-20T17:00:00+08:00"


def test_2026_has_248_working_days() -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    walked, production = WorkingDays(None), national_calendar()

    assert sum(walked.is_working(day) for day in days) == 248
    assert sum(production.is_working(day_of(day)) for day in days) == 248


def test_both_built_in_calendars_agree_with_a_published_one() -> None:
    walked, production = WorkingDays(None), national_calendar()
    days = [date(2024, 1, 1) + timedelta(days=n) for n in range(366 + 365 + 365)]

    expected = [chinese_calendar.is_workday(day) for day in days]

    assert [walked.is_working(day) for day in days] == expected
    assert [production.is_working(day_of(day)) for day in days] == expected
