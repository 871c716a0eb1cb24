"""What time or a calendar does to a case is known from its rows: held against the judge, over thousands of lives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import msgspec
import pytest

from monitor.domain.events import Event
from monitor.domain.instants import DAY, HOUR, MINUTE, Instant
from monitor.domain.judge import Rules
from monitor.domain.passing import OWN_START
from monitor.domain.quiet import is_ordinary
from monitor.engine.judged_record import StoredFinding
from monitor.engine.shut_cases import ShutCase, rows_of_findings
from monitor.engine.verdict import Verdict, judge_case
from tests.support.ordinary_lives import ordinary_lives
from tests.support.random_cases import random_cases
from tests.unit.domain.test_rescheduling import other_calendar

BLOCK = 300
BLOCKS = 4
LONG_BLOCKS = 60
CHANGES_AT_MOST = 8


def shut(verdict: Verdict, rules: Rules, as_of: Instant) -> ShutCase | None:
    """A case as its rows tell of it; None where its file has to be opened."""
    record = verdict.record
    if verdict.facts is None or record.quiet is None or not is_ordinary(record.quiet, rules.calendar.zone, as_of):
        return None
    return ShutCase(1, 1, 3, None, record.quiet.accepted_event, verdict.facts, record.clocks)


def assert_stands_as_judged(case: ShutCase, before: Verdict, anew: Verdict, rules: Rules, events: list[Event]) -> None:
    """Rows, findings, the cards that come to those of before, and counters are those of the judge."""
    assert (case.facts, case.clocks) == (anew.facts, anew.record.clocks)
    assert case.old_findings == as_shut(case, before.record.anomalies)
    assert case.findings == as_shut(case, anew.record.anomalies)
    own = case.breached_by_own_start()
    started = [event for event in events if own is not None and event.occurred_at == own.started_at]
    if own is None or len(started) == 1:  # else it is set apart
        names = {own.name: started[0].event_id} if own is not None else {}
        assert written(case, before.record.anomalies, names) == anew.record.anomalies
    known = {(card.clock, card.level) for card in before.cards}
    added = [card for card in anew.cards if (card.clock, card.level) not in known]
    assert [card for card in case.cards if (card.clock, card.level) not in known] == added
    assert all(card in anew.cards for card in case.cards), "a card that stands is called for as it is"
    assert case.tallies(rules) == (before.record.tally, anew.record.tally)


def as_shut(case: ShutCase, findings: list[StoredFinding]) -> list[StoredFinding]:
    """Findings as a shut case knows them: an event that is not the acceptance has no name."""
    return [(code, event if event == case.accepted_event else OWN_START, detail) for code, event, detail in findings]


def written(case: ShutCase, stored: list[StoredFinding], starts: dict[str, str]) -> list[StoredFinding]:
    """What stands in the table when the rows of a case's findings are written; `starts`: which event began a clock."""
    table: dict[Any, Any] = dict(enumerate(stored))
    rows = rows_of_findings(1, case)
    for _, place, before, _, _, _ in rows:
        if before is not None:
            assert place not in table, "a finding is moved to a place that is free"
            table[place] = table.pop(before)
    for _, place, before, code, detail, clock in rows:
        if before is None:
            assert place not in table
            table[place] = code, case.accepted_event if clock is None else starts[str(clock)], detail
    return [table[place] for place in range(len(table))]


def let_time_pass(events: list[Event], rules: Rules, as_of: Instant, rng: Random) -> Iterator[str]:
    """Go from change to change, now and then past some; what became of each."""
    before = judge_case(events, rules, as_of, 3, None)
    for _ in range(CHANGES_AT_MOST):
        change_at = before.facts.next_change_at if before.facts else None
        if change_at is None:
            return
        case = shut(before, rules, as_of)
        as_of = max(as_of, change_at) + rng.choice([0, 0, 0, 1, MINUTE, HOUR, DAY, 9 * DAY, 40 * DAY])
        anew = judge_case(events, rules, as_of, 3, None)
        if case is None or not case.let_time_pass(rules, as_of, is_carded=True):
            yield "opened"
        else:
            assert_stands_as_judged(case, before, anew, rules, events)
            yield from [card.level.value for card in case.cards] or ["no card"]
        before = anew


def follow(events: list[Event], rules: Rules, as_of: Instant, rng: Random) -> str:
    """Move to another calendar that differs in days to come."""
    before = judge_case(events, rules, as_of, 3, None)
    other = Rules(rules.items, other_calendar(rules.calendar, as_of, rng), rules.policy)
    case, anew = shut(before, rules, as_of), judge_case(events, other, as_of, 4, None)
    if case is None or not case.follow_calendar(other, 4, as_of, as_of):
        return "opened"
    assert (case.facts, case.clocks) == (anew.facts, anew.record.clocks)
    assert case.tallies(other)[1] == anew.record.tally
    moved = [old.due_at for old in case.old_clocks] != [new.due_at for new in case.clocks]
    assert (case.calendar_version, case.cards_not_before) == (4, as_of if moved else None)
    return "moved" if moved else "left"


@pytest.mark.parametrize(
    "block",
    [*range(BLOCKS), *(pytest.param(block, marks=pytest.mark.long) for block in range(BLOCKS, LONG_BLOCKS))],
)
def test_a_shut_case_stands_as_judging_anew_would_find_it(block: int) -> None:
    became: Counter[str] = Counter()
    for life in ordinary_lives(range(block * BLOCK, (block + 1) * BLOCK)):
        rng = Random(life.seed)
        known = rng.randrange(1, len(life.arrivals) + 1)
        events, as_of = [event for event, _ in life.arrivals[:known]], life.arrivals[known - 1][1]
        became.update(let_time_pass(events, life.rules, as_of, rng))
        became[follow(events, life.rules, as_of, rng)] += 1
    assert became.keys() >= {"opened", "reminder", "yellow", "red", "moved", "left"}


def test_the_wildest_histories_are_moved_rightly_or_opened() -> None:
    became: Counter[str] = Counter()
    for case in random_cases(range(60_000, 62_000)):
        became.update(let_time_pass(case.events, case.rules, case.as_of, case.rng))
        became[follow(case.events, case.rules, case.as_of, case.rng)] += 1
    assert became["opened"] > 100
    assert became["moved"] + became["left"] > 10


def test_a_case_that_was_told_a_due_day_is_opened() -> None:
    """Whether the applicant was told another day than the calendar's is a finding (X10): the event must be asked."""
    for life in ordinary_lives(range(50)):
        events, as_of = [event for event, _ in life.arrivals], life.arrivals[-1][1]
        verdict = judge_case(events, life.rules, as_of, 3, None)
        if shut(verdict, life.rules, as_of) is None or verdict.facts is None or verdict.facts.accepted_at is None:
            continue
        told = [msgspec.structs.replace(event, due_claimed=verdict.record.clocks[0].due_at) for event in events]
        assert shut(judge_case(told, life.rules, as_of, 3, None), life.rules, as_of) is None
        return
    raise AssertionError("no ordinary case was accepted")
