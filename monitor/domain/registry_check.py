"""What is wrong, or unusual, in a registry before it is loaded: each problem with its place and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

from monitor.domain.instants import zone_named
from monitor.domain.registry import (
    SHARED_FIELDS,
    STORED,
    AuthorisationRecord,
    DatedRecord,
    DepartmentRecord,
    HallRecord,
    HandlerRecord,
    ItemRecord,
    Place,
    Placed,
    Record,
    RegionLevel,
    RegionRecord,
    Registry,
    SourceRecord,
    WindowRecord,
)
from monitor.domain.registry_limits import check_limits

DATED_TYPES: tuple[type[DatedRecord], ...] = (
    DepartmentRecord,
    ItemRecord,
    WindowRecord,
    HandlerRecord,
    AuthorisationRecord,
)


class Severity(StrEnum):
    """An error forbids the load, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class RegistryProblem:
    """One thing found: where (file, line, column), what, and what to do about it."""

    severity: Severity
    place: Place
    column: str
    what: str
    to_do: str


def check_registry(merged: Registry, loaded: Iterable[Placed[Record]]) -> list[RegistryProblem]:
    """Find everything wrong with what would stand after a load; errors first, then by file and line.

    `merged` = what stands after the load (`registry.merge`), `loaded` = the rows as read, repeated keys included.
    """
    rows = list(loaded)
    found = [
        *_check_repeated_keys(rows),
        *_check_shared_fields(rows),
        *_check_regions(merged),
        *_check_hall(merged),
        *_check_departments(merged),
        *_check_references(merged),
        *_check_items(merged),
    ]
    for kind in DATED_TYPES:
        found += _check_dates(merged, kind)
    order = list(Severity)
    return sorted(found, key=lambda p: (order.index(p.severity), p.place.file, p.place.line, p.column))


def has_errors(problems: Iterable[RegistryProblem]) -> bool:
    """Whether any problem forbids the load."""
    return any(problem.severity is Severity.ERROR for problem in problems)


def error(place: Place, column: str, what: str, to_do: str) -> RegistryProblem:
    """A problem that forbids the load."""
    return RegistryProblem(Severity.ERROR, place, column, what, to_do)


def warning(place: Place, column: str, what: str, to_do: str) -> RegistryProblem:
    """A problem that is loaded all the same."""
    return RegistryProblem(Severity.WARNING, place, column, what, to_do)


def _check_repeated_keys(rows: list[Placed[Record]]) -> Iterator[RegistryProblem]:
    seen: dict[tuple[object, ...], Place] = {}
    for row in rows:
        key = (row.record.table, row.record.key())
        first = seen.setdefault(key, row.place)
        if first is not row.place:
            fields = ", ".join(row.record.key_fields)
            said = ", ".join(part or "(empty)" for part in row.record.key())
            yield error(
                row.place,
                row.record.key_fields[0],
                f"{fields} = {said} stands already in line {first.line} of {first.file}",
                "keep one of the two lines, or give the newer version its own valid_from",
            )


def _check_shared_fields(rows: list[Placed[Record]]) -> Iterator[RegistryProblem]:
    seen: dict[tuple[object, str], Placed[Record]] = {}
    for row in rows:
        name = SHARED_FIELDS.get(row.record.table)
        if name is None:
            continue
        first = seen.setdefault((row.record.table, row.record.key()[0]), row)
        if getattr(first.record, name) != getattr(row.record, name):
            yield error(
                row.place,
                name,
                f"{row.record.key()[0]} has another {name} here than in line {first.place.line}",
                f"give all versions of one code the same {name}",
            )


def _check_regions(merged: Registry) -> Iterator[RegistryProblem]:
    regions = {row.record.code: row for row in merged.placed(RegionRecord)}
    levels = list(RegionLevel)
    for row in regions.values():
        parent = row.record.parent_code
        if parent is None:
            continue
        if parent not in regions:
            yield _unknown(row.place, "parent_code", "region", parent, "regions.csv")
        elif levels.index(regions[parent].record.level) >= levels.index(row.record.level):
            yield error(
                row.place,
                "parent_code",
                f"{row.record.code} is a {row.record.level} below the {regions[parent].record.level} {parent}",
                "name a region of a higher level: country, province, city, county",
            )


def _check_hall(merged: Registry) -> Iterator[RegistryProblem]:
    halls = merged.placed(HallRecord)
    regions = {region.code for region in merged.records(RegionRecord)}
    for row in halls[1:]:
        yield error(
            row.place,
            "code",
            f"a second hall, {row.record.code}, beside {halls[0].record.code}",
            "load one hall a folder",
        )
    for row in halls:
        if row.record.region_code is not None and row.record.region_code not in regions:
            yield _unknown(row.place, "region_code", "region", row.record.region_code, "regions.csv")
        yield from _check_zone(row.place, row.record.zone)


def _check_zone(place: Place, zone: str) -> Iterator[RegistryProblem]:
    try:
        zone_named(zone)
    except ValueError as problem:
        yield error(place, "zone", str(problem), "leave it empty for Asia/Shanghai, or write an IANA name")


def _check_departments(merged: Registry) -> Iterator[RegistryProblem]:
    known = {department.code for department in merged.records(DepartmentRecord)}
    for row in merged.placed(DepartmentRecord):
        department, place = row.record, row.place
        for successor in department.successors:
            if successor not in known:
                yield _unknown(place, "successors", "department", successor, "departments.csv")
            elif successor == department.code:
                yield error(
                    place, "successors", f"{successor} succeeds itself", "a change of name is a new version instead"
                )
        if department.successors and department.valid_to is None:
            yield error(
                place,
                "valid_to",
                f"{department.code} names successors but no end",
                "give valid_to, the first day on which it no longer exists",
            )
        if department.mid_level_filled and not department.mid_level_post:
            yield warning(
                place,
                "mid_level_filled",
                f"{department.code} fills a mid-level post it does not have",
                "set mid_level_post to yes, or mid_level_filled to no; it does not count in mid_level_presence",
            )


def _check_references(merged: Registry) -> Iterator[RegistryProblem]:
    departments = {department.code for department in merged.records(DepartmentRecord)}
    handlers = {handler.code for handler in merged.records(HandlerRecord)}
    items = {item.code for item in merged.records(ItemRecord)}
    owned = [
        *((row.place, row.record.department) for row in merged.placed(ItemRecord)),
        *((row.place, row.record.department) for row in merged.placed(WindowRecord)),
        *((row.place, row.record.department) for row in merged.placed(HandlerRecord)),
    ]
    for place, department in owned:
        if department not in departments:
            yield _unknown(place, "department", "department", department, "departments.csv")
    for authorisation in merged.placed(AuthorisationRecord):
        if authorisation.record.handler not in handlers:
            yield _unknown(authorisation.place, "handler", "handler", authorisation.record.handler, "handlers.csv")
        if authorisation.record.item not in items:
            yield _unknown(authorisation.place, "item", "item", authorisation.record.item, "items.csv")
    for source in merged.placed(SourceRecord):
        yield from _check_zone(source.place, source.record.zone)
        for code in source.record.departments:
            if code not in departments:
                yield _unknown(source.place, "departments", "department", code, "departments.csv")


def _check_items(merged: Registry) -> Iterator[RegistryProblem]:
    ends = {code[0]: versions[-1].record for code, versions in merged.versions(DepartmentRecord).items()}
    for row in merged.placed(ItemRecord):
        item = row.record
        for finding in check_limits(item):
            yield warning(row.place, finding.column, f"{item.code}: {finding.what}", finding.to_do)
        department = ends.get(item.department)
        if department is None or department.valid_to is None:
            continue
        if item.valid_to is None or item.valid_to > department.valid_to:
            heirs = ", ".join(department.successors) or "none named"
            yield warning(
                row.place,
                "department",
                f"{item.code} is in force after its department {item.department} ended on {department.valid_to}",
                f"end this version and add one for the successor ({heirs})",
            )


def _check_dates(merged: Registry, kind: type[DatedRecord]) -> Iterator[RegistryProblem]:
    for thing, versions in merged.versions(kind).items():
        for row in versions:
            if row.record.valid_to is not None and row.record.valid_to <= row.record.first_day():
                yield error(
                    row.place,
                    "valid_to",
                    f"valid_to {row.record.valid_to} is not after valid_from {row.record.valid_from or '(since ever)'}",
                    "valid_to is the first day on which the version no longer holds",
                )
        for older, newer in pairwise(versions):
            if older.record.valid_to is not None and older.record.valid_to > newer.record.first_day():
                yield _overlap(thing, older, newer.place, newer.record.first_day(), older.record.valid_to)


def _overlap(
    thing: tuple[str, ...], older: Placed[DatedRecord], newer_place: Place, begins: date, ends: date
) -> RegistryProblem:
    where, other = (newer_place, older.place) if newer_place is not STORED else (older.place, newer_place)
    beside = "the stored registry" if other is STORED else f"line {other.line} of {other.file}"
    return error(
        where,
        "valid_from" if where is newer_place else "valid_to",
        f"{', '.join(thing)}: a version begins on {begins} while the one before holds until {ends} ({beside})",
        "let the earlier version end on or before the day the later one begins, or leave its valid_to empty",
    )


def _unknown(place: Place, column: str, kind: str, code: str, file: str) -> RegistryProblem:
    return error(place, column, f"{kind} {code} does not exist", f"add it to {file}, or correct the code")
