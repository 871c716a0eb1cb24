"""A real hall in a real browser: every number of the board's head is clicked, and its list has as many cases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from prometheus_client import CollectorRegistry

from alerts.live.channel import LiveChannel
from monitor.storage.database import open_pool
from tests.browser.opened_page import open_page
from tests.support.asking import asking
from tests.support.driven_hall import DrivenHall

pytestmark = pytest.mark.browser


@pytest.fixture
def address(built_pages: Path, busy_hall: DrivenHall) -> Iterator[str]:
    """Where the pages of the busy hall are, with its live channel."""
    with closing(open_pool(busy_hall.url, smallest=1, largest=3)) as pool:
        live = LiveChannel(busy_hall.url, pool, CollectorRegistry())
        with asking(busy_hall.url, live=live, pages=built_pages) as client:
            yield str(client.base_url)


@pytest.mark.parametrize(
    ("figure", "number", "said"),
    [
        ("accepted_today", "5", "accepted on 2026-03-10"),
        ("decided_today", "4", "decided on 2026-03-10"),
        ("due_today", "4", "promise due on 2026-03-10"),
        ("overdue_open", "5", "Overdue (yellow, red)"),
    ],
)
def test_a_number_of_the_wall_opens_its_own_cases(
    browser: Browser, address: str, figure: str, number: str, said: str
) -> None:
    page = open_page(browser, f"{address}/?lang=en")
    tile = page.locator(f'[data-figure="{figure}"]')
    expect(tile.locator("[data-value]")).to_have_text(number)
    tile.click()
    expect(page.locator("[data-total]")).to_have_text(f"{number} cases")
    expect(page.locator("[data-case]")).to_have_count(int(number))
    chosen = page.locator("[data-day], .filters select option:checked").filter(has_text=said)
    expect(chosen).to_have_count(1)


def test_the_speed_up_of_the_wall_stands_above_its_cases_with_what_it_rests_on(browser: Browser, address: str) -> None:
    page = open_page(browser, f"{address}/?lang=en")
    said = page.locator('[data-figure="speedup_month"] [data-value]').inner_text()
    page.locator('[data-figure="speedup_month"]').click()
    head = page.locator(".figure-head")
    expect(head).to_contain_text(said)
    found = re.search(r"([\d.,]+) ÷ ([\d.,]+)\s+n=(\d+)", head.inner_text())
    assert found, head.inner_text()
    used, limits, n = (float(text.replace(",", "")) for text in found.groups())
    assert said == f"{(limits - used) / limits * 100:.1f}%"
    expect(page.locator("[data-total]")).to_have_text(f"{n:.0f} cases")
    expect(head.locator("[aria-current]")).to_have_text("denominator")
    head.locator('[data-part="numerator"]').click()
    expect(head.locator("[aria-current]")).to_have_text("numerator")
    expect(page).to_have_url(re.compile("part=numerator"))
    expect(page.locator(".rows"), "nothing is left of a decided case").not_to_contain_text("left")
    page.get_by_role("link", name="Back to the board").click()
    expect(page.locator('[data-figure="speedup_month"]')).to_be_visible()


def test_a_clock_that_has_stopped_says_so_on_the_wall_and_in_the_list(browser: Browser, address: str) -> None:
    page = open_page(browser, f"{address}/?lang=en")
    expect(page.locator(".failing .row", has_text="stopped · 3 wd over")).to_have_count(1)
    page.goto(f"{address}/cases?lang=en&light=overdue")
    expect(page.locator('[data-case="reported late"]')).to_contain_text(
        "stopped · Promise 8 / 5 working days · 3 working days over"
    )
    expect(page.locator('[data-case="yellow"]')).to_contain_text("Promise 3 working days over")


def test_the_day_of_a_list_is_let_go_by_one_click(browser: Browser, address: str) -> None:
    page = open_page(browser, f"{address}/cases?lang=en&decided_on=2026-03-10", {"width": 1366, "height": 768})
    expect(page.locator("[data-day]")).to_contain_text("decided on 2026-03-10")
    expect(page.get_by_label("Order"), "the list of a day has its own order").to_have_count(0)
    page.locator("[data-day] button").click()
    expect(page.locator("[data-day]")).to_have_count(0)
    expect(page.get_by_label("Order")).to_be_visible()
    expect(page).not_to_have_url(re.compile("decided_on"))


def test_the_dates_of_figures_say_which_period_is_shown(browser: Browser, address: str) -> None:
    page = open_page(browser, f"{address}/figures?lang=en")
    first, end = page.get_by_label("From", exact=True), page.get_by_label("To (exclusive)")
    expect(first).to_have_value("2026-03-01")
    expect(end).to_have_value("2026-04-01")
    first.fill("2026-03-09")
    expect(page).to_have_url(re.compile("from=2026-03-09&to=2026-04-01"))
    page.get_by_role("button", name="Last month").click()
    expect(first).to_have_value("2026-02-01")
