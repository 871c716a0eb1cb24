"""Analytics that differed from the engine in other systems, and why ours cannot (edge cases 41–43), the pure part.

What is stored and counted of a case is read off one judgement; that SQL sums it up alike is tested on the database.
"""

from __future__ import annotations

from collections.abc import Iterator

from monitor.domain.clocks import ClockState
from monitor.domain.evaluation import read_calendar, read_items, read_policy
from monitor.domain.events import event_of
from monitor.domain.facts import clock_facts_of, facts_of, speedup_share
from monitor.domain.instants import instant_of
from monitor.domain.judge import Judgement, Rules, judge
from tests.support.case_stories import Fields, clock, event, item, judged, judgement_of, suspended, voided
from tests.support.histories import random_history
from tests.support.tallies import tally_of


def random_judgements(count: int) -> Iterator[Judgement]:
    for seed in range(count):
        history = random_history(seed)
        rules = Rules(read_items(history.items), read_calendar(history.calendar), read_policy(history.policy))
        events = [event_of(told, rules.calendar.zone) for told in history.events]
        judgement = judge(events, rules, instant_of(history.as_of))
        if judgement is not None:
            yield judgement


def test_the_stored_breach_is_the_judges_in_every_history() -> None:
    """Edge case 41: the breach flag in the warehouse differed from the engine's.

    What ours stores of a case and what it adds to the counters says breached exactly where the judge does.
    """
    breached = 0
    for case in random_judgements(400):
        facts, tally = facts_of(case), tally_of(case, facts_of(case))
        for name, stored in (("promise", facts.promise_state), ("statutory", facts.statutory_state)):
            judged_clock = case.clock(name)
            assert stored == (None if judged_clock is None else judged_clock.state.value)
            is_open_breach = (
                judged_clock is not None
                and case.is_open
                and not judged_clock.ended
                and judged_clock.state is ClockState.BREACHED
            )
            counted = (case.department or "", None, f"{name}_breached_open", 1)
            assert tally.count(counted) == int(is_open_breach)
            breached += is_open_breach
    assert breached > 20, "the histories hardly ever breach"


def test_hours_in_the_figures_leave_out_holidays() -> None:
    """Edge case 42: business minutes in the warehouse ignored holidays.

    Used time is measured once, by the judge: over National Day a case of two half days has used eight hours.
    """
    events = [event("accepted", "2026-09-30T13:00"), event("decided", "2026-10-08T13:00", result="granted")]

    hours = clock(judged(events, "2026-10-08T13:00", [item(promised=20, unit="working_hours")]), "promise")
    facts = facts_of(judgement_of(events, "2026-10-08T13:00"))

    assert hours["used"] == 8
    assert (facts.used_days, facts.statutory_days) == (1, 20)


def test_used_days_in_the_figures_are_net_of_suspensions() -> None:
    """Edge case 42: the same for suspended days: what the figures divide is what the clock has used."""
    events = [
        event("accepted", "2026-05-11T10:00"),
        suspended("2026-05-12T10:00", 3),
        event("resumed", "2026-05-15T10:00"),
        event("decided", "2026-05-19T10:00", result="granted"),
    ]

    case = judgement_of(events, "2026-05-19T10:00")

    assert speedup_share(case) == (3, 20)
    assert facts_of(case).suspended_days == 3


def test_a_breach_has_one_instant_whatever_segments_a_clock_is_cut_into() -> None:
    """Edge case 43: the time of breach was taken as the maximum over a clock's segments.

    A clock of ours has one due time; three suspensions, a decision after it and a later look do not move it.
    """
    events = [
        event("accepted", "2026-05-11T10:00"),
        suspended("2026-05-12T10:00", 1),
        event("resumed", "2026-05-13T10:00"),
        suspended("2026-05-14T10:00", 1),
        event("resumed", "2026-05-15T10:00"),
        suspended("2026-05-18T10:00", 1),
        event("resumed", "2026-05-19T10:00"),
    ]
    decided = event("decided", "2026-06-10T10:00", result="granted")

    early, late = judgement_of(events, "2026-05-20T10:00"), judgement_of([*events, decided], "2026-06-12T10:00")

    assert facts_of(early).promise_due_at == facts_of(late).promise_due_at
    assert facts_of(late).promise_state == "breached"
    assert clock(judged(events, "2026-05-20T10:00"), "promise")["due_at"] == "2026-05-28T17:00:00+08:00"


def test_no_clock_is_dropped_between_judge_and_store() -> None:
    """Edge case 43: some agreements were missing from the warehouse's model.

    Every clock of every judgement has its stored row, in order, with the judge's own due time and state.
    """
    for case in random_judgements(400):
        stored = clock_facts_of(case)
        assert [(row.name, row.due_at, row.state, row.stopped_at) for row in stored] == [
            (one.name, one.due_at, one.state.value, one.stopped_at) for one in case.clocks
        ]
        assert [row.position for row in stored] == list(range(len(case.clocks)))


def test_nothing_is_taken_from_what_has_been_deleted() -> None:
    """Edge case 43: the default schedule was picked from deleted ones.

    By construction the judge is given the one calendar it uses and finds none by itself; and an event that a void has
    taken out gives the case neither its item nor its department nor a start.
    """
    deleted = event("accepted", "2026-05-04T10:00", item="quick", department="D9")
    events = [deleted, voided(deleted, "2026-05-06T09:00"), event("accepted", "2026-05-11T10:00", department="D2")]
    items = [item(item="quick", promised=1, department="D9"), item(department=None)]

    judgement = judged(events, "2026-05-12T10:00", items)

    assert (judgement["item"], judgement["department"]) == ("permit", "D2")
    assert judgement["accepted_at"] == "2026-05-11T10:00:00+08:00"
    two_calendars: list[Fields] = [{"years": {"2026": {"holidays": ["2026-05-12"]}}}, {"years": {"2026": {}}}]
    ends = [clock(judged(events, "2026-05-12T10:00", items, one), "promise")["due_at"] for one in two_calendars]
    assert ends == ["2026-05-26T17:00:00+08:00", "2026-05-25T17:00:00+08:00"]
