"""What a reader asks for of single cases, cards and the feed touches what is shown, however much is stored."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg import Connection

from monitor.storage.case_lists import CaseFilter
from tests.support.query_plans import run_plan
from tests.support.seeded_cases import Volume, seed_cases
from tests.support.small_hall import add_hall, add_source

MANY = 20_000
AS_OF = datetime(2026, 11, 23, 2, tzinfo=UTC)
ALL_TABLES = ("case_file", "judged_case", "card", "card_step", "feed")


@pytest.fixture(scope="module")
def connection(module_connection: Connection[Any]) -> Connection[Any]:
    """One database for all tests here."""
    return module_connection


@pytest.fixture(scope="module")
def hall_id(connection: Connection[Any]) -> int:
    """A hall of many cases, each with a card of two steps, and a feed of many rows."""
    hall_id = add_hall(connection)
    seed_cases(connection, hall_id, add_source(connection, hall_id, "S", []), Volume(cases=MANY, as_of=AS_OF))
    places = {"hall": hall_id, "as_of": AS_OF, "many": MANY}
    connection.execute(
        """
        insert into card (hall_id, case_id, clock, level, generation, department, state, expected_at, issued_at,
            recipient, reason)
        select %(hall)s, case_id, 'promise', 'yellow', 0, department, 'issued', promise_due_at, promise_due_at, 'h',
            'due'
        from case_state
        """,
        places,
    )
    connection.execute(
        """
        insert into card_step (card_id, step_no, to_state, actor, reason, expected_at, observed_at)
        select card_id, step_no, 'issued', 'engine', 'due', expected_at, expected_at
        from card, generate_series(1, 2) as step_no
        """
    )
    connection.execute(
        """
        insert into feed (hall_id, seq, produced_at, real_at, kind, body)
        select %(hall)s, n, %(as_of)s, %(as_of)s - make_interval(secs => 4 * (%(many)s - n)), 'cases', '{}'
        from generate_series(1, %(many)s) as n
        """,
        places,
    )
    connection.execute("insert into feed_head (hall_id, seq) values (%(hall)s, %(many)s)", places)
    connection.execute("analyze card, card_step, feed, feed_head, source")
    return hall_id


def test_a_page_of_the_newest_decisions_touches_few_rows(connection: Connection[Any], hall_id: int) -> None:
    behind = {"behind_at": AS_OF - timedelta(days=90), "behind_id": 0}
    plan = run_plan(
        connection, "select_newest_decided", {"hall_id": hall_id, "limit": 50, **behind, **CaseFilter().fields()}
    )
    assert plan.indexes == {"case_decided"}
    assert plan.rows_touched <= 50 + 1


def day_of_decisions() -> CaseFilter:
    return CaseFilter(decided=(AS_OF - timedelta(days=91), AS_OF - timedelta(days=90)))


def day_of_acceptances() -> CaseFilter:
    return CaseFilter(accepted=(AS_OF - timedelta(days=91), AS_OF - timedelta(days=90)))


def day_of_promises() -> CaseFilter:
    return CaseFilter(due=(AS_OF - timedelta(days=91), AS_OF - timedelta(days=90)))


@pytest.mark.parametrize(
    ("block", "wanted", "index"),
    [
        ("select_newest_decided", day_of_decisions(), "case_decided"),
        ("select_newest_accepted", day_of_acceptances(), "case_accepted"),
        ("select_cases_due", day_of_promises(), "case_promise_due"),
    ],
)
def test_a_page_of_a_day_long_ago_touches_what_it_shows(
    connection: Connection[Any], hall_id: int, block: str, wanted: CaseFilter, index: str
) -> None:
    first = {"hall_id": hall_id, "limit": 20, "behind_at": None, "behind_cohort": None, "behind_id": None}
    plan = run_plan(connection, block, first | wanted.fields())
    assert index in plan.indexes
    assert not plan.whole_tables
    assert plan.rows_touched <= 20 + 5


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (day_of_decisions(), "case_decided"),
        (day_of_acceptances(), "case_accepted"),
        (day_of_promises(), "case_promise_due"),
    ],
)
def test_counting_the_cases_of_a_day_touches_those_of_the_day(
    connection: Connection[Any], hall_id: int, wanted: CaseFilter, index: str
) -> None:
    block = "count_cases_due" if wanted.due else "count_listed_cases"
    plan = run_plan(connection, block, {"hall_id": hall_id, **wanted.fields()})
    assert index in plan.indexes
    assert not plan.whole_tables
    assert 0 < plan.rows_touched < 2 * MANY / 365


def test_counting_a_beginning_of_numbers_touches_those_numbers(connection: Connection[Any], hall_id: int) -> None:
    numbers = {"first_no": "K00001", "last_no": "K00001\U0010ffff"}
    plan = run_plan(connection, "count_cases_by_number", {"hall_id": hall_id, **numbers, **CaseFilter().fields()})
    assert not plan.whole_tables.intersection(ALL_TABLES)
    assert plan.rows_touched <= 2 * 100 + 1


def test_the_facts_of_the_cases_shown_are_found_by_key(connection: Connection[Any], hall_id: int) -> None:
    plan = run_plan(connection, "select_case_facts", {"case_ids": list(range(1, MANY, MANY // 50))})
    assert {"case_state_pkey", "case_file_pkey"} <= plan.indexes
    assert not plan.whole_tables.intersection(ALL_TABLES)


def test_a_case_page_reads_one_working_set(connection: Connection[Any], hall_id: int) -> None:
    plan = run_plan(connection, "select_case_file", {"source": "S", "case_no": "K0010000"})
    assert "case_file_source_id_case_no_key" in plan.indexes
    assert plan.rows_touched <= 3


def test_cards_told_by_number_are_found_by_key(connection: Connection[Any], hall_id: int) -> None:
    plan = run_plan(connection, "select_cards_by_id", {"hall_id": hall_id, "card_ids": list(range(1, 31))})
    assert {"card_pkey", "case_file_pkey"} <= plan.indexes
    assert plan.rows_touched <= 30 * 3


def test_the_cards_of_a_case_are_found_by_their_identity(connection: Connection[Any], hall_id: int) -> None:
    plan = run_plan(connection, "select_cards_of_case", {"case_id": 10_000})
    assert "card_case_id_clock_level_generation_key" in plan.indexes
    assert plan.rows_touched <= 3


def test_the_steps_of_cards_are_found_by_key(connection: Connection[Any], hall_id: int) -> None:
    plan = run_plan(connection, "select_card_steps", {"card_ids": [1, 10_000, MANY]})
    assert plan.indexes == {"card_step_pkey"}
    assert plan.rows_touched == 6


def test_both_ends_of_the_feed_are_found_by_key(connection: Connection[Any], hall_id: int) -> None:
    plan = run_plan(connection, "select_feed_head", {"hall_id": hall_id})
    assert plan.rows_touched <= 2
    newest = run_plan(connection, "select_feed_newest", {"hall_id": hall_id})
    assert newest.rows_touched <= 2


def test_forgetting_touches_the_rows_it_forgets(connection: Connection[Any], hall_id: int) -> None:
    fields = {"hall_id": hall_id, "before": AS_OF - timedelta(hours=20), "limit": 500}
    with connection.transaction(force_rollback=True):
        plan = run_plan(connection, "delete_feed_before", fields)
    assert "feed" not in plan.whole_tables
    assert plan.rows_touched <= 3 * 500 + 3
