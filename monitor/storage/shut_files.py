"""Facts and clocks of cases whose file stays shut, read back as they were judged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from psycopg import Cursor
from psycopg.types.numeric import Int8BinaryLoader

from monitor.domain.facts import CaseFacts, ClockFacts, case_facts_of, clock_facts_of_row
from monitor.domain.instants import Instant
from monitor.storage.copying import EPOCH_OF_POSTGRESQL, array_of
from monitor.storage.sql_blocks import sql_block

_KEYS = 5


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


def read_facts(cursor: Cursor[Any], case_ids: Sequence[int]) -> list[StoredFacts]:
    """The facts of some cases."""
    return [
        StoredFacts(
            row[0], row[1], row[2], None if row[3] is None else row[3] + EPOCH_OF_POSTGRESQL, row[4],
            case_facts_of(list(row[_KEYS:]), EPOCH_OF_POSTGRESQL),
        )
        for row in _rows(cursor, "select_stored_facts", case_ids)
    ]  # fmt: skip


def read_clocks(cursor: Cursor[Any], case_ids: Sequence[int]) -> dict[int, list[ClockFacts]]:
    """The clocks of some cases by their ids, each case's in the order of its judgement."""
    found: defaultdict[int, list[ClockFacts]] = defaultdict(list)
    for row in _rows(cursor, "select_clocks_by_id", case_ids):
        found[row[0]].append(clock_facts_of_row(list(row[1:]), EPOCH_OF_POSTGRESQL))
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


def _rows(cursor: Cursor[Any], block: str, case_ids: Sequence[int]) -> list[tuple[Any, ...]]:
    return rows_with_wire_times(cursor, block, {"case_ids": array_of(case_ids)})


def rows_with_wire_times(cursor: Cursor[Any], block: str, fields: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Rows with times as COPY takes them, int8: a datetime object costs more than all the rest of a row."""
    with cursor.connection.cursor(binary=True) as reading:
        reading.adapters.register_loader("timestamptz", Int8BinaryLoader)
        return reading.execute(sql_block(block), fields).fetchall()
