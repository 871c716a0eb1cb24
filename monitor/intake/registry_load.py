"""A load of the registry: what the files say held against what is stored, and what that would change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from monitor.domain.registry import HallRecord, Place, Placed, SourceRecord, Table, merge
from monitor.domain.registry_change import RegistryChange, difference
from monitor.domain.registry_check import RegistryProblem, check_registry, error, has_errors
from monitor.intake.registry_files import RegistryFiles
from monitor.storage.registry import read_hall_codes, read_registry, read_sources_of_other_halls


@dataclass(frozen=True, slots=True)
class RegistryPreview:
    """What a load would do. With errors among the problems it must not be applied; `change` is then None."""

    hall_code: str | None
    problems: tuple[RegistryProblem, ...]
    change: RegistryChange | None


def preview_load(connection: Connection[Any], files: RegistryFiles, hall_code: str | None) -> RegistryPreview:
    """Hold files against the stored registry of a hall; nothing is written.

    The hall is the one hall.csv names, else `hall_code`, else the only hall there is.
    """
    code, problems = _decide_hall(connection, files, hall_code)
    problems += files.problems
    if code is None:
        return RegistryPreview(None, tuple(problems), None)
    stored = read_registry(connection, code)
    merged = merge(stored, files.rows)
    problems += check_registry(merged, files.rows)
    problems += _check_sources(connection, code, files)
    change = None if has_errors(problems) else difference(stored, merged)
    return RegistryPreview(code, tuple(problems), change)


def _decide_hall(
    connection: Connection[Any], files: RegistryFiles, wanted: str | None
) -> tuple[str | None, list[RegistryProblem]]:
    known = read_hall_codes(connection)
    named = [row for row in files.rows if isinstance(row.record, HallRecord)]
    if named:
        code = named[0].record.key()[0]
        if wanted in (None, code):
            return code, []
        to_do = f"load it with --hall {code}, or correct hall.csv"
        return None, [error(named[0].place, "code", f"the files describe the hall {code}, not {wanted}", to_do)]
    listed = ", ".join(known) or "none"
    nowhere = Place(f"{Table.HALL}.csv", 0)
    if wanted is not None and wanted not in known:
        what = f"the hall {wanted} is not registered (registered: {listed})"
        return None, [error(nowhere, "code", what, "add hall.csv, or name a registered hall")]
    if wanted is None and len(known) != 1:
        what = f"which hall is meant? (registered: {listed})"
        return None, [error(nowhere, "code", what, "add hall.csv, or name the hall with --hall CODE")]
    return wanted or known[0], []


def _check_sources(connection: Connection[Any], hall_code: str, files: RegistryFiles) -> list[RegistryProblem]:
    sources: dict[str, Placed[Any]] = {
        row.record.code: row for row in files.rows if isinstance(row.record, SourceRecord)
    }
    taken = read_sources_of_other_halls(connection, hall_code, list(sources))
    return [
        error(sources[code].place, "code", f"the source {code} belongs to the hall {hall}", "give it a code of its own")
        for code, hall in taken.items()
    ]


def describe_place(place: Place) -> str:
    """`items.csv, line 7`, or the file alone where no line is meant."""
    return f"{place.file}, line {place.line}" if place.line else place.file
