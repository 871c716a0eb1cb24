"""How large a run is: small is for a glance, medium for work on a row, full for what is reported."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Scale:
    """Open cases in the steps at which the cost of an event is measured, the last for all other rows; and sizes."""

    name: str
    open_cases: tuple[int, ...]
    repeats: int
    events_a_repeat: int
    events_a_step: int
    rows_of_arrays: int
    judged_events: int
    clients: int
    messages: int
    lateness_seconds: int
    events_in_log: int

    @property
    def cases(self) -> int:
        """Open cases of every row but the first steps of the cost of an event."""
        return self.open_cases[-1]


SCALES = {
    scale.name: scale
    for scale in (
        Scale("small", (5_000, 20_000), 3, 20_000, 6_000, 100_000, 30_000, 200, 200, 5, 200_000),
        Scale("medium", (10_000, 100_000), 5, 100_000, 40_000, 1_000_000, 100_000, 400, 800, 12, 2_000_000),
        Scale(
            "full", (10_000, 100_000, 1_000_000), 5, 150_000, 60_000, 1_000_000, 100_000, 500, 1_000, 30, 20_000_000,
        ),
    )
}  # fmt: skip


def chosen_scale() -> Scale:
    """The scale BENCH_SCALE names; without it the full one. BENCH_OPEN_CASES changes the number of open cases."""
    name = os.environ.get("BENCH_SCALE", "full")
    if name not in SCALES:
        raise SystemExit(f"BENCH_SCALE is {name!r}: give one of {', '.join(SCALES)}")
    scale, given = SCALES[name], os.environ.get("BENCH_OPEN_CASES")
    if given is None:
        return scale
    if not given.isdecimal() or int(given) < scale.open_cases[0]:
        raise SystemExit(f"BENCH_OPEN_CASES is {given!r}: give a number of at least {scale.open_cases[0]:,}")
    steps = [cases for cases in scale.open_cases if cases < int(given)]
    return replace(scale, open_cases=(*steps, int(given)))
