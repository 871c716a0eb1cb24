"""Many clocks due in one instant, and an engine that comes back after an outage: each card once, in one message."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest

from monitor.engine import announcement, hall_engine
from tests.support.driven_hall import DrivenHall, at

CASES = 60


def open_cases(hall: DrivenHall, count: int, occurred_at: str, prefix: str = "c") -> None:
    """Cases accepted in one instant: their promises fall due in one, too."""
    hall.send(
        *(
            {"case_no": f"{prefix}{number:03}", "kind": "accepted", "occurred_at": occurred_at, "item": "I1"}
            for number in range(count)
        )
    )


def feed_after(hall: DrivenHall, seq: int) -> list[tuple[int, str, dict[str, Any]]]:
    return [tuple(row) for row in hall.rows("select seq, kind, body from feed where seq > %s order by seq", seq)]


def last_seq(hall: DrivenHall) -> int:
    return int(hall.rows("select coalesce(max(seq), 0) from feed")[0][0])


def yellow_cards(hall: DrivenHall) -> list[tuple[Any, ...]]:
    """(expected_at, issued_at, how many) of the yellow cards."""
    return hall.rows(
        "select expected_at, issued_at, count(*) from card where level = 'yellow' group by 1, 2 order by 1, 2"
    )


def test_what_falls_due_in_one_instant_is_told_in_one_message(driven_hall: DrivenHall) -> None:
    open_cases(driven_hall, CASES, "2026-09-17T10:00")
    driven_hall.run("2026-09-23T09:00")
    before = last_seq(driven_hall)
    done = driven_hall.run("2026-09-23T17:01")
    assert (done.fired, done.cards) == (CASES, CASES)
    told = [(kind, len(body["cards"]), body["cards_more"]) for _, kind, body in feed_after(driven_hall, before)]
    assert told == [("cases", announcement.CARDS_LISTED, CASES - announcement.CARDS_LISTED)]
    assert yellow_cards(driven_hall) == [(at("2026-09-23T17:00"), at("2026-09-23T17:01"), CASES)]
    assert driven_hall.run("2026-09-23T17:02").fired == 0
    assert driven_hall.replay().differences == []


def test_after_an_outage_the_backlog_is_one_message_with_the_true_due_times(driven_hall: DrivenHall) -> None:
    """Edge case 49: after an outage the backlog caused false escalations and a flood.

    The engine was away for a week in which promises fell due on two days. It tells once; each card says when it was due
    and when it was issued; a case that was decided in the log meanwhile is told nothing.
    """
    open_cases(driven_hall, 20, "2026-09-17T10:00", "a")
    open_cases(driven_hall, 20, "2026-09-18T10:00", "b")
    open_cases(driven_hall, 1, "2026-09-18T11:00", "decided")
    driven_hall.run("2026-09-18T12:00")
    before = last_seq(driven_hall)
    driven_hall.send(
        {"case_no": "decided000", "kind": "decided", "occurred_at": "2026-09-21T08:00", "result": "refused"},
        recorded_at="2026-09-21T08:01",
    )
    driven_hall.run("2026-09-28T10:00")
    assert yellow_cards(driven_hall) == [
        (at("2026-09-23T17:00"), at("2026-09-28T10:00"), 20),
        (at("2026-09-24T17:00"), at("2026-09-28T10:00"), 20),
    ]
    reasons = driven_hall.rows("select distinct card_step.reason, card_step.observed_at from card_step")
    assert reasons == [("due", at("2026-09-28T10:00"))], "due, because the engine's own moment lies before it"
    with_cards = [body for _, _, body in feed_after(driven_hall, before) if body.get("cards")]
    assert len(with_cards) == 1
    assert len(with_cards[0]["cards"]) + with_cards[0]["cards_more"] == 80  # a reminder and a yellow card each
    carded = driven_hall.rows("select distinct left(case_no, 1) from card join case_file using (case_id) order by 1")
    assert carded == [("a",), ("b",)]


def test_each_of_many_is_carded_once_though_the_engine_is_broken_off_between(
    driven_hall: DrivenHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Edge case 50: one timer triggered 2,500 times; overdue timers were stuck after a restore.

    Firing is cut into transactions; the engine ends after each one and a new one goes on, long after the due time.
    """
    monkeypatch.setattr(hall_engine, "CASES_TURNED_AT_ONCE", 7)
    open_cases(driven_hall, CASES, "2026-09-17T10:00")
    driven_hall.run("2026-09-21T10:00")
    for _ in range(CASES // 7 + 1):
        driven_hall.engine = hall_engine.HallEngine(driven_hall.engine.connection, driven_hall.engine.hall)
        driven_hall.engine.cycle(at("2026-10-08T10:00").astimezone(UTC), lambda: True)
    driven_hall.run("2026-10-08T10:01")
    issued = driven_hall.rows("select count(*), count(distinct case_id) from card where level = 'yellow'")
    assert issued == [(CASES, CASES)]
    assert driven_hall.rows("select count(*) from case_state where next_change_at <= '2026-10-08 02:01Z'") == [(0,)]
    assert driven_hall.replay().differences == []


def test_a_card_that_is_revoked_at_once_was_told_all_the_same(driven_hall: DrivenHall) -> None:
    """Edge case 47: an alert that resolved before the first grouping delay ended was never told to anyone."""
    open_cases(driven_hall, 1, "2026-09-17T10:00")
    driven_hall.run("2026-09-22T10:00")
    before = last_seq(driven_hall)
    driven_hall.run("2026-09-23T17:00:01")
    driven_hall.send(
        {"case_no": "c000", "kind": "decided", "occurred_at": "2026-09-23T16:59", "result": "refused"},
        recorded_at="2026-09-23T17:00:02",
    )
    driven_hall.run("2026-09-23T17:00:02")
    rows = feed_after(driven_hall, before)
    told = [[(card["level"], card["state"]) for card in body.get("cards", [])] for _, _, body in rows]
    assert [cards for cards in told if cards] == [
        [("yellow", "issued")],
        [("yellow", "revoked"), ("reminder", "closed")],
    ]


def test_a_breach_that_began_and_ended_during_an_outage_is_told(driven_hall: DrivenHall) -> None:
    """Edge case 47: the same with the engine away: breached on Wednesday, decided on Thursday, told on Friday."""
    open_cases(driven_hall, 1, "2026-09-17T10:00")
    driven_hall.run("2026-09-17T10:01")
    driven_hall.send({"case_no": "c000", "kind": "decided", "occurred_at": "2026-09-24T10:00", "result": "refused"})
    driven_hall.run("2026-09-28T10:00")
    assert driven_hall.rows("select level::text, state::text from card order by card_id") == [
        ("reminder", "closed"), ("yellow", "issued"),
    ]  # fmt: skip


def test_feed_rows_follow_each_other_without_gaps_in_commit_order(driven_hall: DrivenHall) -> None:
    for day, moment in enumerate(("2026-09-17T10:00", "2026-09-18T10:00", "2026-09-21T10:00")):
        open_cases(driven_hall, 3, moment, f"d{day}-")
        driven_hall.run(moment)
    driven_hall.run("2026-10-15T10:00")
    rows = feed_after(driven_hall, 0)
    numbers = [seq for seq, _, _ in rows]
    assert numbers == list(range(numbers[0], numbers[0] + len(rows)))
    told = [body["as_of"] for _, _, body in rows]
    assert told == sorted(told)
    opened = [body["numbers"]["open"] for _, kind, body in rows if kind == "cases"]
    assert opened[:3] == [3, 6, 9]


def test_the_trend_is_told_when_what_a_decided_case_used_is_corrected(driven_hall: DrivenHall) -> None:
    """The same number of cases with other days: the trend on the wall kept the old value until the next decision."""
    granted = {"case_no": "c000", "kind": "decided", "occurred_at": "2026-09-21T10:00", "result": "granted"}
    open_cases(driven_hall, 1, "2026-09-17T10:00")
    driven_hall.send(granted)
    driven_hall.run("2026-09-21T10:01")
    before = last_seq(driven_hall)
    again = {**granted, "occurred_at": "2026-09-22T10:00"}
    void = {"case_no": "c000", "kind": "voided", "voids": "e2", "occurred_at": "2026-09-22T10:01"}
    driven_hall.send(void, again)
    driven_hall.run("2026-09-22T10:02")
    assert any("trend" in body for _, kind, body in feed_after(driven_hall, before) if kind == "cases")


def test_what_time_alone_changes_is_known_from_what_is_stored(
    driven_hall: DrivenHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At closing time no case is judged anew: reminder, promise and statutory breach follow from the stored record."""
    open_cases(driven_hall, CASES, "2026-09-17T10:00")
    driven_hall.run("2026-09-17T10:01")
    judged: list[object] = []
    monkeypatch.setattr("monitor.engine.fold.judge_case", lambda *given, **_: judged.append(given))
    for moment in ("2026-09-21T09:00", "2026-09-23T17:00:01", "2026-10-22T17:00:01"):
        assert driven_hall.run(moment).fired == CASES
    monkeypatch.undo()
    assert judged == []
    cards = driven_hall.rows("select level::text, count(*) from card group by level order by level")
    assert cards == [("red", CASES), ("reminder", CASES), ("yellow", CASES)]
    assert driven_hall.rows("select code, count(*) from anomaly group by code order by code") == [
        ("A05", CASES), ("A06", CASES),
    ]  # fmt: skip
    assert driven_hall.replay().differences == []
