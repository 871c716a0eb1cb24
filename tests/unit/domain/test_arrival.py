"""The short way stores what judging anew would: thousands of lives event by event, and each way out of it."""

from __future__ import annotations

import msgspec
import pytest

from monitor.engine.record import JudgedRecord, pack_record, unpack_record
from monitor.engine.verdict import follow_case, judge_case
from tests.support.ordinary_lives import OrdinaryLife, ordinary_life, ordinary_lives
from tests.support.random_cases import RandomCase, random_cases

BLOCK = 400
BLOCKS = 5
LONG_BLOCKS = 100


def copy_of(record: JudgedRecord) -> JudgedRecord:
    """`follow_case` moves the summary it is given; the engine unpacks it anew each time."""
    stored = unpack_record(pack_record(record))
    assert stored is not None
    return stored.read()


def in_any_order(record: JudgedRecord) -> JudgedRecord:
    """Open steps and counters have no order of their own."""
    quiet = record.quiet
    assert quiet is not None
    quiet = msgspec.structs.replace(quiet, open_steps=sorted(quiet.open_steps))
    return msgspec.structs.replace(record, quiet=quiet, tally=sorted(record.tally, key=repr))


def follow_life(life: OrdinaryLife, followed: dict[str, int]) -> None:
    """Feed a life event by event; count by kind what took the short way, and hold it against the judge."""
    fed = []
    record: JudgedRecord | None = None
    for event, as_of in life.arrivals:
        fed.append(event)
        anew = judge_case(fed, life.rules, as_of, 0, None)
        verdict = None if record is None else follow_case(copy_of(record), [event], life.rules, as_of, 0)
        if verdict is not None:
            assert in_any_order(verdict.record) == in_any_order(anew.record), f"seed {life.seed}, {event}"
            assert (verdict.facts, verdict.cards) == (anew.facts, anew.cards)
            followed[event.kind] = followed.get(event.kind, 0) + 1
        # The next event is followed from what was followed, as in the engine.
        record = anew.record if verdict is None else verdict.record


@pytest.mark.parametrize(
    "block",
    [*range(BLOCKS), *(pytest.param(block, marks=pytest.mark.long) for block in range(BLOCKS, LONG_BLOCKS))],
)
def test_what_is_followed_is_stored_as_judging_anew_would(block: int) -> None:
    followed: dict[str, int] = {}
    for life in ordinary_lives(range(block * BLOCK, (block + 1) * BLOCK)):
        follow_life(life, followed)
    kinds = {"received", "accepted", "step_started", "step_finished", "decided", "delivered", "rated"}
    assert {kind for kind, times in followed.items() if times > BLOCK / 50} == kinds


def test_several_events_at_once_are_followed_as_one_by_one() -> None:
    together = 0
    for life in ordinary_lives(range(20_000, 20_400)):
        events = [event for event, _ in life.arrivals]
        for first in range(1, len(events) - 1):
            as_of = life.arrivals[first + 1][1]
            record = judge_case(events[:first], life.rules, as_of, 0, None).record
            verdict = follow_case(copy_of(record), events[first : first + 2], life.rules, as_of, 0)
            if verdict is not None:
                together += 1
                anew = judge_case(events[: first + 2], life.rules, as_of, 0, None).record
                assert in_any_order(verdict.record) == in_any_order(anew), f"seed {life.seed}"
    assert together > 100


def feed_in_any_order(case: RandomCase) -> int:
    followed = 0
    fed = []
    record: JudgedRecord | None = None
    for event in case.in_some_order():
        as_of = case.as_of if case.rng.random() < 0.2 else max(case.as_of, event.occurred_at)
        fed.append(event)
        anew = judge_case(fed, case.rules, as_of, 0, None)
        verdict = None if record is None else follow_case(copy_of(record), [event], case.rules, as_of, 0)
        if verdict is not None:
            followed += 1
            assert in_any_order(verdict.record) == in_any_order(anew.record), f"seed {case.seed}, {event}"
            assert (verdict.facts, verdict.cards) == (anew.facts, anew.cards)
        record = anew.record
    return followed


def test_the_wildest_histories_are_followed_rightly_or_not_at_all() -> None:
    assert sum(map(feed_in_any_order, random_cases(range(30_000, 30_600)))) > 3


# -- what is never plain -----------------------------------------------------------------------------------------------


def first_followed(change: dict[str, object], calendar_version: int = 0) -> bool:
    """Whether the second event of a plain life is followed from a record changed so."""
    life = ordinary_life(next(seed for seed in range(100) if is_followed(ordinary_life(seed), {}, 0)))
    return is_followed(life, change, calendar_version)


def is_followed(life: OrdinaryLife, change: dict[str, object], calendar_version: int) -> bool:
    (first, judged_at), (second, as_of) = life.arrivals[:2]
    record = copy_of(judge_case([first], life.rules, judged_at, 0, None).record)
    for name, value in change.items():
        setattr(record, name, value)
    return follow_case(record, [second], life.rules, as_of, calendar_version) is not None


@pytest.mark.parametrize(
    "change",
    [
        {"cards": [("promise", "reminder", 0)]},
        {"anomalies": [("A13", "e0", "recorded_late")]},
        {"cards_not_before": 0},
        {"quiet": None},
    ],
)
def test_a_case_with_cards_findings_or_a_load_under_way_is_judged(change: dict[str, object]) -> None:
    assert first_followed({})
    assert not first_followed(change)


def test_a_case_of_an_earlier_calendar_is_judged() -> None:
    assert not first_followed({}, calendar_version=1)
