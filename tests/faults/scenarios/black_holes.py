"""Connections to the database into which everything vanishes, and of which nobody is told."""

from __future__ import annotations

import time

from tests.faults.scale import Times
from tests.faults.scenario import Scenario, Skip
from tests.faults.trial import Setting, Trial, pause

ANSWERS_BETWEEN_HOLES = 10


class BlackHoles(Scenario):
    """The kernel drops every packet on the connections there are, both ways: no data, no acknowledgement, no reset.

    Service, engine and database must each find out by themselves: until the database does, it keeps the engine's lock.
    """

    name = "black holes"
    what = "all connections to the database swallow every packet; new ones pass"
    times = Times(1, 3, 20)
    most_at_once = 10

    def __init__(self) -> None:
        self._longest = 0.0

    def setting(self) -> Setting:
        """With the link."""
        return Setting(is_linked=True)

    def strike(self, trial: Trial, _: int) -> None:
        """Swallow, and wait until what was sent afterwards is judged."""
        link, site = trial.site.link, trial.site
        assert link is not None
        trial.await_answers(ANSWERS_BETWEEN_HOLES)
        pause(trial.rng, 0.5)
        site.wait_for(site.engine_processes, "an engine")
        began = time.monotonic()
        try:
            swallowed = link.swallow()
        except PermissionError as error:
            raise Skip("only root may have this kernel drop the packets of a connection") from error
        assert swallowed > 2, "there was hardly anything to swallow"
        trial.await_answers(ANSWERS_BETWEEN_HOLES)
        site.wait_judged_beyond(site.last_committed())
        self._longest = max(self._longest, time.monotonic() - began)

    def notes(self) -> dict[str, str]:
        """How long it took to notice and go on."""
        return {"judged again at the latest after": f"{self._longest:.0f} s"}
