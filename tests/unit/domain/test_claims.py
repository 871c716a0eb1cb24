"""Claimed percentages against whole numbers: what cannot be is said, and nothing is fitted."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.claims import claim_is_possible, examine_claim
from monitor.domain.figures import round_half_up


@pytest.mark.parametrize(
    ("numerator", "denominator", "claimed", "decimals"),
    [
        (36, 39, 92.3, 1),
        (567, 629, 90.1, 1),
        (25, 29, 86.2, 1),
        (25, None, 86.2, 1),
        (None, 39, 92.3, 1),
        (9, 32, 28, 0),
        (17, 32, 53, 0),
        (6, 32, 19, 0),
        (629, 675, "93.2", 1),
        (1, None, 0, 0),
        (0, None, 0, 1),
        (39, 39, 100, 1),
    ],
)
def test_claims_that_whole_numbers_give(
    numerator: int | None, denominator: int | None, claimed: float, decimals: int
) -> None:
    assert claim_is_possible(numerator, denominator, claimed, decimals)


@pytest.mark.parametrize(
    ("numerator", "denominator", "claimed", "decimals"),
    [
        (629, 675, 93.1, 1),
        (629, None, 93.1, 1),
        (6, 32, 18, 0),
        (None, 3, 50, 0),
        (5, None, 120, 0),
        (0, 0, 0, 0),
        (3, None, -1, 0),
        (567, 629, 90.14, 1),
    ],
)
def test_claims_that_no_whole_number_gives(
    numerator: int | None, denominator: int | None, claimed: float, decimals: int
) -> None:
    assert not claim_is_possible(numerator, denominator, claimed, decimals)


def test_629_items_at_93_1_percent_are_reported_with_the_nearest_totals() -> None:
    finding = examine_claim(629, None, 93.1, 1)
    assert not finding.possible
    assert set(finding.nearest) == {(629, 675), (629, 676)}
    assert "no whole number gives this" in finding.text.en
    assert "629/675 = 93.2 %" in finding.text.en
    assert "629/676 = 93.0 %" in finding.text.zh


def test_a_claim_with_both_numbers_is_answered_with_what_they_give() -> None:
    finding = examine_claim(629, 675, 93.1, 1)
    assert not finding.possible
    assert finding.text.en == "629/675 = 93.1 %: not what these numbers give; recomputed: 629/675 = 93.2 %"
    assert "nothing to divide by" in examine_claim(0, 0, 100, 0).text.en


def test_a_possible_claim_names_the_numbers_that_give_it() -> None:
    finding = examine_claim(25, None, 86.2, 1)
    assert finding.possible
    assert finding.nearest == ((25, 29),)


@pytest.mark.parametrize(("numerator", "denominator"), [(None, None), (-1, 5), (1, -5), (6, 5)])
def test_numbers_that_count_nothing_are_refused(numerator: int | None, denominator: int | None) -> None:
    with pytest.raises(ValueError, match=r"claim needs|cannot be negative|more than there is"):
        claim_is_possible(numerator, denominator, 50, 0)


@given(st.integers(1, 400), st.integers(0, 1000), st.integers(0, 1))
def test_an_unknown_numerator_is_possible_exactly_when_trying_all_finds_one(
    denominator: int, tenths: int, decimals: int
) -> None:
    claimed = Fraction(tenths, 10)
    tried = any(round_half_up(Fraction(100 * top, denominator), decimals) == claimed for top in range(denominator + 1))
    assert claim_is_possible(None, denominator, f"{tenths / 10:.1f}", decimals) == tried


@given(st.integers(1, 60), st.integers(10, 1000))
def test_an_unknown_denominator_is_possible_exactly_when_trying_all_finds_one(numerator: int, tenths: int) -> None:
    claimed = Fraction(tenths, 10)
    # Beyond 100 · numerator ÷ 0.9 the share lies below every claim tried here.
    totals = range(numerator, 112 * numerator + 1)
    tried = any(round_half_up(Fraction(100 * numerator, total), 1) == claimed for total in totals)
    assert claim_is_possible(numerator, None, f"{tenths / 10:.1f}", 1) == tried
