"""The production judge and the day-by-day walk give one answer on random histories, in whatever order events arrive.

Seeds are split into blocks, so that several workers share them. A failure prints the seed and a minimal history.
"""

from __future__ import annotations

import pytest

from monitor.domain.evaluation import evaluate_case
from tests.support.day_by_day import judge_day_by_day
from tests.support.day_by_day.working_days import WorkingDays
from tests.support.histories import random_history, shuffled
from tests.support.judge_comparison import differences, explain_difference

BLOCK = 500
SHORT_RUN = 5_000
LONG_RUN = 100_000


def find_first_difference(seeds: range) -> str:
    for seed in seeds:
        history = random_history(seed)
        if differences(judge_day_by_day(*history.arguments()), evaluate_case(*history.arguments())):
            return explain_difference(seed, history, judge_day_by_day, evaluate_case)
    return ""


@pytest.mark.parametrize("first", range(0, SHORT_RUN, BLOCK))
def test_production_agrees_with_the_day_by_day_walk(first: int) -> None:
    found = find_first_difference(range(first, first + BLOCK))
    assert not found, found


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("first", range(SHORT_RUN, LONG_RUN, 10 * BLOCK))
def test_production_agrees_with_the_day_by_day_walk_in_many_histories(first: int) -> None:
    found = find_first_difference(range(first, min(first + 10 * BLOCK, LONG_RUN)))
    assert not found, found


@pytest.mark.parametrize("judge", [evaluate_case, judge_day_by_day])
def test_the_order_of_arrival_never_matters(judge) -> None:  # type: ignore[no-untyped-def] # either judge
    for seed in range(500):
        history = random_history(seed)
        other = shuffled(history, seed)

        assert judge(*other.arguments()) == judge(*history.arguments()), f"seed {seed}"


def test_events_after_as_of_do_not_matter() -> None:
    judged_otherwise = 0
    for seed in range(500):
        history = random_history(seed)
        read = WorkingDays(history.calendar).read
        known = [event for event in history.events if read(event["occurred_at"]) <= history.as_of]
        judged_otherwise += len(known) < len(history.events)
        arguments = (history.items, history.calendar, history.policy, history.as_of)

        if known:
            assert evaluate_case(known, *arguments) == evaluate_case(history.events, *arguments), f"seed {seed}"
    assert judged_otherwise > 50, "the histories hardly ever hold an event after as_of"


def test_the_histories_reach_every_status_state_light_and_code() -> None:
    seen: set[str] = set()
    for seed in range(3_000):
        judgement = judge_day_by_day(*random_history(seed).arguments())
        if judgement is None:
            seen.add("no judgement")
            continue
        seen |= {judgement["status"], judgement["light"], *(clock["state"] for clock in judgement["clocks"])}
        seen |= {anomaly["code"] for anomaly in judgement["anomalies"]}
    statuses = {"withdrawn", "delivered", "decided", "refused", "suspended", "accepted", "correcting"}
    statuses |= {"received", "applied"}
    states = {"breached", "met", "void", "standing", "running", "red", "yellow", "reminder", "green", "none"}
    anomalies = {f"A{n:02}" for n in range(1, 23) if n not in (9, 16, 18, 19, 20)}
    records = {f"X{n:02}" for n in range(1, 11)}

    assert ({"no judgement"} | statuses | states | anomalies | records) - seen == set()
