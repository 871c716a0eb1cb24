"""The board reads counters by key: what it touches is bounded by departments and days shown, not by years kept."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from psycopg import Connection

from monitor.storage.cards import CardFilter
from tests.support.query_plans import run_plan
from tests.support.small_hall import add_department, add_hall, add_source

AS_OF = datetime(2026, 11, 23, 2, tzinfo=UTC)
TODAY = date(2026, 11, 23)
DEPARTMENTS = [f"d{number:02}" for number in range(39)]
YEARS_KEPT = 5
CARDS = 20_000


@pytest.fixture
def hall_id(connection: Connection[Any]) -> int:
    """A hall with five years of daily counters of 39 departments, and many old cards."""
    hall_id = add_hall(connection)
    for position, code in enumerate(DEPARTMENTS):
        add_department(connection, hall_id, code, position)
    source_id = add_source(connection, hall_id, "S", [], complete_until=AS_OF)
    connection.execute(
        "insert into department_load (hall_id, department, open) select %s, unnest(%s::text[]), 5",
        [hall_id, DEPARTMENTS],
    )
    connection.execute(
        """
        insert into department_day (hall_id, department, day, accepted, decided, speedup_cases, used_days,
            statutory_days)
        select %s, department, day::date, 5, 5, 5, 10, 100
        from unnest(%s::text[]) as department, generate_series(%s::date - %s * 365, %s::date + 30, '1 day') as day
        """,
        [hall_id, DEPARTMENTS, TODAY, YEARS_KEPT, TODAY],
    )
    connection.execute(
        """
        with file as (
            insert into case_file (hall_id, source_id, case_no, events, event_count, last_occurred_at)
            values (%(hall)s, %(source)s, 'K', '', 0, %(now)s) returning case_id
        )
        insert into card (hall_id, case_id, clock, level, generation, department, state, expected_at, issued_at,
            recipient, reason)
        select %(hall)s, case_id, 'promise', 'yellow', n, 'd' || lpad((n %% 39)::text, 2, '0'), 'issued', at, at, 'h',
            'due'
        from file, generate_series(1, %(cards)s) as n,
            lateral (select %(now)s::timestamptz - make_interval(mins => 2 * n) as at) as issued
        """,
        {"hall": hall_id, "source": source_id, "now": AS_OF, "cards": CARDS},
    )
    connection.execute(
        "analyze department_day, department_month, department_load, department, department_version, card, card_day,"
        " department_cards, case_file"
    )
    return hall_id


def test_sums_of_the_month_touch_the_month_alone(connection: Connection[Any], hall_id: int) -> None:
    fields = {"hall_id": hall_id, "as_of": AS_OF, "departments": DEPARTMENTS}
    plan = run_plan(connection, "select_month_sums", fields)
    assert "department_day" not in plan.whole_tables
    assert plan.rows_touched <= 39 * 31 + 2


def test_the_days_ahead_touch_those_days_alone(connection: Connection[Any], hall_id: int) -> None:
    days = [TODAY + timedelta(days=n) for n in range(10)]
    plan = run_plan(connection, "select_due_days", {"hall_id": hall_id, "days": days, "departments": DEPARTMENTS})
    assert "department_day" not in plan.whole_tables
    assert plan.rows_touched <= 39 * 10


def test_the_trend_touches_24_months_however_many_years_there_are(connection: Connection[Any], hall_id: int) -> None:
    days = {"first_day": date(2024, 12, 1), "end_day": date(2026, 12, 1)}
    plan = run_plan(connection, "select_trend", {"hall_id": hall_id, "departments": DEPARTMENTS, **days})
    assert plan.rows_touched == 39 * 24


def test_departments_with_counters_are_found_by_one_probe_each(connection: Connection[Any], hall_id: int) -> None:
    plan = run_plan(connection, "select_counted_departments", {"hall_id": hall_id})
    assert "department_day" not in plan.whole_tables
    assert plan.rows_touched <= 2 * len(DEPARTMENTS) + 2


def test_tiles_touch_the_registry_and_the_counters_of_open_cases(connection: Connection[Any], hall_id: int) -> None:
    plan = run_plan(connection, "select_tiles", {"hall_id": hall_id, "as_of": AS_OF, "departments": None})
    assert "department_day" not in plan.whole_tables
    assert plan.rows_touched <= 5 * len(DEPARTMENTS) + 5


def test_cards_of_today_are_read_from_that_day_s_counters(connection: Connection[Any], hall_id: int) -> None:
    plan = run_plan(connection, "sum_cards_today", {"hall_id": hall_id, "as_of": AS_OF, "departments": None})
    assert "card_day_pkey" in plan.indexes
    assert 1 < plan.rows_touched <= len(DEPARTMENTS) + 1


def test_all_cards_are_counted_without_reading_them(connection: Connection[Any], hall_id: int) -> None:
    plan = run_plan(connection, "sum_cards", {"hall_id": hall_id, **CardFilter().fields()})
    assert 1 < plan.rows_touched <= len(DEPARTMENTS)


def test_the_newest_cards_touch_few(connection: Connection[Any], hall_id: int) -> None:
    everything = {"before_at": None, "before_id": None, **CardFilter().fields()}
    plan = run_plan(connection, "select_cards_newest", {"hall_id": hall_id, "limit": 30, **everything})
    assert "card" not in plan.whole_tables
    assert plan.rows_touched <= 30 * 4


def test_a_later_page_of_cards_does_not_walk_through_the_earlier_ones(
    connection: Connection[Any], hall_id: int
) -> None:
    before = {"before_at": AS_OF - timedelta(days=20), "before_id": 0}
    fields = {"hall_id": hall_id, "limit": 30, **CardFilter().fields(), **before}
    plan = run_plan(connection, "select_cards_newest", fields)
    assert plan.rows_touched <= 30 * 4


def test_resuming_reads_what_was_missed_and_no_more(connection: Connection[Any], hall_id: int) -> None:
    connection.execute(
        """
        insert into feed (hall_id, seq, produced_at, kind, body)
        select %s, n, %s, 'cases', '{}' from generate_series(1, 20000) as n
        """,
        [hall_id, AS_OF],
    )
    connection.execute("analyze feed")
    plan = run_plan(connection, "select_feed_since", {"hall_id": hall_id, "seq": 19_900, "limit": 500})
    assert plan.indexes == {"feed_pkey"}
    assert plan.rows_touched == 100
