"""Limits of an item that the law would not expect: reasons for a warning when items are loaded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from monitor.domain.items import ItemKind, Unit
from monitor.domain.registry import ItemRecord

ACCEPTANCE_DAYS = 5
"""行政许可法 art. 32(4): corrections are told within five days."""
DELIVERY_DAYS = 10
"""行政许可法 art. 44: the permit is delivered within ten days of the decision."""
STATUTORY_DAYS = dict.fromkeys(ItemKind, 20) | {ItemKind.JOINT: 45}
"""行政许可法 art. 42: twenty working days, forty-five where departments handle jointly."""

_LONGEST_EQUAL = {
    Unit.WORKING_DAYS: {20: 20, 45: 45},
    Unit.CALENDAR_DAYS: {20: 28, 45: 63},
    Unit.WORKING_HOURS: {20: 160, 45: 360},
}
"""The law counts working days (art. 82); in whole weeks of seven days, and in days of eight hours, that is as much."""


@dataclass(frozen=True, slots=True)
class LimitFinding:
    """One unusual limit: the column, what it says, what to do."""

    column: str
    what: str
    to_do: str


def check_limits(item: ItemRecord) -> Iterator[LimitFinding]:
    """Find the limits of one item version that exceed the law's, or contradict each other."""
    unit = item.unit.value.replace("_", " ")
    by_law = STATUTORY_DAYS[item.kind]
    longest = _LONGEST_EQUAL[item.unit][by_law]
    if item.statutory is not None and item.statutory > longest:
        yield LimitFinding(
            "statutory",
            f"statutory {_plain(item.statutory)} {unit} is longer than the {by_law} working days of 行政许可法 art. 42",
            "check it; right only where another law or regulation says so",
        )
    if item.acceptance is not None and item.acceptance > ACCEPTANCE_DAYS:
        yield LimitFinding(
            "acceptance",
            f"acceptance {_plain(item.acceptance)} is longer than the 5 working days of 行政许可法 art. 32(4)",
            "leave it empty for 5, or write a shorter one",
        )
    if item.delivery is not None and item.delivery > DELIVERY_DAYS:
        yield LimitFinding(
            "delivery",
            f"delivery {_plain(item.delivery)} is longer than the 10 working days of 行政许可法 art. 44",
            "leave it empty for 10, or write a shorter one",
        )
    if item.promised is not None and item.statutory is not None and item.promised > item.statutory:
        yield LimitFinding(
            "promised",
            f"promised {_plain(item.promised)} is longer than statutory {_plain(item.statutory)}",
            "a promise may only shorten the legal limit",
        )
    yield from _check_steps(item)
    if item.accept_and_decide and not item.in_hall:
        yield LimitFinding(
            "accept_and_decide",
            "accepted and decided at the window, yet not in the hall",
            "set in_hall to yes; it does not count in accept_and_decide_rate",
        )


def _check_steps(item: ItemRecord) -> Iterator[LimitFinding]:
    together = sum(limit for limit in item.steps.values() if limit is not None)
    if item.promised is not None and together > item.promised:
        yield LimitFinding(
            "steps",
            f"the steps' limits add up to {_plain(together)}, more than the promised {_plain(item.promised)}",
            "shorten the steps, or lengthen the promise",
        )
    unnamed = [step for step in item.decision_steps if item.steps and step not in item.steps]
    if unnamed:
        yield LimitFinding(
            "decision_steps",
            f"{', '.join(unnamed)} is no step of the item",
            "use names that stand in `steps`, or windows' steps will not be recognised (A11)",
        )


def _plain(number: float) -> str:
    return f"{number:g}"
