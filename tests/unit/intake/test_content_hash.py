"""What makes two events with one id the same event: what the sender said, and nothing else."""

import json

import msgspec
import pytest

from monitor.domain.events import Event, decode_event
from monitor.domain.instants import zone_named

ZONE = zone_named("Asia/Shanghai")
EVENT = Event("permits", "e-1", "2026-0001", "suspended", 1_789_000_000_000_000, days=5.0, reason="expert_review")
CHANGED = {field.name: "changed" for field in msgspec.structs.fields(Event)} | {
    "occurred_at": 1_789_000_000_000_001, "days": 6.0, "due_claimed": 1,
}  # fmt: skip
del CHANGED["recorded_at"]


def test_layout_order_and_spelling_of_a_time_do_not_matter() -> None:
    fields = {"source": "permits", "event_id": "e", "case_no": "c", "kind": "rated", "days": 5, "item": None}
    first = json.dumps({**fields, "occurred_at": "2026-09-16T10:12:00+08:00"}).encode()
    second = json.dumps({"occurred_at": "2026-09-16T02:12:00Z", **fields, "days": 5.0, "note": 1}, indent=1).encode()
    assert decode_event(first, ZONE).content_hash() == decode_event(second, ZONE).content_hash()


def test_when_it_was_recorded_does_not_matter() -> None:
    assert msgspec.structs.replace(EVENT, recorded_at=1).content_hash() == EVENT.content_hash()


@pytest.mark.parametrize("name", sorted(CHANGED))
def test_every_field_of_the_sender_matters(name: str) -> None:
    assert msgspec.structs.replace(EVENT, **{name: CHANGED[name]}).content_hash() != EVENT.content_hash()


def test_a_field_does_not_stand_in_for_its_neighbour() -> None:
    assert (
        msgspec.structs.replace(EVENT, item="D1", department=None).content_hash()
        != msgspec.structs.replace(EVENT, item=None, department="D1").content_hash()
    )


def test_the_digest_is_the_hash() -> None:
    assert EVENT.content_hash().bytes == EVENT.content_digest()
