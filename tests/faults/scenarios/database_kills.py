"""Kill -9 of every process of the database at once, as a power cut would."""

from __future__ import annotations

from tests.faults.scale import Times
from tests.faults.scenario import Scenario
from tests.faults.trial import Trial, pause

ANSWERS_BETWEEN_KILLS = 10
LONGEST_PAUSE = 0.5
JUDGED_EVERY = 3


class DatabaseKills(Scenario):
    """The database is killed outright again and again; service and engine find it again by themselves."""

    name = "database kills"
    what = "kill -9 of every process of the database, under load"
    times = Times(2, 12, 200)
    most_at_once = 50

    def strike(self, trial: Trial, number: int) -> None:
        """Kill it and wait until requests are answered again."""
        trial.await_answers(ANSWERS_BETWEEN_KILLS)
        pause(trial.rng, LONGEST_PAUSE)
        trial.site.kill_database()
        trial.site.wait_ready()
        if number % JUDGED_EVERY == 0:
            trial.site.wait_judged_beyond(trial.site.last_committed())
