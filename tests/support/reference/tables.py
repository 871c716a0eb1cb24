"""docs/reference/tables.md: every table and column with its meaning, made from the migrations and their comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from monitor.storage.migration_files import find_migrations_folder, read_migration_files

HEAD = """\
# Tables · 数据表

For analysts who ask by SQL, and for operators. Read with a role of your own that may only select; the tables belong to
the service, and the log (`event`, `event_identity`, `intake_batch`) refuses every change. Moments are `timestamptz`;
*case time* is the time that judgements go by: real time, but in a demo. Made from the comments of `migrations/`.

"""

_TABLE = re.compile(r"create table (?:if not exists )?(?P<name>\w+) \(")
_RENAMED = re.compile(r"rename to (?P<name>\w+)")
_VIEW = re.compile(r"create view (?P<name>\w+) as\s+select(?P<columns>.*?)\nfrom (?P<table>\w+)", re.DOTALL)
_ALTERED = re.compile(r"^alter table (?:if exists )?(?P<name>\w+)\s(?P<actions>[^;]*);", re.MULTILINE)
_ADDED = re.compile(r"\badd column (?:if not exists )?(?P<name>\w+) (?P<declared>[^,]*(?:\([^)]*\)[^,]*)*)")
_DROPPED = re.compile(r"\bdrop column (?:if exists )?(?P<name>\w+)")
_UNBOUND = re.compile(r"\bdrop constraint (?P<name>\w+)_fkey\b")
_NO_COLUMN = re.compile(r"(primary key|foreign key|unique|check|constraint|exclude)\b", re.IGNORECASE)
_END_OF_TYPE = re.compile(r" (not|null|primary|references|default|generated|check|collate|unique|constraint)\b.*")


@dataclass
class Column:
    """A column as declared, with the remark behind it."""

    name: str
    declared: str
    remark: str

    @property
    def type_name(self) -> str:
        """The type alone."""
        return _END_OF_TYPE.sub("", self.declared)


@dataclass
class Table:
    """A table, the migration it came with, and the remark above it."""

    name: str
    migration: str
    remark: str
    columns: dict[str, Column] = field(default_factory=dict)


def tables_page() -> str:
    """The page as it should be."""
    return HEAD + "\n".join(part for table in read_tables() for part in _describe(table))


def read_tables() -> list[Table]:
    """Every table after the newest migration, in the order of their making."""
    tables: dict[str, Table] = {}
    for migration in read_migration_files(find_migrations_folder()):
        for table in _read_created(migration.text, migration.name):
            tables[table.name] = table
        for altered in _ALTERED.finditer(_without_remarks(migration.text)):
            if renamed := _RENAMED.search(altered["actions"]):
                tables[renamed["name"]] = tables.pop(altered["name"])
                tables[renamed["name"]].name = renamed["name"]
            else:
                _alter(tables[altered["name"]], altered["actions"])
        for view in _read_views(migration.text, migration.name, tables):
            tables[view.name] = view
    return list(tables.values())


def _read_views(text: str, migration: str, tables: dict[str, Table]) -> Iterator[Table]:
    """A view has the columns of the table that it begins with: their types and what they mean."""
    for found in _VIEW.finditer(text):
        above = re.search(r"((?:--[^\n]*\n)+)\Z", text[: found.start()])
        remark = " ".join(line.removeprefix("--").strip() for line in above[1].splitlines()) if above else ""
        view = Table(found["name"], migration, remark)
        for part in _split(found["columns"]):
            name = re.split(r"\W", part)[-1]
            of_table = tables[found["table"]].columns.get(name, Column(name, "boolean", ""))
            view.columns[name] = Column(name, of_table.type_name, of_table.remark)
        yield view


def _read_created(text: str, migration: str) -> Iterator[Table]:
    above: list[str] = []
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith("--"):
            above.append(line.removeprefix("--").strip())
            continue
        if found := _TABLE.match(line):
            table = Table(found["name"], migration, " ".join(above))
            _read_columns(table, lines)
            yield table
        above = []


def _read_columns(table: Table, lines: Iterator[str]) -> None:
    """Read up to the closing bracket; a remark of a line belongs to its last column."""
    for line in lines:
        if line.startswith(")"):
            return
        declared, _, remark = line.partition("--")
        column = None
        for part in _split(declared):
            if not _NO_COLUMN.match(part):
                name, _, rest = part.partition(" ")
                column = table.columns[name] = Column(name, rest.strip(), "")
        if column is None and remark and table.columns:
            column = list(table.columns.values())[-1]
        if column is not None:
            column.remark = f"{column.remark} {remark.strip()}".strip()


def _split(declared: str) -> list[str]:
    """Split at the commas outside brackets."""
    parts = re.split(r",(?![^(]*\))", declared)
    return [re.sub(r"\s+", " ", part).strip() for part in parts if part.strip()]


def _alter(table: Table, actions: str) -> None:
    for dropped in _DROPPED.finditer(actions):
        table.columns.pop(dropped["name"], None)
    for unbound in _UNBOUND.finditer(actions):
        column = table.columns[unbound["name"].removeprefix(f"{table.name}_")]
        column.declared = re.sub(r" references \w+(\(\w+\))?", "", column.declared)
    for added in _ADDED.finditer(actions):
        declared = re.sub(r"\s+", " ", added["declared"]).strip()
        table.columns[added["name"]] = Column(added["name"], declared, "")


def _without_remarks(text: str) -> str:
    return re.sub(r"--[^\n]*", "", text)


def _describe(table: Table) -> Iterator[str]:
    yield f"## `{table.name}`\n"
    yield f"{table.remark}{' ' if table.remark else ''}(`migrations/{table.migration}.sql`)\n"
    yield "| column | declared | meaning |"
    yield "|---|---|---|"
    for column in table.columns.values():
        yield f"| `{column.name}` | `{column.declared}` | {column.remark} |"
    yield ""
