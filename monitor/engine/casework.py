"""One case in the engine's hands: its file as loaded and the events that arrived."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from monitor.domain.events import Event
from monitor.domain.facts import ClockFacts
from monitor.domain.instants import Instant
from monitor.domain.order import is_in_order, order_key
from monitor.engine.judged_record import JudgedRecord
from monitor.engine.record import StoredRecord, pack_record, read_record, unpack_record
from monitor.storage.packed_events import unpack_events


class CaseWork:
    """A case to be folded. `case_id` is None until its file was read, or the new case was given one; `is_behind`: its
    facts were moved since its file's record was packed.
    """

    __slots__ = (
        "_clocks", "arrived", "case_id", "case_no", "count", "is_behind", "judged", "packed", "record", "source_id",
    )  # fmt: skip

    def __init__(self, source_id: int, case_no: str) -> None:
        self.source_id = source_id
        self.case_no = case_no
        self.case_id: int | None = None
        self.packed = b""
        self.count = 0
        self.judged: bytes | None = None
        self.is_behind = False
        self.record: StoredRecord | None = None
        self._clocks: list[ClockFacts] | None = None
        self.arrived: list[Event] = []

    def load(self, case_id: int, packed: bytes, count: int, judged: bytes | None, is_behind: bool) -> None:
        """Take over the stored file."""
        self.case_id = case_id
        self.packed = packed
        self.count = count
        self.judged = judged
        self.record = unpack_record(judged)
        self.is_behind = is_behind

    @property
    def is_new(self) -> bool:
        """Whether nothing is stored of it."""
        return self.count == 0

    def take_up(self, record: JudgedRecord) -> None:
        """Go on from what is stored of the case, not from its file's record."""
        self.judged = pack_record(record)
        self.record, self._clocks = unpack_record(self.judged), None

    def unpack(self) -> JudgedRecord:
        """The stored record, all parts unpacked, for whoever moves it; a case that was never judged has none."""
        assert self.judged is not None
        record = read_record(self.judged)
        self._clocks = record.clocks.copy()
        return record

    def clocks(self) -> list[ClockFacts]:
        """The clocks as stored, whatever has become of an unpacked record."""
        if self._clocks is None:
            self._clocks = [] if self.record is None else self.record.read_clocks()
        return self._clocks

    def events(self) -> list[Event]:
        """Everything known of the case, in order of arrival."""
        return [*unpack_events(self.packed, self.count), *self.arrived] if self.count else self.arrived

    def arrived_in_order(self) -> list[Event]:
        """What arrived, in plain order of time."""
        arrived = self.arrived
        return arrived if len(arrived) == 1 or is_in_order(arrived) else sorted(arrived, key=order_key)

    @property
    def last_arrived_at(self) -> Instant:
        """The newest moment among what arrived."""
        newest = self.arrived[0].occurred_at
        for event in self.arrived:
            newest = max(newest, event.occurred_at)
        return newest


StoredFile = tuple[int, int, str, bytes, int, bytes | None, bool]
"""(case_id, source_id, case_no, events, event_count, judged, is_behind)."""


def works_of_files(files: Iterable[StoredFile]) -> list[CaseWork]:
    """The work of every stored file."""
    works: list[CaseWork] = []
    for case_id, source_id, case_no, packed, count, judged, is_behind in files:
        work = CaseWork(source_id, case_no)
        work.load(case_id, packed, count, judged, is_behind)
        works.append(work)
    return works


def load_files(works: Sequence[CaseWork], files: Iterable[StoredFile]) -> None:
    """Give works the files that are stored of their cases."""
    by_key = {(work.source_id, work.case_no): work for work in works}
    for case_id, source_id, case_no, packed, count, judged, is_behind in files:
        by_key[source_id, case_no].load(case_id, packed, count, judged, is_behind)


def add_arrived(works: dict[tuple[int, str], CaseWork], source_id: int, events: Sequence[Event]) -> None:
    """Give each event to the work of its case, which is added where it is missing."""
    for event in events:
        key = source_id, event.case_no
        work = works.get(key)
        if work is None:
            work = works[key] = CaseWork(source_id, event.case_no)
        work.arrived.append(event)
