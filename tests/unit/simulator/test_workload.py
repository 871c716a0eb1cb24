"""The stream for benchmarks is a hall in order: valid events, none twice, as many open cases as asked for."""

from collections import Counter

import pytest

from monitor.domain.events import Event, decode_event
from monitor.domain.instants import instant_of, zone_named
from monitor.domain.judge import Rules, judge
from monitor.simulator.workload import BEGINS, Body, Workload

CASES = 600


def events_of(bodies: list[Body]) -> list[Event]:
    zone = zone_named("Asia/Shanghai")
    return [decode_event(line, zone) for body in bodies for line in body.content.splitlines()]


@pytest.fixture(scope="module")
def bodies() -> tuple[list[Body], list[Body]]:
    workload = Workload(CASES, events_per_body=120)
    return list(workload.opening()), list(workload.steady(12 * CASES))


def test_every_line_is_an_event_of_the_bodys_source_not_newer_than_it_says(
    bodies: tuple[list[Body], list[Body]],
) -> None:
    for body in (*bodies[0], *bodies[1]):
        events = events_of([body])
        assert len(events) == body.events <= 120
        assert {event.source for event in events} == {body.source}
        assert max(event.occurred_at for event in events) <= instant_of(body.newest)


def test_opening_opens_every_case_before_the_stream_begins(bodies: tuple[list[Body], list[Body]]) -> None:
    events = events_of(bodies[0])
    assert Counter(event.kind for event in events) == {"applied": CASES, "received": CASES, "accepted": CASES}
    assert max(event.occurred_at for event in events) < instant_of(BEGINS)


def test_as_many_cases_stay_open_while_cases_come_and_go(bodies: tuple[list[Body], list[Body]]) -> None:
    kinds = Counter(event.kind for event in events_of([*bodies[0], *bodies[1]]))
    assert kinds["rated"] > CASES / 2
    assert kinds["applied"] - kinds["rated"] == pytest.approx(CASES, rel=0.1)


def test_about_half_of_the_stream_are_steps_and_some_cases_are_suspended(
    bodies: tuple[list[Body], list[Body]],
) -> None:
    kinds = Counter(event.kind for event in events_of(bodies[1]))
    steps = kinds["step_started"] + kinds["step_finished"]
    assert 0.4 < steps / kinds.total() < 0.6
    assert 0 < kinds["suspended"] < kinds["accepted"]


def test_no_event_comes_twice_and_no_case_is_out_of_order(bodies: tuple[list[Body], list[Body]], rules: Rules) -> None:
    cases: dict[str, list[Event]] = {}
    for event in events_of([*bodies[0], *bodies[1]]):
        cases.setdefault(event.case_no, []).append(event)
    as_of = instant_of(bodies[1][-1].newest)
    for events in cases.values():
        assert len({event.event_id for event in events}) == len(events)
        judgement = judge(events, rules, as_of)
        assert judgement is not None
        assert judgement.anomalies == []


def test_the_same_seed_gives_the_same_stream() -> None:
    def stream(seed: int) -> list[bytes]:
        workload = Workload(200, seed=seed, events_per_body=90)
        return [body.content for body in (*workload.opening(), *workload.steady(500))]

    assert stream(3) == stream(3)
    assert stream(3) != stream(4)


def test_a_workload_without_cases_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one open case"):
        Workload(0)


def test_whole_lives_are_new_cases_that_end(bodies: tuple[list[Body], list[Body]], rules: Rules) -> None:
    workload = Workload(CASES, sources=4, events_per_body=120)
    lived = list(workload.whole_lives(40))
    cases: dict[str, list[Event]] = {}
    for event in events_of(lived):
        cases.setdefault(event.case_no, []).append(event)
    assert len(cases) == 40
    assert {source for body in lived for source in [body.source]} == set(workload.sources)
    for events in cases.values():
        case = judge(events, rules, instant_of(lived[-1].newest))
        assert case is not None
        assert (events[-1].kind, case.status.value) == ("rated", "delivered")


def test_cases_opened_otherwise_are_gone_on_with_as_if_opened_here() -> None:
    workload = Workload(CASES, sources=4, events_per_body=120)
    opened = {event.case_no for event in events_of(list(workload.opening()))}
    workload.extend(2 * CASES)
    touched = {event.case_no for event in events_of(list(workload.steady(4 * CASES)))}
    assert len(opened) == CASES
    assert {f"B{number:08}" for number in range(CASES, 2 * CASES)} & touched
    assert not touched & {f"B{number:08}" for number in range(2 * CASES, 3 * CASES)}
