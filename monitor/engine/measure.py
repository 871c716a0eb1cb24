"""What one cycle of the engine has done, counted as its transactions commit."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Iterable

from monitor.domain.instants import SECOND, Instant

LATENESS_BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Upper bounds, in seconds, of the counts of `engine_measure.lateness_counts`; the last count has what is above."""


class Lateness:
    """How long after their moment cards were committed, in seconds of real time.

    `as_of` is the cycle's case time, read when this is made; `case_rate` how fast case time runs.
    """

    def __init__(self, as_of: Instant, case_rate: float) -> None:
        self._as_of = as_of
        self._case_rate = case_rate
        self._began = time.monotonic()
        self.counts = [0] * (len(LATENESS_BOUNDS) + 1)
        self.seconds = 0.0

    @property
    def cycle_seconds(self) -> float:
        """Real time since the cycle began."""
        return time.monotonic() - self._began

    def note(self, due_moments: Iterable[Instant]) -> None:
        """Count cards that have just been committed by the moments at which they were due (case time)."""
        since_began = self.cycle_seconds
        for moment in due_moments:
            # Where case time stands still or was set on, the moment was passed in no time.
            waited = (self._as_of - moment) / SECOND / self._case_rate if self._case_rate > 0 else 0.0
            late = max(waited, 0.0) + since_began
            self.counts[bisect_left(LATENESS_BOUNDS, late)] += 1
            self.seconds += late
