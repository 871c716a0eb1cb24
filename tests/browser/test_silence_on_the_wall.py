"""What the wall says when sources are silent and when the supervision itself was blind: beside everything else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from monitor.api import models as m
from monitor.api.model_base import Name
from monitor.api.silence_models import FeedCard, HallWarning, Outage
from tests.browser.opened_page import CLIPPED, OVERFLOW, SMALL_TEXTS, open_page, settle
from tests.support.board_fixture import BoardFixture
from tests.support.board_scene import AS_OF, at, make_feed_card

pytestmark = pytest.mark.browser

OUTAGE = Outage(
    outage_id=1,
    blind_from=at(18),
    blind_until=at(1.5),
    reason="engine_down",
    cards_due=37,
    cards_held=2,
    cards_url="/api/v1/cards?reason=due_while_blind",
)
WARNING = HallWarning(
    code="no_working_time",
    text=Name(
        zh="工作日历在今后 30 天内没有任何工作时间：时限不会走动，也不会发牌。请检查并重新加载工作日历。",
        en="The working calendar has no working time in the next 30 days: no limit runs and no card is issued.",
    ),
    detail="",
    since=AS_OF,
)


def silent_sources(board: m.Board) -> list[FeedCard]:
    """One silent for 47 minutes, one for two days."""
    plugged_out = {
        "feed_card_id": 2,
        "state": "silent_a_day",
        "cards_held": 0,
        "data_as_of": AS_OF - timedelta(days=2),
        "source_name": Name(zh="规划局审批系统", en="Planning permit system"),
    }
    card = make_feed_card(board.departments[6])
    return [card, card.model_copy(update=plugged_out)]


@pytest.fixture
def doubtful(built_pages: Path) -> Iterator[BoardFixture]:
    """A hall after an outage, with two silent sources, one of them of a department known to be red."""
    server = BoardFixture(built_pages)
    tiles = [
        tile.model_copy(update={"silent": True}) if tile.light == "red" else tile for tile in server.board.departments
    ]
    cards = [server.board.cards[0].model_copy(update={"reason": "last_known_data"}), *server.board.cards[1:]]
    parts = {"outages": [OUTAGE], "feed_cards": silent_sources(server.board), "departments": tiles, "cards": cards}
    server.board = server.board.model_copy(update=parts)
    server.start()
    yield server
    server.stop()


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh", ["监察中断", "37 张牌", "规划局审批系统 失联超过 1 个工作日", "暂缓发牌 4 张"]),
        ("en", ["Blind from", "fell due: 37", "Planning permit system silent for over a working day", "cards held: 4"]),
    ],
)
def test_silence_and_an_outage_are_read_on_the_wall_without_crowding_it(
    browser: Browser, doubtful: BoardFixture, language: str, said: list[str]
) -> None:
    page = open_page(browser, f"{doubtful.address}/?lang={language}")
    for part in said:
        expect(page.locator("[data-notice]").filter(has_text=part)).to_have_count(1)
    expect(page.locator("[data-card]").first, "cards are still shown below").to_be_visible()
    settle(page)
    assert page.evaluate(SMALL_TEXTS, 24) == []
    assert page.evaluate(OVERFLOW) == [0, 0]
    assert page.evaluate(CLIPPED) == []


def test_a_red_department_whose_source_is_silent_stays_red(browser: Browser, doubtful: BoardFixture) -> None:
    page = open_page(browser, f"{doubtful.address}/?lang=zh")
    expect(page.locator(".tile.red.silent .until")).to_have_count(3)
    expect(page.locator(".tile.unknown.silent")).not_to_have_count(0)


def test_a_warning_stands_first(browser: Browser, doubtful: BoardFixture) -> None:
    doubtful.board = doubtful.board.model_copy(update={"warnings": [WARNING]})
    page = open_page(browser, f"{doubtful.address}/?lang=zh")
    expect(page.locator("[data-notice]").first).to_have_text(re.compile(r"^\s*工作日历在今后 30 天内没有任何工作时间"))
    settle(page)
    assert page.evaluate(OVERFLOW) == [0, 0]


def test_the_page_of_cards_says_it_too_and_the_outage_leads_to_its_cards(
    browser: Browser, doubtful: BoardFixture
) -> None:
    page = open_page(browser, f"{doubtful.address}/cards?lang=zh", {"width": 1280, "height": 900})
    expect(page.locator("[data-notice]")).to_have_count(3)
    page.locator('[data-notice="outage"] a').click()
    expect(page).to_have_url(re.compile(r"/cards\?.*reason=due_while_blind"))
