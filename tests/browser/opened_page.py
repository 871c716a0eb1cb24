"""How a browser test opens a page, and what it may ask of the page when that has come to rest."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, Page

WALL = {"width": 1920, "height": 1080}
LOST = '[data-testid="lost"]'

LOADED = """(lost) => document.querySelector('[aria-busy]') !== null
  && document.querySelector('[aria-busy="true"]') === null && document.querySelector(lost) === null"""
PASS_FRAMES = """async (count) => {
  for (let frame = 0; frame < count; frame += 1) await new Promise(requestAnimationFrame)
}"""
SETTLE = """async (still) => {
  const places = () => JSON.stringify([...document.querySelectorAll('body *')].map((one) => {
    const { x, y, width, height } = one.getBoundingClientRect()
    return [one.tagName, x, y, width, height]
  }))
  await document.fonts.ready
  for (let same = 0, last = ''; same < still; ) {
    await new Promise(requestAnimationFrame)
    const now = places()
    same = now === last ? same + 1 : 0
    last = now
  }
}"""
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


def load_page(page: Page, address: str) -> None:
    """Go to an address and wait until all parts of the page show what first came, over a connection that stands.

    Every part says by `aria-busy` whether it still keeps the place of what is to come.
    """
    page.goto(address)
    page.wait_for_function(LOADED, arg=LOST)


def open_page(browser: Browser, address: str, viewport: dict[str, int] | None = None, **options: Any) -> Page:
    """Open a page of its own at an address, with what first came shown (`load_page`)."""
    page = browser.new_page(viewport=viewport or WALL, **options)  # type: ignore[arg-type]
    load_page(page, address)
    return page


def settle(page: Page) -> None:
    """Wait until nothing has moved for some frames of the page's own: rows fit, drawings are drawn, moves are done."""
    page.evaluate(SETTLE, 6)


def pass_frames(page: Page, count: int) -> None:
    """Let the page paint so many frames, however long it takes for them."""
    page.evaluate(PASS_FRAMES, count)
