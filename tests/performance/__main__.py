"""`make bench`: measures, prints a table, writes bench.json and bench.html; BENCH_SCALE and BENCH_ROWS choose."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import rich

from tests.performance.bench import Bench
from tests.performance.board import measure_board
from tests.performance.calendars import measure_calendar
from tests.performance.fanout import measure_push
from tests.performance.herd import measure_herd
from tests.performance.ingest import measure_flatness, measure_ingest
from tests.performance.judging import measure_judging
from tests.performance.lateness import measure_lateness
from tests.performance.memory import measure_memory
from tests.performance.recalculating import measure_recalculation
from tests.performance.report import write_report
from tests.performance.rows import Row, show, write
from tests.performance.scales import chosen_scale

MEASURES: dict[str, Callable[[Bench], list[Row]]] = {
    "judge": measure_judging,
    "calendar": measure_calendar,
    "flat": measure_flatness,
    "ingest": measure_ingest,
    "memory": measure_memory,
    "push": measure_push,
    "lateness": measure_lateness,
    "recalc": measure_recalculation,
    "herd": measure_herd,
    "board": measure_board,
}
"""In this order, because they share a hall: case time only goes on, and the last ones change every case."""


def chosen_rows() -> list[str]:
    """The rows BENCH_ROWS names, in the order in which they can be measured; without it all."""
    wanted = set(os.environ.get("BENCH_ROWS", " ".join(MEASURES)).split())
    if unknown := wanted - MEASURES.keys():
        raise SystemExit(f"BENCH_ROWS names {', '.join(sorted(unknown))}: there are {', '.join(MEASURES)}")
    return [name for name in MEASURES if name in wanted]


def main() -> None:
    """Run the chosen measures at the chosen scale."""
    scale, names = chosen_scale(), chosen_rows()
    rows: list[Row] = []
    with ExitStack() as stack:
        bench = Bench(scale, stack)
        for name in names:
            began = time.perf_counter()
            found = MEASURES[name](bench)
            rows += found
            said = ", ".join(f"{row.id} {row.ratio:.2f}" for row in found)
            rich.print(f"{name}: measured in {time.perf_counter() - began:.0f} s; ratio {said}")
            write(rows, scale.name, Path("bench.json"))  # after each: what a later row breaks off is not lost
            write_report(rows, bench, Path("bench.html"))
    show(rows)


if __name__ == "__main__":
    main()
