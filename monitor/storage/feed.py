"""The feed of the live channel: rows numbered in commit order, kept for a day, hinted at by NOTIFY."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import msgspec
from psycopg import Connection, Cursor

from monitor.storage.sql_blocks import sql_block

FEED_CHANNEL = "feed"
"""Name of the NOTIFY channel; the payload is the hall_id. A hint only: whoever follows also polls."""

FEED_KEPT = timedelta(hours=24, minutes=10)
"""24 hours of real time, and a little for transactions that were long under way."""

ROWS_FORGOTTEN_AT_ONCE = 5_000


@dataclass(frozen=True)
class FeedRow:
    """One change: its sequence number, case time, kind, and its body (a `Delta` without `type` and `seq`) as JSON."""

    seq: int
    produced_at: datetime
    kind: str
    text: str

    @cached_property
    def body(self) -> dict[str, Any]:
        """The body decoded, once; whoever changes something copies first."""
        return msgspec.json.decode(self.text, type=dict[str, Any])


@dataclass(frozen=True)
class FeedHead:
    """The newest sequence number (0 before the first row) and the oldest one kept (None when none is)."""

    seq: int
    oldest: int | None


def append_feed(cursor: Cursor[Any], hall_id: int, produced_at: datetime, kind: str, body: Mapping[str, Any]) -> int:
    """Write one row and give its sequence number; call it last in the transaction.

    The number comes from the hall's row in `feed_head`, locked from here to the commit: of two writers the second
    waits, so a smaller number is always visible before a greater one. The rest of the transaction should be short.
    `body` is the `Delta` of the API without `type` and `seq`, whole hall, JSON-ready; `produced_at` is case time.
    """
    fields = {
        "hall_id": hall_id,
        "produced_at": produced_at,
        "kind": kind,
        "body": msgspec.json.encode(body).decode(),
    }
    row = cursor.execute(sql_block("append_feed"), fields).fetchone()
    if row is None:
        raise LookupError(f"the feed of hall {hall_id} took no row")
    return int(row["seq"] if isinstance(row, Mapping) else row[0])


def begin_feed(connection: Connection[Any], hall_id: int) -> FeedHead:
    """Read where a hall's feed ends, beginning it first where nothing has been written to it yet."""
    connection.execute(sql_block("begin_feed"), {"hall_id": hall_id})
    return read_feed_head(connection, hall_id)


def begin_feeds_anew(connection: Connection[Any]) -> None:
    """Leave a gap in the numbers of every feed: call it once after a copy of the database was put back.

    The numbers after the copy had been given out already, for other changes. A client that held one of them would go on
    behind it and never learn what is different; with a gap it gets a snapshot.
    """
    connection.execute(sql_block("begin_feed_anew"))


def read_feed_since(connection: Connection[Any], hall_id: int, seq: int, limit: int = 500) -> list[FeedRow]:
    """Read at most `limit` rows after `seq`, in order of their numbers."""
    fields = {"hall_id": hall_id, "seq": seq, "limit": limit}
    return [FeedRow(*row) for row in connection.execute(sql_block("select_feed_since"), fields)]


def read_feed_head(connection: Connection[Any], hall_id: int) -> FeedHead:
    """Read where a hall's feed ends and from where on it is kept."""
    row = connection.execute(sql_block("select_feed_head"), {"hall_id": hall_id}).fetchone()
    return FeedHead(0, None) if row is None else FeedHead(row[0] or 0, row[1])


def read_feed_heads(connection: Connection[Any], hall_ids: Collection[int]) -> dict[int, int]:
    """Read the newest sequence number of each of these halls that has one."""
    rows = connection.execute(sql_block("select_feed_heads"), {"hall_ids": list(hall_ids)})
    return dict(rows.fetchall())


def forget_old_feed(connection: Connection[Any], hall_id: int, real_now: datetime) -> int:
    """Delete the rows that were written more than `FEED_KEPT` before the real time `real_now`; give how many.

    Works in small transactions of its own: `connection` must not be in one.
    """
    fields = {"hall_id": hall_id, "before": real_now.astimezone(UTC) - FEED_KEPT, "limit": ROWS_FORGOTTEN_AT_ONCE}
    forgotten = 0
    while True:
        with connection.transaction():
            gone = connection.execute(sql_block("delete_feed_before"), fields).rowcount
        forgotten += gone
        if gone < ROWS_FORGOTTEN_AT_ONCE:
            return forgotten


@contextmanager
def reading_one_state(connection: Connection[Any]) -> Iterator[None]:
    """Let every query of a block see one and the same state: what is read belongs to the sequence number read with it.

    `connection` must not be in a transaction.
    """
    with connection.transaction():
        connection.execute(sql_block("begin_reading"))
        yield
