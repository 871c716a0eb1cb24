"""Silence over HTTP: feed cards and outages page by page, their cards, and the age of what is affected."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC

import httpx
import pytest

from monitor.api.models import CaseDetail, CasePage, FigureList
from monitor.api.silence import FeedCardPage, OutagePage
from monitor.engine.hall_engine import HallEngine
from monitor.storage.intake import store_heartbeat
from tests.support.asking import asking
from tests.support.driven_hall import DrivenHall, at


@pytest.fixture
def client(driven_hall: DrivenHall) -> Iterator[httpx.Client]:
    with asking(driven_hall.url) as opened:
        yield opened


def speak(hall: DrivenHall, moment: str) -> None:
    word = at(moment).astimezone(UTC)
    store_heartbeat(hall.connection, hall.sender.source_id, word, word)
    hall.connection.commit()


def silent_twice(hall: DrivenHall) -> None:
    """Silent on Tuesday for an hour and a half, and on Wednesday since 11 o'clock; one open case."""
    hall.send({"case_no": "c1", "kind": "accepted", "occurred_at": "2026-09-17T10:00", "item": "I1"})
    speak(hall, "2026-09-22T10:00")
    hall.run("2026-09-22T10:01")
    hall.run("2026-09-22T11:00")
    speak(hall, "2026-09-22T11:30")
    hall.run("2026-09-22T11:31")
    speak(hall, "2026-09-23T11:00")
    hall.run("2026-09-23T11:01")
    hall.run("2026-09-23T11:31")


def get(client: httpx.Client, path: str) -> httpx.Response:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer


def test_feed_cards_come_newest_first_with_their_steps(driven_hall: DrivenHall, client: httpx.Client) -> None:
    silent_twice(driven_hall)
    first = FeedCardPage.model_validate(get(client, "/api/v1/feed-cards?limit=1").json())
    assert first.total == 2
    assert [(story.card.state, len(story.steps)) for story in first.feed_cards] == [("silent", 1)]
    rest = FeedCardPage.model_validate(get(client, f"/api/v1/feed-cards?limit=1&cursor={first.next_cursor}").json())
    [story] = rest.feed_cards
    assert rest.next_cursor is None
    assert (story.card.state, story.card.closed_at) == ("closed", at("2026-09-22T11:31"))
    assert [(step.from_state, step.to_state, step.reason) for step in story.steps] == [
        (None, "silent", "no_heartbeat"), ("silent", "closed", "spoke_again"),
    ]  # fmt: skip
    open_ones = FeedCardPage.model_validate(get(client, "/api/v1/feed-cards?open_only=true").json())
    assert [story.card.closed_at for story in open_ones.feed_cards] == [None]


def test_what_a_silent_source_feeds_says_up_to_when_it_is_known(driven_hall: DrivenHall, client: httpx.Client) -> None:
    silent_twice(driven_hall)
    known = at("2026-09-23T11:00")
    assert CasePage.model_validate(get(client, "/api/v1/cases").json()).cases[0].data_as_of == known
    assert CaseDetail.model_validate(get(client, "/api/v1/cases/S1/c1").json()).data_as_of == known
    assert FigureList.model_validate(get(client, "/api/v1/figures").json()).data_as_of == known
    assert FigureList.model_validate(get(client, "/api/v1/figures?department=D1").json()).data_as_of == known
    assert FigureList.model_validate(get(client, "/api/v1/figures?department=D9").json()).data_as_of is None


def test_what_is_current_says_nothing_of_its_age(driven_hall: DrivenHall, client: httpx.Client) -> None:
    silent_twice(driven_hall)
    speak(driven_hall, "2026-09-23T11:32")
    driven_hall.run("2026-09-23T11:33")
    assert CasePage.model_validate(get(client, "/api/v1/cases").json()).cases[0].data_as_of is None
    assert FigureList.model_validate(get(client, "/api/v1/figures").json()).data_as_of is None


def test_outages_come_newest_first_and_lead_to_the_cards_that_fell_due(
    driven_hall: DrivenHall, client: httpx.Client
) -> None:
    driven_hall.send({"case_no": "c1", "kind": "accepted", "occurred_at": "2026-09-17T10:00", "item": "I1"})
    driven_hall.run("2026-09-21T10:00")
    for moment in ("2026-09-22T10:00", "2026-09-24T10:00"):
        driven_hall.engine = HallEngine(driven_hall.engine.connection, driven_hall.engine.hall)
        driven_hall.run(moment)
    first = OutagePage.model_validate(get(client, "/api/v1/outages?limit=1").json())
    [outage] = first.outages
    assert (first.total, outage.blind_from, outage.blind_until) == (2, at("2026-09-22T10:00"), at("2026-09-24T10:00"))
    assert (outage.cards_due, outage.cards_held) == (1, 0)
    listed = get(client, outage.cards_url).json()
    assert [(card["level"], card["expected_at"], card["reason"]) for card in listed["cards"]] == [
        ("yellow", "2026-09-23T17:00:00+08:00", "due_while_blind")
    ]
    rest = OutagePage.model_validate(get(client, f"/api/v1/outages?limit=1&cursor={first.next_cursor}").json())
    assert [(outage.cards_due, rest.next_cursor) for outage in rest.outages] == [(0, None)]


@pytest.mark.parametrize("path", ["/api/v1/outages", "/api/v1/feed-cards", "/api/v1/cards"])
def test_a_cursor_of_another_list_is_refused(driven_hall: DrivenHall, client: httpx.Client, path: str) -> None:
    driven_hall.run("2026-09-21T10:00")
    answer = client.get(path, params={"cursor": "bm90aGluZw"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
