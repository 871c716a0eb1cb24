"""Cases as readers need them: stored facts with the packed events, and the working set of one case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from monitor.storage.sql_blocks import sql_block


@dataclass(frozen=True)
class CaseFacts:
    """What the engine stored of one case, and its events as they are packed."""

    case_id: int
    source: str
    case_no: str
    item: str | None
    department: str | None
    status: str
    light: str
    accepted_at: datetime | None
    promise_due_at: datetime | None
    statutory_due_at: datetime | None
    decided_at: datetime | None
    closed_at: datetime | None
    used_days: float | None
    statutory_days: float | None
    calendar_version: int
    events: bytes
    event_count: int


@dataclass(frozen=True)
class CaseFile:
    """The working set of one case: its events as they are packed, and what judging it needs beside the rules.

    `calendar_version` is null where nothing but voids is left: such a case has no judgement.
    """

    case_id: int
    hall_id: int
    source: str
    case_no: str
    events: bytes
    event_count: int
    calendar_version: int | None
    closed_at: datetime | None


def read_case_facts(connection: Connection[Any], case_ids: Sequence[int]) -> list[CaseFacts]:
    """Read the stored facts of these cases, in their order; one that is gone is left out."""
    with connection.cursor(row_factory=class_row(CaseFacts)) as cursor:
        rows = cursor.execute(sql_block("select_case_facts"), {"case_ids": list(case_ids)}).fetchall()
    known = {row.case_id: row for row in rows}
    return [known[case_id] for case_id in case_ids if case_id in known]


def read_case_file(connection: Connection[Any], source: str, case_no: str) -> CaseFile | None:
    """Read the working set of one case, or None when nobody has heard of it."""
    with connection.cursor(row_factory=class_row(CaseFile)) as cursor:
        fields = {"source": source, "case_no": case_no}
        return cursor.execute(sql_block("select_case_file"), fields).fetchone()
