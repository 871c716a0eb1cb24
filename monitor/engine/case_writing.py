"""What one engine transaction writes of its cases: files, facts, clocks, findings, counters; only what differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

from psycopg import Cursor

from monitor.domain.facts import CaseFacts, ClockFacts, shift_times
from monitor.domain.instants import Day, Instant, Zone, date_of
from monitor.domain.judge import Rules
from monitor.domain.quiet import is_ordinary
from monitor.domain.quiet_summary import QuietSummary
from monitor.engine.casework import CaseWork
from monitor.engine.record import StoredRecord, pack_record, read_shares, unpack_record
from monitor.engine.shut_cases import ShutCase, row_of_turn, rows_of_clocks
from monitor.engine.verdict import Verdict
from monitor.storage import fold as tables
from monitor.storage.copying import EPOCH_OF_POSTGRESQL, wire_time
from monitor.storage.packed_events import pack_events
from monitor.storage.shut_files import CLOCK_TIMES, FACT_TIMES, empty_turning, turn_case_states, turn_clocks


class Judged:
    """A case judged anew, beside what is stored of it."""

    __slots__ = ("new", "old", "packed", "verdict", "work")

    def __init__(self, work: CaseWork, verdict: Verdict) -> None:
        self.work = work
        self.verdict = verdict
        self.old = work.record
        self.packed = pack_record(verdict.record)
        new = unpack_record(self.packed)
        assert new is not None
        self.new: StoredRecord = new

    @property
    def case_id(self) -> int:
        """Its id, once it has been given one."""
        assert self.work.case_id is not None
        return self.work.case_id

    @property
    def file_changed(self) -> bool:
        """Whether events arrived, or the file holds another record."""
        return bool(self.work.arrived) or self.work.is_behind or self.packed != self.work.judged


class CaseWriting:
    """The writing of one transaction, piece by piece; `touched` are the departments whose counters moved in the end."""

    def __init__(self, cursor: Cursor[Any], hall_id: int, zone: Zone, as_of: Instant) -> None:
        self.cursor = cursor
        self.hall_id = hall_id
        self.zone = zone
        self.as_of = as_of
        self.touched: set[str] = set()
        self.due_days_moved = False
        self.speedup_moved = False
        self._shares: Counter[bytes] = Counter()
        self._has_staged = False
        self._has_turned = False

    def write(self, quiet: Sequence[CaseWork], judged: Sequence[Judged]) -> None:
        """Write cases that stay quiet, and cases judged anew; what they move the counters by is kept until the end."""
        if self._has_staged:
            tables.empty_staging(self.cursor)
        self._has_staged = True
        self._write_files(quiet, judged)
        self._write_facts(judged)
        self._write_clocks(judged)
        self._write_anomalies(judged)
        self._note_counters(judged)

    def _write_files(self, quiet: Sequence[CaseWork], judged: Sequence[Judged]) -> None:
        new = [case for case in judged if case.work.case_id is None]
        if new:
            for case, case_id in zip(new, tables.draw_case_ids(self.cursor, len(new)), strict=True):
                case.work.case_id = case_id
            tables.insert_case_files(self.cursor, (self._new_file(case) for case in new))
        changed = [_changed_file(case.work, case.packed) for case in judged if case.work.count and case.file_changed]
        changed += [_changed_file(work, work.judged) for work in quiet]
        if changed:
            tables.update_case_files(self.cursor, changed)

    def _new_file(self, case: Judged) -> tuple[object, ...]:
        work = case.work
        return (
            work.case_id, self.hall_id, work.source_id, work.case_no, pack_events(work.arrived), len(work.arrived),
            wire_time(work.last_arrived_at), case.packed,
        )  # fmt: skip

    def _write_facts(self, judged: Sequence[Judged]) -> None:
        fresh, kept, emptied = [], [], []
        for case in judged:
            if not self._facts_differ(case):
                continue
            if case.verdict.facts is None:
                emptied.append(case.case_id)
            elif case.work.count:
                kept.append(self._state_row(case, case.verdict.facts))
            else:
                fresh.append(self._state_row(case, case.verdict.facts))
        if fresh:
            tables.insert_case_states(self.cursor, fresh)
        if kept:
            tables.upsert_case_states(self.cursor, kept)
        if emptied:
            tables.delete_case_states(self.cursor, emptied)

    def _facts_differ(self, case: Judged) -> bool:
        old, new = case.old, case.new
        if old is None or case.work.is_behind or old.facts != new.facts:
            return True
        if (old.calendar_version, old.cards_not_before) != (new.calendar_version, new.cards_not_before):
            return True
        return old.quiet != new.quiet and self._beside(old.read_quiet()) != self._beside(case.verdict.record.quiet)

    def _beside(self, summary: QuietSummary | None) -> tuple[bool, str | None]:
        """(ordinary, accepted_event): what must be known beside the facts, that the file may stay shut."""
        accepted_event = None if summary is None else summary.accepted_event
        return is_ordinary(summary, self.zone, self.as_of), accepted_event

    def _state_row(self, case: Judged, facts: CaseFacts) -> tuple[object, ...]:
        work, new = case.work, case.new
        keys = work.case_id, self.hall_id, work.source_id, work.case_no
        return (
            *keys, *shift_times(facts, FACT_TIMES, -EPOCH_OF_POSTGRESQL), new.calendar_version,
            wire_time(new.cards_not_before), *self._beside(case.verdict.record.quiet), False,
        )  # fmt: skip

    def _write_clocks(self, judged: Sequence[Judged]) -> None:
        fresh: list[tuple[object, ...]] = []
        changed: list[tuple[object, ...]] = []
        gone: list[tuple[int, str]] = []
        for case in judged:
            if case.old is None:
                rows = changed if case.work.count else fresh
                rows += [_clock_row(case.case_id, clock) for clock in case.verdict.record.clocks]
            elif case.old.clocks != case.new.clocks:
                old = {clock.name: clock for clock in case.work.known().clocks}
                differing = (clock for clock in case.verdict.record.clocks if old.pop(clock.name, None) != clock)
                changed += [_clock_row(case.case_id, clock) for clock in differing]
                gone += [(case.case_id, name) for name in old]
        if fresh:
            tables.insert_clocks(self.cursor, fresh)
        if changed:
            tables.upsert_clocks(self.cursor, changed)
        if gone:
            tables.delete_clocks(self.cursor, gone)

    def _write_anomalies(self, judged: Sequence[Judged]) -> None:
        cleared, rows = [], []
        for case in judged:
            found = case.verdict.record.anomalies
            if case.old is not None and case.old.anomalies == case.new.anomalies:
                continue
            if case.old is not None and case.old.has_anomalies:
                cleared.append(case.case_id)
            rows += [(case.case_id, position, *finding) for position, finding in enumerate(found)]
        if cleared or rows:
            tables.replace_anomalies(self.cursor, cleared, rows)

    def _note_counters(self, judged: Sequence[Judged]) -> None:
        """Many cases of one moment count for the same: each share is read once, at the end."""
        shares = self._shares
        for case in judged:
            if case.old is None:
                shares[bytes(case.new.tally)] += 1
            elif case.old.tally != case.new.tally:
                shares[bytes(case.new.tally)] += 1
                shares[bytes(case.old.tally)] -= 1

    def write_shut(self, cases: Sequence[ShutCase], rules: Rules) -> None:
        """Write what time or a calendar has moved of cases whose file stays shut."""
        if self._has_turned:
            empty_turning(self.cursor)
        self._has_turned = True
        turn_case_states(self.cursor, [row_of_turn(case, EPOCH_OF_POSTGRESQL) for case in cases])
        turn_clocks(self.cursor, [row for case in cases for row in rows_of_clocks(case, EPOCH_OF_POSTGRESQL)])
        findings = [(case.case_id, place, *finding) for case in cases for place, finding in enumerate(case.findings)]
        if findings:
            tables.replace_anomalies(self.cursor, [], findings)
        for case in cases:
            before, now = case.tallies(rules)
            if before != now:
                self._shares[now] += 1
                self._shares[before] -= 1

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


def _changed_file(work: CaseWork, judged: bytes | None) -> tuple[object, ...]:
    last = wire_time(work.last_arrived_at) if work.arrived else None
    return work.case_id, pack_events(work.arrived), len(work.arrived), last, judged


def _clock_row(case_id: int, clock: ClockFacts) -> tuple[object, ...]:
    return (case_id, *shift_times(clock, CLOCK_TIMES, -EPOCH_OF_POSTGRESQL))
