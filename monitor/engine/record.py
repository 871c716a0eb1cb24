"""What is stored of a case's last judgement, packed beside its events: the next one writes only what differs."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw

from monitor.domain.facts import CaseFacts, ClockFacts
from monitor.domain.instants import Day, Instant
from monitor.domain.quiet_summary import QuietSummary

_encode = msgspec.msgpack.Encoder().encode
_EMPTY = Raw(_encode([]))
_NIL = Raw(_encode(None))
_ARRAY = 0x90
"""MessagePack's mark of an array of up to 15 members, its length in the lower half."""

StoredFinding = tuple[str, str | None, str]
"""(code, event_id, detail)."""
StoredCard = tuple[str, str, Instant]
"""(clock, level, expected_at) of a card that stands or was closed."""
CounterShare = tuple[str, Day | None, str, float]
"""(department, local day or None for the load, column, amount) that a case adds to the counters."""


_CLOSED_AT = CaseFacts._fields.index("closed_at")


class JudgedRecord(msgspec.Struct, array_like=True):
    """Facts, clocks, findings, cards and counters of a judgement, as they go into the tables.

    `facts` and `clocks` are rows in the column order of `monitor.domain.facts`; `facts` is empty while the case has no
    judgement.
    """

    calendar_version: int
    cards_not_before: Instant | None
    quiet: QuietSummary | None
    facts: tuple[object, ...]
    clocks: list[ClockFacts]
    anomalies: list[StoredFinding]
    cards: list[StoredCard]
    tally: list[CounterShare]


class StoredRecord(msgspec.Struct, array_like=True):
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
        return CaseFacts._make(_decode_rows(self.facts)) if self.has_facts else None

    def read_clock_rows(self) -> list[list[Any]]:
        """The rows of clocks, plain: in the order of `ClockFacts`."""
        rows: list[list[Any]] = _decode_rows(self.clocks)
        return rows

    def read_clocks(self) -> list[ClockFacts]:
        """The rows of clocks."""
        return [ClockFacts._make(row) for row in self.read_clock_rows()]

    def read_tally(self) -> list[CounterShare]:
        """What the case adds to the counters."""
        return _decode_tally(self.tally)

    def read_quiet(self) -> QuietSummary | None:
        """What tells whether an event is quiet; None when none may be."""
        return None if self.quiet == _NIL else _decode_quiet(self.quiet)

    def with_quiet(self, summary: QuietSummary) -> StoredRecord:
        """The record with a summary that has moved on."""
        return msgspec.structs.replace(self, quiet=Raw(_encode(summary)))

    def read(self) -> JudgedRecord:
        """All parts unpacked."""
        return JudgedRecord(
            self.calendar_version, self.cards_not_before, self.read_quiet(), self.read_facts() or (),
            self.read_clocks(), _decode_findings(self.anomalies), _decode_cards(self.cards), self.read_tally(),
        )  # fmt: skip


_decode_record = msgspec.msgpack.Decoder(StoredRecord).decode
_decode_rows = msgspec.msgpack.Decoder(list[Any]).decode  # a compiled NamedTuple has no types that msgspec could read
_decode_findings = msgspec.msgpack.Decoder(list[StoredFinding]).decode
_decode_cards = msgspec.msgpack.Decoder(list[StoredCard]).decode
_decode_tally = msgspec.msgpack.Decoder(list[CounterShare]).decode
_decode_quiet = msgspec.msgpack.Decoder(QuietSummary).decode


def pack_record(record: JudgedRecord | StoredRecord) -> bytes:
    """The record as stored in `case_file.judged`."""
    return _encode(record)


def unpack_record(packed: bytes | None) -> StoredRecord | None:
    """The record of `case_file.judged`; None for a case never judged."""
    return None if packed is None else _decode_record(packed)


def read_shares(tally: bytes) -> list[CounterShare]:
    """What a packed tally adds to the counters."""
    return _decode_tally(tally)


def record_head(calendar_version: int) -> bytes:
    """What a packed record begins with: up to and with the version of its calendar."""
    return bytes([_ARRAY | len(JudgedRecord.__struct_fields__)]) + _encode(calendar_version)
