"""The metric contract: what a figure is, its value from what was counted, half-up rounding, change in points."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction
from typing import assert_never

Number = int | float | Decimal | Fraction


class FigureId(StrEnum):
    """The figures, in the order in which they are shown."""

    SPEEDUP_ACTUAL = "speedup_actual"
    SPEEDUP_ACTUAL_MEAN = "speedup_actual_mean"
    SPEEDUP_PROMISED = "speedup_promised"
    SPEEDUP_PROMISE_CUT = "speedup_promise_cut"
    EARLY_SHARE_OF_ACCEPTED = "early_share_of_accepted"
    ON_TIME_RATE = "on_time_rate"
    EARLY_RATE = "early_rate"
    OVERDUE_RATE = "overdue_rate"
    STATUTORY_OVERDUE_RATE = "statutory_overdue_rate"
    SAME_DAY_RATE = "same_day_rate"
    DEPARTMENT_PRESENCE = "department_presence"
    ITEM_PRESENCE = "item_presence"
    ACCEPT_AND_DECIDE_RATE = "accept_and_decide_rate"
    SET_UP_STAND_ALONE = "set_up_stand_alone"
    SET_UP_CO_LOCATED = "set_up_co_located"
    SET_UP_DELEGATED = "set_up_delegated"
    MID_LEVEL_PRESENCE = "mid_level_presence"


class Formula(StrEnum):
    """How the value comes from numerator and denominator."""

    SHARE = "share"
    """numerator ÷ denominator"""
    REDUCTION = "reduction"
    """1 − numerator ÷ denominator; negative when the numerator is greater, never clipped"""


class Population(StrEnum):
    """What is counted: cases of a period, or items or departments in force on a day."""

    CASES = "cases"
    ITEMS = "items"
    DEPARTMENTS = "departments"


class Weighting(StrEnum):
    """What has how much weight in the value."""

    EQUAL = "equal"
    """Every member counts once."""
    SUMS = "ratio_of_sums"
    """Ratio of two sums: who has the longer limit weighs more."""
    MEAN = "mean_of_ratios"
    """Every member's own ratio counts once."""


_WEIGHTING_TEXTS = {
    Weighting.EQUAL: ("每件计一次", "each counted once"),
    Weighting.SUMS: ("两个总和之比", "ratio of sums"),
    Weighting.MEAN: ("各件比率的平均", "mean of the single ratios"),
}


@dataclass(frozen=True, slots=True)
class Text:
    """A text in the two languages of the pages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class FigureDeclaration:
    """One figure: what it is called, what it counts, what it leaves out, how it weighs, how many decimals it shows."""

    id: FigureId
    name: Text
    numerator: Text
    denominator: Text
    exclusions: Text | None
    population: Population
    formula: Formula = Formula.SHARE
    weighting: Weighting = Weighting.EQUAL
    decimals: int = 1

    @property
    def is_dated(self) -> bool:
        """Whether it describes the registry on a day, not the cases of a period."""
        return self.population is not Population.CASES

    @property
    def formula_text(self) -> Text:
        """Formula, exclusions and weighting in words."""
        first = "1 − " if self.formula is Formula.REDUCTION else ""
        zh = f"{first}{self.numerator.zh} ÷ {self.denominator.zh}"
        en = f"{first}{self.numerator.en} ÷ {self.denominator.en}"
        if self.exclusions is not None:
            zh, en = f"{zh}；不计{self.exclusions.zh}", f"{en}; left out: {self.exclusions.en}"
        weighting = _WEIGHTING_TEXTS[self.weighting]
        return Text(f"{zh}（{weighting[0]}）", f"{en} ({weighting[1]})")


@dataclass(frozen=True, slots=True)
class Measure:
    """What was counted for one figure: `n` members stand in the denominator, `excluded` were left out by the contract.

    Sums (of working days) are floating point, counts whole numbers.
    """

    numerator: float
    denominator: float
    n: int
    excluded: int = 0


def value_of(declaration: FigureDeclaration, measure: Measure | None) -> float | None:
    """The share (0.7 = 70 %); None when nothing was measured, the population is empty, or its limits are all zero.

    Computed exactly and rounded once to the nearest double, so that 63/90 is the same 0.7 everywhere.
    """
    if measure is None or measure.n == 0 or measure.denominator == 0:
        return None
    numerator, denominator = Fraction(measure.numerator), Fraction(measure.denominator)
    formula = declaration.formula
    match formula:
        case Formula.SHARE:
            return float(numerator / denominator)
        case Formula.REDUCTION:
            return float((denominator - numerator) / denominator)
    assert_never(formula)


def change_in_points(value: float | None, earlier: float | None) -> float | None:
    """`value` − `earlier` in percentage points (0.7 against 0.4 = 30, not 75 %); None where either is missing."""
    if value is None or earlier is None:
        return None
    return float((Decimal(repr(value)) - Decimal(repr(earlier))) * 100)


def round_half_up(number: Number, decimals: int) -> Decimal:
    """Round half away from zero (四舍五入): 0.5 → 1, 2.5 → 3, −0.5 → −1.

    A float is taken at its shortest decimal spelling: 0.145 is 145 thousandths, not the binary fraction below it.
    """
    unit = Decimal(1).scaleb(-decimals)
    match number:
        case Fraction():
            return _round_fraction(number, decimals)
        case float():
            return Decimal(repr(number)).quantize(unit, ROUND_HALF_UP)
        case _:
            return Decimal(number).quantize(unit, ROUND_HALF_UP)


def percent_text(value: float | None, decimals: int) -> str:
    """`92.3 %` from 0.923…; an empty population is a dash."""
    return "–" if value is None else f"{round_half_up(Decimal(repr(value)) * 100, decimals)} %"


def _round_fraction(number: Fraction, decimals: int) -> Decimal:
    scaled = abs(number) * 10**decimals
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(whole if number >= 0 else -whole).scaleb(-decimals)
