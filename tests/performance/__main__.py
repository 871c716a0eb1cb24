"""`make bench`: measures, prints a table, writes bench.json; BENCH_SCALE=small is short, BENCH_ROWS picks."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tests.performance.calendars import measure_calendar
from tests.performance.ingest import measure_ingest
from tests.performance.judging import measure_judging
from tests.performance.rows import Row, show, write

SCALES = ("small", "full")
MEASURES: dict[str, Callable[[str, int], list[Row]]] = {
    "judge": measure_judging,
    "calendar": measure_calendar,
    "ingest": measure_ingest,
}


def main() -> None:
    """Run every measure of the chosen scale."""
    scale = os.environ.get("BENCH_SCALE", "full")
    if scale not in SCALES:
        raise SystemExit(f"BENCH_SCALE is {scale!r}: give one of {', '.join(SCALES)}")
    wanted = os.environ.get("BENCH_ROWS", " ".join(MEASURES)).split()
    repeats = 3 if scale == "small" else 5
    rows = [row for name in wanted for row in MEASURES[name](scale, repeats)]
    show(rows)
    write(rows, scale, Path("bench.json"))


if __name__ == "__main__":
    main()
