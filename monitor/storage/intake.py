"""The tables of intake: who sent which id, the log, the chain of batches, and what was refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from struct import Struct
from typing import Any

from psycopg import Connection, errors
from psycopg.rows import class_row, scalar_row

from monitor.domain.events import Event
from monitor.storage.copying import EPOCH_OF_POSTGRESQL, copy_encoded, copy_rows
from monitor.storage.sql_blocks import sql_block

COPY_PAYS_FROM = 200
"""Ids from which entering them by COPY is faster: 4 µs each against 10 µs with ON CONFLICT, but more round trips."""
_PROBES = 8

_IDENTITY_COLUMNS = ("source_id", "event_id", "content_hash")
_begin_identity = Struct(">hiii").pack
"""How many columns, then of each how many bytes it has and what it is; of the event's id the bytes follow."""
_LENGTH_OF_CONTENT = (16).to_bytes(4, "big")
# A timestamptz is sent as the int8 that it is on the wire (see `monitor.storage.copying`).
_EVENT_COLUMNS = {
    "occurred_at": "int8", "recorded_at": "int8", "hall_id": "int4", "source_id": "int4", "receipt_id": "int8",
    "event_id": "text", "case_no": "text", "kind": "text", "item": "text", "department": "text", "window_no": "text",
    "handler": "text", "step": "text", "reason": "text", "days": "float8", "legal_basis": "text", "notice_no": "text",
    "approver": "text", "result": "text", "voids": "text", "due_claimed": "int8", "applicant_ref": "text",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewBatch:
    """A batch about to be appended to the chain. Times are aware: `received_at` real time, `recorded_at` case time."""

    receipt_id: int
    hall_id: int
    source_id: int
    received_at: datetime
    recorded_at: datetime
    accepted: int
    duplicate: int
    conflicting: int
    rejected: int
    body_hash: bytes
    packed: bytes


@dataclass(frozen=True, slots=True)
class KeptRefusal:
    """One event that was not applied, as kept for its sender."""

    refused_id: int
    receipt_id: int
    received_at: datetime
    line: int
    verdict: str
    event_id: str | None
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class ChainBreak:
    """A place where the chain of batches does not hold."""

    batch_no: int
    what: str


@dataclass(frozen=True, slots=True)
class StoredHeartbeat:
    """What is known of a source's completeness, in case time."""

    complete_until: datetime
    received_at: datetime
    last_event_at: datetime | None


def draw_receipt(connection: Connection[Any]) -> int:
    """A number for a request."""
    return _fetch_number(connection, "draw_receipt", {})


def claim_identities(
    connection: Connection[Any], source_id: int, claims: Mapping[str, bytes], *, by_copy: bool = True
) -> dict[str, bytes]:
    """Enter the ids of a source (id → 16 bytes of its content) and give those that stood already with their content.

    `claims` is in ascending order of id: every request waits for ids in that order, so no two wait for each other.
    Waits for requests under way that enter the same ids. Call inside a transaction. Many ids are entered by COPY, which
    raises UniqueViolation where one stands that was not found before: begin anew, with `by_copy` false.
    """
    if len(claims) < COPY_PAYS_FROM:
        return _enter_or_find(connection, source_id, claims)
    known: dict[str, bytes] = {}
    # A few tell a request that was sent before, in whole or in part, from one that is new.
    if not by_copy or _find_known(connection, source_id, list(claims)[:: len(claims) // _PROBES]):
        known = _find_known(connection, source_id, list(claims))
        claims = {event_id: content for event_id, content in claims.items() if event_id not in known}
    if by_copy and claims:
        _copy_identities(connection, source_id, claims)
    elif claims:
        known |= _enter_or_find(connection, source_id, claims)
    return known


def _copy_identities(connection: Connection[Any], source_id: int, claims: Mapping[str, bytes]) -> None:
    """Enter ids that are new. Raises UniqueViolation."""
    with connection.cursor() as cursor:
        copy_encoded(cursor, "event_identity", _IDENTITY_COLUMNS, _encode_identities(source_id, claims))


def _encode_identities(source_id: int, claims: Mapping[str, bytes]) -> list[bytes]:
    """Rows of `event_identity` for COPY, in pieces: a row of three columns costs the driver twice as much."""
    pieces: list[bytes] = []
    for event_id, content in claims.items():
        name = event_id.encode()
        pieces += (_begin_identity(3, 4, source_id, len(name)), name, _LENGTH_OF_CONTENT, content)
    return pieces


def _enter_or_find(connection: Connection[Any], source_id: int, claims: Mapping[str, bytes]) -> dict[str, bytes]:
    """Enter those ids that are new and give the others with their content."""
    values = {
        "source_id": source_id,
        "event_ids": list(claims),
        "content_hashes": [content.hex() for content in claims.values()],
    }
    with connection.cursor(row_factory=scalar_row) as cursor:
        entered = set(cursor.execute(sql_block("insert_identities"), values).fetchall())
    if len(entered) == len(claims):
        return {}
    # A new statement, so that it sees what requests committed for which the insert had to wait.
    known = _find_known(connection, source_id, [event_id for event_id in claims if event_id not in entered])
    if len(entered) + len(known) != len(claims):
        raise errors.SerializationFailure("ids were entered by a request that this transaction cannot see")
    return known


def _find_known(connection: Connection[Any], source_id: int, event_ids: Sequence[str]) -> dict[str, bytes]:
    values = {"source_id": source_id, "event_ids": event_ids}
    with connection.cursor(binary=True) as cursor:
        return dict(cursor.execute(sql_block("select_identities_known"), values).fetchall())


def copy_events(
    connection: Connection[Any], hall_id: int, source_id: int, receipt_id: int, events: Sequence[Event]
) -> None:
    """Append events (with `recorded_at`) to the log, in order of time: chunks are filled one after the other."""
    ordered = sorted(events, key=attrgetter("occurred_at"))
    base = EPOCH_OF_POSTGRESQL
    rows = (
        (
            event.occurred_at - base, event.recorded_at - base, hall_id, source_id, receipt_id,  # type: ignore[operator]
            event.event_id, event.case_no, event.kind, event.item, event.department, event.window, event.handler,
            event.step, event.reason, event.days, event.legal_basis, event.notice_no, event.approver, event.result,
            event.voids, None if event.due_claimed is None else event.due_claimed - base, event.applicant_ref,
        )
        for event in ordered
    )  # fmt: skip
    with connection.cursor() as cursor:
        copy_rows(cursor, "event", list(_EVENT_COLUMNS), list(_EVENT_COLUMNS.values()), rows)


def insert_refusals(
    connection: Connection[Any],
    source_id: int,
    receipt_id: int,
    received_at: datetime,
    refusals: Sequence[tuple[int, str, str | None, str, str, bytes]],
) -> None:
    """Keep refusals: (line, verdict, event_id, reason, detail, text as sent) each."""
    if not refusals:
        return
    names = ("lines", "verdicts", "event_ids", "reasons", "details", "bodies")
    columns: dict[str, Any] = {
        name: list(column) for name, column in zip(names, zip(*refusals, strict=True), strict=True)
    }
    values = {"source_id": source_id, "receipt_id": receipt_id, "received_at": received_at, **columns}
    connection.execute(sql_block("insert_refusals"), values)


def advance_last_event(connection: Connection[Any], source_id: int, occurred_at: datetime) -> None:
    """Remember the newest `occurred_at` of a source that has sent a heartbeat."""
    connection.execute(sql_block("advance_last_event"), {"source_id": source_id, "occurred_at": occurred_at})


def append_batch(connection: Connection[Any], batch: NewBatch) -> int:
    """Number the batch in commit order, chain it and hand it to the engine; gives its number.

    Must be the transaction's last statement: from here until commit every other acceptance waits.
    """
    values = {name: getattr(batch, name) for name in NewBatch.__slots__}
    return _fetch_number(connection, "append_intake_batch", values)


def find_chain_breaks(connection: Connection[Any]) -> list[ChainBreak]:
    """Where the chain of batches does not hold; empty when every batch continues the one before."""
    with connection.cursor(row_factory=class_row(ChainBreak)) as cursor:
        return cursor.execute(sql_block("select_chain_breaks")).fetchall()


def list_refusals(
    connection: Connection[Any], source_id: int, *, after: int = 0, limit: int = 100, receipt_id: int | None = None
) -> list[KeptRefusal]:
    """Refused events of a source, oldest first, with numbers above `after`; those of one request if it is named."""
    values = {"source_id": source_id, "after": after, "limit": limit, "receipt_id": receipt_id}
    block = "select_refusals" if receipt_id is None else "select_refusals_of_receipt"
    with connection.cursor(row_factory=class_row(KeptRefusal)) as cursor:
        return cursor.execute(sql_block(block), values).fetchall()


def store_heartbeat(
    connection: Connection[Any], source_id: int, complete_until: datetime, received_at: datetime
) -> StoredHeartbeat:
    """Store what a source says, in case time; `complete_until` never goes back. Announced on channel `heartbeat`.

    Where nothing is known of its last event yet, those that came before the first heartbeat are looked up in the log.
    """
    values = {"source_id": source_id, "complete_until": complete_until, "received_at": received_at}
    with connection.transaction(), connection.cursor(row_factory=class_row(StoredHeartbeat)) as cursor:
        [stored] = cursor.execute(sql_block("upsert_heartbeat"), values).fetchall()
        if stored.last_event_at is None:
            # Not prepared: a plan made for any source would walk the times of all of them.
            found = cursor.execute(sql_block("find_last_event"), {"source_id": source_id}, prepare=False).fetchone()
            stored = found or stored
        connection.execute(sql_block("announce_heartbeat"), {"source_id": source_id})
    return stored


def _fetch_number(connection: Connection[Any], block: str, values: Mapping[str, Any]) -> int:
    with connection.cursor(row_factory=scalar_row) as cursor:
        [number] = cursor.execute(sql_block(block), values).fetchall()
    return int(number)
