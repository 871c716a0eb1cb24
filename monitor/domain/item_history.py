"""The dated versions of each item: which one holds on a day, and what all of them say of a step."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.domain.instants import Day, day_of
from monitor.domain.items import ItemVersion


class ItemHistory:
    """All versions of one item, in order of `valid_from`; of two with the same date the later in the list holds.

    `only` is the version of an item that has but one. `limited_steps`: steps for which any version has a limit;
    `decision_steps`: those that any version names as such, `disputed_steps` those that not all of them do.
    `step_clocks`: the names of the clocks of limited steps, one text for all cases.
    """

    __slots__ = ("days", "decision_steps", "disputed_steps", "limited_steps", "only", "step_clocks", "versions")

    def __init__(self, versions: Iterable[ItemVersion]) -> None:
        by_day = {_first_day(version): version for version in versions}
        self.days: list[Day] = sorted(by_day)
        self.versions: list[ItemVersion] = [by_day[day] for day in self.days]
        self.only: ItemVersion | None = self.versions[0] if len(self.versions) == 1 else None
        limited = [step for version in self.versions for step, limit in version.steps.items() if limit is not None]
        named = [frozenset(version.decision_steps) for version in self.versions]
        self.limited_steps: frozenset[str] = frozenset(limited)
        self.step_clocks: dict[str, str] = {step: f"step:{step}" for step in self.limited_steps}
        self.decision_steps: frozenset[str] = frozenset(step for steps in named for step in steps)
        self.disputed_steps: frozenset[str] = self.decision_steps - named[0].intersection(*named)

    def on(self, day: Day) -> ItemVersion:
        """The version in force on a local day; before the first version: the first."""
        if self.only is not None:
            return self.only
        place = len(self.days) - 1
        while place > 0 and self.days[place] > day:
            place -= 1
        return self.versions[place]

    def next_change(self, day: Day) -> Day | None:
        """The first day after `day` on which another version comes into force."""
        if day < self.days[0]:
            return None
        for begins in self.days:
            if begins > day:
                return begins
        return None


def _first_day(version: ItemVersion) -> Day:
    return -10_000_000 if version.valid_from is None else day_of(version.valid_from)


class ItemCatalogue:
    """The items of a hall by code."""

    __slots__ = ("histories",)

    def __init__(self, versions: Iterable[ItemVersion]) -> None:
        grouped: dict[str, list[ItemVersion]] = {}
        for version in versions:
            grouped.setdefault(version.item, []).append(version)
        self.histories: dict[str, ItemHistory] = {code: ItemHistory(of_item) for code, of_item in grouped.items()}

    def history(self, code: str | None) -> ItemHistory | None:
        """The versions of an item, or None when it is unknown (X01)."""
        return None if code is None else self.histories.get(code)
