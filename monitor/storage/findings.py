"""The findings of a hall as they stand, and whether everything committed has been judged."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg import Connection

from monitor.storage.sql_blocks import sql_block

FoundKey = tuple[str, str, str, str | None]
"""(source, case_no, code, event_id)."""


def read_findings(connection: Connection[Any], hall_id: int) -> set[FoundKey]:
    """Read every finding of a hall; two of one code about one event are one."""
    rows = connection.execute(sql_block("select_findings"), {"hall_id": hall_id})
    return {(source, case_no, code, event_id) for source, case_no, code, event_id in rows}


def read_judged_until(connection: Connection[Any], hall_id: int) -> datetime | None:
    """Read up to which case time a hall has been judged with all that is committed; None while batches wait."""
    row = connection.execute(sql_block("select_judged_until"), {"hall_id": hall_id}).fetchone()
    return None if row is None else row[0]
