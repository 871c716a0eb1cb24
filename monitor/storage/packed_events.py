"""Events as kept outside the log: MessagePack records, in the working set of a case and in a batch that waits."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from monitor.domain.events import Event

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Event]).decode


def pack_events(events: Sequence[Event]) -> bytes:
    """Records as appended to `case_file.events`, one after another."""
    return b"".join(map(_encode, events))


def unpack_events(packed: bytes, count: int) -> list[Event]:
    """The `count` records of `case_file.events`: the header put before them makes one array of them."""
    return _decode(b"\xdd" + count.to_bytes(4, "big") + packed)


def pack_batch(events: Sequence[Event]) -> bytes:
    """The events of one acceptance on their way to the engine, as one array."""
    return _encode(events)


def unpack_batch(packed: bytes) -> list[Event]:
    """The events of a batch on its way from intake."""
    return _decode(packed)
