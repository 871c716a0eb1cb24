"""Row `lateness`: from the instant at which a clock falls due to the websocket frame that tells its card."""

from __future__ import annotations

import http.client
import math
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec

from monitor.simulator.items import HallItem
from monitor.simulator.workload import BEGINS, CHINA, Body
from monitor.storage.case_clock import CaseClockRow
from tests.performance.bench import Bench
from tests.performance.hall import Hall
from tests.performance.listening import Listener, listening
from tests.performance.rows import Row, median_row

GOAL_SECONDS = 1.0
EVENTS_A_SECOND = 200
BODIES_A_SECOND = 10
SECONDS_AHEAD = 3.0
"""How long before its due time a case comes in."""
AFTERNOON = BEGINS.replace(hour=15, minute=0)
SECONDS_TO_TELL = 60.0
HISTOGRAM = "lateness: due instant to websocket frame (ms)"


class Plan(NamedTuple):
    """One repeat: cases `first` to `last`, the n-th due n / EVENTS_A_SECOND after `starts`; case time runs as `row`."""

    first: int
    last: int
    starts: datetime
    row: CaseClockRow

    def due_at(self, number: int) -> datetime:
        """When a case falls due, in case time."""
        return self.starts + timedelta(seconds=(number - self.first) / EVENTS_A_SECOND)

    def real(self, moment: datetime) -> datetime:
        """The real moment of a moment of case time."""
        return self.row.real_anchor + (moment - self.row.case_anchor)


def measure_lateness(bench: Bench) -> list[Row]:
    """The 99th percentile while 200 events a second come in and 200 clocks a second fall due."""
    hall, scale = bench.full_hall(), bench.scale
    row = hall.move_time(AFTERNOON, rate=1.0)
    count = scale.lateness_seconds * EVENTS_A_SECOND
    found: list[list[float]] = []
    with listening(hall.service.port) as listener:
        for repeat in range(scale.repeats):
            starts = row.at(datetime.now(UTC)) + timedelta(seconds=SECONDS_AHEAD + 1)
            found.append(_measure(hall, listener, Plan(repeat * count, (repeat + 1) * count, starts, row)))
    hall.move_time(None)
    every = sorted(late for repeat in found for late in repeat)
    bench.histograms[HISTOGRAM] = [1000 * late for late in every]
    return [
        median_row(
            [_percentile(repeat, 0.99) for repeat in found], [GOAL_SECONDS], id="lateness", unit="s",
            what="due instant → websocket frame, p99 at 200/s", limit_is="the goal", goal=1.0, lower_is_better=True,
            notes={
                "open cases": hall.open_cases, "frames timed": len(every), "median s": _percentile(every, 0.5),
                "p95 s": _percentile(every, 0.95), "longest s": every[-1],
            },
        )
    ]  # fmt: skip


def _measure(hall: Hall, listener: Listener, plan: Plan) -> list[float]:
    item = _hourly_item(hall)
    with closing(http.client.HTTPConnection("127.0.0.1", hall.service.port, timeout=60)) as client:
        for at, body in _bodies(hall, item, plan):
            time.sleep(max(0.0, (at - datetime.now(UTC)).total_seconds()))
            hall.post(client, body)
    return _lateness(hall, listener, plan)


def _bodies(hall: Hall, item: HallItem, plan: Plan) -> Iterator[tuple[datetime, Body]]:
    """Bodies, and the real moments at which each is to be sent."""
    step = EVENTS_A_SECOND // BODIES_A_SECOND
    limit = timedelta(hours=item.versions[-1].promised or 0)
    source = next(desk.source for desk in hall.workload.hall.desks if desk.code == item.department)
    for first in range(plan.first, plan.last, step):
        numbers = range(first, first + step)
        lines = [_accepted(source, item, number, plan.due_at(number) - limit) for number in numbers]
        at = plan.real(plan.due_at(first)) - timedelta(seconds=SECONDS_AHEAD)
        yield at, Body(source, step, b"\n".join(lines), plan.due_at(numbers[-1]) - limit)


def _accepted(source: str, item: HallItem, number: int, occurred_at: datetime) -> bytes:
    event = {
        "source": source, "event_id": f"L{number:08}.accepted", "case_no": f"L{number:08}", "kind": "accepted",
        "item": item.code, "department": item.department, "occurred_at": occurred_at.astimezone(CHINA).isoformat(),
    }  # fmt: skip
    return msgspec.json.encode(event)


def _hourly_item(hall: Hall) -> HallItem:
    """An item promised in so few working hours that what came in the morning falls due this afternoon."""
    known = {desk.code for desk in hall.workload.hall.desks}
    return next(
        item
        for item in hall.workload.hall.items
        if item.is_hourly and item.department in known and item.versions[-1].promised == 4
    )


def _lateness(hall: Hall, listener: Listener, plan: Plan) -> list[float]:
    """Seconds by which each frame came after the due time of a card in it. Raises where a card was not told in time."""
    cases = f"L{plan.first:08}", f"L{plan.last - 1:08}"
    hall.wait_until(
        "select count(*) = %s from card join case_file using (case_id) where case_no between %s and %s"
        " and clock = 'promise' and level = 'yellow'",
        plan.last - plan.first, *cases,
    )  # fmt: skip
    cards = hall.connection.execute(
        "select expected_at, issued_at from card join case_file using (case_id) where case_no between %s and %s"
        " and clock = 'promise' and level = 'yellow'",
        cases,
    ).fetchall()
    hall.connection.commit()
    wanted = {issued_at for _, issued_at in cards}
    deadline = time.monotonic() + SECONDS_TO_TELL
    while not wanted <= (came := {heard.as_of: heard.came_at for heard in listener.heard if heard.cards}).keys():
        if time.monotonic() > deadline:
            raise TimeoutError(f"the cards of {len(wanted - came.keys())} moments were not told")
        time.sleep(0.05)
    return [(came[issued_at] - plan.real(expected_at)).total_seconds() for expected_at, issued_at in cards]


def _percentile(values: list[float], share: float) -> float:
    """The smallest value that at least this share of all do not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
