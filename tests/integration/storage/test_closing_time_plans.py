"""Thousands of promises fall due in one instant, at closing time: a page of them is still read as a page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg import Connection

from monitor.storage.case_lists import CaseFilter
from tests.support.cohorts import put_in_cohorts
from tests.support.query_plans import run_plan
from tests.support.seeded_cases import Volume, seed_cases
from tests.support.small_hall import add_hall, add_source

CASES, LIMIT = 12_000, 50
DEPARTMENTS = ["d00", "d01", "d02"]
AS_OF = datetime(2026, 11, 23, 2, tzinfo=UTC)
CLOSING_TIME = datetime(2026, 11, 20, 9, tzinfo=UTC)
BATCH = 40
"""What is sorted cohort by cohort is read on to the end of a batch."""
BEGIN = {"after_at": datetime(1970, 1, 1, tzinfo=UTC), "after_cohort": 0, "after_id": 0}
WITHIN = {"after_at": CLOSING_TIME, "after_cohort": 100, "after_id": CASES // 2}


@pytest.fixture(scope="module")
def connection(module_connection: Connection[Any]) -> Connection[Any]:
    """One database for all tests here."""
    return module_connection


@pytest.fixture(scope="module")
def hall_id(connection: Connection[Any]) -> int:
    """A hall whose cases are all open and fell due at one closing time: every second one by statute too."""
    hall_id = add_hall(connection)
    volume = Volume(cases=CASES, departments=len(DEPARTMENTS), as_of=AS_OF)
    seed_cases(connection, hall_id, add_source(connection, hall_id, "S", []), volume)
    connection.execute(
        """
        update judged_case set status = 'accepted', decided_at = null, closed_at = null, result = null,
            used_days = null, statutory_days = null,
            light = (case when case_id %% 2 = 0 then 'red' else 'yellow' end)::case_light,
            promise_due_at = %(at)s, promise_state = 'breached',
            cards_not_before = %(at)s::timestamptz - case_id %% 100 * interval '1 day',  -- cohorts of some dozen cases
            statutory_due_at = case when case_id %% 2 = 0 then %(at)s::timestamptz else %(at)s + interval '30 days' end,
            statutory_state = case when case_id %% 2 = 0 then 'breached' else 'running' end
        """,
        {"at": CLOSING_TIME},
    )
    connection.execute(
        "update judged_clock set ended = false, stopped_at = null, state = 'breached', due_at = %s", [CLOSING_TIME]
    )
    put_in_cohorts(connection)
    connection.execute("vacuum analyze judged_case, judged_clock, cohort")
    return hall_id


@pytest.mark.parametrize("behind", [BEGIN, WITHIN])
@pytest.mark.parametrize(
    ("block", "index", "lights"),
    [
        ("select_figure_running_promise", "cohort_by_light", 2),
        ("select_figure_running_statutory", "cohort_overdue_by_law", 1),
    ],
)
def test_a_page_of_overdue_cases_probes_a_page_a_department(
    connection: Connection[Any], hall_id: int, block: str, index: str, lights: int, behind: dict[str, Any]
) -> None:
    fields = {
        "hall_id": hall_id, "departments": DEPARTMENTS, "due_before": AS_OF, "limit": LIMIT, **behind,
        "clock": block.rsplit("_", 1)[-1],
    }  # fmt: skip
    plan = run_plan(connection, block, fields)
    assert index in plan.indexes
    assert not plan.whole_tables
    case_and_clock = 2
    assert LIMIT < plan.rows_touched <= len(DEPARTMENTS) * lights * (LIMIT + BATCH) * case_and_clock


@pytest.mark.parametrize("behind", [BEGIN, WITHIN])
def test_a_page_of_what_fails_reads_a_page_a_department(
    connection: Connection[Any], hall_id: int, behind: dict[str, Any]
) -> None:
    fields = {
        **CaseFilter().fields(), "hall_id": hall_id, "departments": DEPARTMENTS, "unnamed": True, "light": "yellow",
        "after_due": behind["after_at"], "after_cohort": behind["after_cohort"], "after_id": behind["after_id"],
        "limit": LIMIT,
    }  # fmt: skip
    plan = run_plan(connection, "select_failing_due", fields)
    assert plan.indexes == {"cohort_by_light", "case_in_cohort"}
    assert LIMIT < plan.rows_touched <= len(DEPARTMENTS) * (LIMIT + BATCH)


@pytest.mark.parametrize("behind", [BEGIN, WITHIN])
def test_a_page_of_a_day_s_promises_reads_a_page(
    connection: Connection[Any], hall_id: int, behind: dict[str, Any]
) -> None:
    due = CaseFilter(due=(CLOSING_TIME - timedelta(hours=12), CLOSING_TIME + timedelta(hours=12)))
    position = {
        "behind_at": behind["after_at"], "behind_cohort": behind["after_cohort"], "behind_id": behind["after_id"],
    }  # fmt: skip
    plan = run_plan(connection, "select_cases_due", {"hall_id": hall_id, "limit": LIMIT, **position, **due.fields()})
    assert plan.indexes == {"case_promise_due", "cohort_by_promise", "case_in_cohort"}
    assert LIMIT <= plan.rows_touched <= 2 * len(DEPARTMENTS) * (LIMIT + BATCH)
