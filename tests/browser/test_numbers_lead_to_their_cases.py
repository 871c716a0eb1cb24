"""A real hall in a real browser: every number of the board's head is clicked, and its list has as many cases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from prometheus_client import CollectorRegistry

from alerts.live.channel import LiveChannel
from monitor.storage.database import open_pool
from tests.browser.test_wall import open_page
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
        ("overdue_open", "4", "Overdue (yellow, red)"),
    ],
)
def test_a_number_of_the_wall_opens_its_own_cases(
    browser: Browser, address: str, figure: str, number: str, said: str
) -> None:
    page = open_page(browser, f"{address}/?lang=en")
    tile = page.locator(f'[data-figure="{figure}"]')
    assert tile.locator("[data-value]").inner_text() == number
    tile.click()
    expect(page.locator("[data-total]")).to_have_text(f"{number} cases")
    expect(page.locator("[data-case]")).to_have_count(int(number))
    shown = page.locator(".list-page").inner_text()
    chosen = page.locator(".filters select option:checked").all_inner_texts()
    assert said in shown or said in chosen


def test_the_day_of_a_list_is_let_go_by_one_click(browser: Browser, address: str) -> None:
    page = open_page(browser, f"{address}/cases?lang=en&decided_on=2026-03-10", {"width": 1366, "height": 768})
    expect(page.locator("[data-day]")).to_contain_text("decided on 2026-03-10")
    assert page.get_by_label("Order").count() == 0, "the list of a day has its own order"
    page.locator("[data-day] button").click()
    expect(page.locator("[data-day]")).to_have_count(0)
    expect(page.get_by_label("Order")).to_be_visible()
    assert "decided_on" not in page.url
