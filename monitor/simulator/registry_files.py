"""Writes a registry folder in the documented CSV formats, as `registry load` reads it."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from monitor.domain.registry import Record, Table

COLUMNS: dict[Table, str] = {
    Table.HALL: "code name_zh name_en zone demo region_code baseline_from baseline_to",
    Table.REGIONS: "code name_zh name_en level parent_code",
    Table.DEPARTMENTS: (
        "code position valid_from valid_to name_zh name_en set_up in_hall mid_level_post mid_level_filled successors"
    ),
    Table.ITEMS: (
        "code valid_from valid_to name_zh name_en department kind unit counting roll promised statutory acceptance "
        "delivery steps decision_steps in_hall accept_and_decide"
    ),
    Table.WINDOWS: "code name_zh name_en department valid_from valid_to",
    Table.HANDLERS: "code department name valid_from valid_to",
    Table.AUTHORISATIONS: "handler item power letter_no seal_no valid_from valid_to",
    Table.SOURCES: "code name_zh name_en zone feed departments",
}


def write_registry(records: Iterable[Record], folder: Path) -> None:
    """Write one CSV a table; files of the same names are replaced."""
    rows: dict[Table, list[Record]] = {table: [] for table in Table}
    for record in records:
        rows[record.table].append(record)
    folder.mkdir(parents=True, exist_ok=True)
    for table, columns in COLUMNS.items():
        names = columns.split()
        with (folder / f"{table.value}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(names)
            writer.writerows([_cell(getattr(record, name)) for name in names] for record in rows[table])


def _cell(value: Any) -> str:
    """A value as the registry files write it: booleans yes/no, null empty, lists with semicolons."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, dict):
        return ";".join(f"{name}={_cell(limit)}" for name, limit in value.items())
    if isinstance(value, tuple):
        return ";".join(value)
    return str(value)
