"""Random histories as the engine meets them: events read, rules made, a moment of judgement."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from monitor.domain.evaluation import read_calendar, read_items, read_policy
from monitor.domain.events import Event, event_of
from monitor.domain.instants import Instant, instant_of
from monitor.domain.judge import Rules
from monitor.domain.order import order_key
from tests.support.histories import random_history


@dataclass(frozen=True)
class RandomCase:
    """One case with its rules; `rng` goes on from the seed, for whatever a test draws besides."""

    seed: int
    events: list[Event]
    rules: Rules
    as_of: Instant
    rng: Random

    def in_some_order(self) -> list[Event]:
        """The events in order of time, as mostly in life, or in any order."""
        if self.rng.random() < 0.6:
            return sorted(self.events, key=order_key)
        return self.rng.sample(self.events, len(self.events))


def random_case(seed: int) -> RandomCase:
    """The case of a seed; the same seed gives the same everywhere."""
    history = random_history(seed)
    rules = Rules(read_items(history.items), read_calendar(history.calendar), read_policy(history.policy))
    events = [event_of(told, rules.calendar.zone) for told in history.events]
    return RandomCase(seed, events, rules, instant_of(history.as_of), Random(seed))


def random_cases(seeds: range) -> Iterator[RandomCase]:
    """The cases of some seeds."""
    return map(random_case, seeds)
