"""What a load of the registry changes, row by row and field by field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from itertools import pairwise

from monitor.domain.registry import DatedRecord, Key, Placed, Record, Registry, Table, personal_fields

_DATES = frozenset({"valid_from", "valid_to"})


class ChangeKind(StrEnum):
    """What happens to a row: it is new, some fields differ, or it is given an end it did not have."""

    ADDED = "added"
    CHANGED = "changed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field before and after; the values of a `personal` field are not for printing."""

    name: str
    old: object
    new: object
    personal: bool = False


@dataclass(frozen=True, slots=True)
class RowChange:
    """One row of the registry that a load changes.

    For a new version of something known, `fields` compare it with the version before, dates left out; for something
    wholly new they are empty.
    """

    kind: ChangeKind
    record: Record
    fields: tuple[FieldChange, ...]

    @property
    def table(self) -> Table:
        """The table of the row."""
        return self.record.table


@dataclass(frozen=True, slots=True)
class RegistryChange:
    """All rows that change, in the order of the tables, and how many do not."""

    rows: tuple[RowChange, ...]
    unchanged: Mapping[Table, int]

    def __bool__(self) -> bool:
        """Whether anything changes."""
        return bool(self.rows)

    def count(self, table: Table) -> dict[ChangeKind, int]:
        """How many rows of a table change in each way."""
        counted = Counter(row.kind for row in self.rows if row.table is table)
        return {kind: counted[kind] for kind in ChangeKind}


def difference(old: Registry, new: Registry) -> RegistryChange:
    """What leads from one registry to the other. Rows that only `old` has are left as they are: things end by date."""
    changes: list[RowChange] = []
    unchanged: dict[Table, int] = {}
    for table in Table:
        before, after = old.tables[table], new.tables[table]
        earlier = _versions_before(after.values())
        found = [
            change
            for key, row in after.items()
            if (change := _compare(before.get(key), row.record, earlier.get(key))) is not None
        ]
        unchanged[table] = len(before.keys() | after.keys()) - len(found)
        changes += sorted(found, key=lambda change: change.record.key())
    return RegistryChange(tuple(changes), unchanged)


def _compare(stored: Placed[Record] | None, record: Record, earlier: Record | None) -> RowChange | None:
    if stored is None:
        against = () if earlier is None else compare_fields(earlier, record)
        return RowChange(ChangeKind.ADDED, record, tuple(field for field in against if field.name not in _DATES))
    changed = compare_fields(stored.record, record)
    if not changed:
        return None
    ended = any(change.name == "valid_to" and change.old is None for change in changed)
    return RowChange(ChangeKind.ENDED if ended else ChangeKind.CHANGED, record, changed)


def _versions_before(rows: Iterable[Placed[Record]]) -> dict[Key, Record]:
    """The version before each version, by key."""
    things: dict[Key, list[DatedRecord]] = {}
    for row in rows:
        if isinstance(row.record, DatedRecord):
            things.setdefault(row.record.thing(), []).append(row.record)
    before: dict[Key, Record] = {}
    for versions in things.values():
        ordered = sorted(versions, key=DatedRecord.first_day)
        before |= {newer.key(): older for older, newer in pairwise(ordered)}
    return before


def compare_fields(old: Record, new: Record) -> tuple[FieldChange, ...]:
    """The fields in which two rows of one table differ."""
    personal = personal_fields(type(new))
    return tuple(
        FieldChange(field.name, getattr(old, field.name), getattr(new, field.name), field.name in personal)
        for field in fields(new)
        if getattr(old, field.name) != getattr(new, field.name)
    )


def describe_items_changed(change: RegistryChange) -> dict[str, object]:
    """The changed item versions as JSON, old and new: the audit record of what a load made the engine judge anew."""
    return {
        "items": [
            {
                "item": row.record.key()[0],
                "valid_from": row.record.key()[1] or None,
                "change": row.kind.value,
                "fields": {field.name: [_as_json(field.old), _as_json(field.new)] for field in row.fields},
            }
            for row in change.rows
            if row.table is Table.ITEMS
        ]
    }


def _as_json(value: object) -> object:
    match value:
        case date():
            return value.isoformat()
        case tuple():
            return list(value)
        case _:
            return value
