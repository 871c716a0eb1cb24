"""Which version of an item holds on a day, and what its versions say of a step."""

from __future__ import annotations

from datetime import date

import pytest

from monitor.domain.instants import Day, day_of
from monitor.domain.item_history import ItemHistory
from monitor.domain.items import ItemVersion

FIRST, SECOND, THIRD = (day_of(date(2026, month, 1)) for month in (2, 5, 8))
VERSIONS = [
    ItemVersion("A", name="third", valid_from=date(2026, 8, 1), steps={"审查": 3.0}, decision_steps=("核准",)),
    ItemVersion("A", name="first", valid_from=date(2026, 2, 1), steps={"核准": None}, decision_steps=("核准", "审查")),
    ItemVersion("A", name="overruled", valid_from=date(2026, 5, 1)),
    ItemVersion("A", name="second", valid_from=date(2026, 5, 1), decision_steps=("核准",)),
]
HISTORY = ItemHistory(VERSIONS)


@pytest.mark.parametrize(
    ("day", "name"),
    [(FIRST - 1, "first"), (FIRST, "first"), (SECOND - 1, "first"), (SECOND, "second"), (THIRD, "third")],
)
def test_the_version_of_a_day_is_the_newest_begun_by_then_and_before_all_the_first(day: Day, name: str) -> None:
    assert HISTORY.on(day).name == name


@pytest.mark.parametrize(
    ("day", "change"), [(FIRST - 1, None), (FIRST, SECOND), (SECOND - 1, SECOND), (SECOND, THIRD), (THIRD, None)]
)
def test_the_next_change_is_the_next_version_but_the_first_coming_into_force_changes_nothing(
    day: Day, change: Day | None
) -> None:
    assert HISTORY.next_change(day) == change


def test_a_step_is_limited_or_decides_where_any_version_says_so_and_disputed_where_not_all_agree() -> None:
    assert HISTORY.limited_steps == {"审查"}
    assert HISTORY.decision_steps == {"核准", "审查"}
    assert HISTORY.disputed_steps == {"审查"}


def test_a_single_version_holds_always() -> None:
    only = ItemHistory(VERSIONS[:1])
    assert only.only is only.on(FIRST) is VERSIONS[0]
    assert ItemHistory(VERSIONS).only is None
    assert only.disputed_steps == frozenset()
