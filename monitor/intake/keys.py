"""Keys of feeding systems: made and shown once, kept as a hash, and who stands behind one."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg import Connection

from monitor.intake.sender import Sender
from monitor.storage import keys as tables
from monitor.storage.keys import SourceKey

PREFIX = "esk_"
"""Of every key, so that scanners of code and mail find one that leaked."""

HINT_LENGTH = len(PREFIX) + 4
LONGEST_KEY = 200
GRACE = timedelta(hours=24)
SECONDS_REMEMBERED = 4.0
"""A revoked key is refused after this long at the latest: within the 5 s that are promised."""


class SourceKeyError(ValueError):
    """A key that cannot be made, rotated or revoked; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made. `key` is shown this once and kept nowhere."""

    key_id: int
    source: str
    key: str


@dataclass(frozen=True, slots=True)
class Rotation:
    """A new key, and the old one's number and end."""

    new: NewKey
    old_key_id: int
    old_ends_at: datetime


def create_key(connection: Connection[Any], source: str, now: datetime) -> NewKey:
    """Make a key for the source of code `source`; `now` is real time. Raises SourceKeyError for an unknown source."""
    with connection.transaction():
        source_id = tables.find_source(connection, source)
        if source_id is None:
            raise SourceKeyError(_explain_unknown_source(source, tables.list_source_codes(connection)))
        return _make_key(connection, source_id, source, now)


def rotate_key(connection: Connection[Any], key_id: int, now: datetime, grace: timedelta = GRACE) -> Rotation:
    """Make a new key for the same source; the old one ends after `grace`. Raises SourceKeyError unless it is valid."""
    with connection.transaction():
        old = _lock_valid_key(connection, key_id, now)
        new = _make_key(connection, old.source_id, old.source, now)
        return Rotation(new, key_id, tables.limit_key(connection, key_id, now + grace))


def revoke_key(connection: Connection[Any], key_id: int, now: datetime) -> SourceKey:
    """Let a key end at once, everywhere within 5 s; gives the key. Raises SourceKeyError unless it is valid."""
    with connection.transaction():
        key = _lock_valid_key(connection, key_id, now)
        tables.revoke_key(connection, key_id, now)
    return key


def hash_key(key: str) -> bytes:
    """What is kept of a key. A plain hash will do: 256 random bits cannot be guessed from it."""
    return hashlib.sha256(key.encode()).digest()


def _make_key(connection: Connection[Any], source_id: int, source: str, now: datetime) -> NewKey:
    key = PREFIX + secrets.token_urlsafe(32)
    key_id = tables.insert_key(connection, source_id, hash_key(key), key[:HINT_LENGTH], now)
    return NewKey(key_id, source, key)


def _lock_valid_key(connection: Connection[Any], key_id: int, now: datetime) -> SourceKey:
    key = tables.lock_key(connection, key_id)
    if key is None:
        raise SourceKeyError(f"There is no key number {key_id}. See: e-supervision keys list")
    state = key.state_at(now)
    if state != "valid":
        ended = key.revoked_at or key.expires_at
        raise SourceKeyError(
            f"Key number {key_id} ({key.hint}… of {key.source}) is {state} since {ended:%Y-%m-%d %H:%M} UTC. "
            f"For a new one: e-supervision keys create {key.source}"
        )
    return key


def _explain_unknown_source(source: str, known: list[str]) -> str:
    there = f"There are: {', '.join(known)}." if known else "There is none yet."
    return (
        f"There is no source called {source}. {there} Add it to sources.csv of the registry and load that: "
        "e-supervision registry load DIR"
    )


class KeyRing:
    """Senders behind the keys that were shown lately, each remembered for a few seconds. May be shared by threads."""

    def __init__(
        self, *, seconds_remembered: float = SECONDS_REMEMBERED, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds_remembered = seconds_remembered
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._remembered: dict[bytes, tuple[Sender, float]] = {}

    def recall(self, key: str) -> Sender | None:
        """The sender of a key looked up a moment ago; None says nothing about the key."""
        found = self._remembered.get(hash_key(key))
        return found[0] if found is not None and self._monotonic() < found[1] else None

    def look_up(self, connection: Connection[Any], key: str, now: datetime | None = None) -> Sender | None:
        """The sender of a key, None for one that is unknown, expired or revoked. `now` is real time."""
        if not key.startswith(PREFIX) or len(key) > LONGEST_KEY:
            return None
        real_now = now or datetime.now(UTC)
        asked_at = self._monotonic()  # before the query: what it does not see may be older than its answer
        key_hash = hash_key(key)
        row = tables.find_sender(connection, key_hash, real_now)
        if row is None:
            return None
        expires_at = row.pop("expires_at")
        sender = Sender(**row)
        seconds = self._seconds_remembered
        if expires_at is not None:
            seconds = min(seconds, (expires_at - real_now).total_seconds())
        self._remember(key_hash, sender, asked_at + seconds)
        return sender

    def _remember(self, key_hash: bytes, sender: Sender, until: float) -> None:
        now = self._monotonic()
        with self._lock:
            kept = {known: entry for known, entry in self._remembered.items() if now < entry[1]}
            self._remembered = {**kept, key_hash: (sender, until)}
