"""The metric contract: values, empty populations, half-up rounding, change in percentage points."""

from decimal import Decimal
from fractions import Fraction

import pytest

from monitor.domain.figure_declarations import FIGURES
from monitor.domain.figures import (
    FigureId,
    Formula,
    Measure,
    Population,
    change_in_points,
    percent_text,
    round_half_up,
    value_of,
)

SHARE = FIGURES[FigureId.ON_TIME_RATE]
REDUCTION = FIGURES[FigureId.SPEEDUP_ACTUAL]


def test_every_figure_is_declared_once_with_names_and_formula_in_both_languages() -> None:
    assert list(FIGURES) == list(FigureId)
    texts = [
        text
        for declaration in FIGURES.values()
        for text in (declaration.name.zh, declaration.name.en, declaration.formula_text.zh, declaration.formula_text.en)
    ]
    assert all(texts)
    names = [declaration.name.en for declaration in FIGURES.values()]
    assert len(set(names)) == len(names), "no two figures share a name: the four speed-ups are never mixed"


def test_the_formula_says_what_is_divided_what_is_left_out_and_how_it_weighs() -> None:
    english = REDUCTION.formula_text.en
    assert english.startswith("1 − Σ used")
    assert "left out: limits not in working days, refused, withdrawn" in english
    assert english.endswith("(ratio of sums)")


@pytest.mark.parametrize(
    ("figure", "numerator", "denominator", "shown"),
    [
        (FigureId.DEPARTMENT_PRESENCE, 36, 39, "92.3 %"),
        (FigureId.DEPARTMENT_PRESENCE, 32, 39, "82.1 %"),
        (FigureId.ITEM_PRESENCE, 629, 675, "93.2 %"),
        (FigureId.ACCEPT_AND_DECIDE_RATE, 567, 629, "90.1 %"),
        (FigureId.ACCEPT_AND_DECIDE_RATE, 217, 417, "52.0 %"),
        (FigureId.SET_UP_STAND_ALONE, 9, 32, "28 %"),
        (FigureId.SET_UP_CO_LOCATED, 17, 32, "53 %"),
        (FigureId.SET_UP_DELEGATED, 6, 32, "19 %"),
        (FigureId.MID_LEVEL_PRESENCE, 25, 29, "86.2 %"),
        (FigureId.SPEEDUP_ACTUAL, 6, 20, "70.0 %"),
    ],
)
def test_the_figures_of_the_report_come_out_of_their_numbers(
    figure: FigureId, numerator: int, denominator: int, shown: str
) -> None:
    declaration = FIGURES[figure]
    value = value_of(declaration, Measure(numerator, denominator, denominator))
    assert percent_text(value, declaration.decimals) == shown


@pytest.mark.parametrize("figure", list(FigureId))
def test_an_empty_population_is_null_and_neither_0_nor_100_percent(figure: FigureId) -> None:
    """Edge case 63: a product showed a finish rate of 100 % for a month with no accepted case."""
    assert value_of(FIGURES[figure], Measure(0, 0, 0)) is None
    assert value_of(FIGURES[figure], None) is None
    assert percent_text(None, FIGURES[figure].decimals) == "–"


def test_limits_of_zero_days_alone_give_no_ratio() -> None:
    assert value_of(REDUCTION, Measure(0.0, 0.0, 3)) is None


def test_a_population_without_hits_is_0_percent_and_not_null() -> None:
    assert value_of(SHARE, Measure(0, 8, 8)) == 0.0


def test_a_speed_up_below_zero_is_not_clipped() -> None:
    assert value_of(REDUCTION, Measure(30.0, 20.0, 1)) == -0.5


def test_a_value_is_the_double_nearest_to_the_exact_ratio_so_that_equal_ratios_are_equal() -> None:
    assert value_of(REDUCTION, Measure(27.0, 90.0, 9)) == 0.7
    assert value_of(REDUCTION, Measure(171.0, 200.0, 9)) == 0.145, "1 − 0.855 in doubles would be 0.14500000000000002"


def test_the_change_is_in_percentage_points() -> None:
    assert change_in_points(0.7, 0.4) == 30.0, "70 % against 40 % is 30 points, not 75 %"
    assert change_in_points(0.4, 0.7) == -30.0
    assert change_in_points(None, 0.4) is None
    assert change_in_points(0.7, None) is None


@pytest.mark.parametrize(
    ("number", "decimals", "rounded"),
    [
        (0.5, 0, "1"),
        (2.5, 0, "3"),
        (-0.5, 0, "-1"),
        (0.145, 2, "0.15"),
        (1.005, 2, "1.01"),
        (92.25, 1, "92.3"),
        (92.24999, 1, "92.2"),
        (18, 0, "18"),
        (Decimal("0.05"), 1, "0.1"),
        (Fraction(1, 8), 2, "0.13"),
        (Fraction(-1, 8), 2, "-0.13"),
        (Fraction(62900, 675), 1, "93.2"),
    ],
)
def test_rounding_is_half_up_at_the_decimal_spelling(
    number: float | Decimal | Fraction, decimals: int, rounded: str
) -> None:
    assert str(round_half_up(number, decimals)) == rounded


def test_only_figures_of_cases_have_a_period() -> None:
    assert not SHARE.is_dated
    assert FIGURES[FigureId.SPEEDUP_PROMISED].is_dated
    assert FIGURES[FigureId.SPEEDUP_PROMISED].population is Population.ITEMS
    assert {declaration.formula for declaration in FIGURES.values() if "1 −" in declaration.formula_text.en} == {
        Formula.REDUCTION
    }
