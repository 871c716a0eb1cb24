"""The size of a bench's run, as the environment asks for it."""

from __future__ import annotations

import pytest

from tests.performance.scales import SCALES, chosen_scale


def test_open_cases_may_be_chosen_apart_from_the_scale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCH_SCALE", "medium")
    assert chosen_scale() == SCALES["medium"]
    monkeypatch.setenv("BENCH_OPEN_CASES", "1000000")
    assert chosen_scale().open_cases == (10_000, 100_000, 1_000_000)
    assert chosen_scale().repeats == SCALES["medium"].repeats
    monkeypatch.setenv("BENCH_OPEN_CASES", "50000")
    assert chosen_scale().open_cases == (10_000, 50_000)


@pytest.mark.parametrize("given", ["many", "-1", "12"])
def test_a_number_that_is_none_or_too_small_is_refused(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("BENCH_SCALE", "small")
    monkeypatch.setenv("BENCH_OPEN_CASES", given)
    with pytest.raises(SystemExit, match=f"BENCH_OPEN_CASES is '{given}'"):
        chosen_scale()
