"""The fold: batches or due cases in, judged cases, counters, cards and one feed row out, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import msgspec
import structlog
from psycopg import Cursor

from alerts.life import RevokeReason
from monitor.domain.facts import ClockFacts
from monitor.domain.instants import Instant
from monitor.domain.judge import Rules
from monitor.engine.arrivals import Arrivals
from monitor.engine.case_rows import Judged
from monitor.engine.case_writing import CaseWriting
from monitor.engine.casework import CaseWork, add_arrived, load_files, works_of_files
from monitor.engine.catching_up import catch_up
from monitor.engine.closed_cases import verdict_of
from monitor.engine.earlier_calendars import CalendarMove, EarlierCalendars
from monitor.engine.issuing import Issuing
from monitor.engine.judged_record import JudgedRecord
from monitor.engine.reconciliation import Reconciliation
from monitor.engine.record import StoredRecord
from monitor.engine.turning import Turning
from monitor.engine.unjudgeable import UnjudgeableCaseError, set_aside
from monitor.engine.verdict import Verdict, judge_case, move_case, pass_case
from monitor.engine.writing_thread import WritingThread
from monitor.storage import fold as tables
from monitor.storage.cohorts import Cohort
from monitor.storage.packed_events import unpack_batch
from monitor.storage.rules import HallRules

CASES_A_PIECE = 2_000
"""So many cases are written together, beside the judging of the next; one piece alone needs no thread. With fewer, the
database is asked more often for as much.
"""
PIECES_READ_AHEAD = 2
"""With the next one alone, judging would wait for the writing of the last."""
FILES_AT_ONCE = 5_000
"""So many files are held open at a time."""

log = structlog.get_logger(__name__)


class Fold:
    """One transaction of the engine.

    Cases are judged at `as_of`; what that finds becomes known at `known_at`. `cards` are those to tell, `closed` the
    folded cases that are closed now, `left` those whose files cannot stay shut, `due_moments` those of the
    cards that fell due; `holding_moved`: cards were held back, or are no longer.
    """

    def __init__(
        self, cursor: Cursor[Any], hall: HallRules, as_of: Instant, issuing: Issuing, known_at: Instant,
        earlier: EarlierCalendars,
    ) -> None:  # fmt: skip
        self.cursor = cursor
        self.hall = hall
        self.as_of = as_of
        self.issuing = issuing
        self.known_at = known_at
        self._earlier = earlier
        self.move: CalendarMove | None = None
        self._thread: WritingThread | None = None
        self.writing = CaseWriting(cursor, hall, as_of)
        self.holding_moved = False
        self.cards: list[int] = []
        self.closed: list[int] = []
        self.left: list[int] = []
        self.due_moments: list[Instant] = []
        self.events = 0
        self.judged = 0

    # -- three ways in ---------------------------------------------------------------------------------------------

    def fold_batches(self, batches: Sequence[tables.WaitingBatch]) -> None:
        """Judge the cases that batches touch."""
        judged = self._judge(self._works_of(batches), cause=None, read=self._read_files)
        self.writing.write_counters()
        self.closed = [case.case_id for case in judged if case.verdict.is_closed]
        tables.delete_folded_batches(self.cursor, [batch.batch_no for batch in batches])

    def fire(self, cohorts: Sequence[Cohort], *, opens: bool = True) -> None:
        """Move cohorts whose next change has come. `opens` not: cases whose files cannot stay shut are `left`."""
        turning = self._new_turning()
        turning.let_time_pass(cohorts)
        self._end_turning(turning)
        if opens:
            self._judge_left(cause=None)
        self.writing.write_counters()

    def follow_calendar(self, cohorts: Sequence[Cohort], move: CalendarMove, loaded_at: Instant) -> None:
        """Move cohorts by a load that changed only days to come; no card for a moment before `loaded_at`. Cases whose
        files cannot stay shut are `left`: `recalculate` judges them.
        """
        turning = self._new_turning()
        turning.follow_calendar(cohorts, move, loaded_at)
        self._end_turning(turning)
        self.writing.write_counters()

    def judge_again(self, case_ids: Sequence[int]) -> None:
        """Judge cases of which more is known than their events: their time has come, or their source is heard again."""
        self.left = list(case_ids)
        self._judge_left(cause=None)
        self.writing.write_counters()

    def recalculate(
        self, case_ids: Sequence[int], cause: RevokeReason, not_before: Instant, move: CalendarMove | None = None
    ) -> None:
        """Judge cases anew because the rules changed; no card for a moment before `not_before`. `move`: that nothing
        changed but days to come.
        """
        self.move = move
        self.left = list(case_ids)
        self._judge_left(cause=cause, not_before=not_before)
        self.writing.write_counters()

    def _new_turning(self) -> Turning:
        return Turning(self.cursor, self.hall, self.as_of, self.writing, self._new_reconciliation())

    def _end_turning(self, turning: Turning) -> None:
        self.judged += turning.turned
        self.cards += turning.cards
        self.due_moments += turning.due_moments
        self.left = turning.left

    def _judge_left(self, cause: RevokeReason | None, not_before: Instant | None = None) -> None:
        """Judge the cases whose files could not stay shut, some thousands at a time."""
        while self.left:
            case_ids, self.left = self.left[:FILES_AT_ONCE], self.left[FILES_AT_ONCE:]
            self._judge(self._load(case_ids), cause=cause, not_before=not_before)

    # -- judging ---------------------------------------------------------------------------------------------------

    def _works_of(self, batches: Sequence[tables.WaitingBatch]) -> list[CaseWork]:
        works: dict[tuple[int, str], CaseWork] = {}
        for batch in batches:
            events = unpack_batch(batch.packed)
            if self.hall.is_archive(batch.source_id):
                # An archive's recording times are no evidence of late entry: they are judged as not given.
                events = [msgspec.structs.replace(event, recorded_at=None) for event in events]
            add_arrived(works, batch.source_id, events)
            self.events += len(events)
        return list(works.values())

    def _read_files(self, works: Sequence[CaseWork]) -> None:
        """Read what is stored of cases; a new one gets its id."""
        keys = [(work.source_id, work.case_no) for work in works]
        load_files(works, tables.select_case_files_by_key(self.cursor, keys))
        new = [work for work in works if work.is_new]
        if new:
            for work, case_id in zip(new, tables.draw_case_ids(self.cursor, len(new)), strict=True):
                work.case_id = case_id
        catch_up(self.cursor, works, self.hall.calendar.zone)

    def _load(self, case_ids: Sequence[int]) -> list[CaseWork]:
        works = works_of_files(tables.select_case_files_by_id(self.cursor, case_ids))
        catch_up(self.cursor, works, self.hall.calendar.zone)
        return works

    def _judge(
        self, works: Sequence[CaseWork], cause: RevokeReason | None, not_before: Instant | None = None,
        read: Callable[[Sequence[CaseWork]], None] | None = None,
    ) -> list[Judged]:  # fmt: skip
        """Judge and write cases, read by `read` where they have not been."""
        judged = self._judge_and_write(works, cause, not_before, read)
        self.judged += len(judged)
        reconciliation = self._new_reconciliation()
        reconciliation.compare(self.cursor, judged, cause)
        self.cards += reconciliation.write(self.cursor)
        self.due_moments += reconciliation.due_moments()
        self.holding_moved = self.holding_moved or reconciliation.holding_moved
        return judged

    def _new_reconciliation(self) -> Reconciliation:
        return Reconciliation(self.hall.hall_id, self.known_at, self.issuing, self.hall.calendar)

    def _judge_and_write(
        self, works: Sequence[CaseWork], cause: RevokeReason | None, not_before: Instant | None,
        read: Callable[[Sequence[CaseWork]], None] | None,
    ) -> list[Judged]:  # fmt: skip
        all_judged: list[Judged] = []

        def find(piece: Sequence[CaseWork]) -> Callable[[], None]:
            quiet, judged = self._judge_piece(piece, cause, not_before)
            all_judged.extend(judged)
            return self.writing.prepare(quiet, judged)

        pieces = _pieces(works)
        reads = [] if read is None else [partial(read, piece) for piece in pieces]
        self._write_pieces([partial(find, piece) for piece in pieces], reads)
        return all_judged

    def _write_pieces(
        self, pieces: Sequence[Callable[[], Callable[[], None]]], reads: Sequence[Callable[[], None]] = ()
    ) -> None:
        """Pieces are of different cases: what is found of one is written while the next one is found. `reads`, where
        pieces need any, read what each needs before it is found.
        """
        if len(pieces) < 2:
            for read in reads:
                read()
            for find in pieces:
                find()()
            return
        with WritingThread() as thread:
            self._thread = thread
            waits = [thread.read(read) for read in reads[:PIECES_READ_AHEAD]]
            for place, find in enumerate(pieces):
                if place < len(waits):
                    waits[place]()
                if len(waits) < len(reads):
                    waits.append(thread.read(reads[len(waits)]))
                thread.write(find())
            thread.join()
        self._thread = None

    def _judge_piece(
        self, works: Sequence[CaseWork], cause: RevokeReason | None, not_before: Instant | None
    ) -> tuple[list[CaseWork], list[Judged]]:
        if cause is not None:
            return [], [self._judged_anew(work, cause, not_before) for work in works]
        judge = partial(self._judged_anew, cause=None, not_before=None)
        arrivals = Arrivals(self.hall.rules, self.hall.calendar_version, self.as_of, self._rules_of, judge)
        arrivals.sort(works)
        return arrivals.quiet, arrivals.judged

    def _judged_anew(self, work: CaseWork, cause: RevokeReason | None, not_before: Instant | None) -> Judged:
        verdict = self._known(work, cause, not_before)
        return Judged(work, verdict or self._judged(work, cause is not None, not_before))

    def _known(self, work: CaseWork, cause: RevokeReason | None, not_before: Instant | None) -> Verdict | None:
        """What the stored record lets know without judging all events anew; None where that takes the judge."""
        try:
            if cause is not None:
                return self._moved(work, not_before)
            return None if work.arrived else self._passed(work)
        except Exception:  # whatever it stumbles over: the judge says what it was, or finds nothing in the way
            log.debug("case_not_followed", case_no=work.case_no, exc_info=True)
            return None

    def _passed(self, work: CaseWork) -> Verdict | None:
        """Nothing but time has changed the case (see `monitor.domain.passing`)."""
        record = work.record
        if record is None or not record.has_facts:
            return None
        rules, version = self._rules_of(record)
        is_carded = not self.hall.is_archive(work.source_id)
        return pass_case(record.read(), work.events(), rules, self.as_of, version, is_carded=is_carded)

    def _moved(self, work: CaseWork, not_before: Instant | None) -> Verdict | None:
        """Nothing but days to come has changed in the calendar (see `monitor.domain.rescheduling`)."""
        record = work.record
        if record is None or self.move is None or record.calendar_version != self.move.version or not record.has_facts:
            return None
        before, is_carded = record.read(), not self.hall.is_archive(work.source_id)
        newest = self.hall.calendar_version
        verdict = move_case(before, work.events(), self.hall.rules, self.as_of, newest, is_carded=is_carded)
        if verdict is not None:
            _hold_cards(verdict.record, before.clocks, lambda: not_before)
        return verdict

    def _judged(self, work: CaseWork, is_recalculation: bool, not_before: Instant | None) -> Verdict:
        """The long way: all events judged anew; set aside where a rule fails on them."""
        try:
            return self._verdict(work, is_recalculation, not_before)
        except UnjudgeableCaseError as error:
            log.error("case_set_aside", hall_id=self.hall.hall_id, problem=str(error), exc_info=error.__cause__)
            return set_aside(work, self.hall.calendar_version)

    def _verdict(self, work: CaseWork, is_recalculation: bool, not_before: Instant | None) -> Verdict:
        rules, version = self._rules_for(work.record, is_recalculation)
        verdict = self._judge_by(work, rules, version)
        if version != self.hall.calendar_version and not verdict.is_closed:
            kept = verdict.record
            verdict = self._judge_by(work, self.hall.rules, self.hall.calendar_version)
            _hold_cards(verdict.record, kept.clocks, lambda: self._earlier_calendars().newest_loaded_at())
        elif is_recalculation and work.record is not None:
            if work.record.is_closed and verdict_of(verdict.record) != verdict_of(work.record.read()):
                kept_version = work.record.calendar_version
                return self._judge_by(work, self._earlier_calendars().rules(kept_version), kept_version)
            _hold_cards(verdict.record, work.record.read_clocks(), lambda: not_before)
        return verdict

    def _judge_by(self, work: CaseWork, rules: Rules, calendar_version: int) -> Verdict:
        held = None if work.record is None else work.record.cards_not_before
        is_carded = not self.hall.is_archive(work.source_id)
        try:
            return judge_case(work.events(), rules, self.as_of, calendar_version, held, is_carded=is_carded)
        except Exception as error:  # whatever a rule stumbles over: one case must not stop a hall
            raise UnjudgeableCaseError(work) from error

    def _rules_for(self, record: StoredRecord | None, is_recalculation: bool) -> tuple[Rules, int]:
        """A closed case keeps the calendar version it was judged by; all others follow the newest."""
        newest = self.hall.calendar_version
        if record is None or is_recalculation or record.calendar_version == newest or not record.is_closed:
            return self.hall.rules, newest
        return self._earlier_calendars().rules(record.calendar_version), record.calendar_version

    def _rules_of(self, record: StoredRecord) -> tuple[Rules, int]:
        """By which a case is judged where nothing but time and its events have changed it."""
        return self._rules_for(record, is_recalculation=False)

    def _earlier_calendars(self) -> EarlierCalendars:
        """They are read through the connection: not while a piece is being written."""
        if self._thread is not None:
            self._thread.join()
        return self._earlier


def _pieces(cases: Sequence[CaseWork]) -> list[Sequence[CaseWork]]:
    return [cases[start : start + CASES_A_PIECE] for start in range(0, len(cases), CASES_A_PIECE)]


def _hold_cards(record: JudgedRecord, before: Sequence[ClockFacts], loaded_at: Callable[[], Instant | None]) -> None:
    """Where a load moves a due time, no card is issued for a moment before the load."""
    if _due_times(record.clocks) != _due_times(before):
        record.cards_not_before = loaded_at()


def _due_times(clocks: Sequence[ClockFacts]) -> list[tuple[str, Instant | None]]:
    """(name, due_at) of every clock: what a recalculation moves or leaves alone."""
    return [(clock.name, clock.due_at) for clock in clocks]
