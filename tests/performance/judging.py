"""Rows `judge`: pure judgement in memory on one core, whole cases and one arriving event at a time."""

from __future__ import annotations

import gc
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from monitor.domain.calendars import national_calendar
from monitor.domain.evaluation import read_items
from monitor.domain.events import Event, decode_event
from monitor.domain.instants import HOUR, instant_of
from monitor.domain.items import Policy
from monitor.domain.judge import Rules, judge
from monitor.domain.quiet import stays_quiet
from monitor.engine.judged_record import JudgedRecord
from monitor.engine.verdict import follow_case, judge_case, open_case
from monitor.engine_process import COLLECTION_THRESHOLDS
from monitor.native import form
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


def streams(rules: Rules, workload: Workload, events: int) -> tuple[list[Event], list[Event]]:
    """Decoded: the events that open the cases, and the steady stream after them.

    The steady stream is whole lives: cases go on, end, and new ones come with their first events, twelve events a case.
    """
    opening = [line for body in workload.opening() for line in body.content.splitlines()]
    steady = [line for body in workload.steady(events) for line in body.content.splitlines()]
    zone = rules.calendar.zone
    return [decode_event(line, zone) for line in opening], [decode_event(line, zone) for line in steady[:events]]


def measure_judging(bench: Bench) -> list[Row]:
    """Two rows; the limit is the goal itself, in events a second on one core (its own time, whoever else works)."""
    rules, workload = workload_rules()
    opening, steady = streams(rules, workload, bench.scale.judged_events)
    as_of = instant_of(BEGINS) + 2 * HOUR
    with _garbage_as_in_the_engine():
        whole = [_judge_whole(rules, opening + steady, as_of) for _ in range(bench.scale.repeats)]
        arriving = [_judge_arriving(rules, opening, steady, as_of) for _ in range(bench.scale.repeats)]
    limit = [GOAL_EVENTS_A_SECOND]
    named = {"unit": "events/s", "limit_is": "the goal, one core", "goal": 1.0}
    running = "compiled" if form().compiled else "as written"
    return [
        median_row(whole, limit, id="judge", what="whole cases in memory", notes={"rules": running}, **named),
        median_row(
            [speed for speed, _, _ in arriving], limit, id="judge.arriving",
            what="one arriving event at a time, facts ready to store",
            notes={"share judged anew": arriving[0][1], "share followed": arriving[0][2], "rules": running}, **named,
        ),
    ]  # fmt: skip


@contextmanager
def _garbage_as_in_the_engine() -> Iterator[None]:
    """The collector looks as seldom as in the engine's process, and not at what the bench has read before."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTION_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _judge_whole(rules: Rules, events: list[Event], as_of: int) -> float:
    cases: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        cases[event.case_no].append(event)
    began = time.process_time()
    for of_case in cases.values():
        judge(of_case, rules, as_of)
    return len(events) / (time.process_time() - began)


class _Case:
    """A case as the engine holds it: all its events, and the record of its last judgement."""

    __slots__ = ("events", "record")

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.record: JudgedRecord | None = None


def _judge_arriving(rules: Rules, opening: list[Event], steady: list[Event], as_of: int) -> tuple[float, float, float]:
    """As the engine does: a quiet event is appended, a case's first and the next of a plain one are followed, any other
    is judged anew.

    The cases that are open already are opened outside the measure; the steady stream's new cases are within it.
    """
    cases: dict[str, _Case] = defaultdict(_Case)
    _take_arriving(rules, opening, as_of, cases)
    began = time.process_time()
    anew, followed = _take_arriving(rules, steady, as_of, cases)
    seconds = time.process_time() - began
    return len(steady) / seconds, anew / len(steady), followed / len(steady)


def _take_arriving(rules: Rules, events: list[Event], as_of: int, cases: dict[str, _Case]) -> tuple[int, int]:
    """How many events had their case judged anew, and how many were followed."""
    anew = followed = 0
    for event in events:
        case = cases[event.case_no]
        case.events.append(event)
        arrived, record = (event,), case.record
        if record is None:
            case.record = open_case(arrived, rules, as_of, 0)
            is_known = case.record is not None
        else:
            summary = record.quiet
            if summary is not None and stays_quiet(summary, arrived, rules, as_of):
                continue
            is_known = follow_case(record, arrived, rules, as_of, 0)
        if is_known:
            followed += 1
        else:
            anew += 1
            case.record = judge_case(case.events, rules, as_of, 0, None).record
    return anew, followed
