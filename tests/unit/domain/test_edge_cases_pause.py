"""Pause and reopen mistakes that other systems shipped, and what ours does (edge cases 15–24)."""

from __future__ import annotations

import pytest

from tests.support.case_stories import (
    Fields,
    clock,
    clock_names,
    codes,
    due,
    event,
    item,
    judged,
    suspended,
    voided,
)

ACCEPTED = event("accepted", "2026-05-11T10:00")  # a Monday; promise 10 → 2026-05-25, statutory 20 → 2026-06-08


def test_a_changed_limit_does_not_lose_the_suspension() -> None:
    """Edge case 15: when priority or agreement of a ticket changed, the time it had been paused was lost.

    Loading a new version of the item changes nothing for an accepted case, and with other limits in the same version
    the suspended days stay what they were.
    """
    events = [ACCEPTED, suspended("2026-05-13T10:00", 5), event("resumed", "2026-05-18T10:00")]
    later_version = item(promised=3, statutory=5, valid_from="2026-05-15")

    before = clock(judged(events, "2026-05-19T10:00", [item()]), "promise")
    after = clock(judged(events, "2026-05-19T10:00", [item(), later_version]), "promise")
    other_limit = clock(judged(events, "2026-05-19T10:00", [item(promised=15)]), "promise")

    assert after == before
    assert before["suspended"] == other_limit["suspended"] == 3


@pytest.mark.parametrize(
    ("begun", "resumed", "covered"),
    [
        pytest.param("2026-05-15T16:00", "2026-05-18T09:30", 1, id="Friday to Monday"),
        pytest.param("2026-05-15T16:00", "2026-05-17T12:00", 0, id="Friday to Sunday"),
        pytest.param("2026-05-16T10:00", "2026-05-17T10:00", 0, id="within the weekend"),
    ],
)
def test_a_suspension_over_a_weekend_adds_working_days_only(begun: str, resumed: str, covered: int) -> None:
    """Edge case 16: a pause over a weekend added its hours on the wall to a limit in working days.

    Ours takes out the working days it covers: Monday, or none.
    """
    promise = clock(judged([ACCEPTED, suspended(begun, 5), event("resumed", resumed)], "2026-05-19T10:00"), "promise")

    assert promise["suspended"] == covered
    assert promise["due_at"] == ("2026-05-26" if covered else "2026-05-25") + "T17:00:00+08:00"


def test_a_pause_from_closing_to_opening_takes_no_working_time() -> None:
    """Edge case 17: a pause from 17:00 to 09:00 of the next day, with no working time in it, gave 16 hours more.

    In hours ours adds nothing. In days the day of resuming is covered by rule and the limit still ends at closing.
    """
    pause = [suspended("2026-05-12T17:00", 5), event("resumed", "2026-05-13T09:00")]

    hours = clock(judged([ACCEPTED, *pause], "2026-05-14T10:00", [item(promised=20, unit="working_hours")]), "promise")
    days = clock(judged([ACCEPTED, *pause], "2026-05-14T10:00"), "promise")

    assert hours["suspended"] == 0
    assert hours["due_at"] == hours["due_at_if_refused"] == "2026-05-13T14:00:00+08:00"
    assert (days["suspended"], days["due_at"]) == (1, "2026-05-26T17:00:00+08:00")


@pytest.mark.parametrize("planned", [1, 2, 3, 5, 8])
def test_a_suspension_is_counted_once(planned: int) -> None:
    """Edge case 18: the pause was taken off the input of the calculation and added to its output as well.

    Used and suspended days of ours add up to the days that would be used without it, and the due time moves by
    exactly the suspended working days.
    """
    events = [ACCEPTED, suspended("2026-05-13T10:00", planned)]

    promise = clock(judged(events, "2026-05-27T18:00"), "promise")
    without = clock(judged([ACCEPTED], "2026-05-27T18:00"), "promise")

    assert promise["suspended"] == planned
    assert promise["used"] + promise["suspended"] == without["used"]
    assert promise["due_at_if_refused"] == without["due_at"]
    moved = judged([ACCEPTED], "2026-05-11T10:00", [item(promised=10 + planned)])
    assert promise["due_at"] == clock(moved, "promise")["due_at"]


def test_a_suspension_within_a_holiday_moves_nothing() -> None:
    """Edge case 18: the pause of a case created on a holiday was added to its creation time.

    A suspension inside National Day covers no working day, so the due time stays.
    """
    accepted = event("accepted", "2026-10-02T10:00")
    pause = [suspended("2026-10-03T10:00", 2), event("resumed", "2026-10-07T10:00")]

    promise = clock(judged([accepted, *pause], "2026-10-12T10:00", [item(promised=5)]), "promise")

    assert promise["suspended"] == 0
    assert promise["due_at"] == promise["due_at_if_refused"]


def test_a_case_is_never_breached_while_it_stands() -> None:
    """Edge case 19: tickets were marked as violated while pending.

    Ours has no due time while an open suspension without planned end stands, even a year later.
    """
    judgement = judged([ACCEPTED, suspended("2026-05-13T10:00")], "2027-05-13T10:00")

    for name in ("promise", "statutory"):
        standing = clock(judgement, name)
        assert (standing["state"], standing["due_at"], standing["used"]) == ("standing", None, 2)
    assert (judgement["status"], judgement["light"]) == ("suspended", "green")


def test_a_planned_suspension_shields_only_as_long_as_planned() -> None:
    """Edge case 19: the other side of it: a pause that nobody ends must not shield a case for ever.

    After its planned days the clock runs again by itself and breaches at the due time it always showed.
    """
    events = [ACCEPTED, suspended("2026-05-13T10:00", 3)]

    assert clock(judged(events, "2026-05-18T23:59"), "promise")["state"] == "standing"
    assert clock(judged(events, "2026-05-19T00:00"), "promise")["state"] == "running"
    assert due(judged(events, "2026-05-14T10:00")) == due(judged(events, "2026-06-10T10:00")) == "2026-05-28T17:00"
    assert clock(judged(events, "2026-05-28T17:00"), "promise")["state"] == "running"
    late = judged(events, "2026-05-28T17:00:00.000001")
    assert clock(late, "promise")["state"] == "breached"
    assert ("A08", "longer_than_planned") in [(a["code"], a["detail"]) for a in late["anomalies"]]


def test_a_suspension_begun_on_a_holiday_pauses() -> None:
    """Edge case 20: a pause set on a holiday did not pause.

    Ours covers the working days after it like any other.
    """
    accepted = event("accepted", "2026-09-29T10:00")
    pause = [suspended("2026-10-03T10:00", 2), event("resumed", "2026-10-09T10:00")]

    promise = clock(judged([accepted, *pause], "2026-10-10T10:00"), "promise")

    assert promise["suspended"] == 2  # 8 and 9 October
    assert clock(judged([accepted, pause[0]], "2026-10-04T10:00"), "promise")["state"] == "standing"


def test_a_case_accepted_while_suspended_stands_and_then_runs() -> None:
    """Edge case 21: a ticket created directly in a paused state kept its clock running for ever.

    Ours stands from its start on, because suspensions from before the start count, and runs once resumed.
    """
    pause = suspended("2026-05-11T09:00", 5)

    standing = clock(judged([pause, ACCEPTED], "2026-05-12T10:00"), "promise")
    resumed = clock(judged([pause, ACCEPTED, event("resumed", "2026-05-13T10:00")], "2026-05-14T10:00"), "promise")

    assert (standing["state"], standing["used"], standing["suspended"]) == ("standing", 0, 1)
    assert (resumed["state"], resumed["used"], resumed["suspended"]) == ("running", 1, 2)


def test_a_case_that_comes_already_decided_has_no_running_clock() -> None:
    """Edge case 21: a ticket created directly in a closed state kept its clock running for ever.

    A decision without acceptance starts no promise, and an acceptance recorded after it only void clocks.
    """
    decided = event("decided", "2026-05-12T10:00", result="denied")

    alone = judged([decided], "2027-05-12T10:00")
    accepted_later = judged([decided, event("accepted", "2026-05-13T10:00")], "2027-05-12T10:00")

    assert clock_names(alone) == []
    assert [one["state"] for one in accepted_later["clocks"]] == ["void", "void"]
    assert accepted_later["light"] == "green"
    assert {"A12", "X07"} <= set(codes(alone)) & set(codes(accepted_later))


def test_the_due_time_moves_at_the_moment_of_suspending() -> None:
    """Edge case 22: the deadline was not computed anew when a ticket was paused, only when it was resumed.

    With planned days ours shows the new due time at once, without them that none is known.
    """
    planned, open_ended = suspended("2026-05-13T10:00", 5), suspended("2026-05-13T10:00")

    assert due(judged([ACCEPTED], "2026-05-13T10:00")) == "2026-05-25T17:00"
    assert due(judged([ACCEPTED, planned], "2026-05-13T10:00")) == "2026-06-01T17:00"
    assert due(judged([ACCEPTED, open_ended], "2026-05-13T10:00")) is None


@pytest.mark.parametrize(
    "follow_up",
    [
        event("step_started", "2026-05-16T21:00", step="审查"),
        event("rated", "2026-05-16T21:00"),
        event("corrections_supplied", "2026-05-16T21:00"),
        suspended("2026-05-16T21:00", 30),
    ],
    ids=lambda told: told["kind"],
)
def test_a_follow_up_while_suspended_changes_no_due_time(follow_up: Fields) -> None:
    """Edge case 22: follow-ups while pending moved the deadline without regard to the calendar.

    Only a `resumed`, a decision or the planned end ends a suspension of ours; a second `suspended` is swallowed.
    """
    events = [ACCEPTED, suspended("2026-05-13T10:00", 5)]

    assert due(judged([*events, follow_up], "2026-05-17T10:00")) == due(judged(events, "2026-05-17T10:00"))


def test_the_time_between_a_void_decision_and_the_next_is_used() -> None:
    """Edge case 23: the time between "solved" and the reopening was counted as pending.

    A decision taken back by a void has never stopped the clock: every working day of that time is used, none is
    suspended.
    """
    decided = event("decided", "2026-05-13T10:00", result="granted")
    reopened = [ACCEPTED, decided, voided(decided, "2026-05-20T10:00")]

    before = clock(judged(reopened, "2026-05-19T10:00"), "promise")
    after = clock(judged(reopened, "2026-05-20T10:00"), "promise")

    assert (before["state"], before["used"]) == ("met", 2)
    assert (after["state"], after["used"], after["suspended"]) == ("running", 7, 0)


def test_every_suspension_counts_whatever_its_reason() -> None:
    """Edge case 24: of several states that pause a clock, only one was considered after a reopening.

    Each of the eight reasons of the law takes its days out, also after a void decision.
    """
    decided = event("decided", "2026-05-14T10:00", result="granted")
    events = [
        ACCEPTED,
        suspended("2026-05-12T10:00", 1, reason="听证"),
        event("resumed", "2026-05-13T10:00"),
        decided,
        voided(decided, "2026-05-15T09:00"),
        suspended("2026-05-15T10:00", 1, reason="检验"),
        event("resumed", "2026-05-18T10:00"),
        suspended("2026-05-19T10:00", 2, reason="专家评审"),
        event("resumed", "2026-05-21T10:00"),
    ]

    judgement = judged(events, "2026-05-22T10:00")

    assert clock(judgement, "promise")["suspended"] == 1 + 1 + 2
    assert [name for name in clock_names(judgement) if name.startswith("suspension")] == [
        "suspension:1",
        "suspension:2",
        "suspension:3",
    ]


def test_material_handed_in_again_does_not_breach_at_once() -> None:
    """Edge case 24: reopening an old thread breached its limit at the same moment.

    Corrections handed in after half a year start a new acceptance clock with its full limit.
    """
    events = [
        event("received", "2026-01-05T10:00"),
        event("corrections_requested", "2026-01-07T10:00"),
        event("corrections_supplied", "2026-07-06T10:00"),
    ]

    second = clock(judged(events, "2026-07-06T10:00"), "acceptance:2")

    assert (second["state"], second["used"], second["due_at"]) == ("running", 0, "2026-07-13T17:00:00+08:00")


def test_an_answer_that_comes_first_within_its_instant_names_the_item() -> None:
    """Only the walk knows that the suspension was open: by kind alone the step of the same instant would come first."""
    told = [
        {**ACCEPTED, "item": None},
        {**suspended("2026-05-13T10:00", 5), "item": None},
        event("step_started", "2026-05-14T10:00", step="审查"),
        event("resumed", "2026-05-14T10:00", item="renewal"),
    ]
    items = [item(), item(item="renewal", department="D2", promised=5)]

    judgement = judged(told, "2026-05-14T12:00", items)

    assert (judgement["item"], judgement["department"], clock(judgement, "promise")["limit"]) == ("renewal", "D2", 5)
    without = judged([told[0], *told[2:]], "2026-05-14T12:00", items)
    assert without["item"] == "permit", "a resumption that answers nothing has no precedence"
