"""Every scenario, in the order of the report."""

from __future__ import annotations

from tests.faults.scenario import Experiment
from tests.faults.scenarios.black_holes import BlackHoles
from tests.faults.scenarios.clock_jumps import ClockJumps
from tests.faults.scenarios.connection_cuts import ConnectionCuts
from tests.faults.scenarios.database_kills import DatabaseKills
from tests.faults.scenarios.disorder import Disorder
from tests.faults.scenarios.frozen_clients import FrozenClients
from tests.faults.scenarios.full_disks import FullDatabaseDisk, FullServiceDisk
from tests.faults.scenarios.kills_in_turn import KillsInTurn
from tests.faults.scenarios.late_year import LateYear
from tests.faults.scenarios.named_points import NamedPoints
from tests.faults.scenarios.resends import Resends
from tests.faults.scenarios.restored_copy import RestoredCopy
from tests.faults.scenarios.service_kills import ServiceKills
from tests.faults.scenarios.summer_time import SummerTime


def all_scenarios() -> list[Experiment]:
    """One of each."""
    return [
        ServiceKills(), DatabaseKills(), KillsInTurn(), NamedPoints(), ConnectionCuts(), BlackHoles(),
        FullServiceDisk(), FullDatabaseDisk(), Resends(), Disorder(), LateYear(), ClockJumps(), SummerTime(),
        RestoredCopy(), FrozenClients(),
    ]  # fmt: skip
