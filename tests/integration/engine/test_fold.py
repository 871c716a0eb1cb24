"""Events in, judged cases, cards, counters and feed out; and the replay that bears it out."""

from __future__ import annotations

from typing import Any

from tests.support.driven_hall import DrivenHall, at


def accepted(case_no: str, occurred_at: str, **fields: Any) -> list[dict[str, Any]]:
    return [
        {"case_no": case_no, "kind": "received", "occurred_at": occurred_at, "item": "I1", **fields},
        {"case_no": case_no, "kind": "accepted", "occurred_at": occurred_at, **fields},
    ]


def cards_of(hall: DrivenHall) -> list[tuple[Any, ...]]:
    return hall.rows("select clock, level::text, state::text, generation, expected_at from card order by card_id")


def test_an_accepted_event_becomes_a_judged_case(driven_hall: DrivenHall) -> None:
    driven_hall.send(*accepted("c1", "2026-09-17T10:00"))
    driven_hall.run("2026-09-17T10:01")
    assert driven_hall.rows("select status::text, light::text, promise_due_at, department from case_state") == [
        ("accepted", "green", at("2026-09-23T17:00"), "D1")
    ]
    assert driven_hall.replay().differences == []


def test_the_ladder_issues_its_cards_when_their_moment_comes_and_not_before(driven_hall: DrivenHall) -> None:
    driven_hall.send(*accepted("c1", "2026-09-17T10:00"))
    driven_hall.run("2026-09-21T08:59")
    assert cards_of(driven_hall) == []
    driven_hall.run("2026-09-21T09:00")
    assert cards_of(driven_hall) == [("promise", "reminder", "issued", 0, at("2026-09-21T09:00"))]
    driven_hall.run("2026-09-23T17:00")
    assert len(cards_of(driven_hall)) == 1
    driven_hall.run("2026-09-23T17:01")
    assert cards_of(driven_hall)[1:] == [("promise", "yellow", "issued", 0, at("2026-09-23T17:00"))]
    assert driven_hall.replay().differences == []


def test_a_late_decision_revokes_the_card_it_makes_wrong(driven_hall: DrivenHall) -> None:
    driven_hall.send(*accepted("c1", "2026-09-17T10:00"))
    driven_hall.run("2026-09-24T09:00")
    decision = {"case_no": "c1", "kind": "decided", "occurred_at": "2026-09-22T10:00", "result": "granted"}
    driven_hall.send(decision, recorded_at="2026-09-24T09:30")
    driven_hall.run("2026-09-24T09:31")
    states = {(level, state) for _, level, state, *_ in cards_of(driven_hall)}
    assert states == {("reminder", "closed"), ("yellow", "revoked")}
    assert driven_hall.rows("select revoke_reason from card where level = 'yellow'") == [("late_event",)]
    assert [code for (code,) in driven_hall.rows("select code from anomaly")] == ["A13"]
    assert driven_hall.replay().differences == []


def test_quiet_events_leave_every_stored_fact_as_it_is(driven_hall: DrivenHall) -> None:
    driven_hall.send(*accepted("c1", "2026-09-17T10:00"))
    driven_hall.run("2026-09-17T10:01")
    driven_hall.send({"case_no": "c1", "kind": "step_started", "step": "审查", "occurred_at": "2026-09-17T11:00"})
    cycle = driven_hall.run("2026-09-17T11:01")
    assert (cycle.events, cycle.judged) == (1, 0)
    assert driven_hall.replay().differences == []


def test_a_void_takes_an_event_and_its_cards_out(driven_hall: DrivenHall) -> None:
    driven_hall.send(*accepted("c1", "2026-09-01T10:00"))
    driven_hall.run("2026-09-20T10:00")
    assert {level for _, level, *_ in cards_of(driven_hall)} == {"reminder", "yellow"}
    driven_hall.send(
        {"case_no": "c1", "kind": "voided", "voids": "e1", "occurred_at": "2026-09-20T10:01"},
        {"case_no": "c1", "kind": "voided", "voids": "e2", "occurred_at": "2026-09-20T10:01"},
    )
    driven_hall.run("2026-09-20T10:02")
    assert {state for _, _, state, *_ in cards_of(driven_hall)} == {"revoked"}
    assert driven_hall.rows("select count(*) from case_state") == [(0,)]
    assert driven_hall.rows("select sum(open), sum(yellow) from department_load") == [(0, 0)]
    assert driven_hall.replay().differences == []


def test_a_corrected_decision_moves_the_counters_by_limit_and_a_wrong_counter_is_found(driven_hall: DrivenHall) -> None:
    counters = "select department, day::text, statutory_days, cases, used_days from department_speedup where cases > 0"
    driven_hall.send(
        {"case_no": "c1", "kind": "accepted", "occurred_at": "2026-09-17T10:00", "item": "I1"},
        {"case_no": "c1", "kind": "decided", "occurred_at": "2026-09-21T10:00", "result": "granted", "event_id": "d1"},
    )
    driven_hall.run("2026-09-21T10:01")
    assert driven_hall.rows(counters) == [("D1", "2026-09-21", 20.0, 1, 3.0)]
    driven_hall.send(
        {"case_no": "c1", "kind": "voided", "occurred_at": "2026-09-21T11:00", "voids": "d1"},
        {"case_no": "c1", "kind": "decided", "occurred_at": "2026-09-22T10:00", "result": "granted"},
    )
    driven_hall.run("2026-09-22T10:01")
    assert driven_hall.rows(counters) == [("D1", "2026-09-22", 20.0, 1, 4.0)]
    assert driven_hall.replay().differences == []
    driven_hall.connection.execute("update department_speedup set used_days = 5 where cases > 0")
    driven_hall.connection.commit()
    assert [str(found) for found in driven_hall.replay().differences] == [
        "department_speedup D1 2026-09-22 20: used_days: stored 5.0, the log says 4.0"
    ]
