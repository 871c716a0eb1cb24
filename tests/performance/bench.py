"""What the rows of one run share: its scale, and one hall that is made when the first row asks for it."""

from __future__ import annotations

from contextlib import ExitStack
from functools import cached_property

from tests.performance.hall import Hall, bench_hall
from tests.performance.scales import Scale


class Bench:
    """One run; `stack` ends whatever it starts. `histograms` and `curves` are drawn beside the table."""

    def __init__(self, scale: Scale, stack: ExitStack) -> None:
        self.scale = scale
        self._stack = stack
        self.curves: dict[str, list[tuple[float, float]]] = {}
        self.histograms: dict[str, list[float]] = {}

    @cached_property
    def hall(self) -> Hall:
        """The hall, with the cases that were opened through its service."""
        return self._stack.enter_context(bench_hall())

    def full_hall(self) -> Hall:
        """The hall with as many open cases as the scale asks for."""
        self.hall.grow(self.scale.cases)
        return self.hall
