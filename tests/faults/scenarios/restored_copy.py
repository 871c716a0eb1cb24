"""An old copy of the database put back: what was acknowledged since is gone there, and windows send it again.

What must hold: everything acknowledged before the copy is there. After windows have sent again all they ever sent,
everything acknowledged is in the log once, as if nothing had happened. Live clients learn that the feed was put back,
whatever number they hold. A card issued after the copy may be issued a second time, with the same identity.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.scale import Times
from tests.faults.scenario import Scenario
from tests.faults.trial import Trial

ANSWERS_BETWEEN = 60


class RestoredCopy(Scenario):
    """Copy, go on, lose everything, put the copy back, send again."""

    name = "restored copy"
    what = "the database lost and an old copy of it put back; windows send everything again"
    times = Times(1, 3, 20)
    most_at_once = 10

    def __init__(self) -> None:
        self._again = self._known = 0

    def strike(self, trial: Trial, _: int) -> None:
        """One loss."""
        site, ledger = trial.site, trial.ledger
        with TemporaryDirectory(prefix="faults-copy-") as folder:
            copy = Path(folder) / "cluster"
            trial.await_answers(ANSWERS_BETWEEN)
            site.copy_database(copy)
            shown = site.newest_feed_row()
            site.wait_ready()
            trial.await_answers(ANSWERS_BETWEEN)
            trial.senders.stop()
            site.crash_service()
            trial.clients.expect("ahead", "too_old", "unknown")
            trial.restores += 1
            site.put_back(copy)
            trial.feed.forget_after(shown)
        site.start_service()
        site.wait_ready()
        new, known = trial.senders.resend(ledger.bodies)
        if not new:
            ledger.complain("nothing was lost with the database, so nothing was shown")
        self._again, self._known = self._again + new, self._known + known
        trial.start_windows()

    def notes(self) -> dict[str, str]:
        """How much was gone."""
        return {"events gone and sent again": f"{self._again:,}", "… known already": f"{self._known:,}"}
