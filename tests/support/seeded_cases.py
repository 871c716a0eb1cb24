"""Many judged cases written straight into the tables by COPY, with the counters the engine would keep of them.

For tests of what readers do at volume; where the engine's own numbers matter, let it judge (`judged_cases`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from psycopg import Connection, sql

from tests.support.cohorts import put_in_cohorts

LOCAL = timedelta(hours=8)
SHARE_FORGOTTEN = 0.002
STATUTORY = 20.0
PROMISED = 8.0

FILE_COLUMNS = ("case_id", "hall_id", "source_id", "case_no", "events", "event_count", "last_occurred_at")
STATE_COLUMNS = (
    "case_id", "hall_id", "source_id", "case_no", "item", "department", "status", "light", "received_at", "accepted_at",
    "accepted_claimed_at", "deemed", "decided_at", "result", "closed_at", "promise_due_at", "promise_state",
    "statutory_due_at", "statutory_state", "used_days", "statutory_days", "calendar_version", "first_event_at",
)  # fmt: skip
CLOCK_COLUMNS = (
    "case_id", "position", "name", "started_at", "unit", "limit_value", "extended", "due_at", "stopped_at", "ended",
    "state", "early", "used", "suspended", "provisional",
)  # fmt: skip

Tally = Counter[tuple[str, date | None, str]]


@dataclass(frozen=True)
class Volume:
    """How much to write: cases, spread over so many days up to `as_of`, over so many departments; a seed for chance."""

    cases: int = 2_000
    days: int = 365
    departments: int = 39
    late_share: float = 0.03
    seed: int = 1
    as_of: datetime = datetime(2026, 11, 23, 2, tzinfo=UTC)


@dataclass(frozen=True)
class SeededCase:
    """One case as it will be stored. Times are aware; `used` in working days."""

    case_id: int
    department: str
    accepted_at: datetime
    decided_at: datetime | None
    used: float
    granted: bool
    as_of: datetime

    @property
    def due_at(self) -> tuple[datetime, datetime]:
        """Promise and statutory due times: so many weekdays later, here seven calendar days for five of them."""
        return (
            self.accepted_at + timedelta(days=PROMISED * 7 / 5),
            self.accepted_at + timedelta(days=STATUTORY * 7 / 5),
        )

    def is_late(self, due: datetime) -> bool:
        """Whether it ended, or stands now, behind a due time."""
        return (self.decided_at or self.as_of) > due


def seed_cases(connection: Connection[Any], hall_id: int, source_id: int, volume: Volume) -> None:
    """Write the cases of a volume, their main clocks, their counters, and the engine's as_of; then analyse."""
    cases = list(_draw(volume))
    tally: Tally = Counter()
    for case in cases:
        _count(case, tally)
    _copy(connection, "case_file", FILE_COLUMNS, (_file_row(case, hall_id, source_id) for case in cases))
    _copy(connection, "judged_case", STATE_COLUMNS, (_state_row(case, hall_id, source_id) for case in cases))
    _copy(connection, "judged_clock", CLOCK_COLUMNS, (row for case in cases for row in _clock_rows(case)))
    put_in_cohorts(connection)
    write_counters(connection, hall_id, tally)
    connection.execute("insert into engine_state (hall_id, as_of) values (%s, %s)", (hall_id, volume.as_of))
    connection.execute(
        "analyze case_file, judged_case, judged_clock, cohort, department_day, department_month, department_load"
    )


def write_counters(connection: Connection[Any], hall_id: int, tally: Counter[tuple[str, date | None, str]]) -> None:
    """Write counters: (department, local day or None for the load, column) → amount."""
    rows: dict[tuple[str, date | None], dict[str, float]] = {}
    for (department, day, column), amount in tally.items():
        rows.setdefault((department, day), {})[column] = amount
    with connection.transaction():
        for (department, day), amounts in rows.items():
            table = "department_load" if day is None else "department_day"
            keys = {"hall_id": hall_id, "department": department} | ({} if day is None else {"day": day})
            values: dict[str, Any] = {**keys, **amounts}
            statement = sql.SQL("insert into {} ({}) values ({})").format(
                sql.Identifier(table),
                sql.SQL(", ").join(map(sql.Identifier, values)),
                sql.SQL(", ").join(map(sql.Placeholder, values)),
            )
            connection.execute(statement, values)


def local_day(moment: datetime) -> date:
    """Date in Shanghai's zone, which has no summer time."""
    return (moment.astimezone(UTC) + LOCAL).date()


def _draw(volume: Volume) -> Iterator[SeededCase]:
    rng = Random(volume.seed)
    first = volume.as_of - timedelta(days=volume.days)
    for number in range(1, volume.cases + 1):
        at = volume.days * number / volume.cases
        accepted_at = first + timedelta(days=at, seconds=rng.randrange(3600))
        taken = 40.0 if rng.random() < volume.late_share else rng.choice((0.1, 1.0, 2.5, 4.0, 6.0, 9.0))
        decided_at: datetime | None = accepted_at + timedelta(days=taken)
        # Whatever is not decided yet is open; a few are left lying and fall due.
        if rng.random() < SHARE_FORGOTTEN or (decided_at is not None and decided_at >= volume.as_of):
            decided_at = None
        yield SeededCase(
            case_id=number,
            department=f"d{rng.randrange(volume.departments):02d}",
            accepted_at=accepted_at,
            decided_at=decided_at,
            used=0.0 if taken < 1 else round(taken * 5 / 7),
            granted=rng.random() < 0.95,
            as_of=volume.as_of,
        )


def _count(case: SeededCase, tally: Tally) -> None:
    department, (promise_due, statutory_due) = case.department, case.due_at
    tally[department, local_day(case.accepted_at), "accepted"] += 1
    tally[department, local_day(case.accepted_at), "received"] += 1
    if case.decided_at is None:
        tally[department, None, "open"] += 1
        late, late_by_law = case.is_late(promise_due), case.is_late(statutory_due)
        tally[department, None, "red" if late_by_law else "yellow" if late else "green"] += 1
        tally[department, None, "promise_breached_open"] += late
        tally[department, None, "statutory_breached_open"] += late_by_law
        tally[department, local_day(promise_due), "promise_due_open"] += 1
        tally[department, local_day(statutory_due), "statutory_due_open"] += 1
        return
    day = local_day(case.decided_at)
    tally[department, day, "decided"] += 1
    tally[department, day, "same_day"] += day == local_day(case.accepted_at)
    for name, due in (("promise", promise_due), ("statutory", statutory_due)):
        tally[department, day, f"{name}_stopped"] += 1
        tally[department, day, f"{name}_met"] += not case.is_late(due)
    tally[department, day, "promise_early"] += not case.is_late(promise_due) and case.used < PROMISED
    if case.granted:
        tally[department, day, "speedup_cases"] += 1
        tally[department, day, "used_days"] += case.used  # type: ignore[assignment] # days are floats
        tally[department, day, "statutory_days"] += STATUTORY  # type: ignore[assignment]


def _file_row(case: SeededCase, hall_id: int, source_id: int) -> Sequence[object]:
    return (case.case_id, hall_id, source_id, f"K{case.case_id:07d}", b"", 1, case.accepted_at)


def _state_row(case: SeededCase, hall_id: int, source_id: int) -> Sequence[object]:
    promise_due, statutory_due = case.due_at
    late, late_by_law = case.is_late(promise_due), case.is_late(statutory_due)
    ended = "met" if case.decided_at else "running"
    counts = case.decided_at is not None and case.granted
    return (
        case.case_id, hall_id, source_id, f"K{case.case_id:07d}", "i01", case.department,
        "decided" if case.decided_at else "accepted", "red" if late_by_law else "yellow" if late else "green",
        case.accepted_at, case.accepted_at, case.accepted_at, False, case.decided_at,
        None if case.decided_at is None else "granted" if case.granted else "refused", case.decided_at,
        promise_due, "breached" if late else ended, statutory_due, "breached" if late_by_law else ended,
        case.used if counts else None, STATUTORY if counts else None, 0, case.accepted_at,
    )  # fmt: skip


def _clock_rows(case: SeededCase) -> Iterator[Sequence[object]]:
    ended = case.decided_at is not None
    for position, (name, limit, due) in enumerate(
        zip(("promise", "statutory"), (PROMISED, STATUTORY), case.due_at, strict=True)
    ):
        state = "breached" if case.is_late(due) else "met" if ended else "running"
        early = state == "met" and case.used < limit
        yield (
            case.case_id, position, name, case.accepted_at, "working_days", limit, 0.0, due, case.decided_at, ended,
            state, early, case.used if ended else None, 0.0 if ended else None, False,
        )  # fmt: skip


def _copy(connection: Connection[Any], table: str, columns: Sequence[str], rows: Iterator[Sequence[object]]) -> None:
    statement = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
