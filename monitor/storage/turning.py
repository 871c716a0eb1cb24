"""Cohorts, moved by time or a calendar where their rows lie."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection, Cursor

from monitor.domain.instants import Instant
from monitor.storage.cohorts import NamedStart, span_of_log
from monitor.storage.copying import EPOCH_OF_POSTGRESQL, copy_rows
from monitor.storage.shut_files import rows_with_wire_times
from monitor.storage.sql_blocks import sql_block

_TURN_COLUMNS = {
    "cohort_id": "int8", "light": "text", "promise_due_at": "int8", "promise_state": "text",
    "statutory_due_at": "int8", "statutory_state": "text", "next_change_at": "int8", "calendar_version": "int4",
    "cards_not_before": "int8", "carded": "bool",
}  # fmt: skip
_CLOCK_COLUMNS = {
    "cohort_id": "int8", "name": "text", "due_at": "int8", "due_at_if_refused": "int8", "state": "text",
    "provisional": "bool",
}  # fmt: skip
_FINDING_COLUMNS = {
    "cohort_id": "int8", "position": "int2", "position_before": "int2", "code": "text", "detail": "text",
    "clock": "text",
}  # fmt: skip
_CARD_COLUMNS = {
    "cohort_id": "int8", "clock": "text", "level": "text", "department": "text", "item": "text", "state": "text",
    "expected_at": "int8", "due_at": "int8", "recipient": "text", "reply_due_at": "int8", "reason": "text",
}  # fmt: skip


class IssuedCard(NamedTuple):
    """A card that has been issued."""

    card_id: int
    expected_at: Instant
    reason: str


def create_turning(connection: Connection[Any]) -> None:
    """The session's staging tables."""
    connection.execute(sql_block("create_turning"))


def turn_cohorts(cursor: Cursor[Any], rows: Iterable[Sequence[Any]]) -> None:
    """Move cohorts: (cohort_id, light, promise_due_at, promise_state, statutory_due_at, statutory_state,
    next_change_at, calendar_version, cards_not_before, carded), times as `wire_time` gives them.
    """
    _stage(cursor, "staged_turn", _TURN_COLUMNS, rows)
    cursor.execute(sql_block("turn_cohorts"))


def turn_clocks(cursor: Cursor[Any], rows: Sequence[Sequence[Any]]) -> None:
    """Move clocks of theirs: (cohort_id, name, due_at, due_at_if_refused, state, provisional)."""
    if rows:
        _stage(cursor, "staged_turned_clock", _CLOCK_COLUMNS, rows)
        cursor.execute(sql_block("turn_clocks"))


def write_turned_findings(cursor: Cursor[Any], rows: Sequence[Sequence[Any]], starts: Sequence[NamedStart]) -> None:
    """What is found of each of their cases: (cohort_id, position, position_before, code, detail, clock). It names the
    event that accepted the case, or the one of `starts` that started `clock`; what had a position before is moved.
    """
    if rows:
        _stage(cursor, "staged_turned_finding", _FINDING_COLUMNS, rows)
        cursor.execute(sql_block("move_turned_findings"))
        cursor.execute(sql_block("insert_turned_findings"), span_of_log(starts))


def issue_turned_cards(
    cursor: Cursor[Any], hall_id: int, issued_at: datetime, rows: Sequence[Sequence[Any]]
) -> list[IssuedCard]:
    """Issue the cards that each of their cases calls for and that do not stand yet, with their first steps, in the
    order of the moments that the rule names: (cohort_id, clock, level, department, item, state, expected_at, due_at,
    recipient, reply_due_at, reason).
    """
    if not rows:
        return []
    _stage(cursor, "staged_turned_card", _CARD_COLUMNS, rows)
    fields = {"hall_id": hall_id, "issued_at": issued_at}
    found = rows_with_wire_times(cursor, "issue_turned_cards", fields)
    return [IssuedCard(card_id, at + EPOCH_OF_POSTGRESQL, reason) for card_id, at, reason in found]


def _stage(cursor: Cursor[Any], table: str, columns: dict[str, str], rows: Iterable[Sequence[Any]]) -> None:
    copy_rows(cursor, table, tuple(columns), tuple(columns.values()), rows)
