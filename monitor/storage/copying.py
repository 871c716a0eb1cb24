"""Rows into a table by binary COPY, with the types of its columns looked up once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from psycopg import Cursor, sql

from monitor.domain.instants import EPOCH, Instant, instant_of

EPOCH_OF_POSTGRESQL: Instant = instant_of(datetime(2000, 1, 1, tzinfo=UTC))
"""A timestamptz on the wire is an int8 of microseconds since then: one subtraction, where a datetime object would cost
more than all the rest of a row."""

_BEGINNING = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = b"\xff\xff"


def copy_rows(
    cursor: Cursor[Any], table: str, columns: Sequence[str], types: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """COPY `rows` into `table`; `types` are PostgreSQL's names of the columns' types (enums: text)."""
    with cursor.copy(_statement(table, tuple(columns))) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)


def copy_encoded(cursor: Cursor[Any], table: str, columns: Sequence[str], rows: Iterable[bytes]) -> None:
    """COPY rows that are encoded already, in pieces of any length, into `table`."""
    with cursor.copy(_statement(table, tuple(columns))) as copy:
        copy.write(b"".join((_BEGINNING, *rows, _END)))


@cache
def _statement(table: str, columns: tuple[str, ...]) -> sql.Composed:
    return sql.SQL("copy {} ({}) from stdin (format binary)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )


@lru_cache(maxsize=4096)
def moment(instant: Instant | None) -> datetime | None:
    """An instant as the aware datetime that PostgreSQL stores."""
    return None if instant is None else EPOCH + timedelta(microseconds=instant)


def wire_time(instant: Instant | None) -> int | None:
    """An instant as COPY takes it for a timestamptz column whose type is given as int8."""
    return None if instant is None else instant - EPOCH_OF_POSTGRESQL


def array_of(numbers: Iterable[int]) -> str:
    """Whole numbers as PostgreSQL reads an array: the driver writes a list of them one by one in Python."""
    return f"{{{','.join(map(str, numbers))}}}"
