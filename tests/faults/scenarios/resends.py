"""Windows that send a third of everything again, a third of that changed, while service and engine are killed."""

from __future__ import annotations

from tests.faults.scale import Times
from tests.faults.scenario import Scenario
from tests.faults.senders import Habits
from tests.faults.site import Site
from tests.faults.trial import Setting, Trial

ANSWERS_BETWEEN_KILLS = 150


class Resends(Scenario):
    """Repetitions count as duplicates; changed ones are conflicts, kept for their sender and never applied."""

    name = "resends"
    what = "30 % of bodies sent again, a third of them changed; a kill in between"
    times = Times(1, 4, 20)

    def setting(self) -> Setting:
        """With windows of that habit."""
        return Setting(habits=Habits(repeated=0.3, changed=1 / 3, given_up=0.1))

    def strike(self, trial: Trial, number: int) -> None:
        """Let them send for a while, then kill one of the two."""
        trial.await_answers(ANSWERS_BETWEEN_KILLS)
        (Site.kill_service_and_engine, Site.kill_engine)[number % 2](trial.site)
        trial.site.wait_ready()
        trial.site.wait_judged_beyond(trial.site.last_committed())
