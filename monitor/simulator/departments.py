"""The 39 departments (部门) of the hall with their subjects, as the resource files list them in registry order."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files

from monitor.domain.registry import DepartmentRecord, SetUp

REFORM = date(2025, 9, 1)
"""The day from which the reformed registry holds; any earlier date gives the values before the reform."""

RECODED = 9
"""The busiest departments got new codes for their items with the reform; their cases from before are simulated."""


class Tempo(StrEnum):
    """How a department works: how much of its promise it uses, and how often it breaks it."""

    BRISK = "brisk"
    STEADY = "steady"
    SLOW = "slow"


@dataclass(frozen=True)
class Subject:
    """What a group of items is about; its acts (new, change, renewal …) are the items."""

    name_zh: str
    name_en: str


@dataclass(frozen=True)
class HallDepartment:
    """One department: registry facts now and before the reform, how many items it has, and its working habits.

    `items_outside` of its `items` are not handled in the hall; `arrivals` = cases on a working day at full volume.
    """

    code: str
    position: int
    name_zh: str
    name_en: str
    set_up: SetUp | None
    in_hall: bool
    in_hall_before: bool
    mid_level_post: bool
    mid_level_filled: bool
    mid_level_filled_before: bool
    items: int
    items_outside: int
    arrivals: float
    tempo: Tempo
    subjects: tuple[Subject, ...]

    @property
    def source(self) -> str:
        """Code of the system that feeds its cases."""
        return f"{self.code}-SYS"

    def records(self) -> list[DepartmentRecord]:
        """Its registry versions: before the reform, and since, where anything changed."""
        before = self._record(None, None, self.in_hall_before, self.mid_level_filled_before)
        since = self._record(REFORM, self.set_up, self.in_hall, self.mid_level_filled)
        changed = (self.set_up, self.in_hall, self.mid_level_filled) != (
            None,
            self.in_hall_before,
            self.mid_level_filled_before,
        )
        return [before, since] if changed else [before]

    def _record(self, since: date | None, set_up: SetUp | None, in_hall: bool, filled: bool) -> DepartmentRecord:
        return DepartmentRecord(
            code=self.code,
            position=self.position,
            valid_from=since,
            valid_to=None,
            name_zh=self.name_zh,
            name_en=self.name_en,
            set_up=set_up,
            in_hall=in_hall,
            mid_level_post=self.mid_level_post,
            mid_level_filled=filled,
            successors=(),
        )


@cache
def hall_departments() -> tuple[HallDepartment, ...]:
    """All departments in registry order."""
    subjects: dict[str, list[Subject]] = {}
    for row in _rows("subjects.csv"):
        subjects.setdefault(row["department"], []).append(Subject(row["name_zh"], row["name_en"]))
    return tuple(
        HallDepartment(
            code=row["code"],
            position=position,
            name_zh=row["name_zh"],
            name_en=row["name_en"],
            set_up=SetUp(row["set_up"]) if row["set_up"] else None,
            in_hall=row["in_hall"] == "yes",
            in_hall_before=row["in_hall_before"] == "yes",
            mid_level_post=row["mid_level_post"] == "yes",
            mid_level_filled=row["mid_level_filled"] == "yes",
            mid_level_filled_before=row["mid_level_filled_before"] == "yes",
            items=int(row["items"]),
            items_outside=int(row["items_outside"]),
            arrivals=float(row["arrivals"]),
            tempo=Tempo(row["tempo"]),
            subjects=tuple(subjects[row["code"]]),
        )
        for position, row in enumerate(_rows("departments.csv"), 1)
    )


@cache
def recoded_departments() -> frozenset[str]:
    """Codes of the departments whose items have other codes since the reform."""
    there_before = [department for department in hall_departments() if department.in_hall and department.in_hall_before]
    busiest = sorted(there_before, key=lambda department: -department.arrivals)[:RECODED]
    return frozenset(department.code for department in busiest)


def _rows(name: str) -> list[dict[str, str]]:
    text = (files("monitor.simulator") / "resources" / name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))
