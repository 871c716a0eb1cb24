"""Why each day of a clock counts or does not, in the words of the law."""

from __future__ import annotations

from datetime import date

import pytest

from monitor.domain.explain import ExplainedDay, explain_clock
from monitor.domain.instants import day_of
from monitor.domain.judge import judge
from tests.support.case_stories import Fields, event, item, judgement_of, suspended
from tests.support.random_cases import random_cases

ACCEPTED = event("accepted", "2026-05-11T10:00")  # a Monday
NAMELESS: Fields = {"years": {"2026": {"holidays": ["2026-05-12"], "workdays": ["2026-05-16"]}}}


def explained(
    events: list[Fields], as_of: str, item_fields: Fields | None = None, calendar: Fields | None = None
) -> dict[date, ExplainedDay]:
    """The promise day by day."""
    promise = (case := judgement_of(events, as_of, [item(**(item_fields or {}))], calendar)).clock("promise")
    assert promise is not None
    days = explain_clock(case, promise)
    return {date.fromordinal(date(1970, 1, 1).toordinal() + one.day): one for one in days}


def why(day: str, events: list[Fields], item_fields: Fields | None = None, calendar: Fields | None = None) -> str:
    return explained(events, "2026-05-21T18:00", item_fields, calendar)[date.fromisoformat(day)].why.en


def test_the_start_day_does_not_count() -> None:
    assert why("2026-05-11", [ACCEPTED]) == "the start day does not count (Civil Code art. 201)"


def test_a_start_day_that_the_authority_counts_is_called_so() -> None:
    counted = {"counting": "start_counted"}
    assert why("2026-05-11", [ACCEPTED], counted) == "working day (this authority counts the start day)"
    assert why("2026-05-12", [ACCEPTED], counted) == "working day"


def test_hours_begun_after_closing_count_nothing_on_their_start_day() -> None:
    late = event("accepted", "2026-05-11T18:00")
    assert why("2026-05-11", [late], {"unit": "working_hours"}) == "no opening hours left to count on this day"


def test_calendar_days_count_weekends_too() -> None:
    assert why("2026-05-16", [ACCEPTED], {"unit": "calendar_days"}) == "calendar days count every day"
    assert why("2026-05-16", [ACCEPTED]) == "weekend, not counted (Licensing Law art. 82)"


def test_a_holiday_and_a_make_up_workday_are_told_with_the_notice_that_made_them() -> None:
    events = [event("accepted", "2026-04-30T10:00")]
    days = explained(events, "2026-05-21T18:00")
    assert days[date(2026, 5, 1)].why.zh.startswith("劳动节不计（国务院办公厅")
    assert days[date(2026, 5, 9)].why.zh.startswith("劳动节调休上班（国务院办公厅")
    assert days[date(2026, 5, 1)].why.en == "Labour Day, not counted (State Council notice of 2025-11-04)"
    assert days[date(2026, 5, 9)].why.en == "make-up workday of Labour Day (State Council notice of 2025-11-04)"
    assert (days[date(2026, 5, 1)].counted, days[date(2026, 5, 9)].counted) == (False, True)


def test_a_holiday_and_a_make_up_workday_without_a_name_are_told_without_a_notice() -> None:
    assert why("2026-05-12", [ACCEPTED], calendar=NAMELESS) == "holiday, not counted"
    assert why("2026-05-16", [ACCEPTED], calendar=NAMELESS) == "make-up workday"


def test_a_suspended_day_names_its_reason_and_what_the_record_holds() -> None:
    complete, bare = suspended("2026-05-13T10:00", 3), event("suspended", "2026-05-13T10:00")
    assert why("2026-05-14", [ACCEPTED, complete]) == (
        "special procedure: 听证 (Licensing Law art. 45), 3 days planned"
    )
    assert why("2026-05-14", [ACCEPTED, bare]) == (
        "special procedure: ? (Licensing Law art. 45), no written notice on record"
    )
    assert why("2026-05-13", [ACCEPTED, complete]) == "working day"


def test_the_second_suspension_explains_its_own_days() -> None:
    first = [suspended("2026-05-12T10:00", 5), event("resumed", "2026-05-13T10:00")]
    second = suspended("2026-05-18T10:00", 2, reason="检测")
    events = [ACCEPTED, *first, second]
    assert "听证" in why("2026-05-13", events)
    assert "检测" in why("2026-05-19", events)


@pytest.mark.parametrize(
    ("as_of", "due"), [("2026-05-25T17:00", "due at 17:00"), ("2026-05-25T17:01", "due at 17:00, breached")]
)
def test_the_due_day_tells_when_it_is_due_and_whether_that_was_missed(as_of: str, due: str) -> None:
    day = explained([ACCEPTED], as_of)[date(2026, 5, 25)]
    assert day.due_day
    assert day.why.en == f"working day · {due}"


def test_a_clock_that_nothing_brings_to_its_end_is_explained_up_to_now() -> None:
    days = explained([ACCEPTED, event("suspended", "2026-05-13T10:00")], "2026-05-21T18:00")
    assert (min(days), max(days)) == (date(2026, 5, 11), date(2026, 5, 21))
    assert not any(day.due_day for day in days.values())


def test_whatever_happened_each_suspended_day_names_a_special_procedure_and_no_other_does() -> None:
    told = 0
    horizon = day_of(date(2100, 1, 1))
    for case in random_cases(range(40_000, 40_080)):
        judgement = judge(case.events, case.rules, case.as_of)
        clocks = [] if judgement is None else judgement.clocks
        for clock in clocks:
            assert judgement is not None
            if (clock.due_day() or 0) > horizon:
                continue
            for day in explain_clock(judgement, clock):
                assert day.suspended == day.why.zh.startswith("特别程序"), f"seed {case.seed}, {clock.name}"
                told += day.suspended
    assert told > 100
