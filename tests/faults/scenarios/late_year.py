"""A year of events that all arrive now."""

from __future__ import annotations

from tests.faults.scale import Times
from tests.faults.scenario import Scenario
from tests.faults.scenarios.rearranged import spread_over_year
from tests.faults.senders import Habits
from tests.faults.trial import Setting, Trial

ANSWERS_BETWEEN_KILLS = 300


class LateYear(Scenario):
    """Windows that were cut off for a year send all of it at once, and the engine is killed over it."""

    name = "late year"
    what = "a year of events sent at once; the engine killed every 300 bodies"
    times = Times(1, 5, 20)

    def setting(self) -> Setting:
        """With bodies of the last year, sent without a pause."""
        return Setting(arrange=spread_over_year, habits=Habits(pause=0.0))

    def strike(self, trial: Trial, _: int) -> None:
        """Let them send for a while, then kill the engine."""
        trial.await_answers(ANSWERS_BETWEEN_KILLS)
        trial.site.kill_engine()
        trial.site.wait_judged_beyond(trial.site.last_committed())
