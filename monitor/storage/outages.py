"""The supervision's own outages as rows: from when to when it was blind, why, and how many cards fell due meanwhile."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from psycopg import Connection, Cursor
from psycopg.rows import class_row, dict_row

from monitor.storage.halls import HallFacts
from monitor.storage.sql_blocks import sql_block

SHOWN_FOR = timedelta(days=1)
"""Case time for which the board shows an outage that is over."""
MOST_SHOWN = 3


class OutageRow(NamedTuple):
    """One outage; `is_over` once everything that fell due in it has been judged and told."""

    outage_id: int
    blind_from: datetime
    blind_until: datetime
    reason: str
    cards_due: int
    cards_held: int
    is_over: bool


def read_newest_outage(connection: Connection[Any], hall_id: int) -> OutageRow | None:
    """The newest outage of a hall."""
    with connection.cursor(row_factory=class_row(OutageRow)) as cursor:
        return cursor.execute(sql_block("select_newest_outage"), {"hall_id": hall_id}).fetchone()


def upsert_outage(
    connection: Connection[Any], hall_id: int, blind_from: datetime, blind_until: datetime, reason: str
) -> OutageRow:
    """Note an outage, or that one goes on."""
    fields = {"hall_id": hall_id, "blind_from": blind_from, "blind_until": blind_until, "reason": reason}
    with connection.cursor(row_factory=class_row(OutageRow)) as cursor:
        row = cursor.execute(sql_block("upsert_outage"), fields).fetchone()
    assert row is not None
    return row


def update_outage_cards(cursor: Cursor[Any], outage_id: int, *, is_over: bool) -> tuple[int, int]:
    """Count the cards that fell due in an outage; gives (issued, held)."""
    row = cursor.execute(sql_block("update_outage_cards"), {"outage_id": outage_id, "is_over": is_over}).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def read_recent_outages(connection: Connection[Any], hall: HallFacts, as_of: datetime) -> list[dict[str, Any]]:
    """The outages that the board shows at a moment, newest first, in the shape of `Outage`, JSON-ready."""
    return read_outages(connection, hall, since=as_of - SHOWN_FOR, limit=MOST_SHOWN)


def read_outages(
    connection: Connection[Any], hall: HallFacts, *, since: datetime | None = None, before: datetime | None = None,
    limit: int,
) -> list[dict[str, Any]]:  # fmt: skip
    """A page of outages, newest first, that began before a moment and ended after another, in the shape of `Outage`."""
    fields = {"hall_id": hall.hall_id, "since": since, "before": before, "limit": limit}
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(sql_block("select_outages"), fields).fetchall()
    return [_describe(hall, row) for row in rows]


def count_outages(connection: Connection[Any], hall_id: int) -> int:
    """How many outages a hall has had."""
    row = connection.execute(sql_block("count_outages"), {"hall_id": hall_id}).fetchone()
    return 0 if row is None else int(row[0])


def _describe(hall: HallFacts, row: dict[str, Any]) -> dict[str, Any]:
    begun, ended = hall.time_text(row["blind_from"]), hall.time_text(row["blind_until"])
    wanted = urlencode({"reason": "due_while_blind", "expected_after": begun, "expected_until": ended})
    return {**row, "blind_from": begun, "blind_until": ended, "cards_url": f"/api/v1/cards?{wanted}"}
