"""Connections to the database that are closed at random, or all at once for a while."""

from __future__ import annotations

import time

from tests.faults.scale import Times
from tests.faults.scenario import Scenario
from tests.faults.trial import Setting, Trial, pause

ANSWERS_BETWEEN_CUTS = 10
LONGEST_PAUSE = 0.4
LONGEST_OUTAGE = 1.5
OUTAGE_EVERY = 5


class ConnectionCuts(Scenario):
    """Between service and database stands a proxy that closes some connections, every fifth time all for a while."""

    name = "connection cuts"
    what = "some connections to the database closed at random, every fifth time all of them for up to 1.5 s"
    times = Times(6, 60, 500)
    most_at_once = 100

    def setting(self) -> Setting:
        """With the link."""
        return Setting(is_linked=True)

    def strike(self, trial: Trial, number: int) -> None:
        """Cut, and wait until requests are answered again."""
        link, rng = trial.site.link, trial.rng
        assert link is not None
        trial.await_answers(ANSWERS_BETWEEN_CUTS)
        pause(rng, LONGEST_PAUSE)
        if number % OUTAGE_EVERY == OUTAGE_EVERY - 1:
            link.cut()
            time.sleep(rng.uniform(0.1, LONGEST_OUTAGE))
            link.restore()
        else:
            link.cut_some(rng.choice([0.2, 0.5, 1.0]), rng)
        trial.site.wait_ready()
        if number % OUTAGE_EVERY == OUTAGE_EVERY - 1:
            trial.site.wait_judged_beyond(trial.site.last_committed())
