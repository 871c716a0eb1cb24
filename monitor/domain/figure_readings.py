"""A figure as read for a period: its measure, the earlier one it is compared with, and the change between them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from monitor.domain.figures import (
    FigureDeclaration,
    Formula,
    Measure,
    Text,
    Weighting,
    change_in_points,
    round_half_up,
    value_of,
)


@dataclass(frozen=True, slots=True)
class Period:
    """Local dates from `begin` up to but without `end`. Raises ValueError when empty."""

    begin: date
    end: date

    def __post_init__(self) -> None:
        if self.end <= self.begin:
            raise ValueError(f"the period from {self.begin} to {self.end} holds no day: `to` is exclusive")

    @property
    def last_day(self) -> date:
        """The last day in it."""
        return self.end - timedelta(days=1)

    @property
    def whole_months(self) -> tuple[date, date]:
        """First days of the first whole month in it and of the month behind the last; the second not later: none."""
        first = self.begin.replace(day=1)
        return first if first == self.begin else _months_later(first, 1), self.end.replace(day=1)

    @property
    def before(self) -> Period:
        """The period just before: as many calendar months where it consists of whole months, else as many days."""
        months = _months_between(self.begin, self.end)
        if self.begin.day == 1 and self.end.day == 1:
            return Period(_months_later(self.begin, -months), self.begin)
        return Period(self.begin - (self.end - self.begin), self.begin)

    @staticmethod
    def month_of(day: date) -> Period:
        """The calendar month of a day."""
        first = day.replace(day=1)
        return Period(first, _months_later(first, 1))


@dataclass(frozen=True, slots=True)
class FigureReading:
    """One figure with its numbers.

    `period` is null for a figure of the registry, `day` for a figure of cases; the same for the earlier ones, which
    are null where nothing is compared.
    """

    declaration: FigureDeclaration
    measure: Measure | None
    period: Period | None = None
    day: date | None = None
    earlier_measure: Measure | None = None
    earlier_period: Period | None = None
    earlier_day: date | None = None

    @property
    def value(self) -> float | None:
        """The share; None for an empty population."""
        return value_of(self.declaration, self.measure)

    @property
    def earlier_value(self) -> float | None:
        """The share in the earlier period or on the earlier day."""
        return value_of(self.declaration, self.earlier_measure)

    @property
    def change_points(self) -> float | None:
        """`value` − `earlier_value` in percentage points."""
        return change_in_points(self.value, self.earlier_value)

    @property
    def earlier_label(self) -> Text | None:
        """When the earlier value was true, with the numbers behind it: `2026-10-01 – 2026-10-31 (12/30)`."""
        numbers = describe_measure(self.declaration, self.earlier_measure)
        if self.earlier_day is not None:
            return Text(f"{self.earlier_day}{numbers.zh}", f"{self.earlier_day}{numbers.en}")
        if self.earlier_period is None:
            return None
        first, last = self.earlier_period.begin, self.earlier_period.last_day
        return Text(f"{first} 至 {last}{numbers.zh}", f"{first} – {last}{numbers.en}")


def describe_measure(declaration: FigureDeclaration, measure: Measure | None) -> Text:
    """The numbers in brackets: `(36/39)`, for sums with how many stand behind them: `(60/100, n = 9)`."""
    if measure is None:
        return Text("", "")
    numbers = f"{_plain(measure.numerator)}/{_plain(measure.denominator)}"
    if declaration.weighting is not Weighting.EQUAL or declaration.formula is Formula.REDUCTION:
        return Text(f"（{numbers}，n = {measure.n}）", f" ({numbers}, n = {measure.n})")
    return Text(f"（{numbers}）", f" ({numbers})")


def _plain(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else str(round_half_up(float(number), 2))


def _months_between(begin: date, end: date) -> int:
    return (end.year - begin.year) * 12 + end.month - begin.month


def _months_later(first: date, months: int) -> date:
    count = first.year * 12 + first.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)
