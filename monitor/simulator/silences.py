"""Sources that fall silent for a while: cable pulled, system down; what they hold back is sent when they are back."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from monitor.simulator.working_days import DAY


class Silences:
    """On every day a few sources are silent for about two hours between 10 and 15 o'clock; drawn from the seed."""

    def __init__(self, sources: Sequence[str], seed: int) -> None:
        self._sources = sources
        self._seed = seed
        self._day = -1
        self._spans: dict[str, tuple[int, int]] = {}

    def silent_at(self, moment: int) -> frozenset[str]:
        """The sources that are silent at a moment."""
        day, second = divmod(moment, DAY)
        if day != self._day:
            self._day, self._spans = day, self._draw(day)
        return frozenset(source for source, (begin, end) in self._spans.items() if begin <= second < end)

    def _draw(self, day: int) -> dict[str, tuple[int, int]]:
        random = Random(f"{self._seed}:{day}:silence")
        spans = {}
        for source in random.sample(self._sources, random.randint(1, 3)):
            begin = random.randint(10 * 3600, 13 * 3600)
            spans[source] = (begin, begin + random.randint(4800, 7200))
        return spans
