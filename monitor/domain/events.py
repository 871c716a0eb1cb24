"""One event of a permit case, how it is read from JSON, and the reasons for which it is refused."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from monitor.domain.instants import Instant, Zone


class EventKind(StrEnum):
    """What happened; the order of definition decides between events of one instant (time rules, "Event")."""

    APPLIED = "applied"
    RECEIVED = "received"
    CORRECTIONS_REQUESTED = "corrections_requested"
    CORRECTIONS_SUPPLIED = "corrections_supplied"
    REFUSED = "refused"
    ACCEPTED = "accepted"
    STEP_STARTED = "step_started"
    STEP_FINISHED = "step_finished"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    EXTENDED = "extended"
    REPORTED_UP = "reported_up"
    DECIDED = "decided"
    DELIVERED = "delivered"
    WITHDRAWN = "withdrawn"
    RATED = "rated"
    VOIDED = "voided"


KIND_ORDER: dict[str, int] = {kind.value: order for order, kind in enumerate(EventKind)}


class Event(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True, gc=False):
    """An event as the judge, the log and the working set of a case know it.

    Times are instants (microseconds since 1970, UTC). `kind` holds an `EventKind` value. `applicant_ref` is a keyed
    hash. The field order is the packed format of `case_file.events`: append only, never reorder.
    """

    source: str
    event_id: str
    case_no: str
    kind: str
    occurred_at: Instant
    recorded_at: Instant | None = None
    item: str | None = None
    department: str | None = None
    window: str | None = None
    handler: str | None = None
    step: str | None = None
    reason: str | None = None
    days: float | None = None
    legal_basis: str | None = None
    notice_no: str | None = None
    approver: str | None = None
    result: str | None = None
    voids: str | None = None
    due_claimed: Instant | None = None
    applicant_ref: str | None = None

    def content_hash(self) -> UUID:
        """128 bits over what the sender said (`recorded_at` is ours): equal for equal content, whatever the layout."""
        return UUID(bytes=self.content_digest())

    def content_digest(self) -> bytes:
        """The 16 bytes of `content_hash`: making a UUID of them costs more than the hash."""
        said = self if self.recorded_at is None else msgspec.structs.replace(self, recorded_at=None)
        digest = _begun_digest.copy()
        digest.update(_encode(said))
        return digest.digest()


_encode = msgspec.msgpack.Encoder().encode
_begun_digest = hashlib.blake2b(digest_size=16)
"""To copy it is half the cost of making one."""

TEXT_FIELDS = (
    "item", "department", "window", "handler", "step", "reason", "legal_basis", "notice_no", "approver", "result",
    "voids", "applicant_ref",
)  # fmt: skip
REQUIRED_FIELDS = ("source", "event_id", "case_no", "kind", "occurred_at")


class BadEvent(ValueError):
    """A line that is no event: `reason` is a stable code, the text says what is wrong and what to do."""

    def __init__(self, reason: str, detail: str, event_id: str | None = None) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.event_id = event_id


def decode_event(line: bytes, zone: Zone) -> Event:
    """Read one JSON object. Times without zone are in `zone`. Raises BadEvent."""
    try:
        fields = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadEvent("not_json", f"not valid JSON ({error}): send one JSON object per event") from error
    return event_of(fields, zone)


def event_of(fields: Any, zone: Zone) -> Event:
    """Check decoded JSON field by field and make the event. Unknown fields are ignored. Raises BadEvent."""
    if not isinstance(fields, dict):
        raise BadEvent("not_an_object", f"a JSON {_json_type(fields)} is no event: send an object with {_required()}")
    named = fields.get("event_id")
    event_id = named if isinstance(named, str) else None
    for name in REQUIRED_FIELDS:
        value = fields.get(name)
        if not isinstance(value, str):
            said = "is missing" if value is None else f"is a {_json_type(value)}"
            raise BadEvent(f"bad_{name}", f"`{name}` {said}: it must be a text", event_id)
    kind = fields["kind"]
    if kind not in KIND_ORDER:
        raise BadEvent("unknown_kind", f"kind {kind!r} is unknown: use one of {', '.join(KIND_ORDER)}", event_id)
    texts = {name: _text(fields, name, event_id) for name in TEXT_FIELDS}
    return Event(
        source=fields["source"],
        event_id=fields["event_id"],
        case_no=fields["case_no"],
        kind=kind,
        occurred_at=_time(fields, "occurred_at", zone, event_id),  # type: ignore[arg-type] # required: never None
        recorded_at=_time(fields, "recorded_at", zone, event_id),
        days=_days(fields, event_id),
        due_claimed=_time(fields, "due_claimed", zone, event_id),
        **texts,
    )


def _text(fields: dict[str, Any], name: str, event_id: str | None) -> str | None:
    value = fields.get(name)
    if value is None or isinstance(value, str):
        return value
    raise BadEvent(f"bad_{name}", f"`{name}` is a {_json_type(value)}: it must be a text or absent", event_id)


def _days(fields: dict[str, Any], event_id: str | None) -> float | None:
    value = fields.get("days")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e6:
        raise BadEvent("bad_days", f"`days` is {value!r}: it must be a number ≥ 0 (and below a million)", event_id)
    return float(value)


def _time(fields: dict[str, Any], name: str, zone: Zone, event_id: str | None) -> Instant | None:
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise BadEvent(f"bad_{name}", f"`{name}` is a {_json_type(value)}: it must be an ISO 8601 time", event_id)
    try:
        return zone.parse(value)
    except (ValueError, OverflowError) as error:
        detail = f"`{name}` {value!r} is no possible time ({error}): use ISO 8601, as 2026-09-16T10:12:00+08:00"
        raise BadEvent("impossible_time", detail, event_id) from error


def _json_type(value: Any) -> str:
    names = {dict: "object", list: "array", str: "text", bool: "boolean", int: "number", float: "number"}
    return names.get(type(value), "null")


def _required() -> str:
    return ", ".join(REQUIRED_FIELDS)
