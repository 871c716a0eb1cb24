"""What a browser test needs: the built pages, a Chromium, a fixture server; each missing part is a named skip."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from dashboards import pages_folder
from tests.support.board_fixture import BoardFixture

PATIENCE_MS = 30_000  # for a page on a machine that has much else to do; what playwright gives every other wait
CHROMIUM_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def built_pages() -> Path:
    folder = pages_folder()
    if folder is None:
        pytest.skip("the pages are not built: run `npm ci && npm run build` in dashboards/live")
    return folder


@pytest.fixture(scope="module")  # its driver holds an event loop: no longer than these tests, or asynchronous ones fail
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no chromium on this machine: apt-get install chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=CHROMIUM_FLAGS, timeout=2 * PATIENCE_MS)
        yield chromium
        chromium.close()


@pytest.fixture(autouse=True)
def pages_closed(browser: Browser) -> Iterator[None]:
    """Close every page after its test, so that none goes on asking a server that is gone."""
    yield
    for context in browser.contexts:
        context.close()


@pytest.fixture
def hall(built_pages: Path) -> Iterator[BoardFixture]:
    """A hall of 36 departments on a working day."""
    server = BoardFixture(built_pages)
    server.start()
    yield server
    server.stop()
