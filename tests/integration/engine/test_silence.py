"""A source falls silent: its feed card, its departments' cards held, then issued by last known data; and its return."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from alerts.live.scope import Scope
from alerts.live.whole_board import read_whole_board
from monitor.storage.case_clock import CaseClock
from monitor.storage.feed import reading_one_state
from monitor.storage.intake import store_heartbeat
from monitor.storage.thread_rules import ThreadRules
from tests.support.driven_hall import DrivenHall, at

# c1 is accepted on Thursday 2026-09-17; its promise of 5 working days falls due on Wednesday the 23rd at 17:00.
CARDS = "select level::text, expected_at, issued_at, reason from card where level = 'yellow'"
STEPS = "select from_state, to_state, reason, expected_at, observed_at from feed_card_step order by 4, step_no"


def speak(hall: DrivenHall, moment: str, complete_until: str | None = None) -> None:
    """The source's heartbeat: everything up to a moment has been sent."""
    received, complete = (at(text).astimezone(UTC) for text in (moment, complete_until or moment))
    store_heartbeat(hall.connection, hall.sender.source_id, complete, received)
    hall.connection.commit()


def open_case(hall: DrivenHall) -> None:
    hall.send({"case_no": "c1", "kind": "accepted", "occurred_at": "2026-09-17T10:00", "item": "I1"})
    speak(hall, "2026-09-17T10:00")
    hall.run("2026-09-17T10:01")


def fall_silent(hall: DrivenHall, last_word: str = "2026-09-23T16:00") -> None:
    """A case is open; the source speaks until Wednesday afternoon, and then no more."""
    open_case(hall)
    speak(hall, last_word)
    hall.run(last_word)


def held(hall: DrivenHall) -> list[tuple[Any, ...]]:
    return hall.rows("select clock, level::text, expected_at, held_at from held_card")


def board(hall: DrivenHall) -> dict[str, Any]:
    with reading_one_state(hall.connection):
        return read_whole_board(hall.connection, Scope(hall.hall_id), ThreadRules(), CaseClock()).board


def told(hall: DrivenHall, part: str) -> Any:
    """The part as the feed told it last."""
    return hall.rows("select body -> %s from feed where body ? %s order by seq desc limit 1", part, part)[0][0]


def test_a_source_silent_for_thirty_working_minutes_has_a_feed_card_with_its_steps(driven_hall: DrivenHall) -> None:
    fall_silent(driven_hall)
    driven_hall.run("2026-09-23T16:30")
    assert driven_hall.rows("select * from feed_card") == []
    driven_hall.run("2026-09-23T16:31")
    assert driven_hall.rows("select state, heard_until, expected_at, issued_at, closed_at from feed_card") == [
        ("silent", at("2026-09-23T16:00"), at("2026-09-23T16:30"), at("2026-09-23T16:31"), None)
    ]
    driven_hall.run("2026-09-24T16:01")
    speak(driven_hall, "2026-09-24T16:05")
    driven_hall.run("2026-09-24T16:06")
    assert driven_hall.rows(STEPS) == [
        (None, "silent", "no_heartbeat", at("2026-09-23T16:30"), at("2026-09-23T16:31")),
        ("silent", "silent_a_day", "one_working_day", at("2026-09-24T16:00"), at("2026-09-24T16:01")),
        ("silent_a_day", "closed", "spoke_again", at("2026-09-24T16:05"), at("2026-09-24T16:06")),
    ]
    assert driven_hall.rows("select state, closed_at from feed_card") == [("closed", at("2026-09-24T16:06"))]


def test_the_feed_card_is_told_and_stands_on_the_board_until_the_source_speaks(driven_hall: DrivenHall) -> None:
    fall_silent(driven_hall)
    driven_hall.run("2026-09-23T16:31")
    [card] = board(driven_hall)["feed_cards"]
    assert (card["source"], card["state"], card["data_as_of"]) == ("S1", "silent", "2026-09-23T16:00:00+08:00")
    assert told(driven_hall, "feed_cards") == [card]
    assert [(tile["light"], tile["silent"]) for tile in board(driven_hall)["departments"]] == [("reminder", True)]
    speak(driven_hall, "2026-09-23T16:40")
    driven_hall.run("2026-09-23T16:41")
    assert board(driven_hall)["feed_cards"] == told(driven_hall, "feed_cards") == []
    assert [tile["silent"] for tile in board(driven_hall)["departments"]] == [False]


def test_a_silent_night_and_weekend_are_nobody_silent(driven_hall: DrivenHall) -> None:
    fall_silent(driven_hall, "2026-09-18T16:45")
    driven_hall.run("2026-09-19T12:00")
    assert driven_hall.rows("select * from feed_card") == []
    driven_hall.run("2026-09-20T09:16")  # a make-up workday
    assert driven_hall.rows("select state, expected_at from feed_card") == [("silent", at("2026-09-20T09:15"))]


def test_a_card_of_a_silent_source_is_held_and_issued_with_its_true_time_when_it_speaks(
    driven_hall: DrivenHall,
) -> None:
    """The decision might have been taken unheard: nobody is carded for another's pulled cable."""
    fall_silent(driven_hall)
    driven_hall.run("2026-09-23T17:01")
    assert driven_hall.rows(CARDS) == []
    assert held(driven_hall) == [("promise", "yellow", at("2026-09-23T17:00"), at("2026-09-23T17:01"))]
    assert driven_hall.rows("select promise_state from case_state") == [("breached",)]
    assert board(driven_hall)["feed_cards"][0]["cards_held"] == 1
    assert driven_hall.replay().differences == []
    speak(driven_hall, "2026-09-24T09:10")
    driven_hall.run("2026-09-24T09:11")
    assert driven_hall.rows(CARDS) == [
        ("yellow", at("2026-09-23T17:00"), at("2026-09-24T09:11"), "known_late"),
    ]
    assert held(driven_hall) == []
    assert [card["level"] for card in told(driven_hall, "cards")] == ["yellow"]
    assert driven_hall.replay().differences == []


def test_a_decision_that_a_silent_source_held_back_spares_the_card(driven_hall: DrivenHall) -> None:
    """What was sent before the word is folded with it: no card is issued that nothing calls for."""
    fall_silent(driven_hall)
    driven_hall.run("2026-09-23T17:01")
    decision = {"case_no": "c1", "kind": "decided", "occurred_at": "2026-09-23T16:30", "result": "refused"}
    driven_hall.send(decision, recorded_at="2026-09-24T09:09")
    speak(driven_hall, "2026-09-24T09:10")
    driven_hall.run("2026-09-24T09:11")
    assert driven_hall.rows(CARDS) == []
    assert held(driven_hall) == []
    assert driven_hall.replay().differences == []


def test_an_event_without_a_word_takes_back_what_is_held(driven_hall: DrivenHall) -> None:
    """The source sends again, but has not said yet that this is all: what its events settle is not held any more."""
    fall_silent(driven_hall)
    driven_hall.run("2026-09-23T17:01")
    decision = {"case_no": "c1", "kind": "decided", "occurred_at": "2026-09-23T16:30", "result": "refused"}
    driven_hall.send(decision, recorded_at="2026-09-24T09:09")
    driven_hall.run("2026-09-24T09:11")
    assert held(driven_hall) == []
    assert driven_hall.replay().differences == []


def test_unplugging_is_no_escape(driven_hall: DrivenHall) -> None:
    """After one working day of silence the card is issued all the same, marked as by last known data."""
    fall_silent(driven_hall)
    driven_hall.run("2026-09-23T17:01")
    driven_hall.run("2026-09-24T16:00")
    assert driven_hall.rows(CARDS) == []
    driven_hall.run("2026-09-24T16:01")
    assert driven_hall.rows(CARDS) == [
        ("yellow", at("2026-09-23T17:00"), at("2026-09-24T16:01"), "last_known_data"),
    ]
    assert held(driven_hall) == []
    assert driven_hall.replay().differences == []


def test_what_falls_due_after_a_day_of_silence_is_not_held_at_all(driven_hall: DrivenHall) -> None:
    fall_silent(driven_hall, "2026-09-21T12:00")
    driven_hall.run("2026-09-23T17:01")
    assert driven_hall.rows(CARDS) == [
        ("yellow", at("2026-09-23T17:00"), at("2026-09-23T17:01"), "last_known_data"),
    ]


def test_words_that_lag_hold_a_card_until_they_have_passed_its_moment_and_no_longer(driven_hall: DrivenHall) -> None:
    """A source that always speaks of hours ago would hold its cards for ever; it holds each until it speaks of it."""
    fall_silent(driven_hall)
    driven_hall.run("2026-09-23T17:01")
    speak(driven_hall, "2026-09-24T10:00", complete_until="2026-09-23T16:59")
    driven_hall.run("2026-09-24T10:01")
    assert len(held(driven_hall)) == 1
    speak(driven_hall, "2026-09-24T11:00", complete_until="2026-09-23T17:00")
    driven_hall.run("2026-09-24T11:01")
    assert driven_hall.rows("select reason from card where level = 'yellow'") == [("known_late",)]
    assert driven_hall.rows("select state from feed_card where closed_at is null") == [("silent",)]
    assert driven_hall.replay().differences == []


def test_a_card_issued_by_last_known_data_is_revoked_by_the_decision_that_was_held_back(
    driven_hall: DrivenHall,
) -> None:
    fall_silent(driven_hall)
    driven_hall.run("2026-09-24T16:01")
    decision = {"case_no": "c1", "kind": "decided", "occurred_at": "2026-09-23T16:30", "result": "refused"}
    driven_hall.send(decision, recorded_at="2026-09-25T09:00")
    speak(driven_hall, "2026-09-25T09:01")
    driven_hall.run("2026-09-25T09:02")
    assert driven_hall.rows("select state::text, revoke_reason from card where level = 'yellow'") == [
        ("revoked", "late_event")
    ]
    assert driven_hall.replay().differences == []


def test_a_source_never_heard_of_holds_nothing(driven_hall: DrivenHall) -> None:
    """Its silence cannot be told from quiet: the cards come as they fall due."""
    driven_hall.send({"case_no": "c1", "kind": "accepted", "occurred_at": "2026-09-17T10:00", "item": "I1"})
    driven_hall.run("2026-09-17T10:01")
    driven_hall.run("2026-09-23T17:01")
    assert driven_hall.rows("select reason from card where level = 'yellow'") == [("due",)]
    assert driven_hall.rows("select * from feed_card") == []


def test_an_engine_begun_anew_goes_on_with_the_feed_card_and_what_is_held(driven_hall: DrivenHall) -> None:
    fall_silent(driven_hall)
    driven_hall.run("2026-09-23T17:01")
    driven_hall.engine = type(driven_hall.engine)(driven_hall.engine.connection, driven_hall.engine.hall)
    driven_hall.run("2026-09-23T17:01:30")
    assert driven_hall.rows("select count(*) from feed_card") == [(1,)]
    assert len(held(driven_hall)) == 1
    speak(driven_hall, "2026-09-24T09:00")
    driven_hall.run("2026-09-24T09:01")
    assert driven_hall.rows("select reason from card where level = 'yellow'") == [("known_late",)]
