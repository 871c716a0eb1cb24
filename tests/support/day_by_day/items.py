"""Items and their versions, as the `evaluate` contract gives them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

LONG_AGO = date.min


@dataclass(frozen=True)
class Terms:
    """What one clock takes from an item version."""

    limit: float
    unit: str = "working_days"
    counting: str = "start_excluded"
    roll: bool = True


class Version:
    """One version of an item; the empty one is that of an unknown item."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.given = given
        self.kind: str = given.get("kind") or "promise"
        self.unit: str = given.get("unit") or "working_days"
        self.counting: str = given.get("counting") or "start_excluded"
        self.roll: bool = given.get("roll") is not False
        self.steps: dict[str, float | None] = given.get("steps") or {}
        self.decision_steps: list[str] = given.get("decision_steps") or []
        self.department: str | None = given.get("department") or None

    def _own(self, limit: float) -> Terms:
        return Terms(limit, self.unit, self.counting, self.roll)

    def _plain(self, name: str, default: float) -> Terms:
        limit = self.given.get(name)
        return Terms(default if limit is None else limit)

    def acceptance(self) -> Terms:
        """Acceptance: working days, start excluded; default 5 (art. 32)."""
        return self._plain("acceptance", 5)

    def delivery(self) -> Terms:
        """Delivery: working days, start excluded; default 10 (art. 44)."""
        return self._plain("delivery", 10)

    def promise(self) -> Terms | None:
        """Promise: the item's; none where it gives none."""
        limit = self.given.get("promised")
        return None if limit is None else self._own(limit)

    def statutory(self) -> Terms:
        """Statutory: the item's in its unit; else 20, joint 45, in working days with start excluded (art. 42)."""
        limit = self.given.get("statutory")
        if limit is not None:
            return self._own(limit)
        return Terms(45 if self.kind == "joint" else 20)

    def step(self, name: str) -> Terms | None:
        """A step: the item's; none where it gives none."""
        limit = self.steps.get(name)
        return None if limit is None else self._own(limit)

    def limits(self) -> tuple[Any, ...]:
        """Return what A21 compares."""
        named = ("promised", "statutory", "acceptance", "delivery")
        return (self.unit, *(self.given.get(name) for name in named), self.steps)


class Versions:
    """The versions of one item, by valid_from; of the same date the later in the list."""

    def __init__(self, items: list[dict[str, Any]], name: str | None) -> None:
        by_date: dict[date, Version] = {}
        for given in items:
            if name is not None and given["item"] == name:
                valid_from = given.get("valid_from")
                by_date[date.fromisoformat(valid_from) if valid_from else LONG_AGO] = Version(given)
        self.known = bool(by_date)
        self.in_order = sorted(by_date.items()) or [(LONG_AGO, Version({}))]

    def on(self, day: date) -> Version:
        """Return the version in force on a local day; before the first version, the first."""
        in_force = self.in_order[0][1]
        for valid_from, version in self.in_order:
            if valid_from <= day:
                in_force = version
        return in_force
