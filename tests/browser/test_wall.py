"""The wall in a real browser: what it must be at 1920×1080, and what it does when its server goes away."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.support.board_fixture import BoardFixture
from tests.support.board_scene import Kind

pytestmark = pytest.mark.browser

WALL = {"width": 1920, "height": 1080}
LOST = '[data-testid="lost"]'

SMALL_TEXTS = """(least) => {
  const small = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim()
    const size = Number.parseFloat(getComputedStyle(walker.currentNode.parentElement).fontSize)
    if (text && size < least - 0.01) small.push([text, size])
  }
  return small
}"""
OVERFLOW = """() => {
  const page = document.scrollingElement
  return [page.scrollWidth - page.clientWidth, page.scrollHeight - page.clientHeight]
}"""
CLIPPED = """() => [...document.querySelectorAll('.tile, .key-figure')]
  .filter((box) => [box, ...box.querySelectorAll('*')].some((part) => {
    const { bottom, right } = part.getBoundingClientRect(), edge = box.getBoundingClientRect()
    const { overflowX, textOverflow } = getComputedStyle(part)
    const cut = overflowX === 'hidden' && textOverflow !== 'ellipsis' && part.scrollWidth > part.clientWidth + 1
    return bottom > edge.bottom + 1 || right > edge.right + 1 || cut
  }))
  .map((box) => box.innerText)"""

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


def open_page(browser: Browser, address: str, viewport: dict[str, int] | None = None, **options: Any) -> Page:
    """Open a page and wait until it shows a tile, a row or a figure."""
    page = browser.new_page(viewport=viewport or WALL, **options)  # type: ignore[arg-type]
    page.goto(address)
    page.wait_for_selector("[data-department], [data-case], [data-figure], [data-clock], .rows, .empty", timeout=15_000)
    return page


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", ["normal", "many", "unheard"])
def test_nothing_on_the_wall_is_smaller_than_24_px_and_nothing_scrolls(
    browser: Browser, built_pages: Path, kind: Kind, language: str
) -> None:
    hall = BoardFixture(built_pages, kind)
    hall.start()
    try:
        page = open_page(browser, f"{hall.address}/?lang={language}")
        page.wait_for_timeout(600)
        assert page.evaluate(SMALL_TEXTS, 24) == []
        assert page.evaluate(OVERFLOW) == [0, 0]
        assert page.evaluate(CLIPPED) == []
        page.close()
    finally:
        hall.stop()


def test_the_wall_scales_to_four_k_without_scrolling(browser: Browser, hall: BoardFixture) -> None:
    page = open_page(browser, hall.address, {"width": 3840, "height": 2160})
    page.wait_for_selector(".failing .row")
    assert page.evaluate(SMALL_TEXTS, 48) == []
    assert page.evaluate(OVERFLOW) == [0, 0]


def test_key_figures_are_at_least_40_px(browser: Browser, hall: BoardFixture) -> None:
    page = open_page(browser, hall.address)
    sizes = page.eval_on_selector_all(
        "[data-value], .tile .open", "all => all.map((one) => Number.parseFloat(getComputedStyle(one).fontSize))"
    )
    assert len(sizes) == 6 + 36
    assert min(sizes) >= 40


def test_the_headers_sums_are_those_of_the_tiles(browser: Browser, hall: BoardFixture) -> None:
    page = open_page(browser, hall.address)
    tiles = page.eval_on_selector_all("[data-open]", "all => all.map((tile) => Number(tile.dataset.open))")
    shown = page.locator('[data-figure="open"] [data-value]').inner_text()
    assert len(tiles) == 36
    assert int(shown.replace(",", "")) == sum(tiles)


def test_failing_cases_and_cards_are_in_view_without_a_click(browser: Browser, hall: BoardFixture) -> None:
    page = open_page(browser, hall.address)
    page.wait_for_selector(".failing .row")
    rows, cards = page.locator(".failing .row"), page.locator("[data-card]")
    assert rows.count() >= 5
    assert cards.count() >= 7
    assert "超 3 工作日" in rows.first.inner_text()
    for last in (rows.last, cards.last):
        box = last.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 1080


def test_a_card_comes_to_the_top_within_a_second(browser: Browser, hall: BoardFixture) -> None:
    page = open_page(browser, hall.address)
    places = page.eval_on_selector_all("[data-department]", "all => all.map((tile) => tile.dataset.department)")
    card = hall.send_card(77)
    page.wait_for_selector(f'[data-card="{card.card_id}"]', timeout=1000)
    assert page.locator("[data-card]").first.get_attribute("data-card") == str(card.card_id)
    assert page.eval_on_selector_all("[data-department]", "all => all.map((t) => t.dataset.department)") == places


def test_no_card_is_shown_in_part_while_others_come(browser: Browser, hall: BoardFixture) -> None:
    page = open_page(browser, hall.address)
    page.wait_for_timeout(600)
    page.evaluate(COUNT_CUT_CARDS)
    for number in range(80, 85):
        card = hall.send_card(number)
        page.wait_for_selector(f'[data-card="{card.card_id}"]')
        page.wait_for_timeout(100)
    assert page.evaluate("window.cutCards") == 0


def test_a_server_gone_shows_within_two_seconds_and_wipes_nothing(browser: Browser, hall: BoardFixture) -> None:
    page = open_page(browser, hall.address)
    page.wait_for_selector(".failing .row")
    page.wait_for_selector('[data-testid="sources"]')
    before = page.locator(".tiles").inner_text()
    hall.stop()
    gone = time.monotonic()
    page.wait_for_selector(LOST, timeout=2000)
    assert time.monotonic() - gone < 2
    assert "连接中断" in page.locator(LOST).inner_text()
    assert "10:42:07" in page.locator(LOST).inner_text()
    page.wait_for_timeout(1500)
    assert page.locator(".tiles").inner_text() == before
    assert page.locator(".failing .row").count() >= 5
    assert page.evaluate(OVERFLOW) == [0, 0]
    hall.start()
    page.wait_for_selector(LOST, state="detached", timeout=15_000)
    assert hall.sinces[-1] == "1", "it resumes from the number it has"


def test_a_hall_that_nobody_has_set_up_says_what_to_do(browser: Browser, built_pages: Path) -> None:
    hall = BoardFixture(built_pages, "empty")
    hall.start()
    try:
        page = open_page(browser, hall.address)
        assert "e-supervision registry load" in page.locator(".empty").inner_text()
    finally:
        hall.stop()


@pytest.mark.parametrize("viewport", [(1440, 900), (1366, 768), (390, 844)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("language", ["zh", "en"])
def test_on_a_desk_it_is_a_page_that_scrolls_down_only(
    browser: Browser, hall: BoardFixture, viewport: tuple[int, int], language: str
) -> None:
    page = open_page(browser, f"{hall.address}/?lang={language}", {"width": viewport[0], "height": viewport[1]})
    page.wait_for_selector(".failing .row")
    assert page.evaluate(SMALL_TEXTS, 13) == []
    assert page.evaluate(OVERFLOW)[0] == 0


def test_the_clock_is_right_on_a_machine_whose_own_is_wrong(browser: Browser, hall: BoardFixture) -> None:
    context = browser.new_context(viewport=WALL, timezone_id="America/New_York")  # type: ignore[arg-type]
    page = context.new_page()
    page.add_init_script("const now = Date.now.bind(Date); Date.now = () => now() + 3 * 3600 * 1000")
    page.goto(hall.address)
    page.wait_for_selector(".time")
    page.wait_for_timeout(600)
    assert page.locator(".time").inner_text().startswith("10:42:")
    context.close()
