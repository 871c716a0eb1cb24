"""The hot queries of intake touch bounded rows by the right index, however much is stored."""

from datetime import UTC, datetime
from typing import Any

import pytest
from psycopg import Connection

from monitor.intake.keys import create_key, hash_key
from tests.support.query_plans import run_plan
from tests.support.small_hall import add_hall, add_source

NOW = datetime(2026, 9, 16, 4, 0, tzinfo=UTC)


@pytest.fixture
def busy(connection: Connection[Any]) -> Connection[Any]:
    """Two sources with many identities and refusals."""
    hall_id = add_hall(connection)
    for code in ("permits", "taxes"):
        add_source(connection, hall_id, code, [])
    connection.execute(
        """
        insert into event_identity
        select 1 + n % 2, 'e-' || n, md5(n::text)::uuid from generate_series(1, 20000) n
        """
    )
    connection.execute(
        """
        insert into refused_event (source_id, receipt_id, received_at, line, verdict, reason, detail, body)
        select 1 + n % 2, n, now(), 1, 'rejected', 'not_json', 'x', '' from generate_series(1, 20000) n
        """
    )
    connection.execute("analyze event_identity, refused_event, source_key")
    return connection


def test_identities_are_found_by_their_key(busy: Connection[Any]) -> None:
    event_ids = [f"e-{number}" for number in range(200)]
    plan = run_plan(busy, "select_identities_known", {"source_id": 1, "event_ids": event_ids})
    assert plan.indexes == {"event_identity_pkey"}
    assert plan.rows_touched <= 200


def test_a_page_of_refusals_reads_no_more_than_the_page(busy: Connection[Any]) -> None:
    plan = run_plan(busy, "select_refusals", {"source_id": 1, "after": 9000, "limit": 101})
    assert plan.indexes == {"refused_event_by_source"}
    assert plan.rows_touched <= 101


def test_the_refusals_of_one_request_are_found_without_reading_the_others(busy: Connection[Any]) -> None:
    fields = {"source_id": 1, "receipt_id": 10_000, "after": 0, "limit": 101}
    plan = run_plan(busy, "select_refusals_of_receipt", fields)
    assert plan.indexes == {"refused_event_by_receipt"}
    assert plan.rows_touched == 1


def test_a_key_is_found_by_its_hash_among_many(busy: Connection[Any]) -> None:
    key = create_key(busy, "permits", NOW)
    busy.execute(
        """
        insert into source_key (source_id, key_hash, hint, created_at)
        select 2, sha256(n::text::bytea), 'x', now() from generate_series(1, 5000) n
        """
    )
    busy.execute("analyze source_key")
    plan = run_plan(busy, "select_sender", {"key_hash": hash_key(key.key), "real_now": NOW})
    assert "source_key_key_hash_key" in plan.indexes
    assert plan.rows_touched <= 3
