"""Items and a policy that cannot be used are refused with their place before any case is judged."""

import pytest

from monitor.domain.evaluation import BadRules, read_items, read_policy


def test_items_that_are_no_list_of_versions_are_refused_with_the_place_of_the_fault() -> None:
    with pytest.raises(BadRules, match=r"items: Expected `array`, got `object`.*give a JSON array of item versions"):
        read_items({"item": "permit"})
    with pytest.raises(BadRules, match=r"items: .*\$\[0\]\.unit"):
        read_items([{"item": "permit", "unit": "fortnights"}])


def test_a_policy_of_unknown_words_is_refused_and_an_absent_one_is_the_default() -> None:
    with pytest.raises(BadRules, match=r"policy: .*\$\.suspension_validity"):
        read_policy({"suspension_validity": "perhaps"})
    assert read_policy(None) == read_policy({})
