"""Whoever sees one department is told nothing of another, in any part of any message."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.live.messages import DELTA_PARTS
from alerts.live.scope import Scope, restrict
from monitor.api.models import Board, Delta

WHOLE = Scope(1)
OURS = Scope(1, frozenset({"A"}))

SECRET = "B"


def parts_of(department: str) -> dict[str, Any]:
    """Every part a board or delta can have, all of it naming one department."""
    return {
        "as_of": "2026-03-02T09:00:00+08:00",
        "case_time": {"rate": 1},
        "hall": {"code": "H"},
        "departments": [{"code": department, "open": 7}],
        "cards": [{"card_id": 7, "department": department, "case_no": f"{department}-1"}],
        "sources": [{"code": f"S{department}", "departments": [department]}],
        "numbers": {"open": department},
        "due_days": [{"promise": department}],
        "trend": [{"n": department}],
        "feed_cards": [{"source": f"S{department}", "departments": [department], "cards_held": f"of {department}"}],
        "outages": [{"outage_id": 1, "cards_due": f"of {department}", "cards_held": f"of {department}"}],
        "warnings": [{"code": "no_working_time"}],
        "cards_more": 3,
        "data_as_of": f"of {department}",
    }


def test_the_whole_hall_sees_everything() -> None:
    assert restrict(parts_of(SECRET), WHOLE) == parts_of(SECRET)


def test_ones_own_department_is_seen() -> None:
    seen = restrict(parts_of("A"), OURS)
    assert [tile["code"] for tile in seen["departments"]] == ["A"]
    assert [card["case_no"] for card in seen["cards"]] == ["A-1"]
    assert [source["code"] for source in seen["sources"]] == ["SA"]


def test_nothing_of_another_department_is_seen_in_any_part() -> None:
    seen = restrict(parts_of(SECRET), OURS)
    assert seen.pop("departments") == seen.pop("cards") == seen.pop("sources") == seen.pop("feed_cards") == []
    assert SECRET not in repr(seen)
    assert set(seen) == {"as_of", "case_time", "hall", "outages", "warnings"}


def test_that_the_supervision_was_blind_is_told_to_all_and_what_it_cost_to_none_but_the_whole() -> None:
    assert restrict(parts_of(SECRET), OURS)["outages"] == [{"outage_id": 1, "cards_due": None, "cards_held": None}]


def test_the_feed_card_of_ones_own_source_is_seen_without_the_sum_of_what_it_holds() -> None:
    assert restrict(parts_of("A"), OURS)["feed_cards"] == [{"source": "SA", "departments": ["A"], "cards_held": None}]


def test_sums_are_only_those_read_for_the_scope() -> None:
    own = {"numbers": {"open": 1}, "due_days": [], "trend": []}
    seen = restrict(parts_of(SECRET), OURS, own)
    assert {name: seen[name] for name in own} == own


def test_parts_read_for_a_scope_are_cut_all_the_same() -> None:
    seen = restrict(parts_of("A"), OURS, {"cards": parts_of(SECRET)["cards"] + parts_of("A")["cards"]})
    assert [card["department"] for card in seen["cards"]] == ["A"]


def test_an_unknown_part_is_left_out_until_it_is_admitted_on_purpose() -> None:
    assert "gossip" not in restrict({"gossip": 1}, OURS)


@pytest.mark.parametrize("model", [Board, Delta])
def test_every_part_of_the_contract_has_been_thought_of(model: type[Board] | type[Delta]) -> None:
    thought_of = {*parts_of("A"), "type", "seq"}
    assert set(model.model_fields) <= thought_of


def test_a_delta_tells_exactly_the_parts_of_the_contract() -> None:
    assert {*DELTA_PARTS, "type", "seq"} == set(Delta.model_fields)


def test_a_shared_source_names_only_ones_own_departments() -> None:
    seen = restrict({"sources": [{"code": "S", "departments": ["A", SECRET]}]}, OURS)
    assert seen["sources"] == [{"code": "S", "departments": ["A"]}]


def test_a_source_that_declares_no_departments_may_feed_ours() -> None:
    assert len(restrict({"sources": [{"code": "S", "departments": []}]}, OURS)["sources"]) == 1


def test_cases_without_a_department_need_a_scope_that_names_them() -> None:
    card = {"card_id": 1, "department": None}
    assert restrict({"cards": [card]}, OURS)["cards"] == []
    assert restrict({"cards": [card]}, Scope(1, frozenset({""})))["cards"] == [card]


def test_an_absent_part_stays_absent() -> None:
    assert restrict({"as_of": "t", "departments": None}, OURS) == {"as_of": "t"}


codes = st.sampled_from(["A", "B", "C", "", None])


@given(st.lists(codes), st.frozensets(st.sampled_from(["A", "B", "C", ""])))
def test_rows_seen_are_exactly_those_within(departments: list[str | None], own: frozenset[str]) -> None:
    cards = [{"card_id": number, "department": code} for number, code in enumerate(departments)]
    seen = restrict({"cards": cards}, Scope(1, own))["cards"]
    assert seen == [card for card in cards if (card["department"] or "") in own]
