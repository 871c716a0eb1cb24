"""Rows `judge`: pure judgement in memory on one core, whole cases and one arriving event at a time."""

from __future__ import annotations

import time
from collections import defaultdict
from itertools import islice

from monitor.domain.calendars import national_calendar
from monitor.domain.evaluation import read_items
from monitor.domain.events import Event, decode_event
from monitor.domain.instants import HOUR, instant_of
from monitor.domain.items import Policy
from monitor.domain.judge import Rules, judge
from monitor.domain.quiet import stays_quiet
from monitor.engine.record import JudgedRecord
from monitor.engine.verdict import judge_case
from monitor.simulator.registry import items_for_evaluation
from monitor.simulator.workload import BEGINS, Workload
from tests.performance.bench import Bench
from tests.performance.rows import Row, median_row

GOAL_EVENTS_A_SECOND = 200_000.0


def workload_rules() -> tuple[Rules, Workload]:
    """The simulated hall's rules and a workload of 2,000 open cases."""
    workload = Workload(2_000, seed=7)
    items = read_items(items_for_evaluation(workload.hall))
    return Rules(items, national_calendar(), Policy()), workload


def stream(rules: Rules, workload: Workload, events: int) -> list[Event]:
    """Events of opening and steady state, decoded."""
    bodies = list(workload.opening())
    bodies += workload.steady(events)
    zone = rules.calendar.zone
    lines = (line for body in bodies for line in body.content.splitlines())
    return [decode_event(line, zone) for line in islice(lines, events)]


def measure_judging(bench: Bench) -> list[Row]:
    """Two rows; the limit is the goal itself, in events a second on one core."""
    rules, workload = workload_rules()
    events = stream(rules, workload, bench.scale.judged_events)
    as_of = instant_of(BEGINS) + 2 * HOUR
    whole = [_judge_whole(rules, events, as_of) for _ in range(bench.scale.repeats)]
    arriving, judged = zip(*(_judge_arriving(rules, events, as_of) for _ in range(bench.scale.repeats)), strict=True)
    limit = [GOAL_EVENTS_A_SECOND]
    named = {"unit": "events/s", "limit_is": "the goal, one core", "goal": 1.0}
    return [
        median_row(whole, limit, id="judge", what="whole cases in memory", **named),
        median_row(
            list(arriving), limit, id="judge.arriving", what="one arriving event at a time, facts ready to store",
            notes={"share judged anew": judged[0]}, **named,
        ),
    ]  # fmt: skip


def _judge_whole(rules: Rules, events: list[Event], as_of: int) -> float:
    cases: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        cases[event.case_no].append(event)
    began = time.perf_counter()
    for of_case in cases.values():
        judge(of_case, rules, as_of)
    return len(events) / (time.perf_counter() - began)


def _judge_arriving(rules: Rules, events: list[Event], as_of: int) -> tuple[float, float]:
    """As the engine does: an event that is quiet is appended, any other has its case judged anew."""
    files: dict[str, list[Event]] = defaultdict(list)
    records: dict[str, JudgedRecord] = {}
    anew = 0
    began = time.perf_counter()
    for event in events:
        held = files[event.case_no]
        held.append(event)
        record = records.get(event.case_no)
        summary = None if record is None else record.quiet
        if summary is not None and stays_quiet(summary, (event,), rules.items, rules.calendar, as_of):
            continue
        records[event.case_no] = judge_case(held, rules, as_of, 0, None).record
        anew += 1
    return len(events) / (time.perf_counter() - began), anew / len(events)
