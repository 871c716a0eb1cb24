"""Events come out of their packed form as they went in, whole or piece by piece."""

from monitor.domain.events import Event
from monitor.storage.packed_events import pack_batch, pack_events, unpack_batch, unpack_events

EVENTS = [
    Event("S", "1", "K/1", "accepted", 1_000, item="I"),
    Event("S", "2", "K/1", "suspended", 2_000, 2_500, days=2.5, reason="听证", due_claimed=9_000),
]


def test_a_working_set_grows_by_appending() -> None:
    packed = pack_events(EVENTS[:1]) + pack_events(EVENTS[1:])
    assert unpack_events(packed, 2) == EVENTS


def test_an_empty_working_set_holds_nothing() -> None:
    assert pack_events([]) == b""
    assert unpack_events(b"", 0) == []


def test_a_batch_is_one_array() -> None:
    assert unpack_batch(pack_batch(EVENTS)) == EVENTS
