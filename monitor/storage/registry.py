"""The registry of a hall as its tables hold it: read whole, changed in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import Enum
from typing import Any

import msgspec
from psycopg import Connection
from psycopg.rows import dict_row, scalar_row
from psycopg.types.json import Jsonb

from monitor.domain.registry import (
    RECORD_TYPES,
    STORED,
    HandlerRecord,
    Placed,
    Record,
    RegionLevel,
    RegionRecord,
    Registry,
    Table,
)
from monitor.domain.registry_change import RegistryChange
from monitor.storage.sql_blocks import sql_block

YEARS_A_NAME_IS_KEPT = 2
"""Term of a handler's name after the handler left: as long as an appeal may still ask who decided."""

ProgressReport = Callable[[Table, int], None]
"""Told after each table how many of its rows were written."""

_WRITES: dict[Table, tuple[str, ...]] = {
    Table.REGIONS: ("upsert_region",),
    Table.HALL: ("upsert_hall",),
    Table.DEPARTMENTS: ("upsert_department", "upsert_department_version"),
    Table.ITEMS: ("insert_item", "upsert_item_version"),
    Table.WINDOWS: ("upsert_window",),
    Table.HANDLERS: ("upsert_handler",),
    Table.AUTHORISATIONS: ("upsert_authorisation",),
    Table.SOURCES: ("upsert_source",),
}


class RegistryLoadError(RuntimeError):
    """The registry cannot be written as it was checked; the text says what stands in the way."""


@dataclass(frozen=True, slots=True)
class AppliedChange:
    """The hall a change was written to, and the version of the rules from which it holds (unchanged: None)."""

    hall_id: int
    rules_version: int | None


def read_hall_codes(connection: Connection[Any]) -> list[str]:
    """Read the codes of all halls, oldest first."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(sql_block("select_registry_hall_codes")).fetchall()


def read_registry(connection: Connection[Any], hall_code: str) -> Registry:
    """Read everything registered for a hall, and all regions; for a hall not yet registered only these."""
    rows = _read_table(connection, Table.REGIONS, None)
    hall_id = _find_hall_id(connection, hall_code)
    if hall_id is not None:
        for table in Table:
            if table is not Table.REGIONS:
                rows += _read_table(connection, table, hall_id)
    return Registry(rows)


def read_sources_of_other_halls(connection: Connection[Any], hall_code: str, codes: Sequence[str]) -> dict[str, str]:
    """Which of some source codes are taken by another hall: source code → hall code."""
    values = {"codes": list(codes), "hall": hall_code}
    return dict(connection.execute(sql_block("select_sources_of_other_halls"), values).fetchall())


def lock_registry(connection: Connection[Any]) -> None:
    """Let no other load read or write the registry until this transaction ends."""
    connection.execute(sql_block("lock_registry"))


def apply_change(
    connection: Connection[Any],
    hall_code: str,
    change: RegistryChange,
    *,
    loaded_at: datetime,
    report: ProgressReport | None = None,
) -> AppliedChange:
    """Write a change in one transaction, raise the version of the rules and notify `rules`.

    Compute the change after `lock_registry` in the same transaction, or another load may come between. Raises
    RegistryLoadError when the hall does not exist and the change does not bring it.
    """
    with connection.transaction():
        written = {table: [row.record for row in change.rows if row.record.table is table] for table in Table}
        for table in (Table.REGIONS, Table.HALL):
            _write(connection, table, None, written.pop(table), loaded_at, report)
        hall_id = _require_hall_id(connection, hall_code)
        for table, records in written.items():
            _write(connection, table, hall_id, records, loaded_at, report)
        version = _raise_rules_version(connection) if change else None
    return AppliedChange(hall_id, version)


def _read_table(connection: Connection[Any], table: Table, hall_id: int | None) -> list[Placed[Record]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(sql_block(f"select_registry_{table}"), {"hall_id": hall_id})
        return [Placed(msgspec.convert(row, RECORD_TYPES[table]), STORED) for row in cursor]


def _find_hall_id(connection: Connection[Any], hall_code: str) -> int | None:
    row = connection.execute(sql_block("select_registry_hall_id"), {"code": hall_code}).fetchone()
    return None if row is None else int(row[0])


def _require_hall_id(connection: Connection[Any], hall_code: str) -> int:
    hall_id = _find_hall_id(connection, hall_code)
    if hall_id is None:
        raise RegistryLoadError(f"The hall {hall_code} is not registered: load its hall.csv as well.")
    return hall_id


def _write(
    connection: Connection[Any],
    table: Table,
    hall_id: int | None,
    records: Sequence[Record],
    loaded_at: datetime,
    report: ProgressReport | None,
) -> None:
    if not records:
        return
    rows = [_parameters(record) | {"hall_id": hall_id, "loaded_at": loaded_at} for record in _in_writing_order(records)]
    with connection.cursor() as cursor:
        for block in _WRITES[table]:
            cursor.executemany(sql_block(block), rows)
            if block == "upsert_source" and cursor.rowcount != len(rows):
                raise RegistryLoadError("A source's code belongs to another hall: give it a code of its own.")
    if table is Table.HANDLERS:
        _write_names(connection, hall_id, [record for record in records if isinstance(record, HandlerRecord)])
    if report is not None:
        report(table, len(records))


def _write_names(connection: Connection[Any], hall_id: int | None, handlers: Sequence[HandlerRecord]) -> None:
    names = {handler.code: handler.name for handler in handlers}
    given = [{"hall_id": hall_id, "code": code, "name": name} for code, name in names.items() if name is not None]
    taken = [{"hall_id": hall_id, "code": code} for code, name in names.items() if name is None]
    with connection.cursor() as cursor:
        cursor.executemany(sql_block("upsert_handler_person"), given)
        cursor.executemany(sql_block("delete_handler_person"), taken)
        terms = {"hall_id": hall_id, "years": YEARS_A_NAME_IS_KEPT}
        cursor.execute(sql_block("update_terms_of_handler_persons"), terms)


def _in_writing_order(records: Sequence[Record]) -> list[Record]:
    """Regions from the country down, because a row refers to its parent's; everything else as it comes."""
    levels = list(RegionLevel)
    return sorted(records, key=lambda record: levels.index(record.level) if isinstance(record, RegionRecord) else 0)


def _parameters(record: Record) -> dict[str, object]:
    return {field.name: _parameter(getattr(record, field.name)) for field in fields(record)}


def _parameter(value: object) -> object:
    match value:
        case Enum():
            return value.value
        case tuple():
            return list(value)
        case dict():
            return Jsonb(value)
        case _:
            return value


def _raise_rules_version(connection: Connection[Any]) -> int:
    row = connection.execute(sql_block("raise_rules_version")).fetchone()
    assert row is not None
    connection.execute(sql_block("notify_rules"), {"version": row[0]})
    return int(row[0])
