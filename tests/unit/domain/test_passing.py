"""What time alone does is stored as judging anew would: thousands of lives, at every change and at moments between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest

from monitor.domain.events import Event
from monitor.domain.instants import DAY, HOUR, MINUTE, Instant
from monitor.domain.judge import Rules
from monitor.domain.passing import OWN_START, findings_of_clocks, is_order_known, origins_of_clocks, pass_time
from monitor.domain.quiet import is_ordinary
from monitor.engine.judged_record import JudgedRecord
from monitor.engine.record import pack_record
from monitor.engine.verdict import judge_case, pass_case
from tests.support.ordinary_lives import ordinary_lives
from tests.support.random_cases import random_cases
from tests.support.stored_parts import copy_of

BLOCK = 300
BLOCKS = 5
LONG_BLOCKS = 100
CHANGES_AT_MOST = 12


def let_time_pass(events: list[Event], rules: Rules, as_of: Instant, rng: Random) -> Iterator[str]:
    """Go from change to change, now and then past some; hold what passed against the judge and give what changed."""
    record = judge_case(events, rules, as_of, 7, None).record
    for _ in range(CHANGES_AT_MOST):
        change_at = record.facts.next_change_at if record.facts else None
        if change_at is None:
            return
        as_of = max(as_of, change_at) + rng.choice([0, 0, 0, 0, 1, MINUTE, HOUR, DAY, 9 * DAY, 40 * DAY])
        anew = judge_case(events, rules, as_of, 7, None)
        passed = pass_case(copy_of(record), events, rules, as_of, 7)
        if passed is not None:
            assert pack_record(passed.record) == pack_record(anew.record)
            assert (passed.facts, passed.cards) == (anew.facts, anew.cards)
        before, record = record, anew.record
        yield from _changes(before, record) if passed is not None else ["judged"]


def _changes(before: JudgedRecord, after: JudgedRecord) -> Iterator[str]:
    told = {(clock, level) for clock, level, _ in before.cards}
    for clock, level, _ in after.cards:
        if (clock, level) not in told:
            yield f"{clock.split(':')[0]} {level}"
    if before.cards == after.cards:
        yield "no card"


@pytest.mark.parametrize(
    "block",
    [*range(BLOCKS), *(pytest.param(block, marks=pytest.mark.long) for block in range(BLOCKS, LONG_BLOCKS))],
)
def test_what_time_alone_changes_is_stored_as_judging_anew_would(block: int) -> None:
    changes: dict[str, int] = {}
    for life in ordinary_lives(range(block * BLOCK, (block + 1) * BLOCK)):
        rng = Random(life.seed)
        known = rng.randrange(1, len(life.arrivals) + 1)
        events = [event for event, _ in life.arrivals[:known]]
        for change in let_time_pass(events, life.rules, life.arrivals[known - 1][1], rng):
            changes[change] = changes.get(change, 0) + 1
    assert changes.keys() == {
        "promise reminder", "statutory reminder", "promise yellow", "statutory red", "step yellow", "delivery yellow",
        "no card", "judged",
    }  # fmt: skip
    assert sum(changes.values()) > 2 * changes["judged"]


def test_the_wildest_histories_pass_rightly_or_are_judged() -> None:
    changes: dict[str, int] = {}
    for case in random_cases(range(40_000, 41_200)):
        for change in let_time_pass(case.events, case.rules, case.as_of, case.rng):
            changes[change] = changes.get(change, 0) + 1
    assert changes["promise yellow"] > 3
    assert changes["statutory red"] > 3


def pass_by_clocks(events: list[Event], rules: Rules, as_of: Instant, rng: Random) -> str:
    """Let time pass over an ordinary case of whose events the acceptance is known; hold it against the judge and give
    what was found.
    """
    verdict = judge_case(events, rules, as_of, 7, None)
    facts, clocks, quiet = verdict.facts, verdict.record.clocks, verdict.record.quiet
    if facts is None or quiet is None or not is_ordinary(quiet, rules.calendar.zone, as_of):
        return "not asked"
    if facts.accepted_at is None or quiet.accepted_event is None or facts.next_change_at is None:
        return "not asked"
    as_of = facts.next_change_at + rng.choice([0, 1, HOUR, 9 * DAY, 40 * DAY])
    before = findings_of_clocks(quiet.accepted_event, facts.accepted_at, clocks)
    if before is None:
        return "judged"
    assert before == [_without_own_start(finding, quiet.accepted_event) for finding in verdict.record.anomalies]
    origins = origins_of_clocks(quiet.accepted_event, facts.accepted_at, clocks)
    passed = pass_time(quiet.item, facts, clocks, before, origins, rules, as_of)
    if passed is None or not is_order_known(passed.findings):
        return "judged"
    anew = judge_case(events, rules, as_of, 7, None).record
    assert (passed.facts, passed.clocks) == (anew.facts, anew.clocks)
    assert passed.findings == [_without_own_start(finding, quiet.accepted_event) for finding in anew.anomalies]
    return ", ".join(detail for _, _, detail in passed.findings) or "nothing found"


def _without_own_start(finding: tuple[str, str | None, str], accepted_event: str) -> tuple[str, str | None, str]:
    code, event_id, detail = finding
    return code, event_id if event_id == accepted_event else OWN_START, detail


def test_what_the_clocks_tell_of_an_ordinary_case_is_what_judging_anew_would() -> None:
    """The breaches of promise and statutory limit name the acceptance, others the event that started their clock."""
    found: Counter[str] = Counter()
    for life in ordinary_lives(range(20_000, 20_300)):
        rng = Random(life.seed)
        known = rng.randrange(1, len(life.arrivals) + 1)
        events = [event for event, _ in life.arrivals[:known]]
        found[pass_by_clocks(events, life.rules, life.arrivals[known - 1][1], rng)] += 1
    assert found.keys() >= {
        "promise breached", "statutory breached", "promise breached, statutory breached", "step:审查 breached",
        "delivery breached", "promise breached, delivery breached", "nothing found", "judged", "not asked",
    }  # fmt: skip
