"""Rows `ingest`: HTTP batches to durable, once, judged and told, against raw COPY; and its cost as cases grow."""

from __future__ import annotations

import statistics
import time
from typing import Any

from psycopg import Connection

from tests.performance.bench import Bench
from tests.performance.hall import Hall
from tests.performance.rows import Row, in_turn, median_row

GOAL = 0.25
MOST_GROWTH = 1.25
"""How much dearer an event may be with the most open cases than with the fewest and still count as flat."""
EVENTS_A_BODY = 6_600


def measure_flatness(bench: Bench) -> list[Row]:
    """What an event costs at each number of open cases, with the same bodies at all of them."""
    hall, scale = bench.hall, bench.scale
    events_a_body = 2 * (scale.open_cases[0] // len(hall.workload.sources))
    costs: dict[int, list[float]] = {}
    for cases in scale.open_cases:
        hall.grow(cases)
        hall.measure_steady(scale.events_a_step // 4, events_a_body)  # caches and plans of the new volume
        speeds = [hall.measure_steady(scale.events_a_step, events_a_body) for _ in range(scale.repeats)]
        costs[cases] = [1e6 / speed for speed in speeds]
    bench.curves["cost of an event (µs) over open cases"] = [
        (cases, statistics.median(found)) for cases, found in costs.items()
    ]
    fewest, most = scale.open_cases[0], scale.open_cases[-1]
    return [
        median_row(
            costs[most], costs[fewest], id="ingest.flat", what=f"cost of an event, {most:,} open cases", unit="µs",
            limit_is=f"the same with {fewest:,} open cases", goal=MOST_GROWTH, lower_is_better=True,
            notes={f"µs at {cases:,}": statistics.median(found) for cases, found in costs.items()},
        )
    ]  # fmt: skip


def measure_ingest(bench: Bench) -> list[Row]:
    """Events a second; the time until the engine has judged and told the last event counts."""
    hall, scale = bench.full_hall(), bench.scale
    prepare_raw_log(hall.connection)
    ours, raw = in_turn(
        lambda: hall.measure_steady(scale.events_a_repeat, EVENTS_A_BODY),
        lambda: measure_raw_copy(hall, scale.events_a_repeat),
        scale.repeats,
    )
    return [
        median_row(
            ours, raw, id="ingest", what="HTTP → durable, once, judged, cards, figures, feed", unit="events/s",
            limit_is="raw binary COPY into the log's hypertable", goal=GOAL, notes={"open cases": hall.open_cases},
        )
    ]  # fmt: skip


def prepare_raw_log(connection: Connection[Any]) -> None:
    """A hypertable like the log, with its indexes and nothing else."""
    connection.execute("create table if not exists raw_event (like event)")
    by_month = "by_range('occurred_at', interval '30 days')"
    connection.execute(
        f"select create_hypertable('raw_event', {by_month}, create_default_indexes => false, if_not_exists => true)"
    )
    connection.execute("create index if not exists raw_event_by_time on raw_event (occurred_at)")
    connection.execute("create index if not exists raw_event_by_case on raw_event (source_id, case_no, occurred_at)")
    connection.commit()


def measure_raw_copy(hall: Hall, rows: int) -> float:
    """Rows a second of one binary COPY of rows already encoded, committed durably."""
    with hall.connection.cursor() as cursor:
        with cursor.copy(f"copy (select * from event limit {int(rows)}) to stdout (format binary)") as copy:
            encoded = [bytes(block) for block in copy]
        hall.connection.commit()
        began = time.perf_counter()
        with cursor.copy("copy raw_event from stdin (format binary)") as copy:
            for block in encoded:
                copy.write(block)
        copied = cursor.rowcount
        hall.connection.commit()
    return copied / (time.perf_counter() - began)
