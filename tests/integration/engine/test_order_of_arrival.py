"""Random cases through intake and engine, in any order, cut anywhere, judged at any moments: one result in the end."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Any

import msgspec
import pytest

from monitor.storage.recalculation import insert_calendar_version, insert_recalculation
from tests.support.histories import HistoryMaker
from tests.support.random_hall import (
    FINAL,
    HallPlan,
    RandomHall,
    cut_at_random,
    moments_at_random,
    plan_hall,
    random_hall,
)

CASES = 20
SEEDS = 3
LONG_SEEDS = 60

seeds = pytest.mark.parametrize(
    "seed", [*range(SEEDS), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(SEEDS, LONG_SEEDS))]
)


def renamed(plan: HallPlan, code: str) -> HallPlan:
    """The same hall and cases, sent by a source of another name."""
    return replace(plan, code=code, events=[msgspec.structs.replace(event, source=code) for event in plan.events])


def take_in_any_order(hall: RandomHall, rng: Random) -> None:
    """Events in any order and cut, with cycles of the engine between them, some of them broken off."""
    requests = list(cut_at_random(rng.sample(hall.plan.events, len(hall.plan.events)), rng))
    for request, moment in zip(requests, moments_at_random(len(requests), rng), strict=True):
        hall.send(request)
        if rng.random() < 0.6:
            hall.engine.cycle(moment, lambda: rng.random() < 0.2)
        if rng.random() < 0.1:  # a restart: nothing in memory is left
            hall.engine = type(hall.engine)(hall.engine.connection, hall.engine.hall)
    hall.engine.cycle(FINAL)


@seeds
def test_late_and_out_of_order_events_end_as_if_they_had_come_in_order(database_url: str, seed: int) -> None:
    rng = Random(seed)
    feed = rng.choice(["live", "live", "archive"])
    plan = plan_hall("ANY", seed, CASES)
    in_order = renamed(plan, "ORDERED")
    with random_hall(database_url, plan, feed=feed) as hall:
        take_in_any_order(hall, rng)
        replayed, stored = hall.replay(), hall.stored()
    with random_hall(database_url, in_order, feed=feed) as hall:
        hall.send(sorted(in_order.events, key=lambda event: event.occurred_at))
        hall.engine.cycle(FINAL)
        expected = hall.stored()
    assert replayed.differences == []
    for name in expected:
        assert stored[name] == expected[name], f"{name} of seed {seed}"
    assert stored["facts"]


# -- while rules are loaded -----------------------------------------------------------------------


def load_calendar(hall: RandomHall, rng: Random, moment: datetime) -> None:
    maker, year = HistoryMaker(rng), rng.choice([2025, 2026, 2027])
    days = {"holidays": maker.draw_days(year, 20), "workdays": maker.draw_days(year, 5)}
    content: dict[str, Any] = {"years": {str(year): days}}
    insert_calendar_version(hall.connection, "hall", hall.hall_id, moment, "operator", "notice", content)
    insert_recalculation(hall.connection, hall.hall_id, moment, "operator", "calendar", "notice", {})
    hall.connection.commit()


@seeds
def test_whatever_calendars_are_loaded_meanwhile_every_stored_value_equals_its_replay(
    database_url: str, seed: int
) -> None:
    rng = Random(seed)
    with random_hall(database_url, plan_hall("LOADED", seed + 1_000, CASES)) as hall:
        requests = list(cut_at_random(rng.sample(hall.plan.events, len(hall.plan.events)), rng))
        for request, moment in zip(requests, moments_at_random(len(requests), rng), strict=True):
            for _ in range(rng.choice([0, 0, 0, 0, 1])):
                load_calendar(hall, rng, moment)
            hall.send(request)
            hall.engine.cycle(moment)
            if rng.random() < 0.3:
                assert hall.replay().differences == []
        hall.engine.cycle(FINAL)
        assert hall.replay().differences == []
