"""The wall in a real browser: what it must be at 1920×1080, and what it does when its server goes away."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.opened_page import (
    CLIPPED,
    LOST,
    OVERFLOW,
    SMALL_TEXTS,
    WALL,
    load_page,
    open_page,
    pass_frames,
    settle,
)
from tests.support.board_fixture import BoardFixture
from tests.support.board_scene import Kind

pytestmark = pytest.mark.browser

COUNT_CUT_CARDS = """() => {
  window.cutCards = 0
  const look = () => {
    const edge = document.querySelector('.cards .frame').getBoundingClientRect().bottom + 1
    window.cutCards += [...document.querySelectorAll('[data-card]')]
      .filter((card) => card.getBoundingClientRect().bottom > edge).length
    requestAnimationFrame(look)
  }
  look()
}"""
COUNT_TRIES = """() => {
  window.tries = 0
  window.WebSocket = class extends WebSocket {
    constructor(address) {
      super(address)
      window.tries += 1
    }
  }
}"""


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", ["normal", "many", "unheard"])
def test_nothing_on_the_wall_is_smaller_than_24_px_and_nothing_scrolls(
    browser: Browser, built_pages: Path, kind: Kind, language: str
) -> None:
    hall = BoardFixture(built_pages, kind)
    hall.start()
    try:
        page = open_page(browser, f"{hall.address}/?lang={language}")
        expect(page.locator("[data-department]")).to_have_count(60 if kind == "many" else 36)
        settle(page)
        assert page.evaluate(SMALL_TEXTS, 24) == []
        assert page.evaluate(OVERFLOW) == [0, 0]
        assert page.evaluate(CLIPPED) == []
        page.close()
    finally:
        hall.stop()


def test_the_wall_scales_to_four_k_without_scrolling(browser: Browser, hall: BoardFixture) -> None:
    page = open_page(browser, hall.address, {"width": 3840, "height": 2160})
    expect(page.locator(".failing .row").nth(4)).to_be_visible()
    settle(page)
    assert page.evaluate(SMALL_TEXTS, 48) == []
    assert page.evaluate(OVERFLOW) == [0, 0]


def test_key_figures_are_at_least_40_px(browser: Browser, hall: BoardFixture) -> None:
    page = open_page(browser, hall.address)
    numbers = page.locator("[data-value], .tile .open")
    expect(numbers).to_have_count(6 + 36)
    sizes = numbers.evaluate_all("all => all.map((one) => Number.parseFloat(getComputedStyle(one).fontSize))")
    assert min(sizes) >= 40


def test_the_headers_sums_are_those_of_the_tiles(browser: Browser, hall: BoardFixture) -> None:
    page = open_page(browser, hall.address)
    tiles = page.locator("[data-open]")
    expect(tiles).to_have_count(36)
    open_cases = sum(tiles.evaluate_all("all => all.map((tile) => Number(tile.dataset.open))"))
    expect(page.locator('[data-figure="open"] [data-value]')).to_have_text(f"{open_cases:,}")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_day_has_its_number_on_the_wall_where_nobody_points_at_a_bar(
    browser: Browser, hall: BoardFixture, language: str
) -> None:
    """Ten neighbours of three digits and almost the same height: the least room that numbers have."""
    days = enumerate(hall.board.due_days)
    due = [day.model_copy(update={"promise": 120 + place, "statutory": 0}) for place, day in days]
    hall.board = hall.board.model_copy(update={"due_days": due})
    page = open_page(browser, f"{hall.address}/?lang={language}")
    expect(page.locator("svg text", has_text=re.compile(r"^12\d$"))).to_have_count(10)


def test_failing_cases_and_cards_are_in_view_without_a_click(browser: Browser, hall: BoardFixture) -> None:
    page = open_page(browser, hall.address)
    rows, cards = page.locator(".failing .row"), page.locator("[data-card]")
    expect(rows.nth(4)).to_be_visible()
    expect(cards.nth(6)).to_be_visible()
    expect(rows.first).to_contain_text("超 3 工作日")
    settle(page)
    for last in (rows.last, cards.last):
        box = last.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 1080


def test_a_card_comes_to_the_top_and_moves_no_tile(browser: Browser, hall: BoardFixture) -> None:
    """That it is there within the second it may take is held with a driven clock, in board-store.test.ts."""
    page = open_page(browser, hall.address)
    tiles = page.locator("[data-department]")
    expect(tiles).to_have_count(36)
    places = tiles.evaluate_all("all => all.map((tile) => tile.dataset.department)")
    card = hall.send_card(77)
    expect(page.locator("[data-card]").first).to_have_attribute("data-card", str(card.card_id))
    assert tiles.evaluate_all("all => all.map((tile) => tile.dataset.department)") == places


def test_no_card_is_shown_in_part_while_others_come(browser: Browser, hall: BoardFixture) -> None:
    page = open_page(browser, hall.address)
    expect(page.locator("[data-card]").nth(6)).to_be_visible()
    settle(page)
    page.evaluate(COUNT_CUT_CARDS)
    for number in range(80, 85):
        card = hall.send_card(number)
        expect(page.locator(f'[data-card="{card.card_id}"]')).to_be_visible()
        pass_frames(page, 6)  # the next one comes while the others are still moving
    settle(page)
    assert page.evaluate("window.cutCards") == 0


def test_a_server_gone_is_told_and_wipes_nothing(browser: Browser, hall: BoardFixture) -> None:
    """That a closed connection is told at once and a silent one after four seconds is held in channel.test.ts."""
    page = open_page(browser, hall.address)
    expect(page.locator(".failing .row").nth(4)).to_be_visible()
    expect(page.locator('[data-testid="sources"]')).to_be_visible()
    settle(page)
    before = page.locator(".tiles").inner_text()
    page.evaluate(COUNT_TRIES)
    hall.go_away()
    expect(page.locator(LOST)).to_contain_text("连接中断")
    expect(page.locator(LOST)).to_contain_text("10:42:07")
    page.wait_for_function("() => window.tries >= 2")
    settle(page)
    assert page.locator(".tiles").inner_text() == before
    assert page.locator(".failing .row").count() >= 5
    assert page.evaluate(OVERFLOW) == [0, 0]
    hall.start()
    expect(page.locator(LOST)).to_have_count(0)
    assert hall.sinces[-1] == "1", "it resumes from the number it has"


def test_a_hall_that_nobody_has_set_up_says_what_to_do(browser: Browser, built_pages: Path) -> None:
    hall = BoardFixture(built_pages, "empty")
    hall.start()
    try:
        page = open_page(browser, hall.address)
        expect(page.locator(".empty")).to_contain_text("e-supervision registry load")
    finally:
        hall.stop()


@pytest.mark.parametrize("viewport", [(1440, 900), (1366, 768), (1280, 720)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("language", ["zh", "en"])
def test_on_a_laptop_the_whole_board_is_in_view(
    browser: Browser, hall: BoardFixture, viewport: tuple[int, int], language: str
) -> None:
    page = open_page(browser, f"{hall.address}/?lang={language}", {"width": viewport[0], "height": viewport[1]})
    expect(page.locator(".failing .row").nth(4)).to_be_visible()
    settle(page)
    assert page.evaluate(SMALL_TEXTS, 16) == []
    assert page.evaluate(OVERFLOW) == [0, 0]
    assert page.evaluate(CLIPPED) == []


@pytest.mark.parametrize("viewport", [(1024, 768), (390, 844)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("language", ["zh", "en"])
def test_on_a_smaller_screen_it_is_a_page_that_scrolls_down_only(
    browser: Browser, hall: BoardFixture, viewport: tuple[int, int], language: str
) -> None:
    page = open_page(browser, f"{hall.address}/?lang={language}", {"width": viewport[0], "height": viewport[1]})
    expect(page.locator(".failing .row").nth(4)).to_be_visible()
    settle(page)
    assert page.evaluate(SMALL_TEXTS, 13) == []
    assert page.evaluate(OVERFLOW)[0] == 0


def test_the_clock_is_right_on_a_machine_whose_own_is_wrong(browser: Browser, hall: BoardFixture) -> None:
    context = browser.new_context(viewport=WALL, timezone_id="America/New_York")  # type: ignore[arg-type]
    page = context.new_page()
    page.add_init_script("const now = Date.now.bind(Date); Date.now = () => now() + 3 * 3600 * 1000")
    load_page(page, hall.address)
    expect(page.locator(".time")).to_have_text(re.compile(r"^10:42:"))
    context.close()
