"""The hot queries of intake touch bounded rows by the right index, however much is stored."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

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


def test_new_identities_are_entered_by_one_probe_each(busy: Connection[Any]) -> None:
    event_ids = sorted(f"new-{number}" for number in range(200))
    fields = {"source_id": 1, "event_ids": event_ids, "content_hashes": [UUID(int=n) for n in range(200)]}
    plan = run_plan(busy, "insert_identities", fields)
    assert "event_identity" not in plan.whole_tables
    assert plan.rows_touched <= 200


def test_the_end_of_an_acceptance_touches_the_head_of_the_chain(busy: Connection[Any]) -> None:
    busy.execute(
        """
        insert into intake_batch
        select n, n, 1, 1, now(), now(), 1, 0, 0, 0, '', '' from generate_series(1, 20000) as n
        """
    )
    busy.execute("update batch_chain set batch_no = 20000")
    busy.execute("analyze intake_batch, batch_chain")
    amounts = dict.fromkeys(("accepted", "duplicate", "conflicting", "rejected"), 1)
    fields = {"receipt_id": 20_001, "hall_id": 1, "source_id": 1, "received_at": NOW, "recorded_at": NOW, **amounts}
    plan = run_plan(busy, "append_intake_batch", {**fields, "body_hash": b"x", "packed": b"x"})
    assert "intake_batch" not in plan.whole_tables
    assert plan.rows_touched <= 5


def test_a_heartbeat_touches_its_source_alone(busy: Connection[Any]) -> None:
    for number in range(200):
        add_source(busy, 1, f"many-{number}", [], complete_until=NOW)
    busy.execute("analyze heartbeat")
    plan = run_plan(busy, "upsert_heartbeat", {"source_id": 100, "complete_until": NOW, "received_at": NOW})
    assert plan.rows_touched <= 1


@pytest.fixture
def logged(busy: Connection[Any]) -> Connection[Any]:
    """20,000 events of the two sources over five months, and heartbeats of them and of a third without events."""
    busy.execute(
        """
        insert into event (occurred_at, recorded_at, hall_id, source_id, receipt_id, event_id, case_no, kind)
        select %s - n * interval '10 minutes', %s, 1, 1 + n %% 2, n, 'e-' || n, 'c-' || n / 8, 'rated'
        from generate_series(1, 20000) n
        """,
        [NOW, NOW],
    )
    add_source(busy, 1, "silent", [])
    busy.execute("insert into heartbeat select source_id, %s, %s from source", [NOW, NOW])
    busy.execute("analyze event")
    return busy


@pytest.mark.parametrize("source_id", [1, 2])
def test_the_last_event_before_a_first_heartbeat_is_read_from_the_end_of_the_log(
    logged: Connection[Any], source_id: int
) -> None:
    plan = run_plan(logged, "find_last_event", {"source_id": source_id})
    assert not plan.whole_tables - {"heartbeat"}
    assert 0 < plan.rows_touched <= 50


def test_for_a_source_without_events_nobody_reads_those_of_others(logged: Connection[Any]) -> None:
    plan = run_plan(logged, "find_last_event", {"source_id": 3})
    assert not plan.whole_tables - {"heartbeat"}
    assert plan.rows_touched <= 10
