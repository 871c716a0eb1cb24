"""A mapping profile: how the log of another system becomes events, and by which rules its cases are judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from monitor.domain.items import ItemVersion, Policy
from monitor.intake.importing.records import Layout

EVENT_FIELDS = (
    "case_no", "at", "item", "department", "window", "handler", "step", "reason", "days", "legal_basis", "notice_no",
    "approver", "result", "voids", "due_claimed", "applicant_ref", "event_id",
)  # fmt: skip
"""What a rule may fill; `at` becomes `occurred_at`."""
TIME_FIELDS = frozenset({"at", "due_claimed"})


class Unmapped(StrEnum):
    """What becomes of a value that a map does not name: the row is rejected, or the value kept, or dropped."""

    REJECT = "reject"
    KEEP = "keep"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Directive:
    """Where one field of an event comes from. Exactly one of `columns`, `case`, `value` is given.

    `elsewhere` names an activity: the columns are then read from the case's first row of that activity.
    """

    where: str
    columns: tuple[str, ...] = ()
    case: tuple[str, ...] = ()
    value: str | None = None
    elsewhere: str | None = None
    join: str = "/"
    map: Mapping[str, str] | None = None
    unmapped: Unmapped = Unmapped.REJECT
    default: str | None = None
    format: str | None = None
    hash: bool = False
    calendar_days: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """A test on one column (or attribute of the case): whether its text is one of some; None stands for absent."""

    name: str
    of_case: bool
    texts: frozenset[str | None]
    negated: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """Which rows become an event of which kind.

    No `activities`: every row is meant. `lacking`: only in cases without any row of these activities. `optional`: a
    row without the time is no event, and no error.
    """

    where: str
    kind: Directive
    activities: frozenset[str]
    conditions: tuple[Condition, ...]
    fields: Mapping[str, Directive]
    lacking: frozenset[str] = frozenset()
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Naming:
    """A code with what people call it."""

    code: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class WindowPlan:
    """A window of the hall, or a channel that takes its place."""

    naming: Naming
    department: str


@dataclass(frozen=True, slots=True)
class ItemPlan:
    """An item with its names; limits are those of `version`."""

    naming: Naming
    version: ItemVersion


@dataclass(frozen=True, slots=True)
class HallPlan:
    """The hall whose log it is, and what it is judged by. `calendar` is the C, `policy` the P of `evaluate`."""

    naming: Naming
    zone: str
    departments: tuple[Naming, ...]
    windows: tuple[WindowPlan, ...]
    items: tuple[ItemPlan, ...]
    calendar: Mapping[str, Any]
    policy: Policy


@dataclass(frozen=True, slots=True)
class Profile:
    """One profile. `hall` is None where the events belong to a hall that is registered already."""

    name: str
    title: str
    layout: Layout
    zone: str
    source: Naming | None
    activity: str | None
    rules: tuple[Rule, ...]
    case_rules: tuple[Rule, ...] = ()
    rest: Rule | None = None
    identity: tuple[str, ...] = ()
    empty: frozenset[str] = frozenset({""})
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    salt: str | None = None
    hall: HallPlan | None = None
    columns: frozenset[str] = field(default_factory=frozenset)
    """Every column any rule reads: a table must have them all."""
