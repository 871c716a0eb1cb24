"""Recalculation, correction and alert mistakes of other systems, and what ours does (edge cases 25–34).

Cards are judged here as the pure ladder expects them; that the engine revokes and issues them is tested with it.
"""

from __future__ import annotations

import pytest

from alerts.ladder import Level, expected_cards
from monitor.domain.calendars import national_calendar
from monitor.domain.facts import facts_of
from monitor.domain.instants import datetime_of
from monitor.domain.schedule import coming_changes, next_change_at, reminder_at
from tests.support.case_stories import (
    Fields,
    clock,
    clock_names,
    codes,
    due,
    event,
    item,
    judged,
    judgement_of,
    suspended,
    voided,
)

ACCEPTED = event("accepted", "2026-05-11T10:00")  # a Monday; promise 10 → 2026-05-25, statutory 20 → 2026-06-08


def cards(events: list[Fields], as_of: str, items: list[Fields] | None = None) -> list[tuple[str, Level]]:
    return [(card.clock, card.level) for card in expected_cards(judgement_of(events, as_of, items))]


def test_a_limit_that_is_taken_away_calls_for_no_card_any_more() -> None:
    """Edge case 25: with the agreement switched off, escalated tickets stayed escalated and kept mailing.

    The expected cards of ours follow from events and rules alone: without a promise nothing is left of its card.
    """
    with_promise, without = [item()], [item(promised=None)]

    assert ("promise", Level.YELLOW) in cards([ACCEPTED], "2026-05-26T10:00", with_promise)
    assert cards([ACCEPTED], "2026-05-26T10:00", without) == []


def test_a_case_sent_again_under_another_item_is_judged_by_that_item() -> None:
    """Edge case 26: a re-classified ticket no longer matched its agreement but stayed escalated.

    After the void only the new item's limits hold, its card is not expected, and the correction is seen (A15).
    """
    wrong = event("accepted", "2026-05-11T10:00", item="quick")
    again = event("accepted", "2026-05-11T10:05", item="permit")
    items = [item(item="quick", promised=1), item()]

    before = judged([wrong], "2026-05-14T10:00", items)
    after = judged([wrong, voided(wrong, "2026-05-14T09:00"), again], "2026-05-14T10:00", items)

    assert (before["item"], before["light"]) == ("quick", "yellow")
    assert (after["item"], after["light"]) == ("permit", "green")
    assert "A15" in codes(after)
    assert cards([wrong, voided(wrong, "2026-05-14T09:00"), again], "2026-05-14T10:00", items) == []


@pytest.mark.parametrize("ending", [event("decided", "2026-05-20T10:00"), event("withdrawn", "2026-05-20T10:00")])
def test_a_closed_case_never_breaches_later(ending: Fields) -> None:
    """Edge case 27: breach mails were sent for closed tickets.

    A case that ended in time calls for no card, however late it is looked at, and waits for no change.
    """
    events = [ACCEPTED, ending]

    assert cards(events, "2027-05-20T10:00") == []
    assert next_change_at(judgement_of(events, "2026-05-20T10:00")) is None


def test_every_event_moves_the_due_time_when_it_comes() -> None:
    """Edge case 28: the deadline was not updated by the first reply, only by the second.

    Each prefix of the case is judged in full: the first suspension, extension and resumption count at once.
    """
    events = [
        ACCEPTED,
        suspended("2026-05-13T10:00", 5),
        event("resumed", "2026-05-15T10:00"),
        event("extended", "2026-05-18T10:00", days=5, approver="head", notice_no="T-2"),
    ]

    seen = [due(judged(events[: n + 1], events[n]["occurred_at"])) for n in range(len(events))]

    assert seen == ["2026-05-25T17:00", "2026-06-01T17:00", "2026-05-27T17:00", "2026-06-03T17:00"]


def test_the_shorter_limit_never_hides_the_longer_one() -> None:
    """Edge case 29: a shorter limit silently overruled the longer one that was still unmet.

    Promise and statutory are two clocks: the breach of one leaves the other to run and to breach at its own time.
    """
    yellow, red = judged([ACCEPTED], "2026-05-26T10:00"), judged([ACCEPTED], "2026-06-09T10:00")

    assert (clock(yellow, "promise")["state"], clock(yellow, "statutory")["state"]) == ("breached", "running")
    assert (clock(red, "promise")["state"], clock(red, "statutory")["state"]) == ("breached", "breached")
    assert (yellow["light"], red["light"]) == ("yellow", "red")
    longer_promise = judged([ACCEPTED], "2026-06-09T10:00", [item(promised=30, statutory=20)])
    assert [clock(longer_promise, name)["state"] for name in ("promise", "statutory")] == ["running", "breached"]


def test_nothing_breaches_while_the_applicant_is_to_correct() -> None:
    """Edge case 30: a ticket escalated although it was the customer's turn.

    The request for corrections stops the acceptance clock; while the applicant is silent nothing runs.
    """
    events = [event("received", "2026-05-11T10:00"), event("corrections_requested", "2026-05-13T10:00")]

    judgement = judged(events, "2026-12-01T10:00")

    assert judgement["status"] == "correcting"
    assert [one["state"] for one in judgement["clocks"]] == ["met"]
    assert cards(events, "2026-12-01T10:00") == []


def test_the_applicants_answer_starts_the_clock_again() -> None:
    """Edge case 30: a customer's note did not restart the clock.

    `corrections_supplied` starts acceptance:2; when nobody answers it in five working days the case is deemed
    accepted from that day on (行政许可法 32).
    """
    events = [
        event("received", "2026-05-11T10:00"),
        event("corrections_requested", "2026-05-13T10:00"),
        event("corrections_supplied", "2026-05-18T10:00"),
    ]

    running, deemed = judged(events, "2026-05-25T17:00"), judged(events, "2026-05-25T17:00:01")

    assert clock(running, "acceptance:2")["state"] == "running"
    assert (deemed["deemed"], deemed["accepted_at"]) == (True, "2026-05-18T10:00:00+08:00")


def test_figures_of_a_case_are_there_at_its_first_decision() -> None:
    """Edge case 31: statistics were only computed after a ticket was reopened and closed again.

    The facts of ours are a function of the events: complete at the first decision.
    """
    facts = facts_of(judgement_of([ACCEPTED, event("decided", "2026-05-14T10:00")], "2026-05-14T10:00"))

    assert (facts.used_days, facts.statutory_days, facts.promise_state) == (3, 20, "met")


@pytest.mark.parametrize("accepted", ["2026-05-16T22:00", "2026-05-17T03:00", "2026-05-15T20:00"])
def test_a_case_accepted_outside_opening_hours_uses_the_days_after_it(accepted: str) -> None:
    """Edge case 31: a case opened outside working hours had a delay of 0, or a wrong time taken into account.

    Decided on Wednesday ours has used Monday to Wednesday, in hours from Monday's opening.
    """
    events = [event("accepted", accepted), event("decided", "2026-05-20T11:00")]

    days = clock(judged(events, "2026-05-20T11:00"), "promise")
    hours = clock(judged(events, "2026-05-20T11:00", [item(promised=40, unit="working_hours")]), "promise")

    assert (days["used"], hours["used"]) == (3, 18)


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 10])
@pytest.mark.parametrize("start", range(1, 15))
def test_a_reminder_takes_effect_at_opening_of_a_working_day(start: int, limit: int) -> None:
    """Edge case 32: reminders were sent at midnight or on a Sunday.

    Whatever the day of acceptance and the limit, ours takes effect at opening of a working day.
    """
    judgement = judgement_of(
        [event("accepted", f"2026-05-{start:02}T10:00")], "2026-05-15T10:00", [item(promised=limit)]
    )
    promise, calendar = judgement.clock("promise"), national_calendar()
    assert promise is not None
    at = reminder_at(promise)
    assert at is not None

    assert calendar.is_working(calendar.zone.day(at))
    assert datetime_of(at, calendar.zone.info).strftime("%H:%M") == "09:00"


def test_a_decision_can_be_taken_back_under_any_calendar() -> None:
    """Edge case 33: rejecting a solution crashed because of the calendar.

    A void decision is judged again without error under a bare calendar, an unpublished year and the national one.
    """
    decided = event("decided", "2026-05-14T10:00", result="granted")
    events = [ACCEPTED, decided, event("delivered", "2026-05-15T10:00"), voided(decided, "2026-05-16T23:00")]

    calendars: list[Fields | None] = [{}, {"years": {}}, {"zone": "Asia/Shanghai", "years": {"2026": {}}}, None]
    for calendar in calendars:
        judgement = judged(events, "2026-05-18T10:00", calendar=calendar)
        assert (judgement["status"], clock(judgement, "promise")["state"]) == ("accepted", "running")
        assert "delivery" not in clock_names(judgement)
        assert "A12" in codes(judgement), "delivered before decided"


def test_a_closed_case_keeps_the_limits_of_its_acceptance() -> None:
    """Edge case 34: reconstruction judged closed cases with today's limit.

    A clock takes the version in force on the day of legal acceptance; that it differs from today's is said (A21).
    """
    events = [ACCEPTED, event("decided", "2026-05-20T10:00", result="granted")]
    shorter = item(promised=2, statutory=5, valid_from="2026-06-01")

    judgement = judged(events, "2026-12-01T10:00", [item(), shorter])

    assert (clock(judgement, "promise")["limit"], clock(judgement, "promise")["state"]) == (10, "met")
    assert "A21" in codes(judgement)
    assert "A21" not in codes(judged(events, "2026-05-31T10:00", [item(), shorter]))


def test_the_coming_breach_is_announced_for_the_instant_after_the_due_time() -> None:
    """Edge case 28: alarms were set from the old deadline; ours come from the clock as judged with the last event."""
    events = [ACCEPTED, suspended("2026-05-13T10:00", 5)]

    judgement = judgement_of(events, "2026-05-13T10:00")
    promise = judgement.clock("promise")
    assert promise is not None
    assert promise.due_at is not None
    breaches = [
        change.at for change in coming_changes(judgement) if change.clock == "promise" and change.what == "breach"
    ]

    assert breaches == [promise.due_at + 1]
