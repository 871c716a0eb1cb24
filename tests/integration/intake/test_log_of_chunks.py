"""The log is cut into chunks of time: what that has cost users of other such logs does not happen here."""

import re
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from random import Random
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from monitor.intake.sender import Sender
from monitor.storage.sql_blocks import load_sql_blocks
from tests.support.intake_requests import MANY, count, event, fetch, send

HALF_A_YEAR = 37_000
"""In the steps of seven minutes between the numbers of `event`."""


def spread(size: int) -> list[dict[str, Any]]:
    """Events over half a year, in order of time: some chunks in one request."""
    return [event(number) for number in range(-HALF_A_YEAR, 0, HALF_A_YEAR // size)][:size]


def hypertables(connection: Connection[Any]) -> list[str]:
    return fetch(connection, "select hypertable_name from timescaledb_information.hypertables order by 1")


def upserts_into(tables: list[str]) -> list[str]:
    """The statements of the service that insert into one of the tables and say `on conflict`."""
    written = re.compile(rf"insert\s+into\s+({'|'.join(tables)})\b.*on\s+conflict", re.DOTALL)
    return [name for name, blocks in load_sql_blocks().items() if any(written.search(block.text) for block in blocks)]


@pytest.mark.parametrize("size", [12, MANY])
def test_a_conflict_costs_no_other_event_of_its_request(connection: Connection[Any], sender: Sender, size: int) -> None:
    """Edge case 51: `ON CONFLICT DO NOTHING` into compressed chunks stopped at the first conflict, the rest was lost.

    Here an ordinary table tells known from new before anything goes to the log: the first line is a conflict, every
    third was sent before, all others are stored.
    """
    send(connection, sender, spread(size)[::3])
    conflicting, *others = spread(size)
    receipt = send(connection, sender, [{**conflicting, "kind": "decided"}, *others])
    assert (receipt.accepted, receipt.duplicate, receipt.conflicting) == (
        size - len(range(0, size, 3)), len(range(3, size, 3)), 1,
    )  # fmt: skip
    assert count(connection, "event") == count(connection, "event_identity") == size
    assert fetch(connection, "select count(distinct tableoid) > 1 from event") == [True]


def test_requests_at_once_with_the_same_events_store_each_once(
    connection: Connection[Any], sender: Sender, database_url: str
) -> None:
    """Edge case 51: parallel inserts with `ON CONFLICT` into compressed chunks failed."""
    events = spread(MANY)

    def resend(seed: int) -> tuple[int, int]:
        shuffled = Random(seed).sample(events, len(events))
        with psycopg.connect(database_url, autocommit=True) as own:
            receipt = send(own, sender, shuffled)
        return receipt.accepted, receipt.duplicate

    with ThreadPoolExecutor(4) as senders:
        answers = list(senders.map(resend, range(4)))
    assert sum(accepted for accepted, _ in answers) == MANY
    assert sum(duplicate for _, duplicate in answers) == 3 * MANY
    assert fetch(connection, "select count(*), count(distinct event_id) from event") == [(MANY, MANY)]


def test_nothing_leans_on_uniqueness_in_the_log(connection: Connection[Any]) -> None:
    """Edge case 51: uniqueness was not enforced in a compressed chunk.

    No hypertable has a unique index, none is written with `on conflict`, and what decides is an ordinary table.
    """
    tables = hypertables(connection)
    assert "event" in tables
    assert "event_identity" not in tables
    unique = "select indrelid::regclass::text from pg_index where indisunique and indrelid = any(%s::regclass[])"
    assert fetch(connection, unique, tables) == []
    assert upserts_into(tables) == []
    assert "insert_identities" in upserts_into(["event_identity"])


@pytest.mark.parametrize("size", [12, MANY])
def test_a_request_goes_into_one_chunk_after_the_other_whatever_the_order_of_its_ids(
    connection: Connection[Any], sender: Sender, size: int
) -> None:
    """Edge case 53: batches ordered by id instead of time touched hundreds of chunks: 6,000 rows a second."""
    connection.execute("alter table event add column arrival bigint generated always as identity")
    events = spread(size)
    by_id = [{**one, "event_id": f"id-{Random(place).random()}"} for place, one in enumerate(events)]
    send(connection, sender, sorted(by_id, key=lambda one: one["event_id"]))
    stored = fetch(connection, "select occurred_at, tableoid from event order by arrival")
    assert [occurred_at for occurred_at, _ in stored] == [one["occurred_at"] for one in events]
    chunks = [chunk for _, chunk in stored]
    turns = sum(before != after for before, after in pairwise(chunks))
    assert turns == len(set(chunks)) - 1 > 0
