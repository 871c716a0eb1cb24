"""Event ids come from what an event says: where it stands in a file changes nothing."""

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from monitor.intake.importing.identity import Numbering
from monitor.intake.importing.mapping import Draft


def draft(key: str) -> Draft:
    return Draft(1, key, {"kind": "decided"})


def ids(keys: list[str], portion: int = 1000) -> list[str]:
    numbering = Numbering()
    drafts = [draft(key) for key in keys]
    for start in range(0, len(drafts), portion):
        numbering.number(drafts[start : start + portion])
    return [each.fields["event_id"] for each in drafts]


def test_the_same_event_has_the_same_id_in_another_export_with_more_rows() -> None:
    assert ids(["a", "b"]) == ids(["new", "a", "more", "b"])[1::2]


def test_identical_rows_are_different_events_told_apart_by_their_order() -> None:
    first, second, third = ids(["a", "a", "a"])
    assert len({first, second, third}) == 3
    assert ids(["a"]) == [first]


def test_a_log_s_own_id_is_kept() -> None:
    own = Draft(1, "a", {"kind": "decided", "event_id": "their-17"})
    Numbering().number([own])
    assert own.fields["event_id"] == "their-17"


def test_an_id_names_the_kind_for_people() -> None:
    assert ids(["a"])[0].startswith("decided-")


@given(st.lists(st.sampled_from("abcdefgh"), max_size=60), st.integers(1, 20), st.integers(1, 20))
def test_ids_do_not_depend_on_how_a_file_is_cut_into_portions(keys: list[str], one: int, other: int) -> None:
    assert ids(keys, one) == ids(keys, other)


@given(st.lists(st.sampled_from("abcdefgh"), max_size=60), st.randoms(use_true_random=False))
def test_sorting_a_file_anew_gives_the_same_ids(keys: list[str], chance: random.Random) -> None:
    shuffled = keys.copy()
    chance.shuffle(shuffled)
    assert Counter(ids(keys, 7)) == Counter(ids(shuffled, 5))


def test_many_portions_count_as_one_count_would() -> None:
    chance = random.Random(7)
    keys = [str(chance.randrange(3_000)) for _ in range(20_000)]
    found = ids(keys, 500)
    assert len(set(found)) == len(found)
    assert found == ids(keys, len(keys))
