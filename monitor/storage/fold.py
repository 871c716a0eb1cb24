"""The engine's tables: batches in, case files out and back, facts, clocks, findings, counters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from psycopg import Connection, Cursor
from psycopg.types.string import BytesBinaryDumper

from monitor.storage.copying import array_of, copy_rows
from monitor.storage.sql_blocks import sql_block
from monitor.storage.turning import create_turning

# Times are handed over as `wire_time` gives them: int8.
CASE_STATE_COLUMNS = (
    "case_id", "hall_id", "source_id", "case_no", "item", "department", "status", "light", "received_at", "accepted_at",
    "accepted_claimed_at", "deemed", "decided_at", "result", "closed_at", "promise_due_at", "promise_state",
    "statutory_due_at", "statutory_state", "used_days", "statutory_days", "suspended_days", "next_change_at",
    "first_event_at", "calendar_version", "cards_not_before", "ordinary", "accepted_event", "cohort_id",
)  # fmt: skip
_STATE_TYPES = (
    "int8", "int4", "int4", "text", "text", "text", "text", "text", "int8", "int8",
    "int8", "bool", "int8", "text", "int8", "int8", "text",
    "int8", "text", "float8", "float8", "float8", "int8",
    "int8", "int4", "int8", "bool", "text", "int8",
)  # fmt: skip
CLOCK_COLUMNS = (
    "case_id", "position", "name", "started_at", "unit", "limit_value", "extended", "due_at", "due_at_if_refused",
    "stopped_at", "ended", "state", "early", "used", "suspended", "provisional",
)  # fmt: skip
_CLOCK_TYPES = (
    "int8", "int2", "text", "int8", "text", "float8", "float8", "int8", "int8",
    "int8", "bool", "text", "bool", "float8", "float8", "bool",
)  # fmt: skip
DAY_COUNTERS = (
    "received", "accepted", "decided", "same_day", "promise_stopped", "promise_met", "promise_early",
    "statutory_stopped", "statutory_met", "speedup_cases", "used_days", "statutory_days", "promise_due",
    "promise_due_open", "statutory_due_open",
)  # fmt: skip
LOAD_COUNTERS = (
    "open", "standing", "green", "reminder", "yellow", "red", "promise_breached_open", "statutory_breached_open",
)  # fmt: skip
_FLOAT_COUNTERS = frozenset({"used_days", "statutory_days"})


class WaitingBatch(NamedTuple):
    """A committed batch that has not been judged."""

    batch_no: int
    source_id: int
    packed: bytes


class CaseFileRow(NamedTuple):
    """The working set of one case; `is_behind`: its facts were moved since `judged` was packed."""

    case_id: int
    source_id: int
    case_no: str
    events: bytes
    event_count: int
    judged: bytes | None
    is_behind: bool


class EngineState(NamedTuple):
    """How far the engine of a hall has come, in case time; settled when `judging_at` equals `as_of`."""

    folded_batch_no: int
    as_of: datetime
    judging_at: datetime | None
    rules_version: int


def hold_engine_lock(connection: Connection[Any], hall_id: int) -> bool:
    """Become the only engine of a hall for as long as this session lives; False when another is, or when the second
    connection of one that is gone has not ended yet.
    """
    if not _tell(connection, "hold_engine_lock", hall_id):
        return False
    if _tell(connection, "try_second_hand", hall_id):
        return _tell(connection, "release_second_hand", hall_id)
    _tell(connection, "release_engine_lock", hall_id)
    return False


def hold_second_hand(connection: Connection[Any], hall_id: int) -> None:
    """Become the second connection of a hall's engine for as long as this session lives; in a transaction. Raises
    psycopg.errors.LockNotAvailable where another is and does not end.
    """
    connection.execute(sql_block("hold_second_hand"), {"hall_id": hall_id})


def _tell(connection: Connection[Any], block: str, hall_id: int) -> bool:
    row = connection.execute(sql_block(block), {"hall_id": hall_id}).fetchone()
    return bool(row is not None and row[0])


def prepare_engine_session(connection: Connection[Any]) -> None:
    """Planner settings, staging tables and dumpers of the session."""
    connection.execute(sql_block("prepare_engine_session"))
    connection.execute(sql_block("create_staging"))
    create_turning(connection)
    connection.commit()
    # The driver's first choice for bytea is written in Python, this one in C.
    connection.adapters.register_dumper(bytes, BytesBinaryDumper)


def read_engine_state(connection: Connection[Any], hall_id: int) -> EngineState | None:
    """How far the engine has come; None before its first step."""
    row = connection.execute(sql_block("select_engine_state"), {"hall_id": hall_id}).fetchone()
    return None if row is None else EngineState(*row)


def begin_engine_state(connection: Connection[Any], hall_id: int, as_of: datetime) -> None:
    """Make the state's row where there is none."""
    connection.execute(sql_block("insert_engine_state"), {"hall_id": hall_id, "as_of": as_of})


def select_last_unfolded(connection: Connection[Any], hall_id: int) -> int | None:
    """Number of the newest batch that waits; None when none does."""
    row = connection.execute(sql_block("select_last_unfolded"), {"hall_id": hall_id}).fetchone()
    return None if row is None else row[0]


def select_unfolded_batches(
    cursor: Cursor[Any], hall_id: int, up_to: int, batches: int, max_bytes: int
) -> list[WaitingBatch]:
    """The next batches up to batch `up_to` in commit order: at most `batches`, and no further one once `max_bytes` are
    reached.
    """
    fields = {"hall_id": hall_id, "up_to": up_to, "batches": batches, "bytes": max_bytes}
    cursor.execute(sql_block("select_unfolded_batches"), fields, binary=True)
    return list(map(WaitingBatch._make, cursor.fetchall()))


def delete_folded_batches(cursor: Cursor[Any], batch_nos: Sequence[int]) -> None:
    """Take judged batches out of the queue; the log keeps their events."""
    cursor.execute(sql_block("delete_folded_batches"), {"batch_nos": list(batch_nos)})


def select_case_files_by_key(cursor: Cursor[Any], keys: Iterable[tuple[int, str]]) -> list[CaseFileRow]:
    """The case files of (source_id, case_no); unknown ones are absent."""
    source_ids, case_nos = [], []
    for source_id, case_no in keys:
        source_ids.append(source_id)
        case_nos.append(case_no)
    # Numbers as JSON: the driver quotes the texts of an array one by one in Python.
    fields = {"source_ids": array_of(source_ids), "case_nos": msgspec.json.encode(case_nos).decode()}
    return _case_files(cursor, "select_case_files_by_key", fields)


def select_case_files_by_id(cursor: Cursor[Any], case_ids: Sequence[int]) -> list[CaseFileRow]:
    """The case files of some ids."""
    return _case_files(cursor, "select_case_files_by_id", {"case_ids": array_of(case_ids)})


def _case_files(cursor: Cursor[Any], block: str, fields: dict[str, Any]) -> list[CaseFileRow]:
    rows = cursor.execute(sql_block(block), fields, binary=True).fetchall()
    # By themselves: cohorts are few, and a join would look one up for every file.
    cohort_ids = {row[-1] for row in rows}
    cohort_ids.discard(None)
    found = cursor.execute(sql_block("select_moved_cohorts"), {"cohort_ids": array_of(cohort_ids)})
    moved = {row[0] for row in found}
    return [CaseFileRow._make((*row[:-1], row[-1] in moved)) for row in rows]


def select_open_case_ids(cursor: Cursor[Any], hall_id: int, after: int, cases: int) -> list[int]:
    """At most `cases` cases with anything still running, in order of id after `after`."""
    fields = {"hall_id": hall_id, "after": after, "cases": cases}
    return [row[0] for row in cursor.execute(sql_block("select_open_case_ids"), fields)]


def draw_case_ids(cursor: Cursor[Any], cases: int) -> list[int]:
    """New case ids."""
    return [row[0] for row in cursor.execute(sql_block("draw_case_ids"), {"cases": cases})]


def insert_case_files(cursor: Cursor[Any], rows: Iterable[Sequence[Any]]) -> None:
    """New files: (case_id, hall_id, source_id, case_no, events, event_count, last_occurred_at, judged)."""
    columns = ("case_id", "hall_id", "source_id", "case_no", "events", "event_count", "last_occurred_at", "judged")
    copy_rows(cursor, "case_file", columns, ("int8", "int4", "int4", "text", "bytea", "int4", "int8", "bytea"), rows)


def update_case_files(cursor: Cursor[Any], piece: int, rows: Iterable[Sequence[Any]]) -> None:
    """Append to files: (piece, case_id, added, added_count, last_occurred_at, judged). No two pieces of one transaction
    have a number.
    """
    columns = ("piece", "case_id", "added", "added_count", "last_occurred_at", "judged")
    copy_rows(cursor, "staged_file", columns, ("int4", "int8", "bytea", "int4", "int8", "bytea"), rows)
    cursor.execute(sql_block("update_case_files"), {"piece": piece})


def insert_case_states(cursor: Cursor[Any], rows: Iterable[Sequence[Any]]) -> None:
    """Facts of cases that have no row yet, in the order of CASE_STATE_COLUMNS."""
    copy_rows(cursor, "judged_case", CASE_STATE_COLUMNS, _STATE_TYPES, rows)


def update_case_states(cursor: Cursor[Any], piece: int, rows: Iterable[Sequence[Any]]) -> None:
    """Facts of cases that have a row: the piece, then as CASE_STATE_COLUMNS."""
    copy_rows(cursor, "staged_state", ("piece", *CASE_STATE_COLUMNS), ("int4", *_STATE_TYPES), rows)
    cursor.execute(sql_block("update_case_states"), {"piece": piece})


def delete_case_states(cursor: Cursor[Any], case_ids: Sequence[int]) -> None:
    """Facts of cases that voids have emptied."""
    cursor.execute(sql_block("delete_case_states"), {"case_ids": list(case_ids)})


def insert_clocks(cursor: Cursor[Any], rows: Iterable[Sequence[Any]]) -> None:
    """Clocks that have no row yet, in the order of CLOCK_COLUMNS."""
    copy_rows(cursor, "judged_clock", CLOCK_COLUMNS, _CLOCK_TYPES, rows)


def update_clocks(cursor: Cursor[Any], piece: int, rows: Iterable[Sequence[Any]]) -> None:
    """Clocks that have a row: the piece, then as CLOCK_COLUMNS."""
    copy_rows(cursor, "staged_clock", ("piece", *CLOCK_COLUMNS), ("int4", *_CLOCK_TYPES), rows)
    cursor.execute(sql_block("update_clocks"), {"piece": piece})


def delete_clocks(cursor: Cursor[Any], keys: Sequence[tuple[int, str]]) -> None:
    """Clocks that a correction took away."""
    fields = {"case_ids": [case_id for case_id, _ in keys], "names": [name for _, name in keys]}
    cursor.execute(sql_block("delete_clocks"), fields)


def replace_anomalies(cursor: Cursor[Any], case_ids: Sequence[int], rows: Iterable[Sequence[Any]]) -> None:
    """Findings of some cases: (case_id, position, code, event_id, detail)."""
    if case_ids:
        cursor.execute(sql_block("delete_anomalies"), {"case_ids": list(case_ids)})
    columns = ("case_id", "position", "code", "event_id", "detail")
    copy_rows(cursor, "anomaly", columns, ("int8", "int2", "text", "text", "text"), rows)


def add_counters(cursor: Cursor[Any], hall_id: int, days: dict[tuple[str, Any], Any], loads: dict[str, Any]) -> None:
    """Move the counters: days[(department, date)][column] and loads[department][column] are differences."""
    # In the order of their keys: two transactions that wait for each other's rows must not do so in a ring.
    days, loads = dict(sorted(days.items())), dict(sorted(loads.items()))
    if days:
        types = ["int4", "text", "date", *("float8" if name in _FLOAT_COUNTERS else "int8" for name in DAY_COUNTERS)]
        rows = ((hall_id, department, day, *_amounts(moved, DAY_COUNTERS)) for (department, day), moved in days.items())
        copy_rows(cursor, "staged_day", ("hall_id", "department", "day", *DAY_COUNTERS), types, rows)
        cursor.execute(sql_block("add_department_days"))
    if loads:
        types = ["int4", "text", *("int8" for _ in LOAD_COUNTERS)]
        rows = ((hall_id, department, *_amounts(moved, LOAD_COUNTERS)) for department, moved in loads.items())
        copy_rows(cursor, "staged_load", ("hall_id", "department", *LOAD_COUNTERS), types, rows)
        cursor.execute(sql_block("add_department_loads"))


def _amounts(moved: dict[str, float], columns: Sequence[str]) -> list[float]:
    return [float(moved.get(name, 0)) if name in _FLOAT_COUNTERS else int(moved.get(name, 0)) for name in columns]


def update_engine_judging(cursor: Cursor[Any], hall_id: int, as_of: datetime, batch_no: int) -> None:
    """Note the moment of the newest judgement and the last batch folded."""
    cursor.execute(sql_block("update_engine_judging"), {"hall_id": hall_id, "as_of": as_of, "batch_no": batch_no})


def update_engine_as_of(cursor: Cursor[Any], hall_id: int, as_of: datetime) -> None:
    """Note that every change due up to `as_of` has been fired."""
    cursor.execute(sql_block("update_engine_as_of"), {"hall_id": hall_id, "as_of": as_of})


def update_engine_rules_version(cursor: Cursor[Any], hall_id: int, rules_version: int) -> None:
    """Note that every open case has been judged by this version of the rules."""
    cursor.execute(sql_block("update_engine_rules_version"), {"hall_id": hall_id, "rules_version": rules_version})
