"""What a program relies on in a schema: its tables, columns, enums, and what refuses a row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

STAGED_ALIKE = frozenset({"judged_case", "judged_clock", "anomaly", "department_day", "department_load"})
"""Tables that an engine makes staging tables like: `like` takes `not null` over, and leaves the default behind."""

_COLUMNS = """
    select attrelid::regclass::text, attname, format_type(atttypid, atttypmod), attnotnull,
        atthasdef or attidentity <> ''
    from pg_attribute join pg_class on pg_class.oid = attrelid
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'S') and attnum > 0
        and not attisdropped
"""
_ENUMS = """
    select typname, enumlabel from pg_enum join pg_type on pg_type.oid = enumtypid
    where typnamespace = 'public'::regnamespace
"""
_REFUSING = """
    select c.conrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid),
        array(select attname from pg_attribute where attrelid = c.conrelid and attnum = any(c.conkey))
    from pg_constraint c where connamespace = 'public'::regnamespace and conrelid <> 0
    union all
    select indrelid::regclass::text, indexrelid::regclass::text, pg_get_indexdef(indexrelid),
        array(select attname from pg_attribute where attrelid = indrelid and attnum = any(indkey::smallint[]))
    from pg_index join pg_class on pg_class.oid = indrelid
    where indisunique and relnamespace = 'public'::regnamespace
"""


@dataclass(frozen=True)
class Column:
    """Its type, whether it must be given, and whether it has a value of its own where it is not."""

    type: str
    not_null: bool
    has_default: bool


@dataclass(frozen=True)
class Schema:
    """Columns by (table, name), labels as (enum, label), and by (table, name) what refuses a row, with its columns."""

    columns: dict[tuple[str, str], Column]
    labels: frozenset[tuple[str, str]]
    refusing: dict[tuple[str, str], tuple[str, frozenset[str]]]

    @property
    def tables(self) -> frozenset[str]:
        """Names of tables, views and sequences."""
        return frozenset(table for table, _ in self.columns)


def read_schema(connection: Connection[Any]) -> Schema:
    """Read the schema that a database has now."""
    return Schema(
        {(table, name): Column(*rest) for table, name, *rest in connection.execute(_COLUMNS)},
        frozenset((enum, label) for enum, label in connection.execute(_ENUMS)),
        {(table, name): (text, frozenset(names)) for table, name, text, names in connection.execute(_REFUSING)},
    )


def find_breaks(before: Schema, after: Schema) -> list[str]:
    """What a program written for the schema before would stumble over in the one after; empty where nothing."""
    return sorted([*_lost(before, after), *_demanded(before, after), *_refused(before, after)])


def _lost(before: Schema, after: Schema) -> Iterator[str]:
    for (table, name), column in before.columns.items():
        found = after.columns.get((table, name))
        if found is None:
            yield f"{table}.{name} is gone"
        elif found.type != column.type:
            yield f"{table}.{name} was {column.type} and is {found.type}"
    yield from (f"{enum} has no {label} any more" for enum, label in before.labels - after.labels)


def _demanded(before: Schema, after: Schema) -> Iterator[str]:
    for (table, name), column in after.columns.items():
        if table not in before.tables or not column.not_null:
            continue
        known = before.columns.get((table, name))
        if known is not None and known.not_null:
            continue
        if known is not None or not column.has_default or table in STAGED_ALIKE:
            yield f"{table}.{name} must be given now"


def _refused(before: Schema, after: Schema) -> Iterator[str]:
    for (table, name), (text, columns) in after.refusing.items():
        known = before.refusing.get((table, name))
        if table not in before.tables or (known is not None and known[0] == text):
            continue
        if any((table, column) in before.columns for column in columns):
            yield f"{table} refuses rows by {name} now"
