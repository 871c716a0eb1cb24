"""A closed case keeps the calendar it was judged by; one that a correction opens again follows the newest."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from monitor.storage.recalculation import insert_calendar_version, insert_recalculation
from tests.support.driven_hall import DrivenHall, at

OPEN_ON_SATURDAY = {"years": {"2026": {"holidays": [], "workdays": ["2026-09-19"]}}}
CLOSED_ON_FRIDAY = {"years": {"2026": {"holidays": ["2026-09-25"], "workdays": []}}}


def load(hall: DrivenHall, content: dict[str, Any], loaded_at: str) -> int:
    moment = at(loaded_at).astimezone(UTC)
    version = insert_calendar_version(hall.connection, "hall", hall.hall_id, moment, "operator", "通告", content)
    insert_recalculation(hall.connection, hall.hall_id, moment, "operator", "calendar", "通告", {})
    hall.connection.commit()
    return version


def decide_in_time(hall: DrivenHall) -> None:
    """Accepted on Thursday, promise 5 working days: due on Wednesday 23 at closing; decided that day."""
    hall.send({"case_no": "c1", "kind": "accepted", "occurred_at": "2026-09-17T10:00", "item": "I1"})
    hall.run("2026-09-17T10:01")
    hall.send({"case_no": "c1", "kind": "decided", "occurred_at": "2026-09-23T16:00", "result": "refused"})
    hall.run("2026-09-23T16:30")


def take_decision_back(hall: DrivenHall, moment: str) -> None:
    hall.send({"case_no": "c1", "kind": "voided", "voids": "e2", "occurred_at": moment})


def test_a_case_opened_again_after_a_load_is_judged_by_the_newest_calendar(driven_hall: DrivenHall) -> None:
    """It kept the calendar of its closing for ever, and its replay told a difference."""
    decide_in_time(driven_hall)
    version = load(driven_hall, CLOSED_ON_FRIDAY, "2026-09-23T18:00")
    load(driven_hall, OPEN_ON_SATURDAY, "2026-09-23T18:05")
    driven_hall.run("2026-09-23T18:10")
    assert driven_hall.rows("select promise_due_at, calendar_version from case_state") == [(at("2026-09-23T17:00"), 0)]
    take_decision_back(driven_hall, "2026-09-24T09:30")
    driven_hall.run("2026-09-24T09:31")
    assert driven_hall.rows("select promise_due_at, calendar_version from case_state") == [
        (at("2026-09-22T17:00"), version + 1)
    ]
    assert driven_hall.replay().differences == []


def test_a_case_opened_again_gets_no_card_for_a_moment_before_the_load(driven_hall: DrivenHall) -> None:
    """By the new calendar the promise had passed before that calendar was known to anybody."""
    decide_in_time(driven_hall)
    load(driven_hall, OPEN_ON_SATURDAY, "2026-09-23T18:00")
    driven_hall.run("2026-09-23T18:10")
    take_decision_back(driven_hall, "2026-09-24T09:30")
    driven_hall.run("2026-09-24T09:31")
    assert driven_hall.rows("select light::text from case_state") == [("yellow",)]
    assert driven_hall.rows("select level::text from card where level <> 'reminder'") == []
    driven_hall.run("2026-10-21T09:00")
    assert driven_hall.rows("select level::text, expected_at from card where level <> 'reminder'") == [
        ("red", driven_hall.rows("select statutory_due_at from case_state")[0][0])
    ]
    assert driven_hall.replay().differences == []


def test_a_case_opened_again_whose_due_times_the_load_left_alone_gets_its_cards(driven_hall: DrivenHall) -> None:
    decide_in_time(driven_hall)
    load(driven_hall, {"years": {"2027": {"holidays": ["2027-01-04"], "workdays": []}}}, "2026-09-23T18:00")
    driven_hall.run("2026-09-23T18:10")
    take_decision_back(driven_hall, "2026-09-24T09:30")
    driven_hall.run("2026-09-24T09:31")
    assert driven_hall.rows("select expected_at, reason from card where level = 'yellow'") == [
        (at("2026-09-23T17:00"), "known_late")
    ]
    assert driven_hall.replay().differences == []


def test_lateness_of_a_record_is_told_by_the_calendar_that_the_case_keeps(driven_hall: DrivenHall) -> None:
    """A rating recorded two working days later, on the second of which the hall now rests: it was taken for quiet."""
    decide_in_time(driven_hall)
    load(driven_hall, {"years": {"2026": {"holidays": ["2026-09-24"], "workdays": []}}}, "2026-09-23T18:00")
    driven_hall.run("2026-09-23T18:10")
    rating = {"case_no": "c1", "kind": "rated", "occurred_at": "2026-09-23T17:30"}
    driven_hall.send(rating, recorded_at="2026-09-28T10:00")
    driven_hall.run("2026-09-28T10:01")
    assert driven_hall.rows("select code from anomaly") == [("A13",)]
    assert driven_hall.replay().differences == []


def decide_and_grant(hall: DrivenHall) -> None:
    """The same, granted: the case is closed, its delivery clock (10) runs until October the 14th."""
    hall.send({"case_no": "c1", "kind": "accepted", "occurred_at": "2026-09-17T10:00", "item": "I1"})
    hall.run("2026-09-17T10:01")
    hall.send({"case_no": "c1", "kind": "decided", "occurred_at": "2026-09-23T16:00", "result": "granted"})
    hall.run("2026-09-23T16:30")


def delivery_due(hall: DrivenHall) -> Any:
    return hall.rows("select due_at from clock where name = 'delivery'")[0][0]


def test_a_load_moves_the_delivery_of_a_decided_case_whose_verdict_it_leaves_alone(driven_hall: DrivenHall) -> None:
    decide_and_grant(driven_hall)
    assert delivery_due(driven_hall) == at("2026-10-14T17:00")
    version = load(driven_hall, {"years": {"2026": {"holidays": ["2026-09-29"], "workdays": []}}}, "2026-09-23T18:00")
    driven_hall.run("2026-09-23T18:10")
    assert delivery_due(driven_hall) == at("2026-10-15T17:00")
    assert driven_hall.rows("select promise_state, calendar_version from case_state") == [("met", version)]
    assert driven_hall.replay().differences == []


def test_a_decided_case_keeps_its_verdict_though_its_delivery_still_runs(driven_hall: DrivenHall) -> None:
    """A working Saturday added afterwards made a promise breached that had been kept, decided and counted."""
    decide_and_grant(driven_hall)
    load(driven_hall, OPEN_ON_SATURDAY, "2026-09-23T18:00")
    driven_hall.run("2026-09-23T18:10")
    assert driven_hall.rows("select promise_state, light::text, calendar_version from case_state") == [
        ("met", "green", 0)
    ]
    assert delivery_due(driven_hall) == at("2026-10-14T17:00")
    assert driven_hall.replay().differences == []
