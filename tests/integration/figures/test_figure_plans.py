"""At volume figures read counters and lists probe their index: bounded rows, whatever lies beside the period."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from monitor.domain.figure_declarations import FIGURES
from monitor.domain.figure_readings import Period
from monitor.domain.figures import FigureId, Population
from monitor.storage.figure_cases import FigureCasePosition, Part, read_figure_cases
from monitor.storage.figures import FigureScope, period_fields, read_figures
from monitor.storage.halls import find_hall
from tests.support.databases import DatabaseServer
from tests.support.query_plans import QueryPlan, run_plan
from tests.support.seeded_cases import Volume, seed_cases
from tests.support.small_hall import add_hall, add_source

VOLUME = Volume(cases=30_000, days=600)
OCTOBER = Period(date(2026, 10, 1), date(2026, 11, 1))
NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))
LIMIT = 50
DECIDED_IN_OCTOBER = 30_000 * 31 // 600


@dataclass(frozen=True)
class Seeded:
    """A connection to the seeded database and its hall."""

    connection: Connection[Any]
    scope: FigureScope

    def plan(self, block: str, **fields: Any) -> QueryPlan:
        period = self.scope.period
        begin_at, end_at = self.scope.bounds(period)
        given = {
            "hall_id": self.scope.hall.hall_id,
            "zone": self.scope.hall.zone,
            **period_fields(period),
            "begin_at": begin_at,
            "end_at": end_at,
            "due_before": min(end_at, self.scope.as_of),
            "departments": None,
            "before_at": end_at,
            "before_id": 0,
            "after_at": datetime(1970, 1, 1, tzinfo=UTC),
            "after_cohort": 0,
            "after_id": 0,
            "clock": "promise",
            "limit": LIMIT,
            **dict.fromkeys(("stopped", "early", "not_late", "counted", "limited", "same_day"), False),
        }
        return run_plan(self.connection, block, given | fields)


@pytest.fixture(scope="module")
def seeded(database_server: DatabaseServer, database_template: str) -> Iterator[Seeded]:
    """30,000 cases of 20 months in one hall."""
    url = database_server.create(database_template)
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        hall_id = add_hall(connection, "seeded")
        seed_cases(connection, hall_id, add_source(connection, hall_id, "s", []), VOLUME)
        yield Seeded(connection, FigureScope(find_hall(connection, "seeded"), OCTOBER, VOLUME.as_of))
    database_server.drop(url)


DEPARTMENTS = [f"d{number:02d}" for number in range(VOLUME.departments)]


def test_the_sums_of_a_month_come_from_its_counters_alone(seeded: Seeded) -> None:
    plan = seeded.plan("sum_figure_counters", departments=DEPARTMENTS)
    assert "department_day" not in plan.whole_tables
    assert plan.rows_touched == len(DEPARTMENTS)


def test_the_sums_of_any_period_come_from_whole_months_and_the_days_around_them(seeded: Seeded) -> None:
    period = Period(date(2025, 8, 30), date(2026, 11, 3))
    plan = seeded.plan("sum_figure_counters", departments=DEPARTMENTS, **period_fields(period))
    assert not plan.whole_tables
    assert 14 * len(DEPARTMENTS) < plan.rows_touched <= (14 + 2 + 2) * len(DEPARTMENTS)


def test_what_fell_due_before_a_period_comes_from_months_however_many_days_there_are(seeded: Seeded) -> None:
    plan = seeded.plan("sum_breached_days", departments=DEPARTMENTS, end=date(2026, 11, 3))
    assert "department_day" not in plan.whole_tables
    assert plan.rows_touched <= (VOLUME.days // 30 + 2 + 2) * len(DEPARTMENTS)


def test_the_single_ratios_of_a_month_come_from_counters_alone(seeded: Seeded) -> None:
    plan = seeded.plan("sum_figure_ratios", departments=DEPARTMENTS)
    assert plan.indexes == {"department_speedup_pkey"}
    assert not plan.whole_tables
    assert 0 < plan.rows_touched <= 31 * len(DEPARTMENTS)


@pytest.mark.parametrize(
    ("block", "index", "most"),
    [
        ("select_figure_decided", "case_decided", 4 * LIMIT),
        ("select_figure_late", "case_decided_late", 4 * LIMIT),
        ("select_figure_accepted", "case_accepted", 2 * LIMIT),
        ("count_figure_ratios", "case_decided", 2 * DECIDED_IN_OCTOBER),
        ("count_figure_cases", "case_decided", 8 * DECIDED_IN_OCTOBER),
    ],
)
def test_a_query_of_a_month_uses_its_index_and_touches_bounded_rows(
    seeded: Seeded, block: str, index: str, most: int
) -> None:
    plan = seeded.plan(block)
    assert index in plan.indexes
    assert not plan.whole_tables
    assert 0 < plan.rows_touched <= most


@pytest.mark.parametrize("flag", ["stopped", "counted", "not_late"])
def test_a_filter_that_most_cases_pass_still_stops_at_the_limit(seeded: Seeded, flag: str) -> None:
    plan = seeded.plan("select_figure_decided", **{flag: True})
    assert "case_decided" in plan.indexes
    assert not plan.whole_tables
    assert plan.rows_touched <= 4 * LIMIT


def test_all_cases_are_counted_without_reading_them(seeded: Seeded) -> None:
    plan = seeded.plan("count_every_case")
    assert "case_ended_undecided" in plan.indexes
    assert "judged_case" not in plan.whole_tables
    assert plan.rows_touched <= _count(seeded.connection, "decided_at is null and closed_at is not null") + (
        len(DEPARTMENTS) * (VOLUME.days // 30 + 4)
    )


@pytest.mark.parametrize(
    ("block", "index"),
    [
        ("select_figure_running_promise", "cohort_by_light"),
        ("select_figure_running_statutory", "cohort_overdue_by_law"),
    ],
)
def test_overdue_open_cases_are_found_among_all_cases_by_their_light(seeded: Seeded, block: str, index: str) -> None:
    plan = seeded.plan(block, departments=DEPARTMENTS, clock=block.rsplit("_", 1)[-1])
    assert index in plan.indexes
    assert not plan.whole_tables
    late = _count(seeded.connection, "closed_at is null and light in ('yellow', 'red')")
    assert 0 < plan.rows_touched <= 4 * late < VOLUME.cases / 50


@pytest.mark.parametrize("period", [OCTOBER, NOVEMBER])
def test_counters_and_cases_agree_at_volume(seeded: Seeded, period: Period) -> None:
    scope = FigureScope(seeded.scope.hall, period, VOLUME.as_of)
    counted = read_figures(seeded.connection, scope)
    direct = read_figures(seeded.connection, scope, directly=True)
    assert [reading.measure for reading in counted] == [reading.measure for reading in direct]
    for reading in counted:
        if reading.declaration.population is Population.CASES:
            assert reading.measure is not None
            assert reading.measure.n > 0


@pytest.mark.parametrize(
    "figure", [figure for figure, declared in FIGURES.items() if declared.population is Population.CASES]
)
def test_walking_a_whole_list_at_volume_finds_as_many_cases_as_its_total(seeded: Seeded, figure: FigureId) -> None:
    found: list[int] = []
    after: FigureCasePosition | None = None
    while True:
        page = read_figure_cases(seeded.connection, seeded.scope, figure, Part.DENOMINATOR, after=after, limit=500)
        found += page.case_ids
        after = page.ended
        if after is None:
            break
    assert len(found) == len(set(found)) == page.total > 1000


def _count(connection: Connection[Any], condition: str) -> int:
    row = connection.execute(f"select count(*) from case_state where {condition}".encode()).fetchone()
    assert row is not None
    return int(row[0])
