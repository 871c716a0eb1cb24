"""Kill -9 of the service and of the database in turn, in one installation."""

from __future__ import annotations

from tests.faults.scale import Times
from tests.faults.scenario import Scenario
from tests.faults.scenarios.database_kills import DatabaseKills
from tests.faults.scenarios.service_kills import ServiceKills
from tests.faults.trial import Trial


class KillsInTurn(Scenario):
    """First the one, then the other: each finds the other just come back."""

    name = "kills in turn"
    what = "kill -9 of the service, then of the database, and so on, under load"
    times = Times(6, 20, 40)

    def __init__(self) -> None:
        self._kinds = ServiceKills(), DatabaseKills()

    def strike(self, trial: Trial, number: int) -> None:
        """Deal the next blow of the kind whose turn it is."""
        turn, kind = divmod(number, len(self._kinds))
        self._kinds[kind].strike(trial, turn)
