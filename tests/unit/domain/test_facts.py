"""What is stored of a judgement: rows in the order of the tables, counters whose sums hold, facts that stay true."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import pytest

from monitor.domain.facts import (
    CLOCK_COLUMNS,
    FACT_COLUMNS,
    TIMES,
    case_facts_of,
    clock_facts_of,
    clock_facts_of_row,
    facts_of,
    speedup_share,
    stored_anomalies,
)
from monitor.domain.instants import DAY, Day, Instant
from monitor.domain.judge import Judgement, judge
from monitor.storage import fold as tables
from monitor.storage.fold import CASE_STATE_COLUMNS, DAY_COUNTERS, LOAD_COUNTERS
from tests.support.case_stories import Fields, event, item, judgement_of, suspended
from tests.support.random_cases import random_cases
from tests.support.tallies import NamedTally, tally_of

CASES = 600


@pytest.fixture(scope="module")
def judgements() -> list[Judgement]:
    """Random cases, each judged at its own moment and at a later one."""
    return list(_judge_each())


def _judge_each() -> Iterator[Judgement]:
    for case in random_cases(range(20_000, 20_000 + CASES)):
        for as_of in (case.as_of, case.as_of + 30 * DAY):
            judgement = judge(case.events, case.rules, as_of)
            if judgement is not None:
                yield judgement


# -- rows and tables -----------------------------------------------------------------------


def test_facts_are_in_the_order_in_which_they_are_copied() -> None:
    keys, rest = CASE_STATE_COLUMNS[:4], CASE_STATE_COLUMNS[4:]
    assert keys == ("case_id", "hall_id", "source_id", "case_no")
    beside = "calendar_version", "cards_not_before", "ordinary", "accepted_event", "cohort_id"
    assert rest == (*FACT_COLUMNS, *beside)
    assert ("case_id", *CLOCK_COLUMNS) == tables.CLOCK_COLUMNS


def test_every_value_of_a_row_stands_at_the_place_of_its_column(judgements: list[Judgement]) -> None:
    for judgement in judgements:
        facts = facts_of(judgement)
        assert facts.row() == tuple(getattr(facts, column) for column in FACT_COLUMNS)
        for clock in clock_facts_of(judgement):
            assert clock.row() == tuple(getattr(clock, column) for column in CLOCK_COLUMNS)


Rows = tuple[tuple[str, ...], tuple[object, ...], tuple[object, ...], tuple[object, ...]]


def rows_of(judgement: Judgement, epoch: Instant) -> Iterator[Rows]:
    """Every row stored of a judgement: its columns; as it is, counted from an instant, and read back from that."""
    facts = facts_of(judgement)
    yield FACT_COLUMNS, facts.row(), facts.row(epoch), case_facts_of(list(facts.row(epoch)), epoch).row()
    for clock in clock_facts_of(judgement):
        yield CLOCK_COLUMNS, clock.row(), clock.row(epoch), clock_facts_of_row(list(clock.row(epoch)), epoch).row()


def test_a_row_counted_from_another_instant_differs_in_its_times_alone(judgements: list[Judgement]) -> None:
    for judgement in judgements:
        for columns, row, counted, _ in rows_of(judgement, DAY):
            for column, before, after in zip(columns, row, counted, strict=True):
                if column in TIMES and isinstance(before, int):
                    assert after == before - DAY
                else:
                    assert after == before


def test_what_was_counted_from_another_instant_is_counted_back(judgements: list[Judgement]) -> None:
    """Also what lies at that very instant: its 0 is a time, and not that there is none."""
    for judgement in judgements:
        epoch = judgement.events[0].occurred_at
        assert 0 in facts_of(judgement).row(epoch)
        for _, row, _, counted_back in rows_of(judgement, epoch):
            assert counted_back == row


def test_a_copy_is_equal_and_moves_apart(judgements: list[Judgement]) -> None:
    for judgement in judgements:
        facts, copy = facts_of(judgement), facts_of(judgement).copy()
        assert copy == facts
        copy.first_event_at += 1
        assert copy != facts
        for clock in clock_facts_of(judgement):
            moved = clock.copy()
            assert moved == clock
            moved.position += 1
            assert moved != clock


def test_clocks_are_numbered_in_the_order_of_the_judgement(judgements: list[Judgement]) -> None:
    for judgement in judgements:
        rows = clock_facts_of(judgement)
        assert [(row.position, row.name) for row in rows] == list(enumerate(clock.name for clock in judgement.clocks))
        assert len({row.name for row in rows}) == len(rows), "a clock's name is its key"


def test_only_a_clock_that_has_ended_has_a_stored_use(judgements: list[Judgement]) -> None:
    """Nothing of a running clock must be rewritten at midnight."""
    rows = [row for judgement in judgements for row in clock_facts_of(judgement)]
    assert {row.ended for row in rows} == {True, False}
    for row in rows:
        assert (row.used is None, row.suspended is None) == (not row.ended, not row.ended)


# -- counters -----------------------------------------------------------------------


def by_column(tally: NamedTally) -> dict[str, float]:
    sums: dict[str, float] = defaultdict(float)
    for _, _, column, amount in tally:
        sums[column] += amount
    return sums


def test_every_counter_has_its_column_and_its_day_or_none(judgements: list[Judgement]) -> None:
    seen: set[str] = set()
    for judgement in judgements:
        for _, day, column, _ in tally_of(judgement, facts_of(judgement)):
            assert column in (LOAD_COUNTERS if day is None else DAY_COUNTERS)
            seen.add(column)
    assert seen == {*LOAD_COUNTERS, *DAY_COUNTERS}, "a counter that nothing ever moves"


def test_a_counter_is_moved_once_and_by_something(judgements: list[Judgement]) -> None:
    for judgement in judgements:
        tally = tally_of(judgement, facts_of(judgement))
        assert len({place[:3] for place in tally}) == len(tally)
        assert all(amount for _, _, _, amount in tally)


def test_a_case_counts_for_one_department(judgements: list[Judgement]) -> None:
    for judgement in judgements:
        counted = {department for department, _, _, _ in tally_of(judgement, facts_of(judgement))}
        assert counted <= {judgement.department or ""}


def test_an_open_case_has_one_light_and_a_closed_one_none(judgements: list[Judgement]) -> None:
    for judgement in judgements:
        sums = by_column(tally_of(judgement, facts_of(judgement)))
        assert sums["open"] == int(judgement.is_open)
        assert sums["green"] + sums["reminder"] + sums["yellow"] + sums["red"] == sums["open"]
        assert sums["standing"] <= sums["open"]
        assert sums["statutory_breached_open"] <= sums["red"], "one stopped by a report upwards is red and runs no more"
        assert sums["promise_breached_open"] <= sums["yellow"] + sums["red"]


def test_numerators_never_exceed_their_denominators(judgements: list[Judgement]) -> None:
    for judgement in judgements:
        sums = by_column(tally_of(judgement, facts_of(judgement)))
        assert sums["promise_early"] <= sums["promise_met"] <= sums["promise_stopped"] <= sums["decided"] <= 1
        assert sums["statutory_met"] <= sums["statutory_stopped"] <= sums["decided"]
        assert sums["same_day"] <= sums["decided"]
        assert sums["speedup_cases"] <= sums["statutory_stopped"]
        assert sums["promise_due_open"] <= sums["promise_due"] <= 1


def test_what_a_speedup_divides_is_counted_on_the_day_of_the_decision(judgements: list[Judgement]) -> None:
    counted = 0
    for judgement in judgements:
        share, facts = speedup_share(judgement), facts_of(judgement)
        sums = by_column(tally_of(judgement, facts))
        assert (facts.used_days, facts.statutory_days) == (share or (None, None))
        assert (sums["used_days"], sums["statutory_days"], sums["speedup_cases"]) == (
            (*share, 1) if share is not None else (0, 0, 0)
        )
        counted += share is not None
    assert counted > 10


def test_counters_of_a_day_fall_on_the_halls_local_day() -> None:
    judgement = judgement_of([event("accepted", "2026-05-11T00:30")], "2026-05-11T10:00")
    days = {day for _, day, column, _ in tally_of(judgement, facts_of(judgement)) if column == "accepted"}
    assert days == {local_day(judgement, "2026-05-11T12:00")}


def local_day(judgement: Judgement, text: str) -> Day:
    zone = judgement.walk.calendar.zone
    return zone.day(zone.parse(text))


# -- which cases count for the speed-up -----------------------------------------------------------------------

ACCEPTED = event("accepted", "2026-05-11T10:00")
DECIDED = event("decided", "2026-05-14T10:00", result="granted")


def share_of(events: list[Fields], items: list[Fields] | None = None) -> tuple[float, float] | None:
    return speedup_share(judgement_of(events, "2026-07-01T10:00", items))


def test_a_decision_counts_with_what_it_used_of_the_statutory_limit() -> None:
    assert share_of([ACCEPTED, DECIDED]) == (3, 20)


def test_a_decision_on_the_day_of_acceptance_counts_nothing_used() -> None:
    same_day = event("decided", "2026-05-11T16:00", result="granted")
    assert share_of([ACCEPTED, same_day]) == (0, 20)
    assert share_of([ACCEPTED, same_day], [item(counting="start_counted")]) == (0, 20)


def test_a_use_beyond_the_limit_is_not_clipped() -> None:
    assert share_of([ACCEPTED, event("decided", "2026-06-25T10:00", result="granted")]) == (32, 20)


def test_the_limit_of_the_speedup_is_the_one_without_extension() -> None:
    extended = event("extended", "2026-05-12T10:00", days=5, approver="head", notice_no="T-1")
    assert share_of([ACCEPTED, extended, DECIDED]) == (3, 20)


@pytest.mark.parametrize(
    "events",
    [
        [ACCEPTED],
        [ACCEPTED, {**DECIDED, "result": "refused"}],
        [ACCEPTED, event("refused", "2026-05-14T10:00")],
        [ACCEPTED, event("withdrawn", "2026-05-14T10:00")],
        [ACCEPTED, DECIDED, event("withdrawn", "2026-05-15T10:00")],
        [DECIDED],
    ],
    ids=["open", "decided as refused", "refused", "withdrawn", "withdrawn later", "never accepted"],
)
def test_a_case_without_a_decision_that_grants_or_denies_does_not_count(events: list[Fields]) -> None:
    assert share_of(events) is None


@pytest.mark.parametrize("unit", ["calendar_days", "working_hours"])
def test_a_case_judged_in_another_unit_does_not_count(unit: str) -> None:
    assert share_of([ACCEPTED, DECIDED], [item(unit=unit)]) is None


def test_a_case_that_was_reported_up_does_not_count() -> None:
    """Its statutory clock was not stopped by the decision (行政许可法 35, 43)."""
    reported = event("reported_up", "2026-05-12T10:00")
    assert share_of([ACCEPTED, reported, DECIDED], [item(kind="reported_up")]) is None


def test_suspended_days_are_stored_once_the_case_is_decided() -> None:
    events = [ACCEPTED, suspended("2026-05-12T10:00", 3), event("resumed", "2026-05-14T10:00")]
    assert facts_of(judgement_of(events, "2026-05-20T10:00")).suspended_days is None
    decided = [*events, event("decided", "2026-05-20T10:00", result="granted")]
    assert facts_of(judgement_of(decided, "2026-05-20T10:00")).suspended_days == 2


# -- findings that are stored -----------------------------------------------------------------------


def test_a_limit_that_changed_after_closing_is_no_finding_of_the_closed_case() -> None:
    items = [item(), item(promised=5, valid_from="2026-06-01")]
    closed, open_ = judgement_of([ACCEPTED, DECIDED], "2026-07-01T10:00", items), [ACCEPTED]
    assert "A21" in {finding.code for finding in closed.anomalies}
    assert "A21" not in {finding.code for finding in stored_anomalies(closed)}
    assert "A21" in {finding.code for finding in stored_anomalies(judgement_of(open_, "2026-07-01T10:00", items))}


def test_a_limit_that_changed_before_closing_stays_a_finding() -> None:
    items = [item(), item(promised=5, valid_from="2026-05-13")]
    assert "A21" in {
        finding.code for finding in stored_anomalies(judgement_of([ACCEPTED, DECIDED], "2026-07-01T10:00", items))
    }


def test_facts_show_their_values(judgements: list[Judgement]) -> None:
    for judgement in judgements:
        facts = facts_of(judgement)
        assert repr(facts) == f"CaseFacts{facts.row()}"
        for clock in clock_facts_of(judgement):
            assert repr(clock) == f"ClockFacts{clock.row()}"
