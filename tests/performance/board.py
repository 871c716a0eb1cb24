"""Rows `board`: every question that a live page asks, over HTTP, after nine weeks of work and after two years."""

from __future__ import annotations

import http.client
import json
import os
import statistics
import time
from collections import defaultdict
from contextlib import closing

from tests.performance.bench import Bench
from tests.performance.hall import Hall
from tests.performance.history import WEEKS
from tests.performance.rows import Row, median_row

GOAL_MS = 50.0
MOST_GROWTH = 1.5
TIMES_A_REPEAT = 20
WEEKS_SHOWN = 9
"""The month of a page's figures and the one they are compared with."""
NOTHING = "nothing, for comparison"
FIGURES_WITH_CASES = ("on_time_rate", "overdue_rate", "speedup_actual")


def measure_board(bench: Bench) -> list[Row]:
    """The slowest question's 95th percentile with the larger log; and how much the worst grew from the smaller.

    Both logs have the same cases in the weeks that pages show: what is answered is as long with either.
    """
    hall, scale = bench.full_hall(), bench.scale
    wanted = int(os.environ.get("BENCH_LOG_EVENTS", scale.events_in_log))
    hall.begin_history(wanted - _events(hall))
    hall.add_history(range(1, WEEKS_SHOWN + 1))
    fewer = _events(hall)
    small = [_percentiles(ask_pages(hall)) for _ in range(scale.repeats)]
    hall.add_history(range(WEEKS_SHOWN + 1, WEEKS + 1))
    large = [_percentiles(ask_pages(hall)) for _ in range(scale.repeats)]
    more = _events(hall)
    asked = [name for name in large[0] if name != NOTHING]
    slowest = max(asked, key=lambda name: _median(large, name))
    grown = max(asked, key=lambda name: _median(large, name) / _median(small, name))
    notes = {"events in the log": more, "open cases": hall.open_cases}
    return [
        median_row(
            [found[slowest] for found in large], [GOAL_MS], id="board", what="slowest question of a live page, p95",
            unit="ms", limit_is="the goal", goal=1.0, lower_is_better=True,
            notes={"question": slowest, **notes, **{name: _median(large, name) for name in large[0]}},
        ),
        median_row(
            [found[grown] for found in large], [found[grown] for found in small], id="board.growth", unit="ms",
            what="the question that grew most, p95", limit_is=f"the same with {fewer:,} events in the log",
            goal=MOST_GROWTH, lower_is_better=True, notes={"question": grown, **notes},
        ),
    ]  # fmt: skip


def ask_pages(hall: Hall, times: int = TIMES_A_REPEAT) -> dict[str, list[float]]:
    """Milliseconds of every question, asked some times in turn."""
    found: dict[str, list[float]] = defaultdict(list)
    with closing(http.client.HTTPConnection("127.0.0.1", hall.service.port, timeout=120)) as client:
        questions = _questions(client)
        for _ in range(times):
            for name, path in questions.items():
                began = time.perf_counter()
                _get(client, path)
                found[name].append(1000 * (time.perf_counter() - began))
    return found


def _questions(client: http.client.HTTPConnection) -> dict[str, str]:
    """What board, lists, case page, cards and figures ask."""
    first = json.loads(_get(client, "/api/v1/cases?limit=50"))
    case = first["cases"][0]
    page = f"/api/v1/cases/{case['source']}/{case['case_no']}"
    department = json.loads(_get(client, "/api/v1/board"))["departments"][0]["code"]
    return {
        NOTHING: "/healthz",
        "board": "/api/v1/board",
        "cases": "/api/v1/cases?limit=50",
        "cases.newest": "/api/v1/cases?sort=newest&limit=50",
        "cases.department": f"/api/v1/cases?department={department}&limit=50",
        "cases.next page": f"/api/v1/cases?limit=50&cursor={first['next_cursor']}",
        "case": page,
        "case.explanation": f"{page}/explanation",
        "cards": "/api/v1/cards",
        "figures": "/api/v1/figures",
        **{f"figure {name}": f"/api/v1/figures/{name}/cases" for name in FIGURES_WITH_CASES},
    }


def _get(client: http.client.HTTPConnection, path: str) -> bytes:
    client.request("GET", path)
    answer = client.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path} was answered {answer.status}: {body[:300]!r}")
    return body


def _percentiles(found: dict[str, list[float]]) -> dict[str, float]:
    return {name: statistics.quantiles(times, n=20, method="inclusive")[-1] for name, times in found.items()}


def _median(repeats: list[dict[str, float]], name: str) -> float:
    return statistics.median(found[name] for found in repeats)


def _events(hall: Hall) -> int:
    return int(hall.ask("select sum(accepted) from intake_batch"))
