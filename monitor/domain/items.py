"""Versions of items (事项) with their limits, and the policy that a hall judges by."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import msgspec


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
