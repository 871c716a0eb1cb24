"""The engine itself was away: one message, true due times, sources given time to speak; and clocks that jump."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest

from alerts.live.scope import Scope
from alerts.live.whole_board import read_whole_board
from monitor.domain.instants import instant_of
from monitor.domain.outages import BlindSpan, OutageReason, StepDecision, decide_step
from monitor.engine import announcement, hall_engine, likeness
from monitor.storage.case_clock import CaseClock
from monitor.storage.feed import reading_one_state
from monitor.storage.halls import find_hall
from monitor.storage.intake import store_heartbeat
from monitor.storage.outages import read_outages
from monitor.storage.thread_rules import ThreadRules
from tests.support.driven_hall import DrivenHall, at
from tests.support.small_hall import add_hall, add_source

CASES = 40
# Accepted on Thursday 2026-09-17: reminders on Monday the 21st at 9:00, promises due on Wednesday the 23rd at 17:00.
OUTAGES = "select blind_from, blind_until, reason, cards_due, cards_held, is_over from outage order by blind_from"


def open_cases(hall: DrivenHall, count: int = CASES) -> None:
    hall.send(
        *(
            {"case_no": f"c{number:03}", "kind": "accepted", "occurred_at": f"2026-09-17T10:{number:02}", "item": "I1"}
            for number in range(count)
        )
    )
    hall.run("2026-09-21T10:00")


def speak(hall: DrivenHall, moment: str) -> None:
    word = at(moment).astimezone(UTC)
    store_heartbeat(hall.connection, hall.sender.source_id, word, word)
    hall.connection.commit()


def come_back(hall: DrivenHall, began: OutageReason = OutageReason.ENGINE_DOWN) -> None:
    """A new engine on the same session: nothing the one before had in memory is left."""
    hall.engine = hall_engine.HallEngine(hall.engine.connection, hall.engine.hall, began)


def last_seq(hall: DrivenHall) -> int:
    return int(hall.rows("select coalesce(max(seq), 0) from feed")[0][0])


def feed_after(hall: DrivenHall, seq: int) -> list[dict[str, Any]]:
    return [body for (body,) in hall.rows("select body from feed where seq > %s order by seq", seq)]


def yellow(hall: DrivenHall) -> list[tuple[Any, ...]]:
    """(expected_at, issued_at, reason, how many)."""
    return hall.rows(
        "select expected_at, issued_at, reason, count(*) from card where level = 'yellow' group by 1, 2, 3 order by 2"
    )


def outages(hall: DrivenHall) -> list[dict[str, Any]]:
    found = read_outages(hall.connection, find_hall(hall.connection), limit=10)
    hall.connection.commit()
    return found


def test_after_an_outage_one_message_says_how_many_cards_fell_due_and_when(
    driven_hall: DrivenHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Edge case 49: after an outage the backlog caused a flood. Cut into many transactions, it is told once."""
    monkeypatch.setattr(likeness, "DAYS_ALIKE", -2)  # each is a cohort of its own
    monkeypatch.setattr(hall_engine, "CASES_TURNED_AT_ONCE", 7)
    open_cases(driven_hall)
    before = last_seq(driven_hall)
    come_back(driven_hall)
    driven_hall.run("2026-09-24T10:00")
    assert yellow(driven_hall) == [(at("2026-09-23T17:00"), at("2026-09-24T10:00"), "due_while_blind", CASES)]
    assert driven_hall.rows(OUTAGES) == [
        (at("2026-09-21T10:00"), at("2026-09-24T10:00"), "engine_down", CASES, 0, True)
    ]
    rows = feed_after(driven_hall, before)
    with_cards = [body for body in rows if body.get("cards")]
    assert len(rows) > CASES // 7
    assert len(with_cards) == 1
    assert with_cards[0]["outages"] == outages(driven_hall)
    assert with_cards[0]["cards_more"] == CASES - announcement.CARDS_LISTED
    assert {card["expected_at"] for card in with_cards[0]["cards"]} == {"2026-09-23T17:00:00+08:00"}
    assert driven_hall.replay().differences == []
    driven_hall.run("2026-09-24T10:01")
    assert not any(body.get("cards") for body in feed_after(driven_hall, last_seq(driven_hall)))


def test_an_outage_that_ends_in_another_is_one(driven_hall: DrivenHall, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed while it caught up: the next engine tells of the whole time, with every card once."""
    monkeypatch.setattr(hall_engine, "CASES_TURNED_AT_ONCE", 7)
    open_cases(driven_hall)
    come_back(driven_hall)
    driven_hall.engine.cycle(at("2026-09-24T10:00").astimezone(UTC), lambda: True)
    assert driven_hall.rows("select is_over from outage") == [(False,)]
    assert outages(driven_hall) == []
    come_back(driven_hall, OutageReason.DATABASE_LOST)
    driven_hall.run("2026-09-24T12:00")
    assert driven_hall.rows(OUTAGES) == [
        (at("2026-09-21T10:00"), at("2026-09-24T12:00"), "engine_down", CASES, 0, True)
    ]
    assert sum(row[3] for row in yellow(driven_hall)) == CASES
    assert driven_hall.replay().differences == []


def test_a_restart_is_no_outage(driven_hall: DrivenHall) -> None:
    open_cases(driven_hall, 1)
    come_back(driven_hall)
    driven_hall.run("2026-09-21T10:01")
    assert driven_hall.rows(OUTAGES) == []


def test_an_engine_that_never_left_has_no_outage_however_far_time_jumps(driven_hall: DrivenHall) -> None:
    open_cases(driven_hall, 1)
    driven_hall.run("2026-09-24T10:00")
    assert driven_hall.rows(OUTAGES) == []
    assert [row[2] for row in yellow(driven_hall)] == ["due"]


def test_a_hall_of_archives_has_nobody_to_be_blind_for(driven_hall: DrivenHall) -> None:
    hall_id = add_hall(driven_hall.connection, "OLD")
    add_source(driven_hall.connection, hall_id, "LOG", [], feed="archive")
    driven_hall.connection.commit()
    hall = find_hall(driven_hall.connection, "OLD")
    for moment in ("2026-09-21T10:00", "2026-09-24T10:00"):
        hall_engine.HallEngine(driven_hall.engine.connection, hall).cycle(at(moment).astimezone(UTC))
    assert driven_hall.rows(OUTAGES) == []


def test_no_step_is_taken_whose_time_passed_in_an_outage_that_is_on_record(driven_hall: DrivenHall) -> None:
    """Edge case 49: the rule that escalation asks, of the outages as they are kept."""
    open_cases(driven_hall, 1)
    come_back(driven_hall)
    driven_hall.run("2026-09-24T10:00")
    rows = driven_hall.rows("select blind_from, blind_until from outage")
    spans = [BlindSpan(instant_of(begun), instant_of(ended)) for begun, ended in rows]
    now = instant_of(at("2026-09-25T10:00"))
    assert decide_step(instant_of(at("2026-09-23T12:00")), now, spans) is StepDecision.PASSED_WHILE_BLIND
    assert decide_step(instant_of(at("2026-09-25T09:00")), now, spans) is StepDecision.TAKE


def test_sources_are_given_time_to_speak_before_cards_of_an_outage_are_issued(driven_hall: DrivenHall) -> None:
    """What they could not send while nobody listened may hold the decision."""
    open_cases(driven_hall, 2)
    speak(driven_hall, "2026-09-23T16:30")
    driven_hall.run("2026-09-23T16:31")
    come_back(driven_hall, OutageReason.DATABASE_LOST)
    driven_hall.run("2026-09-23T17:10")
    assert yellow(driven_hall) == []
    assert driven_hall.rows("select * from feed_card") == []
    assert driven_hall.rows(OUTAGES) == [(at("2026-09-23T16:31"), at("2026-09-23T17:10"), "database_lost", 0, 2, True)]
    assert driven_hall.replay().differences == []
    decision = {"case_no": "c001", "kind": "decided", "occurred_at": "2026-09-23T16:50", "result": "refused"}
    driven_hall.send(decision, recorded_at="2026-09-23T17:11")
    speak(driven_hall, "2026-09-23T17:11")
    driven_hall.run("2026-09-23T17:11")
    assert yellow(driven_hall) == [(at("2026-09-23T17:00"), at("2026-09-23T17:11"), "due_while_blind", 1)]
    assert [(told["cards_due"], told["cards_held"]) for told in outages(driven_hall)] == [(1, 0)]
    assert driven_hall.replay().differences == []


def test_a_source_that_does_not_speak_after_an_outage_falls_silent_thirty_working_minutes_later(
    driven_hall: DrivenHall,
) -> None:
    open_cases(driven_hall, 1)
    speak(driven_hall, "2026-09-22T10:00")
    driven_hall.run("2026-09-22T10:01")
    come_back(driven_hall)
    driven_hall.run("2026-09-22T14:00")
    assert driven_hall.rows("select * from feed_card") == []
    driven_hall.run("2026-09-22T14:31")
    assert driven_hall.rows("select state, heard_until, expected_at from feed_card") == [
        ("silent", at("2026-09-22T10:00"), at("2026-09-22T14:30"))
    ]


def test_an_outage_of_ours_shortens_no_silence_that_had_begun(driven_hall: DrivenHall) -> None:
    """Pulled on Tuesday, the plug is a working day out on Wednesday, whatever befell the supervision meanwhile."""
    open_cases(driven_hall, 1)
    speak(driven_hall, "2026-09-22T16:00")
    driven_hall.run("2026-09-22T16:31")
    come_back(driven_hall)
    driven_hall.run("2026-09-23T16:01")
    assert driven_hall.rows("select state from feed_card") == [("silent_a_day",)]
    driven_hall.run("2026-09-23T17:01")
    assert [row[2] for row in yellow(driven_hall)] == ["last_known_data"]


def test_the_board_shows_an_outage_for_a_day(driven_hall: DrivenHall) -> None:
    open_cases(driven_hall, 1)
    come_back(driven_hall)
    driven_hall.run("2026-09-24T10:00")
    assert [outage["blind_until"] for outage in board(driven_hall)["outages"]] == ["2026-09-24T10:00:00+08:00"]
    driven_hall.run("2026-09-25T10:01")
    assert board(driven_hall)["outages"] == []


def board(hall: DrivenHall) -> dict[str, Any]:
    with reading_one_state(hall.connection):
        return read_whole_board(hall.connection, Scope(hall.hall_id), ThreadRules(), CaseClock()).board


# -- clocks that jump -----------------------------------------------------------------------------------------------


def test_a_clock_that_steps_back_an_hour_issues_nothing_twice(driven_hall: DrivenHall) -> None:
    open_cases(driven_hall, 3)
    driven_hall.run("2026-09-23T17:01")
    for moment in ("2026-09-23T16:01", "2026-09-23T16:59", "2026-09-23T17:00", "2026-09-23T17:02"):
        driven_hall.run(moment)
    assert yellow(driven_hall) == [(at("2026-09-23T17:00"), at("2026-09-23T17:01"), "due", 3)]
    assert driven_hall.rows("select as_of from engine_state") == [(at("2026-09-23T17:02"),)]
    assert driven_hall.replay().differences == []


def test_a_clock_that_steps_back_while_the_engine_is_down_issues_nothing_twice_and_is_no_outage(
    driven_hall: DrivenHall,
) -> None:
    open_cases(driven_hall, 3)
    driven_hall.run("2026-09-23T17:01")
    come_back(driven_hall)
    driven_hall.run("2026-09-23T16:01")
    driven_hall.run("2026-09-23T17:02")
    assert yellow(driven_hall) == [(at("2026-09-23T17:00"), at("2026-09-23T17:01"), "due", 3)]
    assert driven_hall.rows(OUTAGES) == []


def test_a_clock_that_steps_forth_an_hour_and_back_issues_each_card_once_by_the_clock_it_had(
    driven_hall: DrivenHall,
) -> None:
    """Cards of the hour ahead come with the clock's own word for it; put right again, it repeats none of them."""
    open_cases(driven_hall, 3)
    driven_hall.run("2026-09-23T16:10")
    driven_hall.run("2026-09-23T17:10")
    for moment in ("2026-09-23T16:11", "2026-09-23T16:59", "2026-09-23T17:01", "2026-09-23T17:11"):
        driven_hall.run(moment)
    assert yellow(driven_hall) == [(at("2026-09-23T17:00"), at("2026-09-23T17:10"), "due", 3)]
    assert driven_hall.replay().differences == []


def test_a_decision_taken_before_a_clock_that_ran_ahead_takes_its_card_back(driven_hall: DrivenHall) -> None:
    open_cases(driven_hall, 1)
    driven_hall.run("2026-09-23T17:10")
    decision = {"case_no": "c000", "kind": "decided", "occurred_at": "2026-09-23T16:20", "result": "refused"}
    driven_hall.send(decision, recorded_at="2026-09-23T16:21")
    driven_hall.run("2026-09-23T16:22")
    assert driven_hall.rows("select state::text, revoke_reason from card where level = 'yellow'") == [
        ("revoked", "late_event")
    ]
    assert driven_hall.replay().differences == []
