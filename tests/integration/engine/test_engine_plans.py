"""The engine's hot queries at volume: the right index, and as many rows as they give, whatever lies beside them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from monitor.storage.fold import prepare_engine_session
from tests.support.databases import DatabaseServer
from tests.support.query_plans import QueryPlan, run_plan
from tests.support.seeded_cases import Volume, seed_cases
from tests.support.small_hall import add_hall, add_source

CASES = 30_000
BATCHES = 3_000
DUE = 40
AS_OF = datetime(2026, 11, 23, 9, tzinfo=UTC)


class Seeded:
    """The seeded database, with the planner settings of an engine's session."""

    def __init__(self, connection: Connection[Any], hall_id: int, source_id: int) -> None:
        self.connection = connection
        self.hall_id = hall_id
        self.source_id = source_id

    def plan(self, block: str, **fields: Any) -> QueryPlan:
        return run_plan(self.connection, block, {"hall_id": self.hall_id, **fields})


@pytest.fixture(scope="module")
def seeded(database_server: DatabaseServer, database_template: str) -> Iterator[Seeded]:
    """30,000 cases, a few due now, the rest later; 3,000 batches judged and 200 waiting."""
    url = database_server.create(database_template)
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        hall_id = add_hall(connection, "seeded")
        source_id = add_source(connection, hall_id, "s", [])
        seed_cases(connection, hall_id, source_id, Volume(cases=CASES, days=300))
        connection.execute(
            "update case_state set next_change_at = %s::timestamptz + (case_id - %s) * interval '1 minute'",
            [AS_OF, DUE],
        )
        connection.execute(
            "insert into intake_batch select n, n, %s, %s, %s, %s, 5, 0, 0, 0, '', '' from generate_series(1, %s) n",
            [hall_id, source_id, AS_OF, AS_OF, BATCHES],
        )
        connection.execute(
            "insert into unfolded_batch select n, %s, convert_to(repeat('x', 2000), 'UTF8')"
            " from generate_series(%s::bigint, %s) n",
            [hall_id, BATCHES - 199, BATCHES],
        )
        connection.execute("analyze case_state, case_file, intake_batch, unfolded_batch")
        prepare_engine_session(connection)
        yield Seeded(connection, hall_id, source_id)
    database_server.drop(url)


def test_due_cases_come_from_the_index_of_the_next_change(seeded: Seeded) -> None:
    plan = seeded.plan("select_due_case_ids", as_of=AS_OF, cases=5_000)
    assert plan.indexes == {"case_due_for_change"}
    assert not plan.whole_tables
    assert plan.rows_touched == DUE


def test_a_herd_is_taken_a_portion_at_a_time(seeded: Seeded) -> None:
    plan = seeded.plan("select_due_case_ids", as_of=AS_OF + timedelta(days=30), cases=100)
    assert plan.indexes == {"case_due_for_change"}
    assert plan.rows_touched == 100


def test_nothing_due_touches_nothing(seeded: Seeded) -> None:
    plan = seeded.plan("select_due_case_ids", as_of=AS_OF - timedelta(days=1), cases=5_000)
    assert plan.rows_touched == 0


@pytest.mark.parametrize("wanted", [1, 50, 2_000])
def test_case_files_are_found_by_their_key_one_probe_each(seeded: Seeded, wanted: int) -> None:
    numbers = [f"K{number:07d}" for number in range(1, CASES, CASES // wanted)][:wanted]
    plan = seeded.plan(
        "select_case_files_by_key", source_ids=[seeded.source_id] * len(numbers), case_nos=numbers
    )  # fmt: skip
    assert plan.indexes == {"case_file_source_id_case_no_key"}
    assert not plan.whole_tables
    assert plan.rows_touched == len(numbers)


def test_case_files_of_unknown_cases_touch_nothing(seeded: Seeded) -> None:
    plan = seeded.plan("select_case_files_by_key", source_ids=[seeded.source_id] * 3, case_nos=["new1", "new2", "new3"])
    assert plan.rows_touched == 0
    assert not plan.whole_tables


def test_case_files_are_found_by_their_number(seeded: Seeded) -> None:
    plan = seeded.plan("select_case_files_by_id", case_ids=list(range(1, 1_000)))
    assert plan.indexes == {"case_file_pkey"}
    assert plan.rows_touched == 999


def test_waiting_batches_are_read_once_whatever_has_been_judged_before(seeded: Seeded) -> None:
    """Each batch is read with its packed events, then its source is looked up; judged ones are not looked at."""
    plan = seeded.plan("select_unfolded_batches", up_to=BATCHES, batches=50, bytes=10_000_000)
    assert {"intake_batch_pkey"} <= plan.indexes <= {"intake_batch_pkey", "unfolded_batch_pkey"}
    assert "intake_batch" not in plan.whole_tables
    assert plan.rows_touched <= 200 + 50


def test_a_portion_of_batches_is_bounded_by_its_bytes(seeded: Seeded) -> None:
    fields = {"hall_id": seeded.hall_id, "up_to": BATCHES, "batches": 50, "bytes": 5_000}
    plan = seeded.plan("select_unfolded_batches", **fields)
    assert "intake_batch" not in plan.whole_tables
    assert plan.rows_touched <= 200 + 3


def test_the_last_waiting_batch_is_found_without_its_events(seeded: Seeded) -> None:
    plan = seeded.plan("select_last_unfolded")
    assert plan.rows_touched <= 200


def test_cards_of_cases_come_from_their_index(seeded: Seeded) -> None:
    plan = seeded.plan("select_cards_of_cases", case_ids=list(range(1, 500)))
    assert not plan.whole_tables & {"case_file", "case_state"}


def test_open_cases_are_walked_by_number(seeded: Seeded) -> None:
    plan = seeded.plan("select_open_case_ids", after=CASES // 2, cases=500)
    assert plan.rows_touched <= 2_000
    assert not plan.whole_tables
