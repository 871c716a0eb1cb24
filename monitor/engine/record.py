"""What is stored of a case's last judgement, packed beside its events: the next one writes only what differs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Raw

from monitor.domain.facts import COUNTERS, CaseFacts, ClockFacts, case_facts_of, clock_facts_of_row
from monitor.domain.instants import Day, Instant
from monitor.domain.quiet_summary import QuietSummary

_encode = msgspec.msgpack.Encoder().encode
_EMPTY = Raw(_encode([]))
_NIL = Raw(_encode(None))

StoredFinding = tuple[str, str | None, str]
"""(code, event_id, detail)."""
StoredCard = tuple[str, str, Instant]
"""(clock, level, expected_at) of a card that stands or was closed."""
CounterShare = tuple[str, Day | None, int, float]
"""(department, local day or None for the load, number of the column in `COUNTERS`, amount) that a case adds to the
counters. With the columns' names it was a third of the record.
"""
NamedShare = tuple[str, Day | None, str, float]
"""The same with the column's name."""
_PackedShare = tuple[str, Day | None, int | str, int | float]
"""As it is packed: an earlier release had the name; a whole amount stays one byte."""


_CLOSED_AT = CaseFacts._fields.index("closed_at")


class JudgedRecord(msgspec.Struct, array_like=True, gc=False):
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
        return list(map(clock_facts_of_row, _decode_rows(self.clocks)))

    def read_tally(self) -> list[NamedShare]:
        """What the case adds to the counters, with their names."""
        return read_shares(self.tally)

    def read_quiet(self) -> QuietSummary | None:
        """What tells whether an event is quiet; None when none may be."""
        return None if self.quiet == _NIL else _decode_quiet(self.quiet)

    def with_quiet(self, summary: QuietSummary) -> StoredRecord:
        """The record with a summary that has moved on."""
        return msgspec.structs.replace(self, quiet=Raw(_encode(summary)))

    def read(self) -> JudgedRecord:
        """All parts unpacked."""
        return read_record(_encode(self))


class _WholeRecord(msgspec.Struct, array_like=True, gc=False):
    """The same in the types that msgspec can read: it finds none in a compiled NamedTuple."""

    calendar_version: int
    cards_not_before: Instant | None
    quiet: QuietSummary | None
    facts: list[Any]
    clocks: list[list[Any]]
    anomalies: list[StoredFinding]
    cards: list[StoredCard]
    tally: list[_PackedShare]


_decode_record = msgspec.msgpack.Decoder(StoredRecord).decode
_decode_whole = msgspec.msgpack.Decoder(_WholeRecord).decode
_decode_rows = msgspec.msgpack.Decoder(list[Any]).decode
_decode_tally = msgspec.msgpack.Decoder(list[_PackedShare]).decode
_decode_quiet = msgspec.msgpack.Decoder(QuietSummary).decode


def pack_record(record: JudgedRecord | StoredRecord) -> bytes:
    """The record as stored in `case_file.judged`."""
    return _encode(record)


def unpack_record(packed: bytes | None) -> StoredRecord | None:
    """The record of `case_file.judged`; None for a case never judged."""
    return None if packed is None else _decode_record(packed)


def read_shares(tally: bytes) -> list[NamedShare]:
    """What a packed tally adds to the counters, with their names."""
    return named_tally(_numbered(_decode_tally(tally)))


def read_record(packed: bytes) -> JudgedRecord:
    """The record of `case_file.judged`, all parts unpacked."""
    whole = _decode_whole(packed)
    return JudgedRecord(
        whole.calendar_version, whole.cards_not_before, whole.quiet, case_facts_of(whole.facts) if whole.facts else (),
        list(map(clock_facts_of_row, whole.clocks)), whole.anomalies, whole.cards, _numbered(whole.tally),
    )  # fmt: skip


def named_tally(tally: Sequence[CounterShare]) -> list[NamedShare]:
    """The same with the columns' names."""
    return [(department, day, COUNTERS[number], amount) for department, day, number, amount in tally]


def _numbered(tally: list[Any]) -> list[CounterShare]:
    """An earlier release stored the columns' names."""
    if not tally or isinstance(tally[0][2], int):
        return tally
    return [(department, day, COUNTERS.index(column), amount) for department, day, column, amount in tally]


def pack_tally(tally: Sequence[CounterShare]) -> bytes:
    """What a case adds to the counters, packed."""
    return _encode(tally)
