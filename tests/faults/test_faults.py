"""Whatever is done to it: an acknowledged event is in the log once, and everything stored equals its replay."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.scale import Scale
from tests.faults.scenario import Outcome, Scenario
from tests.faults.scenarios.black_holes import BlackHoles
from tests.faults.scenarios.clock_jumps import ClockJumps
from tests.faults.scenarios.connection_cuts import ConnectionCuts
from tests.faults.scenarios.disorder import Disorder
from tests.faults.scenarios.frozen_clients import FrozenClients
from tests.faults.scenarios.full_disks import FullDatabaseDisk, FullServiceDisk
from tests.faults.scenarios.kills_in_turn import KillsInTurn
from tests.faults.scenarios.late_year import LateYear
from tests.faults.scenarios.named_points import NamedPoints
from tests.faults.scenarios.resends import Resends
from tests.faults.scenarios.restored_copy import RestoredCopy
from tests.faults.scenarios.summer_time import SummerTime
from tests.faults.trial import Trial


@pytest.fixture(scope="module")
def trial() -> Iterator[Trial]:
    """One installation for everything that wants nothing special: making it costs as much as a scenario."""
    with Trial() as made:
        yield made


def deal(trial: Trial, scenario: Scenario) -> Outcome:
    outcome = Outcome(scenario.name, scenario.what)
    acknowledged = trial.ledger.acknowledged
    audit = scenario.deal(trial, outcome, scenario.times.at(Scale.SHORT))
    assert not audit.faults, audit.told()
    assert trial.ledger.acknowledged > acknowledged + 20, "there was hardly any load"
    return outcome


@pytest.mark.timeout(300)
def test_kills_of_service_engine_and_database_in_turn_lose_nothing_and_double_nothing(trial: Trial) -> None:
    assert deal(trial, KillsInTurn()).done == 6
    assert trial.ledger.broken_off, "no kill met a request under way"


@pytest.mark.timeout(300)
def test_a_process_killed_at_any_named_point_leaves_all_or_nothing(trial: Trial) -> None:
    deal(trial, NamedPoints())


@pytest.mark.timeout(300)
def test_resent_and_changed_events_count_once_and_conflicts_are_kept(trial: Trial) -> None:
    scenario = Resends()
    with trial.load(scenario.setting().habits):
        trial.await_answers(60)
    audit = trial.audit()
    assert not audit.faults, audit.told()
    assert audit.conflicts_kept > 10, "hardly anything was changed"


@pytest.mark.timeout(300)
def test_case_time_that_jumps_an_hour_both_ways_tells_nothing_twice(trial: Trial) -> None:
    deal(trial, ClockJumps())


@pytest.mark.timeout(300)
def test_what_a_lost_database_had_acknowledged_is_sent_again_and_counts_once(trial: Trial) -> None:
    """The last to use the installation: its live clients may be told from here on that the feed was put back."""
    deal(trial, RestoredCopy())


@pytest.mark.timeout(300)
@pytest.mark.parametrize("scenario", [ConnectionCuts(), FullDatabaseDisk()], ids=lambda s: s.name)
def test_an_installation_of_its_own_holds(scenario: Scenario) -> None:
    found = scenario.run(1)
    if found.skipped:
        pytest.skip(found.skipped)
    assert found.held, found.audit.told()


@pytest.mark.timeout(300)
def test_a_frozen_client_costs_a_bounded_memory_and_the_others_nothing() -> None:
    """Edge case 55: a client that never reads made the server's memory grow without bound."""
    found = FrozenClients(clients=40, rows_a_second=60, share_frozen=0.25).run(1)
    assert found.held, found.audit.told()


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "scenario", [BlackHoles(), Disorder(), FullServiceDisk(), LateYear(), SummerTime()], ids=lambda s: s.name
)
def test_what_takes_longer_holds(scenario: Scenario) -> None:
    found = scenario.run(1)
    if found.skipped:
        pytest.skip(found.skipped)
    assert found.held, found.audit.told()
