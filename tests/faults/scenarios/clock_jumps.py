"""Case time that jumps an hour forward and back, while it runs fast and while it runs as real time does."""

from __future__ import annotations

from datetime import timedelta

from tests.faults.scale import Times
from tests.faults.scenario import Scenario
from tests.faults.trial import CASE_SECONDS_A_SECOND, Trial

HOUR = timedelta(hours=1)
ANSWERS_BETWEEN_JUMPS = 10


class ClockJumps(Scenario):
    """What was judged at a moment is never held against an earlier one, and no due time is told twice or forgotten."""

    name = "clock jumps"
    what = "case time an hour forward and back, at three hours a second and at the rate of real time"
    times = Times(2, 8, 40)

    def strike(self, trial: Trial, number: int) -> None:
        """Jump both ways; back first where time runs as real time does, or it would stand for an hour."""
        is_slow = number % 2 == 1
        if is_slow:
            trial.site.run_case_time(1.0)
        for by in (-HOUR, HOUR) if is_slow else (HOUR, -HOUR):
            trial.site.turn_case_time(by)
            trial.await_answers(ANSWERS_BETWEEN_JUMPS)
            trial.site.wait_judged_beyond(trial.site.last_committed())
        if is_slow:
            trial.site.run_case_time(CASE_SECONDS_A_SECOND)
        trial.site.wait_case_time_caught_up()
