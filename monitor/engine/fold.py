"""The fold: batches or due cases in, judged cases, counters, cards and one feed row out, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

import msgspec
import structlog
from psycopg import Cursor

from alerts.life import RevokeReason
from monitor.domain.facts import CaseFacts
from monitor.domain.instants import Day, Instant, date_of
from monitor.domain.judge import Rules
from monitor.domain.order import order_key
from monitor.domain.quiet import stays_quiet
from monitor.engine.casework import CaseWork
from monitor.engine.closed_cases import verdict_of
from monitor.engine.earlier_calendars import EarlierCalendars
from monitor.engine.reconciliation import Reconciliation
from monitor.engine.record import JudgedRecord, pack_events, pack_record, unpack_batch
from monitor.engine.unjudgeable import UnjudgeableCaseError, set_aside
from monitor.engine.verdict import Verdict, judge_case
from monitor.storage import fold as tables
from monitor.storage.copying import moment
from monitor.storage.rules import HallRules

_CLOSED_AT = CaseFacts._fields.index("closed_at")
FACT_TIMES = frozenset(
    CaseFacts._fields.index(name)
    for name in (
        "received_at", "accepted_at", "accepted_claimed_at", "decided_at", "closed_at", "promise_due_at",
        "statutory_due_at", "next_change_at", "first_event_at",
    )
)  # fmt: skip
CLOCK_TIMES = frozenset({2, 6, 7, 8})  # started_at, due_at, due_at_if_refused, stopped_at in ClockFacts


log = structlog.get_logger(__name__)


class Fold:
    """One transaction of the engine.

    Cases are judged at `as_of`; what that finds becomes known at `known_at`. `touched` are the departments whose
    counters moved, `cards` those to tell, `closed` the folded cases closed now, `due_moments` those of the cards that
    fell due.
    """

    def __init__(
        self, cursor: Cursor[Any], hall: HallRules, as_of: Instant, known_until: Instant, known_at: Instant,
        earlier: EarlierCalendars,
    ) -> None:  # fmt: skip
        self.cursor = cursor
        self.hall = hall
        self.as_of = as_of
        self.known_until = known_until
        self.known_at = known_at
        self.earlier = earlier
        self.touched: set[str] = set()
        self.due_days_moved = False
        self.speedup_moved = False
        self.cards: list[int] = []
        self.closed: list[int] = []
        self.due_moments: list[Instant] = []
        self.events = 0
        self.judged = 0

    # -- three ways in ---------------------------------------------------------------------------------------------

    def fold_batches(self, batches: Sequence[tables.WaitingBatch]) -> None:
        """Judge the cases that batches touch."""
        works = self._works_of(batches)
        for row in tables.select_case_files_by_key(self.cursor, works):
            works[row.source_id, row.case_no].load(row.case_id, row.events, row.event_count, row.judged)
        self._judge(works.values(), cause=None)
        judged = ((work.case_id, work.verdict) for work in works.values())
        self.closed = [case_id for case_id, verdict in judged if case_id and verdict and _is_closed(verdict.record)]
        tables.delete_folded_batches(self.cursor, [batch.batch_no for batch in batches])

    def fire(self, case_ids: Sequence[int]) -> None:
        """Judge cases whose next change has come."""
        self._judge(self._load(case_ids), cause=None)

    def recalculate(self, case_ids: Sequence[int], cause: RevokeReason, not_before: Instant) -> None:
        """Judge cases anew because the rules changed; no card for a moment before `not_before`."""
        self._judge(self._load(case_ids), cause=cause, not_before=not_before)

    # -- judging ---------------------------------------------------------------------------------------------------

    def _works_of(self, batches: Sequence[tables.WaitingBatch]) -> dict[tuple[int, str], CaseWork]:
        works: dict[tuple[int, str], CaseWork] = {}
        for batch in batches:
            is_archive = self.hall.is_archive(batch.source_id)
            for event in unpack_batch(batch.packed):
                key = batch.source_id, event.case_no
                work = works.get(key)
                if work is None:
                    work = works[key] = CaseWork(*key)
                # An archive's recording times are no evidence of late entry: they are judged as not given.
                work.arrived.append(msgspec.structs.replace(event, recorded_at=None) if is_archive else event)
                self.events += 1
        return works

    def _load(self, case_ids: Sequence[int]) -> list[CaseWork]:
        works = []
        for row in tables.select_case_files_by_id(self.cursor, case_ids):
            work = CaseWork(row.source_id, row.case_no)
            work.load(row.case_id, row.events, row.event_count, row.judged)
            works.append(work)
        return works

    def _judge(self, works: Iterable[CaseWork], cause: RevokeReason | None, not_before: Instant | None = None) -> None:
        quiet, judged = [], []
        for work in works:
            if cause is None and work.arrived and self._is_quiet(work):
                quiet.append(work)
                continue
            try:
                work.verdict = self._verdict(work, cause is not None, not_before)
            except UnjudgeableCaseError as error:
                log.error("case_set_aside", hall_id=self.hall.hall_id, problem=str(error), exc_info=error.__cause__)
                work.verdict = set_aside(work, self.hall.calendar_version)
            judged.append(work)
        self.judged += len(judged)
        self._write_files(quiet, judged)
        self._write_facts(judged)
        self._write_clocks(judged)
        self._write_anomalies(judged)
        self._write_counters(judged)
        reconciliation = Reconciliation(self.hall.hall_id, self.known_at, self.known_until, self.hall.calendar)
        reconciliation.compare(self.cursor, judged, cause)
        self.cards += reconciliation.write(self.cursor)
        self.due_moments += reconciliation.due_moments()

    def _is_quiet(self, work: CaseWork) -> bool:
        """The cheap path: what arrived is newest and changes nothing stored (see `monitor.domain.quiet`)."""
        record = work.record
        if record is None or record.quiet is None:
            return False
        rules, _ = self._rules_for(record, is_recalculation=False)
        arrived = work.arrived if len(work.arrived) == 1 else sorted(work.arrived, key=order_key)
        return stays_quiet(record.quiet, arrived, rules.items, rules.calendar, self.as_of)

    def _verdict(self, work: CaseWork, is_recalculation: bool, not_before: Instant | None) -> Verdict:
        rules, version = self._rules_for(work.record, is_recalculation)
        verdict = self._judge_by(work, rules, version)
        if version != self.hall.calendar_version and not _is_closed(verdict.record):
            kept = verdict.record
            verdict = self._judge_by(work, self.hall.rules, self.hall.calendar_version)
            _hold_cards(verdict.record, kept, self.earlier.newest_loaded_at)
        elif is_recalculation and work.record is not None:
            if _is_closed(work.record) and verdict_of(verdict.record) != verdict_of(work.record):
                kept_version = work.record.calendar_version
                return self._judge_by(work, self.earlier.rules(kept_version), kept_version)
            _hold_cards(verdict.record, work.record, lambda: not_before)
        return verdict

    def _judge_by(self, work: CaseWork, rules: Rules, calendar_version: int) -> Verdict:
        held = None if work.record is None else work.record.cards_not_before
        is_carded = not self.hall.is_archive(work.source_id)
        try:
            return judge_case(work.events(), rules, self.as_of, calendar_version, held, is_carded=is_carded)
        except Exception as error:  # whatever a rule stumbles over: one case must not stop a hall
            raise UnjudgeableCaseError(work) from error

    def _rules_for(self, record: JudgedRecord | None, is_recalculation: bool) -> tuple[Rules, int]:
        """A closed case keeps the calendar version it was judged by; all others follow the newest."""
        if record is None or is_recalculation or not _is_closed(record):
            return self.hall.rules, self.hall.calendar_version
        return self.earlier.rules(record.calendar_version), record.calendar_version

    # -- writing ---------------------------------------------------------------------------------------------------

    def _write_files(self, quiet: Sequence[CaseWork], judged: Sequence[CaseWork]) -> None:
        new = [work for work in judged if work.case_id is None]
        if new:
            for work, case_id in zip(new, tables.draw_case_ids(self.cursor, len(new)), strict=True):
                work.case_id = case_id
            tables.insert_case_files(self.cursor, (self._new_file(work) for work in new))
        known = [*quiet, *(work for work in judged if work.count and _file_changed(work))]
        if known:
            tables.update_case_files(self.cursor, (_changed_file(work) for work in known))

    def _new_file(self, work: CaseWork) -> tuple[object, ...]:
        assert work.verdict is not None
        return (
            work.case_id, self.hall.hall_id, work.source_id, work.case_no, pack_events(work.arrived), len(work.arrived),
            moment(work.last_arrived_at), pack_record(work.verdict.record),
        )  # fmt: skip

    def _write_facts(self, judged: Sequence[CaseWork]) -> None:
        changed = [work for work in judged if _facts_changed(work)]
        fresh = [work for work in changed if not work.count and work.verdict and work.verdict.facts]
        if fresh:
            tables.insert_case_states(self.cursor, (self._state_row(work) for work in fresh))
        kept = [work for work in changed if work.count and work.verdict and work.verdict.facts]
        if kept:
            tables.upsert_case_states(self.cursor, (self._state_row(work) for work in kept))
        emptied = [work.case_id for work in changed if work.count and work.verdict and not work.verdict.facts]
        if emptied:
            tables.delete_case_states(self.cursor, [case_id for case_id in emptied if case_id is not None])

    def _state_row(self, work: CaseWork) -> tuple[object, ...]:
        assert work.verdict is not None
        record = work.verdict.record
        facts = stored_values(record.facts, FACT_TIMES)
        keys = work.case_id, self.hall.hall_id, work.source_id, work.case_no
        return (*keys, *facts, record.calendar_version, moment(record.cards_not_before))

    def _write_clocks(self, judged: Sequence[CaseWork]) -> None:
        fresh, changed, gone = [], [], []
        for work in judged:
            assert work.verdict is not None
            old = {} if work.record is None else {clock[1]: clock for clock in work.record.clocks}
            for clock in work.verdict.record.clocks:
                if not work.count:
                    fresh.append(_clock_row(work, clock))
                elif old.pop(clock[1], None) != clock:
                    changed.append(_clock_row(work, clock))
            gone += [(work.case_id or 0, str(name)) for name in old]
        if fresh:
            tables.insert_clocks(self.cursor, fresh)
        if changed:
            tables.upsert_clocks(self.cursor, changed)
        if gone:
            tables.delete_clocks(self.cursor, gone)

    def _write_anomalies(self, judged: Sequence[CaseWork]) -> None:
        cleared, rows = [], []
        for work in judged:
            assert work.verdict is not None
            new = work.verdict.record.anomalies
            old = [] if work.record is None else work.record.anomalies
            if new == old:
                continue
            if old and work.case_id is not None:
                cleared.append(work.case_id)
            rows += [(work.case_id, position, *finding) for position, finding in enumerate(new)]
        if cleared or rows:
            tables.replace_anomalies(self.cursor, cleared, rows)

    def _write_counters(self, judged: Sequence[CaseWork]) -> None:
        moved: dict[tuple[str, Day | None, str], float] = {}
        for work in judged:
            assert work.verdict is not None
            if work.record is not None:
                for department, day, column, amount in work.record.tally:
                    moved[department, day, column] = moved.get((department, day, column), 0) - amount
            for department, day, column, amount in work.verdict.record.tally:
                moved[department, day, column] = moved.get((department, day, column), 0) + amount
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
        tables.add_counters(self.cursor, self.hall.hall_id, days, loads)


def _file_changed(work: CaseWork) -> bool:
    return bool(work.arrived) or work.record is None or _record_differs(work)


def _record_differs(work: CaseWork) -> bool:
    assert work.verdict is not None
    return work.record is None or pack_record(work.record) != pack_record(work.verdict.record)


def _changed_file(work: CaseWork) -> tuple[object, ...]:
    record = work.record if work.verdict is None else work.verdict.record
    assert record is not None
    last = moment(work.last_arrived_at) if work.arrived else None
    return work.case_id, pack_events(work.arrived), len(work.arrived), last, pack_record(record)


def _facts_changed(work: CaseWork) -> bool:
    assert work.verdict is not None
    old, new = work.record, work.verdict.record
    return old is None or (old.facts, old.calendar_version, old.cards_not_before) != (
        new.facts,
        new.calendar_version,
        new.cards_not_before,
    )


def _is_closed(record: JudgedRecord) -> bool:
    return bool(record.facts) and record.facts[_CLOSED_AT] is not None


def _hold_cards(record: JudgedRecord, before: JudgedRecord, loaded_at: Callable[[], Instant | None]) -> None:
    """Where a load moves a due time, no card is issued for a moment before the load."""
    if _due_times(record) != _due_times(before):
        record.cards_not_before = loaded_at()


def _due_times(record: JudgedRecord) -> list[tuple[object, object]]:
    """(name, due_at) of every clock: what a recalculation moves or leaves alone."""
    return [(clock[1], clock[6]) for clock in record.clocks]


def _clock_row(work: CaseWork, clock: Sequence[object]) -> tuple[object, ...]:
    return (work.case_id, *stored_values(clock, CLOCK_TIMES))


def stored_values(values: Sequence[object], times: frozenset[int]) -> list[object]:
    """A packed row as the table holds it: instants at the given places become aware datetimes."""
    return [moment(value) if place in times else value for place, value in enumerate(values)]  # type: ignore[arg-type]
