"""The registry of a hall as its files or its tables say it: departments, items, windows, handlers, sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import date
from enum import StrEnum
from typing import ClassVar, Generic, TypeVar

from monitor.domain.items import Counting, ItemKind, Unit

Key = tuple[str, ...]
"""What a row is known by within its table; a `valid_from` of None ("since ever") is the empty text and sorts first."""


class Table(StrEnum):
    """The tables of a registry, in the order in which they may refer to one another; the value is the file's stem."""

    REGIONS = "regions"
    HALL = "hall"
    DEPARTMENTS = "departments"
    ITEMS = "items"
    WINDOWS = "windows"
    HANDLERS = "handlers"
    AUTHORISATIONS = "authorisations"
    SOURCES = "sources"


class RegionLevel(StrEnum):
    """Administrative level of a region, highest first."""

    COUNTRY = "country"
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"


class SetUp(StrEnum):
    """How a department's approval office is set up: 单设, 合署, 授权综合窗口."""

    STAND_ALONE = "stand_alone"
    CO_LOCATED = "co_located"
    DELEGATED = "delegated"


class Power(StrEnum):
    """What an authorisation allows: 审 or 核 (一审一核)."""

    EXAMINE = "examine"
    APPROVE = "approve"


class Feed(StrEnum):
    """Whether a source sends as things happen, or hands over what happened long ago."""

    LIVE = "live"
    ARCHIVE = "archive"


@dataclass(frozen=True, slots=True)
class Record:
    """One row of the registry. Subclasses name their table and the fields of their key."""

    table: ClassVar[Table]
    key_fields: ClassVar[tuple[str, ...]] = ("code",)

    def key(self) -> Key:
        """The values of the key fields as text."""
        values = (getattr(self, name) for name in self.key_fields)
        return tuple("" if value is None else str(value) for value in values)


@dataclass(frozen=True, slots=True)
class DatedRecord(Record):
    """A row in force from `valid_from` (None: since ever) until `valid_to`, its first day out of force.

    Without `valid_to` it is in force until the next version of the same thing begins.
    """

    key_fields: ClassVar[tuple[str, ...]] = ("code", "valid_from")
    valid_from: date | None
    valid_to: date | None

    def thing(self) -> Key:
        """What this is a version of: the key without its date."""
        return self.key()[:-1]

    def first_day(self) -> date:
        """`valid_from`, as a date that sorts."""
        return self.valid_from or date.min


@dataclass(frozen=True, slots=True)
class RegionRecord(Record):
    """Country, province, city or county."""

    table: ClassVar[Table] = Table.REGIONS
    code: str
    name_zh: str
    name_en: str
    level: RegionLevel
    parent_code: str | None


@dataclass(frozen=True, slots=True)
class HallRecord(Record):
    """The hall itself; `demo` marks every page 演示数据, the baseline is the period that figures are compared with."""

    table: ClassVar[Table] = Table.HALL
    code: str
    name_zh: str
    name_en: str
    zone: str
    demo: bool
    region_code: str | None
    baseline_from: date | None = None
    baseline_to: date | None = None


@dataclass(frozen=True, slots=True)
class DepartmentRecord(DatedRecord):
    """A department (部门) for a stretch of time: a change of name, set-up or presence is a new version."""

    table: ClassVar[Table] = Table.DEPARTMENTS
    code: str
    position: int
    name_zh: str
    name_en: str
    set_up: SetUp | None
    in_hall: bool
    mid_level_post: bool
    mid_level_filled: bool
    successors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ItemRecord(DatedRecord):
    """An item (事项) with its limits for a stretch of time; limits are in `unit`."""

    table: ClassVar[Table] = Table.ITEMS
    code: str
    name_zh: str
    name_en: str
    department: str
    kind: ItemKind
    unit: Unit
    counting: Counting
    roll: bool
    promised: float | None
    statutory: float | None
    acceptance: float | None
    delivery: float | None
    steps: dict[str, float | None] = field(hash=False)
    decision_steps: tuple[str, ...]
    in_hall: bool
    accept_and_decide: bool


@dataclass(frozen=True, slots=True)
class WindowRecord(DatedRecord):
    """A window (窗口) of a department."""

    table: ClassVar[Table] = Table.WINDOWS
    code: str
    name_zh: str
    name_en: str
    department: str


@dataclass(frozen=True, slots=True)
class HandlerRecord(DatedRecord):
    """A handler (承办人) in a department. The name is personal: kept apart, never printed by a preview."""

    table: ClassVar[Table] = Table.HANDLERS
    code: str
    department: str
    name: str | None = field(metadata={"personal": True})


@dataclass(frozen=True, slots=True)
class AuthorisationRecord(DatedRecord):
    """授权书: what a handler may do for an item, under which letter and seal."""

    table: ClassVar[Table] = Table.AUTHORISATIONS
    key_fields: ClassVar[tuple[str, ...]] = ("handler", "item", "power", "valid_from")
    handler: str
    item: str
    power: Power
    letter_no: str
    seal_no: str | None


@dataclass(frozen=True, slots=True)
class SourceRecord(Record):
    """A feeding system: the zone of its times and the departments whose cases it sends."""

    table: ClassVar[Table] = Table.SOURCES
    code: str
    name_zh: str
    name_en: str
    zone: str
    feed: Feed
    departments: tuple[str, ...]


RECORD_TYPES: dict[Table, type[Record]] = {
    kind.table: kind
    for kind in (
        RegionRecord,
        HallRecord,
        DepartmentRecord,
        ItemRecord,
        WindowRecord,
        HandlerRecord,
        AuthorisationRecord,
        SourceRecord,
    )
}

SHARED_FIELDS: dict[Table, str] = {Table.DEPARTMENTS: "position", Table.HANDLERS: "name"}
"""Fields that belong to the thing, not to one of its versions: all versions of a code carry the same value."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row was read: a file (for a workbook with its sheet) and its 1-based line; 0 = the stored registry."""

    file: str
    line: int


STORED = Place("(stored registry)", 0)

R = TypeVar("R", bound=Record)
D = TypeVar("D", bound=DatedRecord)


@dataclass(frozen=True, slots=True)
class Placed(Generic[R]):
    """A row and where it was read."""

    record: R
    place: Place


class Registry:
    """The rows of one hall by table and key; of two rows with one key the later holds."""

    def __init__(self, rows: Iterable[Placed[Record]] = ()) -> None:
        self.tables: dict[Table, dict[Key, Placed[Record]]] = {table: {} for table in Table}
        for row in rows:
            self.tables[row.record.table][row.record.key()] = row

    def __iter__(self) -> Iterator[Placed[Record]]:
        """All rows, table by table."""
        for rows in self.tables.values():
            yield from rows.values()

    def placed(self, kind: type[R]) -> list[Placed[R]]:
        """The rows of one table with their places."""
        return [row for row in self.tables[kind.table].values() if isinstance(row.record, kind)]  # type: ignore[misc]

    def records(self, kind: type[R]) -> list[R]:
        """The rows of one table."""
        return [row.record for row in self.placed(kind)]

    def versions(self, kind: type[D]) -> dict[Key, list[Placed[D]]]:
        """The versions of each thing of a dated table, oldest first."""
        grouped: dict[Key, list[Placed[D]]] = {}
        for row in sorted(self.placed(kind), key=lambda row: row.record.first_day()):
            grouped.setdefault(row.record.thing(), []).append(row)
        return grouped

    def hall_code(self) -> str | None:
        """The code of the hall, or None when no row names it."""
        halls = self.records(HallRecord)
        return halls[0].code if halls else None


def merge(stored: Registry, loaded: Iterable[Placed[Record]]) -> Registry:
    """What stands after a load: loaded rows replace stored ones of the same key, all others stay.

    Nothing is dropped because a file does not mention it: a thing ends by its `valid_to`.
    """
    rows = list(loaded)
    merged = Registry([*stored, *rows])
    for table, name in SHARED_FIELDS.items():
        said = {row.record.key()[0]: getattr(row.record, name) for row in rows if row.record.table is table}
        for key, row in merged.tables[table].items():
            if key[0] in said and getattr(row.record, name) != said[key[0]]:
                merged.tables[table][key] = replace(row, record=replace(row.record, **{name: said[key[0]]}))
    return merged


def personal_fields(kind: type[Record]) -> frozenset[str]:
    """Fields that hold personal data."""
    return frozenset(item.name for item in fields(kind) if item.metadata.get("personal"))
