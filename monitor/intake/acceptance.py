"""Takes a parsed request into the log: exactly once, in one transaction, confirmed only after commit."""

from __future__ import annotations

import hashlib
import random
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec
from psycopg import Connection, errors
from psycopg.pq import TransactionStatus

from monitor.domain.events import Event
from monitor.domain.instants import datetime_of, instant_of
from monitor.intake.parsing import ParsedBatch, RefusedLine
from monitor.intake.sender import Sender
from monitor.storage import intake as tables
from monitor.storage.packed_events import pack_batch

TRIES = 5
SECONDS_BETWEEN_TRIES = 0.02

_replace = msgspec.structs.replace


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a request: every event is in one of the four counts; `batch_no` is None when none was new."""

    receipt_id: int
    batch_no: int | None
    accepted: int
    duplicate: int
    conflicting: int
    rejected: int
    refusals: list[RefusedLine]


@dataclass(slots=True)
class _Verdicts:
    """Positions of the new events, in order of event_id, and of the conflicting ones; how many are repeated."""

    new: list[int] = field(default_factory=list)
    conflicting: list[int] = field(default_factory=list)
    duplicate: int = 0


def accept(
    connection: Connection[Any],
    sender: Sender,
    batch: ParsedBatch,
    recorded_at: datetime,
    *,
    received_at: datetime | None = None,
) -> Receipt:
    """Store a batch and give the receipt; when this returns, everything it counts is on disk.

    `recorded_at` is the case time of receipt, `received_at` the real one (default: now); both aware. `connection` must
    not be inside a transaction. Raises psycopg.OperationalError when nothing can be confirmed: the same batch may be
    given again, and whatever was stored after all then counts as duplicate.
    """
    if connection.info.transaction_status != TransactionStatus.IDLE:
        raise RuntimeError("accept commits by itself: give it a connection that is not inside a transaction")
    request = _Request(sender, batch, recorded_at, received_at or datetime.now(UTC))
    for attempt in range(1, TRIES):
        try:
            return request.store(connection)
        except errors.UniqueViolation:
            request.by_copy = False  # an id stands that no probe met
        except (errors.DeadlockDetected, errors.SerializationFailure):
            time.sleep(SECONDS_BETWEEN_TRIES * attempt * random.uniform(0.5, 1.5))
    return request.store(connection)


class _Request:
    """One request on its way into the tables; `store` may be called again after a rollback."""

    def __init__(self, sender: Sender, batch: ParsedBatch, recorded_at: datetime, received_at: datetime) -> None:
        self._sender = sender
        self._batch = batch
        self._recorded_at = recorded_at
        self._received_at = received_at
        self.by_copy = True
        """Whether ids may be taken for new; not once that was tried in vain."""
        self._contents = [event.content_digest() for event in batch.events]
        self._first = _find_first([event.event_id for event in batch.events])
        self._claims = {event_id: self._contents[position] for event_id, position in self._first.items()}

    def store(self, connection: Connection[Any]) -> Receipt:
        """One transaction, from the first id to the commit."""
        source_id = self._sender.source_id
        with connection.transaction():
            receipt_id = tables.draw_receipt(connection)
            verdicts = self._tell_apart(connection)
            refusals = [*self._batch.refusals, *map(self._refuse_conflicting, verdicts.conflicting)]
            refusals.sort(key=lambda refused: refused.line)
            tables.insert_refusals(
                connection,
                source_id,
                receipt_id,
                self._received_at,
                [(r.line, r.verdict, r.event_id, r.reason, r.detail, r.body) for r in refusals],
            )
            batch_no = self._append(connection, receipt_id, verdicts) if verdicts.new else None
        return Receipt(
            receipt_id,
            batch_no,
            accepted=len(verdicts.new),
            duplicate=verdicts.duplicate,
            conflicting=len(verdicts.conflicting),
            rejected=len(self._batch.refusals),
            refusals=refusals,
        )

    def _tell_apart(self, connection: Connection[Any]) -> _Verdicts:
        """Enter the ids and compare: the content that came first stands, in the log or else in this request."""
        known: dict[str, bytes] = {}
        if self._claims:
            known = tables.claim_identities(connection, self._sender.source_id, self._claims, by_copy=self.by_copy)
        verdicts = _Verdicts(new=[position for event_id, position in self._first.items() if event_id not in known])
        if len(verdicts.new) == len(self._batch.events):
            return verdicts
        new = set(verdicts.new)
        for position, event in enumerate(self._batch.events):
            if position in new:
                continue
            standing = known.get(event.event_id) or self._contents[self._first[event.event_id]]
            if self._contents[position] == standing:
                verdicts.duplicate += 1
            else:
                verdicts.conflicting.append(position)
        return verdicts

    def _append(self, connection: Connection[Any], receipt_id: int, verdicts: _Verdicts) -> int:
        """Log and batch of the new events; the batch has them by event_id, so that the log can prove it."""
        sender, batch = self._sender, self._batch
        recorded_at = instant_of(self._recorded_at)
        # In the order in which they were read, and mostly happened: so they lie in memory, and are logged.
        events: dict[int, Event] = {
            position: _replace(batch.events[position], recorded_at=recorded_at) for position in sorted(verdicts.new)
        }
        tables.copy_events(connection, sender.hall_id, sender.source_id, receipt_id, list(events.values()))
        packed = pack_batch([events[position] for position in verdicts.new])
        newest = max(event.occurred_at for event in events.values())
        tables.advance_last_event(connection, sender.source_id, datetime_of(newest))
        return tables.append_batch(
            connection,
            tables.NewBatch(
                receipt_id=receipt_id,
                hall_id=sender.hall_id,
                source_id=sender.source_id,
                received_at=self._received_at,
                recorded_at=self._recorded_at,
                accepted=len(verdicts.new),
                duplicate=verdicts.duplicate,
                conflicting=len(verdicts.conflicting),
                rejected=len(batch.refusals),
                body_hash=hashlib.sha256(packed).digest(),
                packed=packed,
            ),
        )

    def _refuse_conflicting(self, position: int) -> RefusedLine:
        event = self._batch.events[position]
        return RefusedLine(
            line=self._batch.lines[position],
            event_id=event.event_id,
            reason="other_content",
            detail=(
                f"event_id {event.event_id!r} came before with other content, which stands. To correct it, send an "
                "event of kind `voided` that names it, and the corrected event with an id of its own."
            ),
            body=self._batch.text_of(position),
            verdict="conflicting",
        )


def _find_first(event_ids: list[str]) -> dict[str, int]:
    """The first position of each id, in ascending order of id."""
    positions = range(len(event_ids))
    first = dict(zip(reversed(event_ids), reversed(positions), strict=True))  # of two entries the later one stays
    return {event_id: first[event_id] for event_id in sorted(first)}
