"""Requests of one source straight into intake, and what the tables hold afterwards."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg import Connection

from monitor.intake.acceptance import Receipt, accept
from monitor.intake.parsing import ParsedBatch, parse_body
from monitor.intake.sender import Sender
from monitor.storage.intake import COPY_PAYS_FROM
from tests.support.small_hall import add_hall, add_source

RECORDED_AT = datetime(2026, 9, 16, 4, 0, tzinfo=UTC)
MANY = COPY_PAYS_FROM + 50
"""Events enough for the way that large requests take."""


@pytest.fixture
def sender(connection: Connection[Any]) -> Sender:
    """A source of a small hall."""
    hall_id = add_hall(connection)
    return Sender(add_source(connection, hall_id, "permits", []), "permits", hall_id)


def event(number: int, **fields: Any) -> dict[str, Any]:
    """The JSON of one event; the same number gives the same."""
    occurred_at = datetime(2026, 8, 1, tzinfo=UTC) + timedelta(minutes=7 * number)
    given = {
        "event_id": f"e-{number:05}",
        "case_no": f"c-{number % 97}",
        "kind": "accepted",
        "occurred_at": occurred_at,
    }
    return {**given, **fields}


def parse(sender: Sender, events: Sequence[Any], recorded_at: datetime = RECORDED_AT) -> ParsedBatch:
    """Events, or lines as bytes, as intake reads them."""
    body = b"\n".join(item if isinstance(item, bytes) else json.dumps(item, default=str).encode() for item in events)
    return parse_body(body, sender, recorded_at)


def send(connection: Connection[Any], sender: Sender, events: Sequence[Any]) -> Receipt:
    """Take a request in."""
    return accept(connection, sender, parse(sender, events), RECORDED_AT)


def fetch(connection: Connection[Any], query: str, *values: Any) -> list[Any]:
    """Rows, or values where a row has one column."""
    rows = connection.execute(query.encode(), values).fetchall()
    return [row[0] if len(row) == 1 else row for row in rows]


def count(connection: Connection[Any], table: str) -> int:
    """How many rows a table has."""
    return int(fetch(connection, f"select count(*) from {table}")[0])
