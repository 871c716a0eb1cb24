"""Case time for all processes: rows of the database that say where it stands and how fast it runs; none = real time."""

from __future__ import annotations

import math
import threading
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from monitor.storage.sql_blocks import sql_block

LEAD = timedelta(seconds=1)
"""A row comes into force this long after it is made, so that every process has read it by then."""


class CaseTimeError(ValueError):
    """A row of case time that cannot be made; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class CaseClockRow:
    """From `real_anchor` on: case time = case_anchor + (real time − real_anchor) × rate. Times are aware, in UTC."""

    real_anchor: datetime
    case_anchor: datetime
    rate: float
    reason: str

    def at(self, real: datetime) -> datetime:
        """Case time at the real moment `real`, as this row says it; UTC."""
        if self.rate == 1.0:
            return (self.case_anchor + (real - self.real_anchor)).astimezone(UTC)
        return (self.case_anchor + (real - self.real_anchor) * self.rate).astimezone(UTC)


REAL_TIME = CaseClockRow(datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC), 1.0, "real time")
"""What holds where no row does, as in production."""


class CaseClock:
    """The rows as this process knows them; `reload` brings them up to date. May be shared by threads."""

    def __init__(self, rows: Sequence[CaseClockRow] = ()) -> None:
        self._rows = tuple(sorted(rows, key=lambda row: row.real_anchor))
        self._anchors = [row.real_anchor for row in self._rows]
        self._changing = threading.Lock()

    @property
    def rows(self) -> tuple[CaseClockRow, ...]:
        """Every row, oldest first; empty = case time is real time."""
        return self._rows

    def reload(self, connection: Connection[Any]) -> None:
        """Read the rows anew. In a connection without autocommit this opens a transaction, as any query does."""
        with connection.cursor(row_factory=class_row(CaseClockRow)) as cursor:
            rows = tuple(cursor.execute(sql_block("select_case_clock")).fetchall())
        with self._changing:
            # A row is never taken away: whoever has read fewer read an earlier state, beside a thread that was faster.
            if rows != self._rows[: len(rows)]:
                # Anchors first would let another thread find a place in the old rows.
                self._rows, self._anchors = rows, [row.real_anchor for row in rows]

    def row_at(self, real: datetime) -> CaseClockRow:
        """The row in force at the real moment `real`; before the first and without any: `REAL_TIME`."""
        position = bisect_right(self._anchors, real)
        return self._rows[position - 1] if position else REAL_TIME

    def current_row(self) -> CaseClockRow:
        """The row in force now."""
        return self.row_at(datetime.now(UTC))

    def at(self, real: datetime) -> datetime:
        """Case time at the real moment `real` (aware); UTC."""
        return self.row_at(real).at(real)

    def now(self) -> datetime:
        """Case time now; UTC. Read it once, at the edge, and pass it on."""
        return self.at(datetime.now(UTC))

    def real_time_of(self, case_moment: datetime, after: datetime) -> datetime | None:
        """The first real moment, not before `after`, at which case time has reached `case_moment`.

        None when the rows known now never get there (case time stands still).
        """
        start = after
        upcoming = [row.real_anchor for row in self._rows if row.real_anchor > after]
        for end in [*upcoming, None]:
            row = self.row_at(start)
            if row.at(start) >= case_moment:
                return start
            if row.rate > 0:
                reached = row.real_anchor + (case_moment - row.case_anchor) / row.rate
                if end is None or reached < end:
                    return max(reached, start)
            if end is not None:
                start = end
        return None


def set_case_time(
    connection: Connection[Any],
    case_anchor: datetime | None,
    rate: float,
    reason: str,
    effective_at: datetime | None = None,
) -> CaseClockRow:
    """Make a new row: from `effective_at` (real; default: now + `LEAD`) case time is `case_anchor` and runs at `rate`.

    `case_anchor` None goes on from where case time will stand then (a change of rate without a jump). Rate 0 makes it
    stand still, for tests that drive it. Announced on the channel `case_clock` at commit. Raises CaseTimeError for a
    row that would come into force before one that exists, or would turn case time back behind one.
    """
    if not (math.isfinite(rate) and rate >= 0):
        raise CaseTimeError(
            f"The rate {rate} is no rate of case time: give a number of case seconds per second, 0 or more."
        )
    for name, moment in (("case time", case_anchor), ("moment", effective_at)):
        if moment is not None and moment.tzinfo is None:
            raise CaseTimeError(f"The {name} {moment} has no zone: give it one, as 2026-09-16T09:00:00+08:00.")
    with connection.transaction():
        connection.execute(sql_block("lock_case_clock"))
        clock = CaseClock()
        clock.reload(connection)
        start = effective_at or _free_moment(clock, datetime.now(UTC) + LEAD)
        _refuse_turning_back(clock, start, case_anchor)
        anchor = clock.at(start) if case_anchor is None else case_anchor
        row = CaseClockRow(start.astimezone(UTC), anchor.astimezone(UTC), float(rate), reason)
        values = {"real_anchor": row.real_anchor, "case_anchor": row.case_anchor, "rate": row.rate, "reason": reason}
        connection.execute(sql_block("insert_case_clock"), values)
        connection.execute(sql_block("announce_case_clock"))
    return row


def _free_moment(clock: CaseClock, wanted: datetime) -> datetime:
    """The wanted moment, or just after the newest row where that one is not in force before it."""
    if clock.rows and clock.rows[-1].real_anchor >= wanted:
        return clock.rows[-1].real_anchor + timedelta(microseconds=1)
    return wanted


def _refuse_turning_back(clock: CaseClock, start: datetime, case_anchor: datetime | None) -> None:
    if not clock.rows:
        return
    newest = clock.rows[-1]
    if start <= newest.real_anchor:
        raise CaseTimeError(
            f"A row of case time from {newest.real_anchor.isoformat()} on exists ({newest.reason}) and is fixed: "
            f"let the new one take effect later than that, not at {start.isoformat()}."
        )
    then = clock.at(start)
    if case_anchor is not None and case_anchor < then:
        raise CaseTimeError(
            f"Case time would go back from {then.isoformat()} to {case_anchor.isoformat()}; events are already dated "
            "by it. It only goes forward: use a fresh database to begin earlier."
        )
