"""What is stored of a case's last judgement, packed beside its events: the next one writes only what differs."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import msgspec

from monitor.domain.events import Event
from monitor.domain.instants import Day, Instant
from monitor.domain.quiet_summary import QuietSummary

_EVENT_ENCODER = msgspec.msgpack.Encoder()
_EVENTS_DECODER = msgspec.msgpack.Decoder(list[Event])


class JudgedRecord(msgspec.Struct, array_like=True):
    """Facts, clocks, findings, standing cards and counters as they stand in the tables.

    Rows are kept as plain lists in the column order of `monitor.domain.facts`; `facts` is empty while the case has no
    judgement. `cards` holds (clock, level, expected_at) of every card that stands or was closed.
    """

    calendar_version: int
    cards_not_before: Instant | None
    quiet: QuietSummary | None
    facts: list[object]
    clocks: list[list[object]]
    anomalies: list[tuple[str, str | None, str]]
    cards: list[tuple[str, str, Instant]]
    tally: list[tuple[str, Day | None, str, float]]


_RECORD_ENCODER = msgspec.msgpack.Encoder()
_RECORD_DECODER = msgspec.msgpack.Decoder(JudgedRecord)


def pack_record(record: JudgedRecord) -> bytes:
    """The record as stored in `case_file.judged`."""
    return _RECORD_ENCODER.encode(record)


def unpack_record(packed: bytes | None) -> JudgedRecord | None:
    """The record of `case_file.judged`; None for a case never judged."""
    return None if packed is None else _RECORD_DECODER.decode(packed)


def pack_events(events: Sequence[Event]) -> bytes:
    """Events as appended to `case_file.events`: MessagePack records, one after another."""
    return b"".join(map(_EVENT_ENCODER.encode, events))


def unpack_events(packed: bytes, count: int) -> list[Event]:
    """The events of `case_file.events`: the records become one array by the header put before them."""
    return _EVENTS_DECODER.decode(struct.pack(">BI", 0xDD, count) + packed)


def unpack_batch(packed: bytes) -> list[Event]:
    """The events of a batch on its way from intake."""
    return _EVENTS_DECODER.decode(packed)
