"""What a named block really does when it runs: which indexes it uses and how many rows it touches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, sql

from monitor.storage.sql_blocks import sql_block


@dataclass(frozen=True)
class QueryPlan:
    """One run: the indexes used, the tables read from end to end, and all rows read from tables, kept or not.

    An index that only tells an insert what is there already counts as used.
    """

    indexes: frozenset[str]
    whole_tables: frozenset[str]
    rows_touched: int


def run_plan(connection: Connection[Any], block: str, fields: dict[str, Any]) -> QueryPlan:
    """Run a block with these parameters and give what the server says it did."""
    statement = sql.SQL("explain (analyze, format json) ") + sql_block(block)
    row = connection.execute(statement, fields, prepare=False).fetchone()
    assert row is not None
    nodes = list(_walk(row[0][0]["Plan"]))
    scans = [node for node in nodes if "Relation Name" in node]
    return QueryPlan(
        frozenset(name for node in nodes for name in _indexes(node)),
        frozenset(node["Relation Name"] for node in scans if node["Node Type"] == "Seq Scan" and node["Actual Loops"]),
        sum(_touched(node) for node in scans),
    )


def _indexes(node: dict[str, Any]) -> list[str]:
    scanned = [node["Index Name"]] if "Index Name" in node else []
    return [*scanned, *node.get("Conflict Arbiter Indexes", ())]


def _touched(node: dict[str, Any]) -> int:
    removed: int = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    rows: float = (node["Actual Rows"] + removed) * node["Actual Loops"]
    return round(rows)


def _walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _walk(child)
