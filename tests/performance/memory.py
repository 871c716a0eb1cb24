"""Row `memory`: what the service's processes hold with all cases open, under load and asked for every page."""

from __future__ import annotations

import threading

from tests.performance.bench import Bench
from tests.performance.board import ask_pages
from tests.performance.ingest import EVENTS_A_BODY
from tests.performance.rows import Row, median_row
from tests.performance.service import Service

GOAL_GIB = 1.5
SECONDS_BETWEEN_SAMPLES = 0.2
GIB = 1024**3


class Sampler:
    """Notes in a thread of its own how much a service holds, as long as the block runs."""

    def __init__(self, service: Service) -> None:
        self.samples: list[float] = []
        self._service = service
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample, name="memory")

    def __enter__(self) -> Sampler:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._ended.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._ended.wait(SECONDS_BETWEEN_SAMPLES):
            self.samples.append(self._service.resident_bytes() / GIB)


def measure_memory(bench: Bench) -> list[Row]:
    """The most that was held at any moment of each repeat; what processes share is counted once."""
    hall, scale = bench.full_hall(), bench.scale
    peaks = []
    for _ in range(scale.repeats):
        with Sampler(hall.service) as sampler:
            hall.measure_steady(scale.events_a_step, EVENTS_A_BODY)
            ask_pages(hall, times=1)
        peaks.append(max(sampler.samples))
    notes = {"open cases": hall.open_cases, "processes": len(hall.service.processes())}
    return [
        median_row(
            peaks, [GOAL_GIB], id="memory", what="service without database, under load", unit="GiB",
            limit_is="the goal", goal=1.0, lower_is_better=True, notes=notes,
        )
    ]  # fmt: skip
