"""How what is stored of a case's last judgement is packed beside its events: the next one writes only what differs."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw

from monitor.domain.facts import FACT_COLUMNS, CaseFacts, ClockFacts, case_facts_of, clock_facts_of_rows
from monitor.domain.instants import Day, Instant
from monitor.domain.quiet_summary import QuietSummary, summary_of_row
from monitor.domain.tally import COUNTERS
from monitor.engine.judged_record import JudgedRecord, StoredCard, StoredFinding

_encode = msgspec.msgpack.Encoder().encode
_EMPTY = Raw(_encode([]))
_NIL = Raw(_encode(None))

EMPTY_TALLY = _encode([])
"""Of a case that counts for nothing."""
NamedShare = tuple[str, Day | None, str, float]
"""(department, local day or None for the load, column, amount) that a case adds to the counters."""


_CLOSED_AT = FACT_COLUMNS.index("closed_at")


class StoredRecord(msgspec.Struct, array_like=True, gc=False):
    """The same as it lies in `case_file.judged`: each part stays packed until somebody must look into it.

    Two parts that are equal packed are equal: most of what is judged anew differs in little.
    """

    calendar_version: int
    cards_not_before: Instant | None
    quiet: Raw
    facts: Raw
    clocks: Raw
    anomalies: Raw
    cards: Raw
    tally: Raw

    @property
    def has_facts(self) -> bool:
        """Whether the case has a row of facts."""
        return self.facts != _EMPTY

    @property
    def has_cards(self) -> bool:
        """Whether a card stands or was closed."""
        return self.cards != _EMPTY

    @property
    def has_anomalies(self) -> bool:
        """Whether there are findings."""
        return self.anomalies != _EMPTY

    @property
    def is_closed(self) -> bool:
        """Whether the case was decided, refused or withdrawn."""
        return self.has_facts and _decode_rows(self.facts)[_CLOSED_AT] is not None

    def read_facts(self) -> CaseFacts | None:
        """The row of facts; None while there is none."""
        return case_facts_of(_decode_rows(self.facts)) if self.has_facts else None

    def read_clocks(self) -> list[ClockFacts]:
        """The rows of clocks."""
        return clock_facts_of_rows(_decode_rows(self.clocks))

    def read_tally(self) -> list[NamedShare]:
        """What the case adds to the counters."""
        return read_shares(self.tally)

    def read_quiet(self) -> QuietSummary | None:
        """What tells whether an event is quiet; None when none may be."""
        return None if self.quiet == _NIL else summary_of_row(_decode_rows(self.quiet))

    def with_quiet(self, summary: QuietSummary) -> StoredRecord:
        """The record with a summary that has moved on."""
        return msgspec.structs.replace(self, quiet=Raw(_encode(summary.row())))

    def read(self) -> JudgedRecord:
        """All parts unpacked."""
        return read_record(_encode(self))


class _WholeRecord(msgspec.Struct, array_like=True, gc=False):
    """The same in the types that msgspec can read."""

    calendar_version: int
    cards_not_before: Instant | None
    quiet: list[Any] | None
    facts: list[Any]
    clocks: list[list[Any]]
    anomalies: list[StoredFinding]
    cards: list[StoredCard]
    tally: Raw


_decode_record = msgspec.msgpack.Decoder(StoredRecord).decode
_decode_whole = msgspec.msgpack.Decoder(_WholeRecord).decode
_decode_rows = msgspec.msgpack.Decoder(list[Any]).decode


def pack_record(record: JudgedRecord | StoredRecord) -> bytes:
    """The record as stored in `case_file.judged`."""
    return _encode(record.row() if isinstance(record, JudgedRecord) else record)


def unpack_record(packed: bytes | None) -> StoredRecord | None:
    """The record of `case_file.judged`; None for a case never judged."""
    return None if packed is None else _decode_record(packed)


def read_shares(tally: bytes) -> list[NamedShare]:
    """What a packed tally adds to the counters."""
    values = _decode_rows(tally)
    if values and isinstance(values[0], list):
        return [_share_of_earlier_release(*share) for share in values]
    return [
        (values[0], day, COUNTERS[number], amount)
        for day, number, amount in zip(values[1::3], values[2::3], values[3::3], strict=True)
    ]


def _share_of_earlier_release(department: str, day: Day | None, column: int | str, amount: float) -> NamedShare:
    """The department of each counter stood beside it; before that, the column's name in the place of its number."""
    return department, day, column if isinstance(column, str) else COUNTERS[column], amount


def read_record(packed: bytes) -> JudgedRecord:
    """The record of `case_file.judged`, all parts unpacked."""
    whole = _decode_whole(packed)
    return JudgedRecord(
        whole.calendar_version, whole.cards_not_before, None if whole.quiet is None else summary_of_row(whole.quiet),
        case_facts_of(whole.facts) if whole.facts else None, clock_facts_of_rows(whole.clocks),
        whole.anomalies, whole.cards, bytes(whole.tally),
    )  # fmt: skip
