"""Lists of cases, paged by key: what fails first, the newest first, or by the beginning of the case number."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from monitor.storage.sql_blocks import sql_block

LIGHTS_WORST_FIRST = ("red", "yellow", "reminder", "green", "none")
LIGHTS_COUNTED_APART = frozenset({"red", "yellow", "reminder"})
"""The counters count a case without light as green."""

BEFORE_ALL_TIME = datetime(1, 1, 2, tzinfo=UTC)
AFTER_EVERY_CHARACTER = "\U0010ffff"

Bounds = tuple[datetime, datetime]
"""First instant and first instant after it."""


@dataclass(frozen=True)
class CaseFilter:
    """Which cases are wanted; None means all. Cases without a department stand under the code ''.

    `open` True means not decided, refused or withdrawn yet. `accepted` and `decided` bound when that happened, `due`
    when the promise falls or fell due; what happened to a case afterwards does not matter.
    """

    departments: Collection[str] | None = None
    lights: Collection[str] | None = None
    item: str | None = None
    statuses: Collection[str] | None = None
    open: bool | None = None
    accepted: Bounds | None = None
    decided: Bounds | None = None
    due: Bounds | None = None

    def fields(self) -> dict[str, Any]:
        """The filter as SQL parameters."""
        return {
            "departments": _listed(self.departments),
            "lights": _listed(self.lights),
            "item": self.item,
            "statuses": _listed(self.statuses),
            "open": self.open,
            "accepted_from": self.accepted and self.accepted[0],
            "accepted_before": self.accepted and self.accepted[1],
            "decided_from": self.decided and self.decided[0],
            "decided_before": self.decided and self.decided[1],
            "due_from": self.due and self.due[0],
            "due_before": self.due and self.due[1],
        }


@dataclass(frozen=True)
class FailingPosition:
    """Where a page of failing cases ended: light, promise due time (None: there is none), case, and its cohort then."""

    light: str
    due_at: datetime | None
    case_id: int
    cohort_id: int = 0


class TimeOrder(StrEnum):
    """Lists by a moment of the case: its decision or acceptance, the newest first; its promise's due time, the earliest
    first, of promises that count.
    """

    DECIDED = "decided"
    ACCEPTED = "accepted"
    DUE = "due"


_STATEMENTS = {
    TimeOrder.DECIDED: "select_newest_decided",
    TimeOrder.ACCEPTED: "select_newest_accepted",
    TimeOrder.DUE: "select_cases_due",
}


@dataclass(frozen=True)
class TimePosition:
    """Where a page by a moment ended; by due times also the cohort of its last case, 0 where nothing of it runs."""

    at: datetime
    case_id: int
    cohort_id: int = 0


@dataclass(frozen=True)
class NumberPosition:
    """Where a page by case number ended."""

    source_id: int
    case_no: str


def select_failing_cases(
    connection: Connection[Any], hall_id: int, wanted: CaseFilter, *, after: FailingPosition | None = None, limit: int
) -> list[FailingPosition]:
    """Select open cases behind `after`: worst light first, then the earliest promise due time, those without one last.
    Of one due time those of a cohort stand together; a case that joins another while pages are turned comes again.

    The order is walked light by light, so that a page costs a few index probes a department wherever it lies.
    """
    by_department = _open_by_department(connection, hall_id, wanted.departments)
    fields = {
        "hall_id": hall_id,
        "departments": [code for code in by_department if code],
        "unnamed": "" in by_department,
        "item": wanted.item,
        "statuses": _listed(wanted.statuses),
    }
    found: list[FailingPosition] = []
    with connection.cursor() as cursor:
        for begin in _stretches(wanted.lights, after):
            place = {
                "light": begin.light, "after_due": begin.due_at, "after_cohort": begin.cohort_id,
                "after_id": begin.case_id, "limit": limit - len(found),
            }  # fmt: skip
            block = "select_failing_undue" if begin.due_at is None else "select_failing_due"
            rows = cursor.execute(sql_block(block), {**fields, **place}, prepare=False)
            found += [FailingPosition(begin.light, due, number, cohort) for number, due, cohort in rows]
            if len(found) >= limit:
                break
    return found


def _stretches(lights: Collection[str] | None, after: FailingPosition | None) -> Iterator[FailingPosition]:
    """Walk the order in stretches of one light with and without due time, each with where in it to begin."""
    for light in LIGHTS_WORST_FIRST:
        if lights is not None and light not in lights:
            continue
        if after is None or LIGHTS_WORST_FIRST.index(light) > LIGHTS_WORST_FIRST.index(after.light):
            yield FailingPosition(light, BEFORE_ALL_TIME, 0)
            yield FailingPosition(light, None, 0)
        elif light == after.light and after.due_at is not None:
            yield after
            yield FailingPosition(light, None, 0)
        elif light == after.light:
            yield after


def count_failing_cases(connection: Connection[Any], hall_id: int, wanted: CaseFilter) -> int:
    """Count the open cases that pass a filter: from the counters, where they can tell."""
    lights = None if wanted.lights is None else set(wanted.lights)
    if wanted.item is None and wanted.statuses is None and (lights is None or lights <= LIGHTS_COUNTED_APART):
        columns = ["open"] if lights is None else sorted(lights)
        loads = _open_by_department(connection, hall_id, wanted.departments).values()
        return sum(load[column] for load in loads for column in columns)
    return count_cases(connection, hall_id, CaseFilter(**{**vars(wanted), "open": True}))


def _open_by_department(
    connection: Connection[Any], hall_id: int, departments: Collection[str] | None
) -> dict[str, dict[str, int]]:
    """Departments with open cases, and their counters."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(sql_block("select_case_departments"), {"hall_id": hall_id}).fetchall()
    open_rows = [row for row in rows if row["open"]]
    return {row["department"]: row for row in open_rows if departments is None or row["department"] in departments}


def select_newest_cases(
    connection: Connection[Any], hall_id: int, wanted: CaseFilter, *, before_id: int | None = None, limit: int
) -> list[int]:
    """Select cases first heard of before the case `before_id`, the newest first."""
    fields = {"hall_id": hall_id, "before_id": before_id, "limit": limit, **wanted.fields()}
    rows = connection.execute(sql_block("select_newest_cases"), fields, prepare=False)
    return [case_id for (case_id,) in rows]


def select_cases_by_time(
    connection: Connection[Any],
    hall_id: int,
    order: TimeOrder,
    wanted: CaseFilter,
    *,
    after: TimePosition | None = None,
    limit: int,
) -> list[TimePosition]:
    """Select cases, open or closed, that have the moment of an order, behind `after`."""
    place = {
        "behind_at": after and after.at,
        "behind_cohort": after and after.cohort_id,
        "behind_id": after and after.case_id,
    }
    fields = {"hall_id": hall_id, "limit": limit, **place, **wanted.fields()}
    rows = connection.execute(sql_block(_STATEMENTS[order]), fields, prepare=False)
    return [TimePosition(at, case_id, cohort_id) for case_id, at, cohort_id in rows]


def select_cases_by_number(
    connection: Connection[Any],
    hall_id: int,
    beginning: str,
    wanted: CaseFilter,
    *,
    after: NumberPosition | None = None,
    limit: int,
) -> list[tuple[int, NumberPosition]]:
    """Select cases whose number starts with `beginning`, by source and number, behind `after`."""
    place = after or NumberPosition(0, "")
    fields = {"after_source": place.source_id, "after_no": place.case_no, "limit": limit}
    values = {"hall_id": hall_id, **_number_range(beginning), **wanted.fields(), **fields}
    rows = connection.execute(sql_block("select_cases_by_number"), values, prepare=False)
    return [(case_id, NumberPosition(source_id, case_no)) for case_id, source_id, case_no in rows]


def count_cases_by_number(connection: Connection[Any], hall_id: int, beginning: str, wanted: CaseFilter) -> int:
    """Count the cases whose number starts with `beginning`."""
    values = {"hall_id": hall_id, **_number_range(beginning), **wanted.fields()}
    row = connection.execute(sql_block("count_cases_by_number"), values, prepare=False).fetchone()
    return 0 if row is None else row[0]


def count_cases(connection: Connection[Any], hall_id: int, wanted: CaseFilter) -> int:
    """Count the cases that pass a filter: by counters where only departments are named, else one by one."""
    values = {"hall_id": hall_id, **wanted.fields()}
    named = {name for name, value in wanted.fields().items() if value is not None}
    if named <= {"departments"}:
        block = "count_every_case"
    else:
        block = "count_cases_due" if named & {"due_from", "due_before"} else "count_listed_cases"
    row = connection.execute(sql_block(block), values, prepare=False).fetchone()
    return 0 if row is None else int(row[0])


def _number_range(beginning: str) -> dict[str, str]:
    # Case numbers are collated by code point: whatever begins with a text lies below it with the greatest one appended.
    return {"first_no": beginning, "last_no": beginning + AFTER_EVERY_CHARACTER}


def _listed(values: Collection[str] | None) -> list[str] | None:
    return None if values is None else list(values)
