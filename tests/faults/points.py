"""Named points of the program, held from outside: a trigger waits for a lock there until the harness lets go.

The product has no hook. A trigger takes an advisory lock in shared mode, which costs nothing until the harness holds it
exclusively; then the statement stands at that point, and the process that sent it can be killed exactly there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from psycopg import Connection, sql

LOCKS = 7399
"""First key of the advisory locks; the second is the point's place in `POINTS`."""


class Victim(StrEnum):
    """Whose statement stands at a point."""

    SERVICE = "service"
    ENGINE = "engine"


@dataclass(frozen=True)
class Point:
    """A place in a transaction: where, whose, and whether the transaction is kept when its process is killed there."""

    name: str
    victim: Victim
    table: str
    when: str
    """`before` or `after` an `operation`, or at `commit`."""
    operation: str
    is_kept: bool = False
    for_each: str = "row"


POINTS = (
    Point("intake: ids claimed, log not written", Victim.SERVICE, "event_identity", "after", "insert",
          for_each="statement"),
    Point("intake: log written, batch not numbered", Victim.SERVICE, "batch_chain", "before", "update"),
    Point("intake: batch written, before commit", Victim.SERVICE, "unfolded_batch", "after", "insert"),
    Point("intake: committed, before the answer", Victim.SERVICE, "unfolded_batch", "commit", "insert", is_kept=True),
    Point("engine: cases folded, batches not taken out", Victim.ENGINE, "unfolded_batch", "before", "delete",
          for_each="statement"),
    Point("engine: cards written, before the feed row", Victim.ENGINE, "card_step", "after", "insert",
          for_each="statement"),
    Point("engine: folded, before the feed row", Victim.ENGINE, "feed_head", "before", "update"),
    Point("engine: feed row written, before commit", Victim.ENGINE, "feed", "after", "insert"),
    Point("engine: committed, before announcing", Victim.ENGINE, "feed", "commit", "insert", is_kept=True),
)  # fmt: skip

_STALL = """
create function stall_at_point() returns trigger language plpgsql as $$
begin
    perform pg_advisory_xact_lock_shared({locks}, tg_argv[0]::integer);
    return coalesce(new, old);
end $$
"""
_TRIGGER = "create trigger {name} {when} {operation} on {table} for each {each} execute function stall_at_point({key})"
_AT_COMMIT = (
    "create constraint trigger {name} after {operation} on {table} deferrable initially deferred"
    " for each row execute function stall_at_point({key})"
)
_STANDING = """
select pid from pg_locks
where locktype = 'advisory' and classid = %s and objid = %s and not granted and database = (
    select oid from pg_database where datname = current_database()
)
"""


def install_points(connection: Connection[Any]) -> None:
    """Make the triggers; nothing stands anywhere until a point is `held`."""
    connection.execute(sql.SQL(_STALL).format(locks=sql.Literal(LOCKS)))
    for key, point in enumerate(POINTS):
        connection.execute(
            sql.SQL(_AT_COMMIT if point.when == "commit" else _TRIGGER).format(
                name=sql.Identifier(f"zz_point_{key}"),  # fires after the product's own triggers
                when=sql.SQL(point.when),
                operation=sql.SQL(point.operation),
                table=sql.Identifier(point.table),
                each=sql.SQL(point.for_each),
                key=sql.Literal(key),
            )
        )
    connection.commit()


@contextmanager
def held(connection: Connection[Any], point: Point) -> Iterator[None]:
    """Hold a point for a block: whatever comes there stands. `connection` commits each statement by itself."""
    keys = LOCKS, POINTS.index(point)
    connection.execute("select pg_advisory_lock(%s, %s)", keys)
    try:
        yield
    finally:
        connection.execute("select pg_advisory_unlock(%s, %s)", keys)


def find_standing(connection: Connection[Any], point: Point) -> list[int]:
    """Process ids of the database's sessions that stand at a point."""
    return [row[0] for row in connection.execute(_STANDING, [LOCKS, POINTS.index(point)]).fetchall()]


def count_sessions(connection: Connection[Any], process_ids: list[int]) -> int:
    """How many of these sessions are still there."""
    row = connection.execute("select count(*) from pg_stat_activity where pid = any(%s)", [process_ids]).fetchone()
    return 0 if row is None else int(row[0])
