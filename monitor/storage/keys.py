"""The keys of feeding systems as their table holds them: hashes, hints and terms. All times are real time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row, dict_row, scalar_row

from monitor.storage.sql_blocks import sql_block


@dataclass(frozen=True, slots=True)
class SourceKey:
    """One key of one source; `hint` is how it begins."""

    key_id: int
    source_id: int
    source: str
    hint: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None

    def state_at(self, real_now: datetime) -> str:
        """`valid`, `expired` or `revoked`."""
        if self.revoked_at is not None:
            return "revoked"
        return "valid" if self.expires_at is None or self.expires_at > real_now else "expired"


def find_source(connection: Connection[Any], code: str) -> int | None:
    """Id of the source called `code`, or None."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        found: int | None = cursor.execute(sql_block("select_source_by_code"), {"code": code}).fetchone()
    return found


def list_source_codes(connection: Connection[Any]) -> list[str]:
    """Codes of all sources."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(sql_block("select_source_codes")).fetchall()


def insert_key(connection: Connection[Any], source_id: int, key_hash: bytes, hint: str, created_at: datetime) -> int:
    """Keep a new key's hash; gives the key's number."""
    values = {"source_id": source_id, "key_hash": key_hash, "hint": hint, "created_at": created_at}
    with connection.cursor(row_factory=scalar_row) as cursor:
        [key_id] = cursor.execute(sql_block("insert_source_key"), values).fetchall()
    return int(key_id)


def lock_key(connection: Connection[Any], key_id: int) -> SourceKey | None:
    """One key, held until the end of the transaction; None if there is none of that number."""
    with connection.cursor(row_factory=class_row(SourceKey)) as cursor:
        return cursor.execute(sql_block("lock_source_key"), {"key_id": key_id}).fetchone()


def list_keys(connection: Connection[Any], source: str | None = None) -> list[SourceKey]:
    """The keys of a source, or all."""
    with connection.cursor(row_factory=class_row(SourceKey)) as cursor:
        return cursor.execute(sql_block("select_source_keys"), {"code": source}).fetchall()


def limit_key(connection: Connection[Any], key_id: int, expires_at: datetime) -> datetime:
    """Let a key end at a moment unless it ends earlier; gives when it ends."""
    values = {"key_id": key_id, "expires_at": expires_at}
    with connection.cursor(row_factory=scalar_row) as cursor:
        [ends_at] = cursor.execute(sql_block("limit_source_key"), values).fetchall()
    assert isinstance(ends_at, datetime)
    return ends_at


def revoke_key(connection: Connection[Any], key_id: int, revoked_at: datetime) -> None:
    """Let a key end at once."""
    connection.execute(sql_block("revoke_source_key"), {"key_id": key_id, "revoked_at": revoked_at})


def find_sender(connection: Connection[Any], key_hash: bytes, real_now: datetime) -> dict[str, Any] | None:
    """The source of a valid key (source_id, code, hall_id, zone, feed) and the key's expires_at; None if not valid."""
    values = {"key_hash": key_hash, "real_now": real_now}
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(sql_block("select_sender"), values).fetchone()
