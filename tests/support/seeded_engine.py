"""A database at volume as an engine meets it: cases, cards, batches judged and waiting; with the engine's session."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from monitor.storage.fold import prepare_engine_session
from tests.support.cohorts import put_in_cohorts
from tests.support.databases import DatabaseServer
from tests.support.query_plans import QueryPlan, run_plan
from tests.support.seeded_cases import Volume, seed_cases
from tests.support.small_hall import add_hall, add_source

CASES = 30_000
BATCHES = 3_000
DUE = 40
AS_OF = datetime(2026, 11, 23, 9, tzinfo=UTC)

_MORE_ROWS = """
    update judged_case set next_change_at = %(as_of)s::timestamptz + (case_id - %(due)s) * interval '1 minute';

    insert into intake_batch
    select n, n, %(hall)s, %(source)s, %(as_of)s, %(as_of)s, 5, 0, 0, 0, '', '' from generate_series(1, %(batches)s) n;

    insert into unfolded_batch select n, %(hall)s, convert_to(repeat('x', 2000), 'UTF8')
    from generate_series(%(batches)s::bigint - 199, %(batches)s) n;

    insert into anomaly select case_id, 0, 'A01', null, '' from case_file;

    insert into card (hall_id, case_id, clock, level, generation, department, state, expected_at, issued_at, recipient,
        reason)
    select %(hall)s, case_id, 'promise', 'reminder', 0, department, 'issued', first_event_at, first_event_at, 'h', 'due'
    from case_state;

    insert into card_step
    select card_id, n, null, 'issued', 'engine', 'due', expected_at, issued_at from card, generate_series(1, 2) n;

    insert into held_card
    select case_id, hall_id, source_id, 'promise', 'yellow', %(as_of)s::timestamptz + case_id * interval '1 minute',
        %(as_of)s
    from case_file where case_id %% 3 = 1;

    analyze judged_case, case_file, judged_clock, intake_batch, unfolded_batch, anomaly, card, card_step, held_card;
"""


class SeededEngine:
    """The seeded database, with the planner settings and the staging tables of an engine's session."""

    def __init__(self, connection: Connection[Any], hall_id: int, source_id: int) -> None:
        self.connection = connection
        self.hall_id = hall_id
        self.source_id = source_id

    def plan(self, block: str, **fields: Any) -> QueryPlan:
        """Run a statement, take back what it changed, and give what it did."""
        return self.plan_staged("select", block, **fields)

    def plan_staged(self, staging: str, block: str, **fields: Any) -> QueryPlan:
        """The same after another statement, which puts rows into the staging tables."""
        with self.connection.transaction(force_rollback=True):
            self.connection.execute(staging.encode())
            return run_plan(self.connection, block, {"hall_id": self.hall_id, **fields})


@pytest.fixture(scope="module")
def seeded_engine(database_server: DatabaseServer, database_template: str) -> Iterator[SeededEngine]:
    """30,000 cases with a card each, a few due now, the rest later; 3,000 batches judged and 200 waiting."""
    url = database_server.create(database_template)
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        hall_id = add_hall(connection, "seeded")
        source_id = add_source(connection, hall_id, "s", [])
        seed_cases(connection, hall_id, source_id, Volume(cases=CASES, days=300))
        fields = {"hall": hall_id, "source": source_id, "as_of": AS_OF, "due": DUE, "batches": BATCHES}
        with psycopg.ClientCursor(connection) as cursor:  # several statements at once
            cursor.execute(_MORE_ROWS.encode(), fields)
        put_in_cohorts(connection)
        connection.execute("analyze cohort, judged_case")
        prepare_engine_session(connection)
        yield SeededEngine(connection, hall_id, source_id)
    database_server.drop(url)
