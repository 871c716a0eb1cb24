"""Cards as the engine issues, moves, revokes and closes them: each once, with a row for every change of its state."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg.types.json import Jsonb

from tests.support.driven_hall import DrivenHall, at

# Accepted on Thursday the 17th at ten: reminder on Monday the 21st, promise (5) due on Wednesday the 23rd at closing,
# statutory (20) on October the 21st. Sunday the 20th and October the 10th are make-up workdays.
ACCEPTED = {"case_no": "c1", "kind": "accepted", "occurred_at": "2026-09-17T10:00", "item": "I1"}


def decided(occurred_at: str, **fields: Any) -> dict[str, Any]:
    return {"case_no": "c1", "kind": "decided", "occurred_at": occurred_at, "result": "refused", **fields}


def voided(event_id: str, occurred_at: str) -> dict[str, Any]:
    return {"case_no": "c1", "kind": "voided", "voids": event_id, "occurred_at": occurred_at}


def cards(hall: DrivenHall) -> list[tuple[Any, ...]]:
    return hall.rows("select clock, level::text, generation, state::text from card order by card_id")


def steps(hall: DrivenHall, level: str) -> list[tuple[Any, ...]]:
    return hall.rows(
        "select step_no, from_state::text, to_state::text, actor, s.reason, s.expected_at, observed_at"
        " from card_step s join card using (card_id) where level = %s::card_level order by card_id, step_no",
        level,
    )


def accept_and_breach(hall: DrivenHall) -> None:
    """A reminder and a yellow card, each at its moment."""
    hall.send(ACCEPTED)
    for moment in ("2026-09-17T10:01", "2026-09-21T09:00", "2026-09-23T17:01"):
        hall.run(moment)


# -- issued once, to whom the ladder names -----------------------------------------------------------------------


def test_a_card_names_its_recipient_and_when_an_answer_is_due(driven_hall: DrivenHall) -> None:
    accept_and_breach(driven_hall)
    driven_hall.run("2026-10-21T17:01")
    assert driven_hall.rows(
        "select level::text, recipient, reply_due_at, department, item, due_at, reason from card order by card_id"
    ) == [
        ("reminder", "handler", None, "D1", "I1", at("2026-09-23T17:00"), "due"),
        ("yellow", "department_head", at("2026-09-24T17:00"), "D1", "I1", at("2026-09-23T17:00"), "due"),
        ("red", "bureau", at("2026-10-28T17:00"), "D1", "I1", at("2026-10-21T17:00"), "due"),
    ]


def test_a_card_is_issued_once_however_often_its_case_is_judged(driven_hall: DrivenHall) -> None:
    accept_and_breach(driven_hall)
    issued = cards(driven_hall)
    driven_hall.send({"case_no": "c1", "kind": "received", "occurred_at": "2026-09-16T10:00"})
    driven_hall.run("2026-09-24T10:00")
    driven_hall.send({"case_no": "c1", "kind": "applied", "occurred_at": "2026-09-16T09:00"})
    driven_hall.run("2026-09-25T10:00")
    assert cards(driven_hall) == issued == [("promise", "reminder", 0, "issued"), ("promise", "yellow", 0, "issued")]
    assert driven_hall.replay().differences == []


def test_the_first_step_tells_when_the_card_was_wanted_and_when_it_was_issued(driven_hall: DrivenHall) -> None:
    accept_and_breach(driven_hall)
    assert steps(driven_hall, "yellow") == [
        (1, None, "issued", "engine", "due", at("2026-09-23T17:00"), at("2026-09-23T17:01"))
    ]


def test_a_breach_that_becomes_known_late_says_so(driven_hall: DrivenHall) -> None:
    driven_hall.run("2026-09-24T09:00")
    driven_hall.send(ACCEPTED, recorded_at="2026-09-24T09:10")
    driven_hall.run("2026-09-24T09:11")
    assert [row[4:] for row in steps(driven_hall, "yellow")] == [
        ("known_late", at("2026-09-23T17:00"), at("2026-09-24T09:11"))
    ]


# -- moved, closed, opened again -----------------------------------------------------------------------


def test_a_due_time_that_moves_earlier_keeps_the_card_and_notes_the_move(driven_hall: DrivenHall) -> None:
    accept_and_breach(driven_hall)
    driven_hall.send({**ACCEPTED, "occurred_at": "2026-09-16T10:00"}, recorded_at="2026-09-24T10:00")
    driven_hall.run("2026-09-24T10:01")
    assert cards(driven_hall) == [("promise", "reminder", 0, "issued"), ("promise", "yellow", 0, "issued")]
    assert driven_hall.rows("select expected_at, due_at from card where level = 'yellow'") == [
        (at("2026-09-22T17:00"), at("2026-09-22T17:00"))
    ]
    assert [row[1:5] for row in steps(driven_hall, "yellow")][1:] == [("issued", "issued", "engine", "due_moved")]
    assert driven_hall.replay().differences == []


@pytest.mark.parametrize("state", ["issued", "acknowledged"])
def test_a_reminder_closes_with_its_case_and_a_yellow_card_waits_for_its_answer(
    driven_hall: DrivenHall, state: str
) -> None:
    """A reminder that somebody had seen stayed open for ever beside a decided case."""
    accept_and_breach(driven_hall)
    driven_hall.connection.execute("update card set state = %s::card_state", [state])
    driven_hall.connection.commit()
    driven_hall.send(decided("2026-09-24T10:00"))
    driven_hall.run("2026-09-24T10:01")
    assert cards(driven_hall) == [("promise", "reminder", 0, "closed"), ("promise", "yellow", 0, state)]
    assert [row[1:5] for row in steps(driven_hall, "reminder")][1:] == [(state, "closed", "engine", "case_closed")]


def test_a_reminder_comes_back_with_a_case_that_is_opened_again(driven_hall: DrivenHall) -> None:
    accept_and_breach(driven_hall)
    driven_hall.send(decided("2026-09-24T10:00"))
    driven_hall.run("2026-09-24T10:01")
    driven_hall.send(voided("e2", "2026-09-24T11:00"))
    driven_hall.run("2026-09-24T11:01")
    assert cards(driven_hall) == [("promise", "reminder", 0, "issued"), ("promise", "yellow", 0, "issued")]
    assert driven_hall.replay().differences == []


# -- revoked, and issued as the next generation -----------------------------------------------------------------------


def test_a_card_revoked_and_wanted_again_is_the_next_generation(driven_hall: DrivenHall) -> None:
    """Decided late, decision taken back, decided again, taken back again: every card has its own number."""
    accept_and_breach(driven_hall)
    for hour, decision in ((10, "e2"), (12, "e4")):
        driven_hall.send(decided("2026-09-22T10:00"), recorded_at=f"2026-09-24T{hour}:00")
        driven_hall.run(f"2026-09-24T{hour}:01")
        driven_hall.send(voided(decision, f"2026-09-24T{hour + 1}:00"))
        driven_hall.run(f"2026-09-24T{hour + 1}:01")
    yellow = [row[2:] for row in cards(driven_hall) if row[1] == "yellow"]
    assert yellow == [(0, "revoked"), (1, "revoked"), (2, "issued")]
    assert driven_hall.rows("select distinct revoke_reason from card where state = 'revoked'") == [("late_event",)]
    assert driven_hall.replay().differences == []


def test_a_correction_revokes_with_its_own_reason(driven_hall: DrivenHall) -> None:
    accept_and_breach(driven_hall)
    driven_hall.send(voided("e1", "2026-09-24T10:00"))
    driven_hall.run("2026-09-24T10:01")
    assert driven_hall.rows("select distinct state::text, revoke_reason, revoked_at from card") == [
        ("revoked", "correction", at("2026-09-24T10:01"))
    ]
    assert [row[1:5] for row in steps(driven_hall, "yellow")][1:] == [("issued", "revoked", "engine", "correction")]


def test_a_limit_taken_away_takes_its_cards_with_it(driven_hall: DrivenHall) -> None:
    """Edge case 25: with the agreement switched off, escalated tickets stayed escalated and kept mailing.

    The load judges every open case again: the cards of the promise that is no more are revoked, and none comes later.
    """
    accept_and_breach(driven_hall)
    change_item(driven_hall, "2026-09-24T10:00", promised=None)
    driven_hall.run("2026-09-24T10:01")
    assert {row[1:] for row in cards(driven_hall)} == {("reminder", 0, "revoked"), ("yellow", 0, "revoked")}
    assert driven_hall.rows("select distinct revoke_reason from card") == [("item_version",)]
    driven_hall.run("2026-10-15T10:00")
    assert driven_hall.rows("select light::text from case_state") == [("green",)]
    assert driven_hall.replay().differences == []


def test_a_case_sent_again_under_another_item_loses_the_cards_of_the_first(driven_hall: DrivenHall) -> None:
    """Edge case 26: a re-classified ticket no longer matched its agreement but stayed escalated."""
    driven_hall.connection.execute("insert into item (hall_id, code) values (%s, 'LONG')", [driven_hall.hall_id])
    driven_hall.connection.execute(
        "insert into item_version (hall_id, code, valid_from, name_zh, department, kind, unit, promised, statutory)"
        " values (%s, 'LONG', '2000-01-01', '长', 'D1', 'promise', 'working_days', 15, 20)",
        [driven_hall.hall_id],
    )
    driven_hall.connection.commit()
    accept_and_breach(driven_hall)
    again = {**ACCEPTED, "item": "LONG", "occurred_at": "2026-09-17T10:05"}
    driven_hall.send(voided("e1", "2026-09-24T10:00"), again, recorded_at="2026-09-24T10:00")
    driven_hall.run("2026-09-24T10:01")
    assert {row[3] for row in cards(driven_hall)} == {"revoked"}
    assert driven_hall.rows("select item, light::text from case_state") == [("LONG", "green")]
    assert driven_hall.replay().differences == []


def test_a_closed_case_is_never_carded_later(driven_hall: DrivenHall) -> None:
    """Edge case 27: breach mails were sent for closed tickets."""
    driven_hall.send(ACCEPTED)
    driven_hall.run("2026-09-17T10:01")
    driven_hall.send(decided("2026-09-18T10:00"))
    driven_hall.run("2026-09-18T10:01")
    done = driven_hall.run("2026-12-01T10:00")
    assert (done.fired, done.cards, cards(driven_hall)) == (0, 0, [])


def test_the_due_time_in_the_tables_follows_every_event_at_once(driven_hall: DrivenHall) -> None:
    """Edge case 28: the deadline was not updated by the first reply, only by the second."""
    driven_hall.send(ACCEPTED)
    driven_hall.run("2026-09-17T10:01")
    seen = [due_and_next(driven_hall)]
    notice = {"notice_no": "T-1", "approver": "head", "reason": "听证"}
    for moment, event in (
        ("2026-09-18T10:00", {"kind": "suspended", "days": 5, **notice}),
        ("2026-09-21T10:00", {"kind": "resumed"}),
        ("2026-09-21T11:00", {"kind": "extended", "days": 5, **notice}),
    ):
        driven_hall.send({"case_no": "c1", "occurred_at": moment, **event})
        driven_hall.run(moment)
        seen.append(due_and_next(driven_hall))
    assert [due for due, _ in seen] == [
        at("2026-09-23T17:00"), at("2026-10-08T17:00"), at("2026-09-28T17:00"), at("2026-10-10T17:00"),
    ]  # fmt: skip
    assert all(next_change < due for due, next_change in seen)


def due_and_next(hall: DrivenHall) -> tuple[Any, ...]:
    return hall.rows("select promise_due_at, next_change_at from case_state")[0]


def change_item(hall: DrivenHall, loaded_at: str, **limits: Any) -> None:
    """A load of the registry that changes a limit, with its audit record."""
    for column, value in limits.items():
        hall.connection.execute(f"update item_version set {column} = %s where code = 'I1'".encode(), [value])
    hall.connection.execute("update rules_version set version = version + 1")
    hall.connection.execute(
        "insert into recalculation (hall_id, loaded_at, loaded_by, cause, cause_detail, preview)"
        " values (%s, %s, 'operator', 'items', 'I1', %s)",
        [hall.hall_id, at(loaded_at), Jsonb({})],
    )
    hall.connection.commit()


# -- a verdict that changes says so -----------------------------------------------------------------------


def test_a_late_event_that_turns_a_verdict_leaves_its_traces(driven_hall: DrivenHall) -> None:
    """Edge case 59: late or out-of-order results rewrote a verdict silently.

    A decision of Tuesday recorded on Thursday undoes the breach; the log keeps both times, the record is a finding
    (A13), the card is revoked in a step of its own, and the board is told.
    """
    accept_and_breach(driven_hall)
    before = driven_hall.rows("select max(seq) from feed")
    driven_hall.send(decided("2026-09-22T10:00"), recorded_at="2026-09-24T10:00")
    driven_hall.run("2026-09-24T10:01")
    assert driven_hall.rows("select promise_state from case_state") == [("met",)]
    assert driven_hall.rows("select code, event_id from anomaly") == [("A13", "e2")]
    assert driven_hall.rows("select occurred_at, recorded_at from event where event_id = 'e2'") == [
        (at("2026-09-22T10:00"), at("2026-09-24T10:00"))
    ]
    assert steps(driven_hall, "yellow")[1:] == [
        (2, "issued", "revoked", "engine", "late_event", at("2026-09-23T17:00"), at("2026-09-24T10:01"))
    ]
    told = driven_hall.rows("select body -> 'cards' from feed where seq > %s", before[0][0])
    assert "late_event" in str(told)


def test_an_event_of_the_near_future_is_judged_when_its_time_comes(driven_hall: DrivenHall) -> None:
    driven_hall.send(ACCEPTED)
    driven_hall.run("2026-09-17T10:01")
    driven_hall.send(decided("2026-09-18T10:09"), recorded_at="2026-09-18T10:00")
    driven_hall.run("2026-09-18T10:00")
    assert driven_hall.rows("select status::text, next_change_at from case_state") == [
        ("accepted", at("2026-09-18T10:09"))
    ]
    driven_hall.run("2026-09-18T10:09")
    assert driven_hall.rows("select status::text, next_change_at from case_state") == [("decided", None)]
    assert driven_hall.replay().differences == []


def test_a_case_whose_first_event_lies_in_the_near_future_waits_for_it(driven_hall: DrivenHall) -> None:
    driven_hall.send({**ACCEPTED, "occurred_at": "2026-09-17T10:05"}, recorded_at="2026-09-17T10:00")
    driven_hall.run("2026-09-17T10:00")
    assert driven_hall.rows("select status::text, light::text, department from case_state") == [
        ("applied", "none", None)
    ]
    assert driven_hall.replay().differences == []
    driven_hall.run("2026-09-17T10:05")
    assert driven_hall.rows("select status::text, light::text, department from case_state") == [
        ("accepted", "green", "D1")
    ]
    assert driven_hall.rows("select sum(open) from department_load") == [(1,)]
    assert driven_hall.replay().differences == []


def test_nothing_is_made_up_for_what_was_not_sent(driven_hall: DrivenHall) -> None:
    """Edge case 62: missing rows were fabricated: acceptance, review and finish with one time and a random user.

    Of a decision sent alone ours stores the decision alone: no acceptance, no clock but what it has, and a finding.
    """
    driven_hall.send(decided("2026-09-18T10:00", item="I1"))
    driven_hall.run("2026-09-18T10:01")
    assert driven_hall.rows("select kind::text, occurred_at, handler, step from event") == [
        ("decided", at("2026-09-18T10:00"), None, None)
    ]
    assert driven_hall.rows("select event_count from case_file") == [(1,)]
    assert driven_hall.rows(
        "select received_at, accepted_at, accepted_claimed_at, deemed, used_days from case_state"
    ) == [(None, None, None, False, None)]
    assert driven_hall.rows("select name from clock") == []
    assert driven_hall.rows("select code from anomaly order by code") == [("A12",), ("X07",)]
