"""The hall's events in the order in which its systems send them, and the truth about every case as it begins."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from datetime import date

from monitor.simulator.forged_records import PlayedCase
from monitor.simulator.life import BEFORE_REFORM, HallLife
from monitor.simulator.sent_events import SentEvent
from monitor.simulator.truth import TruthLine, truth_lines
from monitor.simulator.working_days import CLOSING, DAY, day_number


class HallStream:
    """All events from the time before the reform through history into the life of the hall, without end.

    `history_from` is the first day of history. `on_truth` is told every line of truth once, in the order in which the
    cases begin, before any event of the case is given out; `truth_told` is called when a day's cases have been told.
    """

    def __init__(
        self,
        life: HallLife,
        history_from: date,
        on_truth: Callable[[TruthLine], None],
        truth_told: Callable[[], None] = lambda: None,
    ) -> None:
        self.life = life
        self._on_truth = on_truth
        self._truth_told = truth_told
        self._history_from = life.days.on_or_after(day_number(history_from))
        self._before = iter(life.days.span(*map(day_number, BEFORE_REFORM)))
        self._next_before: int | None = next(self._before, None)
        self._next_day = self._history_from
        self._waiting: list[tuple[int, str, str, SentEvent]] = []

    @property
    def history_from(self) -> int:
        """The first working day of history, as a day number."""
        return self._history_from

    def prepare(self, until: int) -> None:
        """Begin the cases of every day up to the next one after `until` (some apply the evening before).

        `take` does so by itself; done beforehand, it takes its time while others work.
        """
        last = self.life.days.on_or_after(until // DAY + (1 if until % DAY >= CLOSING else 0))
        while self._next_before is not None and self._next_before <= last:
            self._begin(self.life.cases_before_reform(self._next_before))
            self._next_before = next(self._before, None)
        while self._next_day <= last:
            self._begin(self.life.cases(self._next_day))
            self._next_day = self.life.days.later(self._next_day, 1)

    def take(self, until: int) -> list[SentEvent]:
        """Every event not yet given out that is sent up to the moment `until`, in order of sending."""
        self.prepare(until)
        taken = []
        while self._waiting and self._waiting[0][0] <= until:
            taken.append(heapq.heappop(self._waiting)[3])
        return taken

    def _begin(self, cases: Iterator[PlayedCase]) -> None:
        for case in cases:
            for line in truth_lines(case):
                self._on_truth(line)
            for event in case.events:
                heapq.heappush(self._waiting, (event.known, event.source, event.event_id, event))
        self._truth_told()
