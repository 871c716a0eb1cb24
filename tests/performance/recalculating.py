"""Row `recalc`: a calendar is loaded, and every open case judged anew by it, durable and told."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import cycle

from monitor.storage.recalculation import insert_calendar_version, insert_recalculation
from tests.performance.bench import Bench
from tests.performance.hall import Hall
from tests.performance.rows import Row, median_row

GOAL_CASES_A_SECOND = 50_000.0
CLOSED = "2026-05-14"
"""A day on which the hall is closed, before any promise is due: it moves every one. Loaded and taken back in turn."""


def measure_recalculation(bench: Bench) -> list[Row]:
    """Cases a second from the load's commit to the engine's note that all are judged by it; every due time moves."""
    hall = bench.full_hall()
    contents = _contents()
    found = [_measure(hall, next(contents)) for _ in range(bench.scale.repeats)]
    return [
        median_row(
            found, [GOAL_CASES_A_SECOND], id="recalc", what="calendar change over all open cases", unit="cases/s",
            limit_is="the goal", goal=1.0, notes={"open cases": hall.open_cases},
        )
    ]  # fmt: skip


def _contents() -> Iterator[dict[str, object]]:
    """Calendars of the hall, each with other due times than the one before: only a year that is named is replaced."""
    return cycle([{"years": {"2026": {"holidays": closed, "workdays": []}}} for closed in ([CLOSED], [])])


def _measure(hall: Hall, content: dict[str, object]) -> float:
    loaded_at = hall.ask("select as_of from engine_state where hall_id = %s", hall.hall_id)
    running = hall.ask("select count(*) from case_state where closed_at is null")
    version = insert_calendar_version(hall.connection, "hall", hall.hall_id, loaded_at, "bench", "bench", content)
    insert_recalculation(hall.connection, hall.hall_id, loaded_at, "bench", "calendar", f"version {version}", {})
    began = time.perf_counter()
    hall.connection.commit()
    hall.wait_until("select rules_version = (select version from rules_version) from engine_state")
    return float(running) / (time.perf_counter() - began)
