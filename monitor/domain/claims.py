"""Claimed percentages held against what whole numbers can produce: a claim that none can is reported, never fitted."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from monitor.domain.figures import Text, round_half_up

Percent = Decimal | float | int | str
"""A percentage as it was written: 93.1 is 93.1 %."""


@dataclass(frozen=True, slots=True)
class ClaimFinding:
    """What became of a claim: whether it is possible, the nearest percentages whole numbers give, and it in words."""

    possible: bool
    nearest: tuple[tuple[int, int], ...]
    text: Text


def claim_is_possible(numerator: int | None, denominator: int | None, claimed_percent: Percent, decimals: int) -> bool:
    """Whether whole numbers give the claimed percentage by half-up rounding to `decimals`.

    With both numbers given, whether exactly these do; with one of them None, whether any whole number in its place
    does (a numerator from 0 to the denominator, a denominator from the numerator up). Raises ValueError for negative
    numbers, for a numerator above the denominator, and when both are None.
    """
    claimed = _percent(claimed_percent)
    _check_numbers(numerator, denominator)
    return any(_rounded(*pair, decimals) == claimed for pair in _candidates(numerator, denominator, claimed, decimals))


def examine_claim(
    numerator: int | None, denominator: int | None, claimed_percent: Percent, decimals: int
) -> ClaimFinding:
    """Judge a claim and say in words what whole numbers do give; arguments and errors as `claim_is_possible`."""
    claimed = _percent(claimed_percent)
    _check_numbers(numerator, denominator)
    candidates = _candidates(numerator, denominator, claimed, decimals)
    fitting = [pair for pair in candidates if _rounded(*pair, decimals) == claimed]
    nearest = tuple((fitting or candidates)[:2])
    listed = ", ".join(f"{top}/{bottom} = {_rounded(top, bottom, decimals)} %" for top, bottom in nearest)
    said = f"{'?' if numerator is None else numerator}/{'?' if denominator is None else denominator} = {claimed} %"
    return ClaimFinding(bool(fitting), nearest, _verdict(said, listed, bool(fitting), None in (numerator, denominator)))


def _verdict(said: str, listed: str, possible: bool, open_ended: bool) -> Text:
    if possible:
        return Text(f"{said}：可以得出（{listed}）", f"{said}: possible ({listed})")
    if not listed:
        return Text(f"{said}：没有可除的数", f"{said}: there is nothing to divide by")
    if open_ended:
        return Text(
            f"{said}：没有整数能得出；最接近的是 {listed}", f"{said}: no whole number gives this; nearest: {listed}"
        )
    return Text(f"{said}：不能得出；重新计算为 {listed}", f"{said}: not what these numbers give; recomputed: {listed}")


def _candidates(
    numerator: int | None, denominator: int | None, claimed: Decimal, decimals: int
) -> list[tuple[int, int]]:
    """The pairs whose percentage lies nearest to the claimed one, nearest first: where they fail, all others do."""
    share = Fraction(claimed) / 100
    if numerator is not None and denominator is not None:
        return [(numerator, denominator)] if denominator else []
    if denominator is not None:
        around = (floor(share * denominator), ceil(share * denominator))
        pairs = [(min(max(top, 0), denominator), denominator) for top in around] if denominator else []
    else:
        assert numerator is not None
        pairs = _fitting_denominators(numerator, share, decimals)
    unique = list(dict.fromkeys(pairs))
    return sorted(unique, key=lambda pair: abs(Fraction(*pair) - share))


def _fitting_denominators(numerator: int, share: Fraction, decimals: int) -> list[tuple[int, int]]:
    if numerator == 0:
        return [(0, 1)]
    if share <= 0:
        # The larger the denominator, the nearer to 0 %: this one rounds to it.
        return [(numerator, 200 * numerator * 10**decimals + 1)]
    wanted = numerator / share
    return [(numerator, max(bottom, numerator)) for bottom in (floor(wanted), ceil(wanted))]


def _rounded(numerator: int, denominator: int, decimals: int) -> Decimal:
    return round_half_up(Fraction(100 * numerator, denominator), decimals)


def _percent(claimed: Percent) -> Decimal:
    return Decimal(repr(claimed)) if isinstance(claimed, float) else Decimal(claimed)


def _check_numbers(numerator: int | None, denominator: int | None) -> None:
    if numerator is None and denominator is None:
        raise ValueError("a claim needs its numerator, its denominator or both: with neither, anything is possible")
    if min(number for number in (numerator, denominator, 0) if number is not None) < 0:
        raise ValueError("numerator and denominator count things: they cannot be negative")
    if numerator is not None and denominator is not None and numerator > denominator:
        raise ValueError(f"a share of {numerator} out of {denominator} counts more than there is")
