"""Items (事项) with their limits, in dated versions, and the policy that a hall judges by."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import date
from enum import StrEnum

import msgspec

from monitor.domain.instants import Day, day_of


class ItemKind(StrEnum):
    """办件类型: decided on the spot, promised, handled jointly (art. 26), or reported to a higher body (art. 35)."""

    IMMEDIATE = "immediate"
    PROMISE = "promise"
    JOINT = "joint"
    REPORTED_UP = "reported_up"


class Unit(StrEnum):
    """What a limit is counted in."""

    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    WORKING_HOURS = "working_hours"


class Counting(StrEnum):
    """How an authority counts the first day; `start_excluded` is 民法典 art. 201."""

    START_EXCLUDED = "start_excluded"
    START_COUNTED = "start_counted"
    CLOCK = "clock"


class ItemVersion(msgspec.Struct, frozen=True):
    """One version of an item: the I of the `evaluate` contract. Limits are in `unit`; null limits mean the default."""

    item: str
    name: str = ""
    department: str | None = None
    kind: ItemKind = ItemKind.PROMISE
    unit: Unit = Unit.WORKING_DAYS
    counting: Counting = Counting.START_EXCLUDED
    roll: bool = True
    promised: float | None = None
    statutory: float | None = None
    acceptance: float | None = None
    delivery: float | None = None
    steps: dict[str, float | None] = {}
    valid_from: date | None = None
    decision_steps: tuple[str, ...] = ()

    def limits(self) -> tuple[object, ...]:
        """What a change of limits (A21) is seen by."""
        steps = tuple(sorted(self.steps.items()))
        return (self.unit, self.promised, self.statutory, self.acceptance, self.delivery, steps)


class ItemHistory:
    """All versions of one item, in order of `valid_from`; of two with the same date the later in the list holds."""

    def __init__(self, versions: Iterable[ItemVersion]) -> None:
        by_day = {_first_day(version): version for version in versions}
        self.days = sorted(by_day)
        self.versions = [by_day[day] for day in self.days]
        self.only = self.versions[0] if len(self.versions) == 1 else None
        self.has_decision_steps = any(version.decision_steps for version in self.versions)

    def on(self, day: Day) -> ItemVersion:
        """The version in force on a local day; before the first version: the first."""
        if self.only is not None:
            return self.only
        return self.versions[max(bisect_right(self.days, day) - 1, 0)]

    def next_change(self, day: Day) -> Day | None:
        """The first day after `day` on which another version comes into force."""
        position = bisect_right(self.days, day)
        return self.days[position] if 0 < position < len(self.days) else None


def _first_day(version: ItemVersion) -> Day:
    return -10_000_000 if version.valid_from is None else day_of(version.valid_from)


class ItemCatalogue:
    """The items of a hall by code."""

    def __init__(self, versions: Iterable[ItemVersion]) -> None:
        grouped: dict[str, list[ItemVersion]] = {}
        for version in versions:
            grouped.setdefault(version.item, []).append(version)
        self.histories = {code: ItemHistory(of_item) for code, of_item in grouped.items()}

    def history(self, code: str | None) -> ItemHistory | None:
        """The versions of an item, or None when it is unknown (X01)."""
        return None if code is None else self.histories.get(code)


class SuspensionCredit(StrEnum):
    """Whether a suspension stops the clock beyond its planned days."""

    CAPPED = "capped"
    FULL = "full"


class Validity(StrEnum):
    """Whether what breaks the form of the law still counts (and is flagged), or covers nothing."""

    FLAG = "flag"
    STRICT = "strict"


class Policy(msgspec.Struct, frozen=True):
    """The P of the `evaluate` contract."""

    suspension_credit: SuspensionCredit = SuspensionCredit.CAPPED
    suspension_validity: Validity = Validity.FLAG
    extension_validity: Validity = Validity.FLAG
    deemed_acceptance: bool = True
