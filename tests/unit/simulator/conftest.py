"""The simulated hall and one judged world for all tests of the simulator."""

import pytest

from monitor.domain.evaluation import read_calendar, read_items, read_policy
from monitor.domain.judge import Rules
from monitor.simulator.registry import SimulatedHall, items_for_evaluation, simulated_hall


@pytest.fixture(scope="session")
def hall() -> SimulatedHall:
    return simulated_hall()


@pytest.fixture(scope="session")
def rules(hall: SimulatedHall) -> Rules:
    return Rules(read_items(items_for_evaluation(hall)), read_calendar(None), read_policy({}))
