"""Events that arrive in any order, the last of a case's life perhaps first."""

from __future__ import annotations

from tests.faults.scale import Times
from tests.faults.scenario import Scenario
from tests.faults.scenarios.rearranged import shuffle
from tests.faults.site import Site
from tests.faults.trial import Setting, Trial

ANSWERS_BETWEEN_KILLS = 150


class Disorder(Scenario):
    """Whatever the order, what is stored equals the log replayed in legal order."""

    name = "disorder"
    what = "bodies sent in random order, 400 at a time; a kill in between"
    times = Times(1, 4, 20)

    def setting(self) -> Setting:
        """With shuffled bodies."""
        return Setting(arrange=shuffle)

    def strike(self, trial: Trial, number: int) -> None:
        """Let them send for a while, then kill engine or service."""
        trial.await_answers(ANSWERS_BETWEEN_KILLS)
        (Site.kill_engine, Site.kill_service)[number % 2](trial.site)
        trial.site.wait_ready()
        trial.site.wait_judged_beyond(trial.site.last_committed())
