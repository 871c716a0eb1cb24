"""Kill -9 of the service's first process, of its engine, and of both, in turn."""

from __future__ import annotations

from tests.faults.scale import Times
from tests.faults.scenario import Scenario
from tests.faults.site import Site
from tests.faults.trial import Trial, pause

KILLS = (Site.kill_service, Site.kill_engine, Site.kill_service_and_engine)
ANSWERS_BETWEEN_KILLS = 10
LONGEST_PAUSE = 0.5
JUDGED_EVERY = 5
"""After so many kills the engine is waited for; the others strike it while it starts or catches up."""


class ServiceKills(Scenario):
    """The service is killed outright again and again while windows send."""

    name = "service kills"
    what = "kill -9 of the service, its engine, or both, under load"
    times = Times(3, 30, 1000)
    most_at_once = 100

    def strike(self, trial: Trial, number: int) -> None:
        """Kill one of the three, wait until requests are answered again, every fifth time until they are judged."""
        trial.await_answers(ANSWERS_BETWEEN_KILLS)
        pause(trial.rng, LONGEST_PAUSE)
        KILLS[number % len(KILLS)](trial.site)
        trial.site.wait_ready()
        if number % JUDGED_EVERY == 0:
            trial.site.wait_judged_beyond(trial.site.last_committed())
