"""The desk pages in a real browser: in both languages, on a laptop and a phone, and on paper."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.browser.test_wall import OVERFLOW, SMALL_TEXTS, open_page
from tests.support.board_fixture import BoardFixture

pytestmark = pytest.mark.browser

LAPTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
CASE = "/cases/hall-1/330500-2026-004217"
FIGURE_CASES = "/cases?figure=on_time_rate&part=denominator&from=2026-11-01&to=2026-12-01"
PAGES = ["/", "/cases", FIGURE_CASES, CASE, "/figures", "/figures/item_presence/members", "/cards"]


def watch_console(page: Page) -> list[str]:
    """Collect what the page complains of, missing texts among it."""
    complaints: list[str] = []

    def take(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    page.on("console", take)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_is_complete_in_both_languages_and_marked_as_demo(
    browser: Browser, hall: BoardFixture, path: str, language: str
) -> None:
    page = browser.new_page(viewport=LAPTOP)  # type: ignore[arg-type]
    complaints = watch_console(page)
    page.goto(f"{hall.address}{path}{'&' if '?' in path else '?'}lang={language}")
    page.wait_for_selector("[data-department], [data-case], [data-figure], [data-clock], .rows")
    page.wait_for_selector(".demo")
    page.wait_for_timeout(400)
    text = page.locator("body").inner_text()
    assert complaints == []
    assert ("演示数据" if language == "zh" else "Demo data") in text
    assert not re.search(r"\b(lights|statuses|kinds|clocks|list|case|cards|figures)\.[a-z]", text), (
        "a key instead of a text"
    )
    assert "{" not in text
    assert page.evaluate("document.documentElement.lang") == {"zh": "zh-CN", "en": "en"}[language]


@pytest.mark.parametrize("path", PAGES[1:])
@pytest.mark.parametrize("viewport", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_desk_pages_fit_the_width_and_can_be_read(
    browser: Browser, hall: BoardFixture, path: str, viewport: dict[str, int]
) -> None:
    page = open_page(browser, hall.address + path, viewport)
    page.wait_for_timeout(400)
    assert page.evaluate(OVERFLOW)[0] == 0
    assert page.evaluate(SMALL_TEXTS, 12.99) == []


def test_the_picture_of_a_case_counts_as_the_worked_example_does(browser: Browser, hall: BoardFixture) -> None:
    page = open_page(browser, hall.address + CASE, {"width": 1440, "height": 900})
    page.wait_for_selector(".track.promise")
    track = page.locator(".timeline .screen-only .track.promise")
    assert track.locator(".counted").all_inner_texts() == [str(number) for number in range(1, 11)]
    assert track.locator(".suspended").count() == 4
    assert "10-12 17:00" in track.locator(".post").inner_text()
    refused = page.locator(".timeline .screen-only .refused").first
    assert "09-30 17:00" in refused.inner_text()
    assert refused.locator(".post.dashed").count() == 1
    days = page.locator(".sheet", has_text="逐日说明").inner_text()
    for said in ("9/21–9/23", "9/25–9/27", "10/1–10/7", "第 4–6 日", "民法典 201 条"):
        assert said in days


def test_a_case_is_printed_in_full_and_on_white(browser: Browser, hall: BoardFixture) -> None:
    page = open_page(browser, f"{hall.address}{CASE}?theme=dark", LAPTOP)
    page.wait_for_selector(".track")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.get_by_text("打印证据页").is_visible()
    assert page.locator("h3", has_text="法定时限").is_visible(), "every clock is explained on paper"
    assert page.get_by_text("打印于监察时间").is_visible()
    assert page.get_by_text("演示数据").first.is_visible()


def test_the_address_holds_the_view_and_back_returns_to_it(browser: Browser, hall: BoardFixture) -> None:
    page = open_page(browser, f"{hall.address}/cases?lang=en", LAPTOP)
    page.select_option("select >> nth=0", "red")
    expect(page.locator("[data-case]")).to_have_count(2)
    assert "light=red" in page.url
    assert "lang=en" in page.url
    page.locator("[data-case] a").first.click()
    page.wait_for_selector("[data-clock]")
    assert "lang=en" in page.url
    page.go_back()
    expect(page.locator("[data-case]")).to_have_count(2)


def test_a_list_shows_a_window_of_rows(browser: Browser, hall: BoardFixture) -> None:
    page = open_page(browser, f"{hall.address}/cases", LAPTOP)
    expect(page.locator("[data-case]")).to_have_count(50)
    page.get_by_role("button", name="下一页").click()
    expect(page.locator("[data-case]")).to_have_count(10)
    assert "cursor=50" in page.url


def test_a_figure_leads_to_its_cases(browser: Browser, hall: BoardFixture) -> None:
    page = open_page(browser, f"{hall.address}/figures", LAPTOP)
    empty = page.locator('[data-figure="overdue_rate"]').inner_text()
    assert "无数据" in empty
    assert "%" not in empty
    page.locator('[data-figure="on_time_rate"] a').first.click()
    page.wait_for_selector("[data-case]")
    assert "figure=on_time_rate" in page.url
    assert "part=numerator" in page.url
    page.wait_for_selector("text=按时办结率")
    head = page.locator(".figure-head")
    expect(head).to_contain_text("÷")
    head.locator('[data-part="denominator"]').click()
    expect(head.locator("[aria-current]")).to_have_text("分母")
    assert "part=denominator" in page.url


def test_an_unknown_case_says_what_to_do(browser: Browser, hall: BoardFixture) -> None:
    page = open_page(browser, f"{hall.address}/cases/hall-1/missing", LAPTOP)
    page.wait_for_selector("text=没有这个办件")
    assert page.locator(".empty a").get_attribute("href") == "/cases"


def test_a_list_stays_when_the_server_goes(browser: Browser, hall: BoardFixture) -> None:
    page = open_page(browser, f"{hall.address}/cases", LAPTOP)
    page.wait_for_selector(".demo")
    expect(page.locator("[data-case]")).to_have_count(50)
    hall.stop()
    page.wait_for_selector('[data-testid="lost"]', timeout=2000)
    expect(page.locator("[data-case]")).to_have_count(50)
    page.select_option("select >> nth=0", "red")
    page.wait_for_selector("text=无法连接服务")
    expect(page.locator("[data-case]")).to_have_count(50)
    hall.start()


def test_language_and_theme_are_remembered(browser: Browser, hall: BoardFixture) -> None:
    context = browser.new_context(viewport=LAPTOP)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{hall.address}/cases")
    page.get_by_role("button", name="EN").click()
    page.wait_for_selector("text=Failing first", state="attached")
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto(f"{hall.address}/figures")
    page.wait_for_selector("h1:has-text('Figures')")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert "lang=en" in page.url
    context.close()


def test_every_page_has_a_title_of_its_own_and_a_card_says_when_it_was_due(
    browser: Browser, hall: BoardFixture
) -> None:
    titles = {}
    for path in ("/", "/cases", "/figures", "/cards", CASE):
        page = open_page(browser, f"{hall.address}{path}?lang=en", LAPTOP)
        titles[path] = page.title()
        if path == "/cards":
            revoked = page.locator("tr", has_text="Revoked:").first.inner_text()
            assert "Promise missed" in revoked, "a revoked card keeps its clock"
            assert page.locator("[data-expected]").first.inner_text().count(":") == 1
        page.close()
    assert len(set(titles.values())) == len(titles)
    assert titles["/cards"].startswith("Cards · Shifan City")
