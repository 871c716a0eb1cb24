"""The desk pages in a real browser: in both languages, on a laptop and a phone, and on paper."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.browser.opened_page import LOST, OVERFLOW, SMALL_TEXTS, load_page, open_page, settle
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
    load_page(page, f"{hall.address}{path}{'&' if '?' in path else '?'}lang={language}")
    expect(page.locator("[data-department], [data-case], [data-figure], [data-clock], .rows")).not_to_have_count(0)
    expect(page.locator("body")).to_contain_text("演示数据" if language == "zh" else "Demo data")
    expect(page.locator("html")).to_have_attribute("lang", {"zh": "zh-CN", "en": "en"}[language])
    settle(page)
    text = page.locator("body").inner_text()
    assert complaints == []
    assert not re.search(r"\b(lights|statuses|kinds|clocks|list|case|cards|figures)\.[a-z]", text), (
        "a key instead of a text"
    )
    assert "{" not in text


@pytest.mark.parametrize("path", PAGES[1:])
@pytest.mark.parametrize("viewport", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_desk_pages_fit_the_width_and_can_be_read(
    browser: Browser, hall: BoardFixture, path: str, viewport: dict[str, int]
) -> None:
    page = open_page(browser, hall.address + path, viewport)
    settle(page)
    assert page.evaluate(OVERFLOW)[0] == 0
    assert page.evaluate(SMALL_TEXTS, 12.99) == []


def test_the_picture_of_a_case_counts_as_the_worked_example_does(browser: Browser, hall: BoardFixture) -> None:
    page = open_page(browser, hall.address + CASE, {"width": 1440, "height": 900})
    track = page.locator(".timeline .screen-only .track.promise")
    expect(track.locator(".counted")).to_have_text([str(number) for number in range(1, 11)])
    expect(track.locator(".suspended")).to_have_count(4)
    expect(track.locator(".post")).to_contain_text("10-12 17:00")
    refused = page.locator(".timeline .screen-only .refused").first
    expect(refused).to_contain_text("09-30 17:00")
    expect(refused.locator(".post.dashed")).to_have_count(1)
    days = page.locator(".sheet", has_text="逐日说明")
    for said in ("9/21–9/23", "9/25–9/27", "10/1–10/7", "第 4–6 日", "民法典 201 条"):
        expect(days).to_contain_text(said)


def test_a_case_is_printed_in_full_and_on_white(browser: Browser, hall: BoardFixture) -> None:
    page = open_page(browser, f"{hall.address}{CASE}?theme=dark", LAPTOP)
    expect(page.locator(".track").first).to_be_attached()
    expect(page.get_by_text("打印证据页")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.locator("html")).to_have_css("background-color", "rgb(255, 255, 255)")
    expect(page.get_by_text("打印证据页")).to_be_hidden()
    expect(page.locator("h3", has_text="法定时限"), "every clock is explained on paper").to_be_visible()
    expect(page.get_by_text("打印于监察时间")).to_be_visible()
    expect(page.get_by_text("演示数据").first).to_be_visible()


def test_the_address_holds_the_view_and_back_returns_to_it(browser: Browser, hall: BoardFixture) -> None:
    page = open_page(browser, f"{hall.address}/cases?lang=en", LAPTOP)
    page.select_option("select >> nth=0", "red")
    expect(page.locator("[data-case]")).to_have_count(2)
    expect(page).to_have_url(re.compile("light=red"))
    expect(page).to_have_url(re.compile("lang=en"))
    page.locator("[data-case] a").first.click()
    expect(page.locator("[data-clock]").first).to_be_visible()
    expect(page).to_have_url(re.compile("lang=en"))
    page.go_back()
    expect(page.locator("[data-case]")).to_have_count(2)


def test_a_list_shows_a_window_of_rows(browser: Browser, hall: BoardFixture) -> None:
    page = open_page(browser, f"{hall.address}/cases", LAPTOP)
    expect(page.locator("[data-case]")).to_have_count(50)
    page.get_by_role("button", name="下一页").click()
    expect(page.locator("[data-case]")).to_have_count(10)
    expect(page).to_have_url(re.compile("cursor=50"))


def test_a_figure_leads_to_its_cases(browser: Browser, hall: BoardFixture) -> None:
    page = open_page(browser, f"{hall.address}/figures", LAPTOP)
    empty = page.locator('[data-figure="overdue_rate"]')
    expect(empty).to_contain_text("无数据")
    expect(empty).not_to_contain_text("%")
    page.locator('[data-figure="on_time_rate"] a').first.click()
    expect(page.locator("[data-case]")).not_to_have_count(0)
    expect(page).to_have_url(re.compile("figure=on_time_rate"))
    expect(page).to_have_url(re.compile("part=numerator"))
    expect(page.get_by_text("按时办结率").first).to_be_visible()
    head = page.locator(".figure-head")
    expect(head).to_contain_text("÷")
    head.locator('[data-part="denominator"]').click()
    expect(head.locator("[aria-current]")).to_have_text("分母")
    expect(page).to_have_url(re.compile("part=denominator"))


def test_an_unknown_case_says_what_to_do(browser: Browser, hall: BoardFixture) -> None:
    page = open_page(browser, f"{hall.address}/cases/hall-1/missing", LAPTOP)
    expect(page.locator(".empty")).to_contain_text("没有这个办件")
    expect(page.locator(".empty a")).to_have_attribute("href", "/cases")


def test_a_list_stays_when_the_server_goes(browser: Browser, hall: BoardFixture) -> None:
    page = open_page(browser, f"{hall.address}/cases", LAPTOP)
    expect(page.locator("[data-case]")).to_have_count(50)
    hall.go_away()
    expect(page.locator(LOST)).to_be_visible()
    expect(page.locator("[data-case]")).to_have_count(50)
    page.select_option("select >> nth=0", "red")
    expect(page.get_by_text("无法连接服务")).to_be_visible()
    expect(page.locator("[data-case]")).to_have_count(50)


def test_language_and_theme_are_remembered(browser: Browser, hall: BoardFixture) -> None:
    context = browser.new_context(viewport=LAPTOP)  # type: ignore[arg-type]
    page = context.new_page()
    load_page(page, f"{hall.address}/cases")
    page.get_by_role("button", name="EN").click()
    expect(page.get_by_text("Failing first").first).to_be_attached()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    load_page(page, f"{hall.address}/figures")
    expect(page.locator("h1")).to_have_text("Figures")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page).to_have_url(re.compile("lang=en"))
    context.close()


def test_every_page_has_a_title_of_its_own_and_a_card_says_when_it_was_due(
    browser: Browser, hall: BoardFixture
) -> None:
    titles = {}
    for path in ("/", "/cases", "/figures", "/cards", CASE):
        page = open_page(browser, f"{hall.address}{path}?lang=en", LAPTOP)
        titles[path] = page.title()
        if path == "/cards":
            revoked = page.locator("tr", has_text="Revoked:").first
            expect(revoked, "a revoked card keeps its clock").to_contain_text("Promise missed")
            expect(page.locator("[data-expected]").first).to_have_text(re.compile(r"^[^:]*:[^:]*$"))
        page.close()
    assert len(set(titles.values())) == len(titles)
    assert titles["/cards"].startswith("Cards · Shifan City")
