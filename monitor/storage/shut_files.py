"""Facts and clocks of cases whose file stays shut: read back as they were judged, and moved by time or a calendar."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection, Cursor
from psycopg.types.numeric import Int8BinaryLoader

from monitor.domain.facts import (
    CLOCK_TIMES,
    FACT_TIMES,
    CaseFacts,
    ClockFacts,
    case_facts_of,
    clock_facts_of_row,
    shift_times,
)
from monitor.domain.instants import Instant
from monitor.storage.copying import EPOCH_OF_POSTGRESQL, copy_rows
from monitor.storage.sql_blocks import sql_block

_KEYS = 5
_TURN_COLUMNS = {
    "case_id": "int8", "light": "text", "promise_due_at": "int8", "promise_state": "text", "statutory_due_at": "int8",
    "statutory_state": "text", "next_change_at": "int8", "calendar_version": "int4", "cards_not_before": "int8",
    "ordinary": "bool",
}  # fmt: skip
_CLOCK_COLUMNS = {
    "case_id": "int8", "name": "text", "due_at": "int8", "due_at_if_refused": "int8", "state": "text",
    "provisional": "bool",
}  # fmt: skip


class StoredFacts(NamedTuple):
    """A case's row of facts with what stands beside them. `accepted_event`: the event that started the main clocks."""

    case_id: int
    source_id: int
    calendar_version: int
    cards_not_before: Instant | None
    accepted_event: str | None
    facts: CaseFacts


class CalledFor(NamedTuple):
    """A card that a case calls for."""

    clock: str
    level: str
    expected_at: Instant


def create_turning(connection: Connection[Any]) -> None:
    """The session's staging tables."""
    connection.execute(sql_block("create_turning"))


def read_facts(cursor: Cursor[Any], case_ids: Sequence[int]) -> list[StoredFacts]:
    """The facts of some cases."""
    return _read_facts(cursor, case_ids, {"all": True, "calendar_version": 0, "uncarded": False})


def read_ordinary_facts(
    cursor: Cursor[Any], case_ids: Sequence[int], calendar_version: int, *, uncarded: bool
) -> list[StoredFacts]:
    """The facts of those that are ordinary, follow a calendar and have no held card; `uncarded`: no card at all."""
    return _read_facts(cursor, case_ids, {"all": False, "calendar_version": calendar_version, "uncarded": uncarded})


def _read_facts(cursor: Cursor[Any], case_ids: Sequence[int], fields: dict[str, Any]) -> list[StoredFacts]:
    return [
        StoredFacts(
            row[0], row[1], row[2], None if row[3] is None else row[3] + EPOCH_OF_POSTGRESQL, row[4],
            case_facts_of(shift_times(row[_KEYS:], FACT_TIMES, EPOCH_OF_POSTGRESQL)),
        )
        for row in _rows(cursor, "select_stored_facts", case_ids, **fields)
    ]  # fmt: skip


def read_clocks(cursor: Cursor[Any], case_ids: Sequence[int]) -> dict[int, list[ClockFacts]]:
    """The clocks of some cases by their ids, each case's in the order of its judgement."""
    found: defaultdict[int, list[ClockFacts]] = defaultdict(list)
    for row in _rows(cursor, "select_clocks_by_id", case_ids):
        found[row[0]].append(clock_facts_of_row(shift_times(row[1:], CLOCK_TIMES, EPOCH_OF_POSTGRESQL)))
    return found


def read_findings(cursor: Cursor[Any], case_ids: Sequence[int]) -> dict[int, list[tuple[str, str | None, str]]]:
    """(code, event_id, detail) of the findings of some cases, in their order."""
    found: defaultdict[int, list[tuple[str, str | None, str]]] = defaultdict(list)
    for case_id, *finding in _rows(cursor, "select_stored_findings", case_ids):
        found[case_id].append((finding[0], finding[1], finding[2]))
    return found


def read_called_for(cursor: Cursor[Any], case_ids: Sequence[int]) -> dict[int, list[CalledFor]]:
    """The cards of some cases that stand, were closed, or are held."""
    found: defaultdict[int, list[CalledFor]] = defaultdict(list)
    for case_id, clock, level, expected_at in _rows(cursor, "select_called_for", case_ids):
        found[case_id].append(CalledFor(clock, level, expected_at + EPOCH_OF_POSTGRESQL))
    return found


def _rows(cursor: Cursor[Any], block: str, case_ids: Sequence[int], **fields: Any) -> list[tuple[Any, ...]]:
    """Rows with times as COPY takes them, int8: a datetime object costs more than all the rest of a row."""
    with cursor.connection.cursor(binary=True) as reading:
        reading.adapters.register_loader("timestamptz", Int8BinaryLoader)
        return reading.execute(sql_block(block), {"case_ids": list(case_ids), **fields}).fetchall()


def turn_case_states(cursor: Cursor[Any], rows: Iterable[Sequence[Any]]) -> None:
    """Facts that time or a calendar has moved: (case_id, light, promise_due_at, promise_state, statutory_due_at,
    statutory_state, next_change_at, calendar_version, cards_not_before, ordinary), times as `wire_time` gives them.
    """
    copy_rows(cursor, "staged_turn", tuple(_TURN_COLUMNS), tuple(_TURN_COLUMNS.values()), rows)
    cursor.execute(sql_block("turn_case_states"))


def turn_clocks(cursor: Cursor[Any], rows: Iterable[Sequence[Any]]) -> None:
    """Clocks that moved: (case_id, name, due_at, due_at_if_refused, state, provisional), times as by `wire_time`."""
    copy_rows(cursor, "staged_turned_clock", tuple(_CLOCK_COLUMNS), tuple(_CLOCK_COLUMNS.values()), rows)
    cursor.execute(sql_block("turn_clocks"))


def empty_turning(cursor: Cursor[Any]) -> None:
    """Before more is staged within one transaction: the rows staged before are written."""
    cursor.execute(sql_block("empty_turning"))


def give_calendar_version(
    cursor: Cursor[Any], case_ids: Sequence[int], before: int, after: int, first_changed: datetime
) -> set[int]:
    """Open cases of calendar version `before`, all due before `first_changed`, get version `after`; gives their ids."""
    fields = {"case_ids": list(case_ids), "before": before, "after": after, "first_changed": first_changed}
    return {row[0] for row in cursor.execute(sql_block("give_calendar_version"), fields)}
