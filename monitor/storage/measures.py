"""What is counted for Prometheus of one hall, as the tables have it: the same from whichever process is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.rows import class_row

from monitor.storage.sql_blocks import sql_block


class EngineWork(NamedTuple):
    """What an engine has done, in one cycle or since the beginning; times in seconds of real time.

    `cards` are those whose moment came under its eyes; `lateness_counts` has them by how late they were committed.
    """

    cycles: int
    cycle_seconds: float
    batches: int
    events: int
    judged: int
    fired: int
    cards: int
    lateness_seconds: float
    lateness_counts: Sequence[int]


@dataclass(frozen=True, slots=True)
class WaitingWork:
    """Committed batches that wait to be judged; `oldest_received_at` in real time."""

    batches: int
    oldest_received_at: datetime | None


@dataclass(frozen=True, slots=True)
class OpenCases:
    """Open cases of a department by light; `department` is empty for all that are not registered."""

    department: str
    green: int
    reminder: int
    yellow: int
    red: int
    standing: int
    promise_overdue: int
    statutory_overdue: int


@dataclass(frozen=True, slots=True)
class NewestFeedRow:
    """Number of the newest row, and when it was written (real time; None once it is forgotten)."""

    seq: int
    real_at: datetime | None


def add_engine_work(connection: Connection[Any], hall_id: int, work: EngineWork) -> None:
    """Add one cycle's work to what is kept."""
    connection.execute(sql_block("add_engine_measure"), {**work._asdict(), "hall_id": hall_id})


def read_engine_work(connection: Connection[Any], hall_id: int) -> EngineWork | None:
    """Read the engine's work since the beginning; None before it did any."""
    row = connection.execute(sql_block("select_engine_measure"), {"hall_id": hall_id}).fetchone()
    return None if row is None else EngineWork(*row)


def read_waiting_work(connection: Connection[Any], hall_id: int) -> WaitingWork:
    """Read what waits for the engine."""
    with connection.cursor(row_factory=class_row(WaitingWork)) as cursor:
        found = cursor.execute(sql_block("select_waiting_of_hall"), {"hall_id": hall_id}).fetchone()
    return found or WaitingWork(0, None)


def read_open_cases(connection: Connection[Any], hall_id: int) -> list[OpenCases]:
    """Read the open cases by registered department."""
    with connection.cursor(row_factory=class_row(OpenCases)) as cursor:
        return cursor.execute(sql_block("select_open_by_department"), {"hall_id": hall_id}).fetchall()


def read_newest_feed_row(connection: Connection[Any], hall_id: int) -> NewestFeedRow | None:
    """Read the head of the feed; None before its first row."""
    with connection.cursor(row_factory=class_row(NewestFeedRow)) as cursor:
        return cursor.execute(sql_block("select_feed_newest"), {"hall_id": hall_id}).fetchone()
