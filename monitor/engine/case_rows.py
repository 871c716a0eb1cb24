"""A case judged anew beside what is stored of it, and the rows that differ, as COPY takes them."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.domain.facts import CaseFacts, ClockFacts, since
from monitor.domain.instants import Instant, Zone
from monitor.domain.quiet import is_ordinary
from monitor.domain.quiet_summary import QuietSummary
from monitor.engine.casework import CaseWork
from monitor.engine.likeness import Likeness
from monitor.engine.record import StoredRecord, pack_record, unpack_record
from monitor.engine.verdict import Verdict
from monitor.storage.packed_events import pack_events

Row = tuple[object, ...]


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
        case_id = self.work.case_id
        assert case_id is not None
        return case_id

    @property
    def has_stored_facts(self) -> bool:
        """Whether there is a row of facts of it."""
        return self.old is not None and self.old.has_facts

    @property
    def cards_may_differ(self) -> bool:
        """Whether the cards of the case must be looked at: they differ, or the case closed or opened."""
        old, new = self.old, self.new
        if old is None or not old.has_facts:
            return new.has_cards
        if not new.has_facts:
            return old.has_cards
        if old.cards == new.cards and not new.has_cards:
            return False
        return old.cards != new.cards or old.is_closed != new.is_closed

    @property
    def file_changed(self) -> bool:
        """Whether events arrived, or the file holds another record."""
        return bool(self.work.arrived) or self.work.is_behind or self.packed != self.work.judged


class ClockRows:
    """The rows of clocks that started and that moved, and the keys of those that a correction took away."""

    def __init__(self, piece: int, epoch: Instant) -> None:
        self.piece = piece
        self.epoch = epoch
        self.fresh: list[Row] = []
        self.changed: list[Row] = []
        self.gone: list[tuple[int, str]] = []

    def compare(self, case: Judged) -> None:
        """Note what differs between a case's clocks as judged and as stored."""
        old, case_id = case.old, case.case_id
        if old is None:
            for clock in case.verdict.record.clocks:
                self.fresh.append((case_id, *clock.row(self.epoch)))
            return
        moved = case.work.is_behind  # what its cohort moved does not stand in these rows
        if old.clocks == case.new.clocks and not moved:
            return
        stored = case.work.clocks()
        for clock in case.verdict.record.clocks:
            before = _named(stored, clock.name)
            if before is None:
                self.fresh.append((case_id, *clock.row(self.epoch)))
            elif moved or (before is not clock and before != clock):
                self.changed.append((self.piece, case_id, *clock.row(self.epoch)))
        for clock in stored:
            if _named(case.verdict.record.clocks, clock.name) is None:
                self.gone.append((case_id, clock.name))


def _named(clocks: list[ClockFacts], name: str) -> ClockFacts | None:
    """Clocks are few: to look through them takes less than a dictionary of them."""
    for clock in clocks:
        if clock.name == name:
            return clock
    return None


class FactRows:
    """The rows of facts of cases that had none and of those that had, and the ids of cases that are emptied.

    Each row comes with the likeness of its case, by which it finds its cohort; None where nothing runs any more.
    `alike` has a row for the cohort of each likeness, but for its id.
    """

    def __init__(self, piece: int, hall_id: int, zone: Zone, likeness: Likeness, epoch: Instant) -> None:
        self.piece = piece
        self.hall_id = hall_id
        self.zone = zone
        self.likeness = likeness
        self.epoch = epoch
        self.fresh: list[tuple[Row, bytes | None]] = []
        self.changed: list[tuple[Row, bytes | None]] = []
        self.emptied: list[int] = []
        self.alike: dict[bytes, Row] = {}

    def compare(self, case: Judged) -> None:
        """Note a case whose facts, or what must be known beside them, are not as stored."""
        if not self._differ(case):
            return
        facts = case.verdict.facts
        if facts is None:
            self.emptied.append(case.case_id)
            return
        row, alike = self._row(case, facts)
        if case.has_stored_facts:
            self.changed.append(((self.piece, *row), alike))
        else:
            self.fresh.append((row, alike))

    def _differ(self, case: Judged) -> bool:
        old, new = case.old, case.new
        if old is None or case.work.is_behind or old.facts != new.facts or old.clocks != new.clocks:
            return True
        if old.calendar_version != new.calendar_version or old.cards_not_before != new.cards_not_before:
            return True
        if old.has_cards != new.has_cards:
            return True
        return old.quiet != new.quiet and self._beside(old.read_quiet()) != self._beside(case.verdict.record.quiet)

    def _beside(self, summary: QuietSummary | None) -> tuple[bool, str | None]:
        """(ordinary, accepted_event): what must be known beside the facts, that the file may stay shut."""
        accepted_event = None if summary is None else summary.accepted_event
        return is_ordinary(summary, self.zone, self.likeness.as_of), accepted_event

    def _row(self, case: Judged, facts: CaseFacts) -> tuple[Row, bytes | None]:
        work, record = case.work, case.verdict.record
        ordinary, accepted_event = self._beside(record.quiet)
        epoch = self.epoch
        not_before = since(epoch, record.cards_not_before)
        row = (
            work.case_id, self.hall_id, work.source_id, work.case_no, *facts.row(epoch), record.calendar_version,
            not_before, ordinary, accepted_event,
        )  # fmt: skip
        if facts.closed_at is not None and facts.next_change_at is None:
            return row, None
        carded = case.new.has_cards
        alike = self.likeness.digest(
            work.source_id, facts, record.clocks, record.calendar_version, record.cards_not_before,
            ordinary=ordinary, accepted=accepted_event is not None, carded=carded,
        )  # fmt: skip
        if alike not in self.alike:
            self.alike[alike] = (
                self.hall_id, alike, facts.closed_at is None, ordinary, carded, facts.department, facts.light,
                since(epoch, facts.promise_due_at), facts.promise_state, since(epoch, facts.statutory_due_at),
                facts.statutory_state, since(epoch, facts.next_change_at), record.calendar_version, not_before,
            )  # fmt: skip
        return row, alike


def new_file_row(case: Judged, hall_id: int, epoch: Instant) -> Row:
    """The row of a new case's file."""
    work, arrived = case.work, case.work.arrived
    return (
        work.case_id, hall_id, work.source_id, work.case_no, pack_events(arrived), len(arrived),
        work.last_arrived_at - epoch, case.packed,
    )  # fmt: skip


def changed_file_row(piece: int, work: CaseWork, judged: bytes | None, epoch: Instant) -> Row:
    """What is appended to a file, with the record that it holds from now on."""
    arrived = work.arrived
    last = work.last_arrived_at - epoch if arrived else None
    return piece, work.case_id, pack_events(arrived), len(arrived), last, judged


def note_shares(shares: dict[bytes, int], judged: Sequence[Judged]) -> None:
    """Count how often each share of the counters, packed, comes and goes."""
    for case in judged:
        old, new = case.old, case.new
        if old is not None and old.tally == new.tally:
            continue
        share = bytes(new.tally)
        shares[share] = shares.get(share, 0) + 1
        if old is not None:
            share = bytes(old.tally)
            shares[share] = shares.get(share, 0) - 1
