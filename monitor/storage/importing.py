"""What an import needs beside events and registry: its source, and policy and calendar of an archive's hall."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from psycopg import Connection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from monitor.domain.items import Policy
from monitor.storage.sql_blocks import sql_block

LOADED_BY = "import"


@dataclass(frozen=True, slots=True)
class ImportSource:
    """A source as registered; `feed` is live or archive."""

    source_id: int
    code: str
    hall_id: int
    hall_code: str
    zone: str
    feed: str


def find_import_source(connection: Connection[Any], code: str) -> ImportSource | None:
    """Find a source by its code."""
    with connection.cursor(row_factory=class_row(ImportSource)) as cursor:
        return cursor.execute(sql_block("select_import_source"), {"code": code}).fetchone()


def give_hall_its_rules(
    connection: Connection[Any], hall_id: int, policy: Policy, calendar: Mapping[str, Any], loaded_at: datetime
) -> None:
    """Set policy and calendar of a hall registered in this same transaction, whose rules version is raised there.

    `calendar` has the shape of the C of `evaluate` and stands in place of the national calendar; `loaded_at` is aware.
    """
    values = {"hall_id": hall_id, "policy": Jsonb(msgspec.to_builtins(policy))}
    connection.execute(sql_block("update_import_hall_policy"), values)
    values = {
        "hall_id": hall_id,
        "loaded_at": loaded_at,
        "loaded_by": LOADED_BY,
        "notice": calendar.get("version", ""),
        "content": Jsonb({**calendar, "replaces": True}),
    }
    connection.execute(sql_block("insert_import_calendar"), values)
