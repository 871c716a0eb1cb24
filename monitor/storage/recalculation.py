"""Loads of calendars, and the recalculations that a load of rules causes: one record each, old and new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection, Cursor
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from monitor.storage.sql_blocks import sql_block


class OpenRecalculation(NamedTuple):
    """A recalculation that the engine has still to do; `loaded_at` is case time."""

    recalculation_id: int
    loaded_at: datetime
    cause: str


def read_open_recalculations(connection: Connection[Any], hall_id: int) -> list[OpenRecalculation]:
    """What has been loaded and not yet followed, oldest first."""
    rows = connection.execute(sql_block("select_open_recalculations"), {"hall_id": hall_id})
    return [OpenRecalculation(*row) for row in rows]


def select_last_unfolded_before(connection: Connection[Any], hall_id: int, loaded_at: datetime) -> int | None:
    """The newest waiting batch of a hall that came in before a load; None where none waits."""
    fields = {"hall_id": hall_id, "loaded_at": loaded_at}
    row = connection.execute(sql_block("select_last_unfolded_before"), fields).fetchone()
    return None if row is None else row[0]


def read_calendar_version_at(
    connection: Connection[Any], hall_id: int, loaded_at: datetime, *, is_included: bool
) -> int:
    """The calendar version of a hall before the loads of a moment, or with them; 0 = the built-in calendar."""
    fields = {"hall_id": hall_id, "loaded_at": loaded_at, "is_included": is_included}
    row = connection.execute(sql_block("select_calendar_version_at"), fields).fetchone()
    assert row is not None
    return int(row[0])


def finish_recalculations(cursor: Cursor[Any], recalculation_ids: Sequence[int], done_at: datetime) -> None:
    """Note that they are done."""
    fields = {"recalculation_ids": list(recalculation_ids), "done_at": done_at}
    cursor.execute(sql_block("finish_recalculations"), fields)


def insert_recalculation(
    connection: Connection[Any], hall_id: int, loaded_at: datetime, loaded_by: str, cause: str, cause_detail: str,
    preview: Mapping[str, Any],
) -> None:  # fmt: skip
    """Ask the engine to judge everything that runs anew."""
    fields = {
        "hall_id": hall_id, "loaded_at": loaded_at, "loaded_by": loaded_by, "cause": cause,
        "cause_detail": cause_detail, "preview": Jsonb(dict(preview)),
    }  # fmt: skip
    connection.execute(sql_block("insert_recalculation"), fields)


def insert_calendar_version(
    connection: Connection[Any], layer: str, hall_id: int | None, loaded_at: datetime, loaded_by: str, notice: str,
    content: Mapping[str, Any],
) -> int:  # fmt: skip
    """Load one layer; `hall_id` None: for every hall. Gives the version."""
    fields = {
        "layer": layer, "hall_id": hall_id, "loaded_at": loaded_at, "loaded_by": loaded_by, "notice": notice,
        "content": Jsonb(dict(content)),
    }  # fmt: skip
    row = connection.execute(sql_block("insert_calendar_version"), fields).fetchone()
    assert row is not None
    connection.execute(sql_block("raise_rules_version"))
    connection.execute("notify rules")
    return int(row[0])


def read_calendar_versions(connection: Connection[Any]) -> list[dict[str, Any]]:
    """Every load of a calendar, newest first."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(sql_block("select_calendar_versions")).fetchall()
