"""What one engine transaction writes of its cases: files, facts, clocks, findings, counters; only what differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

from psycopg import Cursor

from monitor.domain.instants import Day, Instant, date_of
from monitor.domain.judge import Rules
from monitor.engine.case_rows import ClockRows, FactRows, Judged, Row, changed_file_row, new_file_row, note_shares
from monitor.engine.casework import CaseWork
from monitor.engine.likeness import Likeness
from monitor.engine.record import read_shares
from monitor.engine.shut_cases import ShutCase
from monitor.storage import fold as tables
from monitor.storage.cohorts import draw_cohort_ids, insert_cohorts, select_cohorts_by_likeness
from monitor.storage.copying import EPOCH_OF_POSTGRESQL as _EPOCH
from monitor.storage.rules import HallRules


@dataclass
class _Piece:
    """Rows of files and findings of cases that are written together; `cleared` are those that had other findings."""

    number: int
    new_files: list[Row] = field(default_factory=list)
    changed_files: list[Row] = field(default_factory=list)
    cleared: list[int] = field(default_factory=list)
    anomalies: list[Row] = field(default_factory=list)


class CaseWriting:
    """The writing of one transaction, piece by piece; `touched` are the departments whose counters moved in the end."""

    def __init__(self, cursor: Cursor[Any], hall: HallRules, as_of: Instant) -> None:
        self.cursor = cursor
        self.hall_id = hall.hall_id
        self.zone = hall.calendar.zone
        self.touched: set[str] = set()
        self.due_days_moved = False
        self.speedup_moved = False
        self._shares: Counter[bytes] = Counter()
        """Many cases of one moment count for the same: each share is read once, at the end."""
        self._piece = 0
        self._likeness = Likeness(hall.calendar, hall.calendar_version, as_of)
        self._cohorts: dict[bytes, int] = {}

    def prepare(self, quiet: Sequence[CaseWork], judged: Sequence[Judged]) -> Callable[[], None]:
        """Make the rows of cases that stay quiet and of cases judged anew; what is given back writes them. What they
        move the counters by is kept until the end.
        """
        self._piece += 1
        piece = _Piece(self._piece)
        self._note_files(piece, quiet, judged)
        facts = FactRows(self._piece, self.hall_id, self.zone, self._likeness, _EPOCH)
        clocks = ClockRows(self._piece, _EPOCH)
        for case in judged:
            facts.compare(case)
            clocks.compare(case)
            _note_anomalies(piece, case)
        note_shares(self._shares, judged)
        return partial(self.write, piece, facts, clocks)

    def _note_files(self, piece: _Piece, quiet: Sequence[CaseWork], judged: Sequence[Judged]) -> None:
        for case in judged:
            if case.work.is_new:
                piece.new_files.append(new_file_row(case, self.hall_id, _EPOCH))
            elif case.file_changed:
                piece.changed_files.append(changed_file_row(piece.number, case.work, case.packed, _EPOCH))
        piece.changed_files += [changed_file_row(piece.number, work, work.judged, _EPOCH) for work in quiet]

    def write(self, piece: _Piece, facts: FactRows, clocks: ClockRows) -> None:
        """Write what was prepared."""
        if piece.new_files:
            tables.insert_case_files(self.cursor, piece.new_files)
        if piece.changed_files:
            tables.update_case_files(self.cursor, piece.number, piece.changed_files)
        self._write_facts(facts)
        self._write_clocks(clocks)
        if piece.cleared or piece.anomalies:
            tables.replace_anomalies(self.cursor, piece.cleared, piece.anomalies)

    def _write_facts(self, rows: FactRows) -> None:
        self._find_cohorts(rows.alike)
        if rows.fresh:
            tables.insert_case_states(self.cursor, self._in_cohorts(rows.fresh))
        if rows.changed:
            tables.update_case_states(self.cursor, rows.piece, self._in_cohorts(rows.changed))
        if rows.emptied:
            tables.delete_case_states(self.cursor, rows.emptied)

    def _find_cohorts(self, alike: dict[bytes, Row]) -> None:
        """Let every likeness have its cohort."""
        wanted = [likeness for likeness in alike if likeness not in self._cohorts]
        if not wanted:
            return
        self._cohorts |= select_cohorts_by_likeness(self.cursor, self.hall_id, wanted)
        new = [likeness for likeness in wanted if likeness not in self._cohorts]
        if new:
            found = dict(zip(new, draw_cohort_ids(self.cursor, len(new)), strict=True))
            insert_cohorts(self.cursor, [(cohort_id, *alike[likeness]) for likeness, cohort_id in found.items()])
            self._cohorts |= found

    def _in_cohorts(self, rows: Sequence[tuple[Row, bytes | None]]) -> Iterator[Row]:
        return ((*row, None if alike is None else self._cohorts[alike]) for row, alike in rows)

    def _write_clocks(self, rows: ClockRows) -> None:
        if rows.fresh:
            tables.insert_clocks(self.cursor, rows.fresh)
        if rows.changed:
            tables.update_clocks(self.cursor, rows.piece, rows.changed)
        if rows.gone:
            tables.delete_clocks(self.cursor, rows.gone)

    def note_turned(self, case: ShutCase, times: int, rules: Rules) -> None:
        """Keep for the counters what time or a calendar has moved of so many cases that are alike."""
        before, now = case.tallies(rules)
        if before != now:
            self._shares[now] += times
            self._shares[before] -= times

    def write_counters(self) -> None:
        """Move the counters by what all pieces together moved."""
        moved: dict[tuple[str, Day | None, str], float] = {}
        for packed, times in self._shares.items():
            for department, day, column, amount in read_shares(packed) if times else ():
                key = department, day, column
                moved[key] = moved.get(key, 0) + times * amount
        self._shares.clear()
        days: dict[tuple[str, date], dict[str, float]] = {}
        loads: dict[str, dict[str, float]] = {}
        for (department, day, column), amount in moved.items():
            if not amount:
                continue
            self.touched.add(department)
            if day is None:
                loads.setdefault(department, {})[column] = amount
            else:
                days.setdefault((department, date_of(day)), {})[column] = amount
                self.due_days_moved = self.due_days_moved or column.endswith("_due_open")
                self.speedup_moved = self.speedup_moved or column in ("speedup_cases", "used_days", "statutory_days")
        tables.add_counters(self.cursor, self.hall_id, days, loads)


def _note_anomalies(piece: _Piece, case: Judged) -> None:
    if case.old is not None and case.old.anomalies == case.new.anomalies:
        return
    if case.old is not None and case.old.has_anomalies:
        piece.cleared.append(case.case_id)
    found = case.verdict.record.anomalies
    piece.anomalies += [(case.case_id, position, *finding) for position, finding in enumerate(found)]
