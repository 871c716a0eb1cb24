"""Shows a hall until the user has seen enough: the network's pace and the screen's are apart."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.live import Live

from monitor.commands.watch.drawing import board_line, draw, draw_card
from monitor.commands.watch.following import Following, RefusedError
from monitor.commands.watch.notices import notice_lines
from monitor.commands.watch.picture import Picture
from monitor.commands.watch.words import Language, say

PICTURES_A_SECOND = 4
SECONDS_FOR_ONE_PICTURE = 15.0


class Viewer:
    """Takes what the channel tells; on a terminal a picture is drawn of it, elsewhere it is written down."""

    def __init__(self, console: Console, language: Language) -> None:
        self.picture = Picture()
        self.lost: str | None = None
        self.seen = asyncio.Event()
        self._console = console
        self._language = language

    def told(self, message: dict[str, Any]) -> None:
        """Take a message."""
        if message["type"] == "resync":
            self._write(say("resync", self._language, why=message["reason"]))
            return
        arrived = self.picture.fold(message, datetime.now(UTC))
        if message["type"] == "snapshot":
            self._write(board_line(self.picture, self._language))
            self.seen.set()
        parts = message["board"] if message["type"] == "snapshot" else message
        for line in notice_lines(parts, self._language):
            self._write(line)
        for card in arrived:
            self._write(draw_card(card, self.picture, self._language).plain)

    def changed(self, lost: str | None) -> None:
        """Take a change of the connection."""
        if lost is not None and lost != self.lost and self.picture.is_known:
            self._write(say("lost", self._language, at=self.picture.board["as_of"], why=lost))
        elif lost is not None and lost != self.lost:
            self._write(lost)
        elif self.lost is not None:
            self._write(say("live", self._language))
        self.lost = lost

    def _write(self, line: str) -> None:
        if not self._console.is_terminal:
            self._console.print(line, markup=False, highlight=False, soft_wrap=True)


async def view(url: str, hall: str | None, language: Language, *, once: bool, console: Console | None = None) -> None:
    """Show the hall until cancelled, or once. Raises RefusedError."""
    console = console or Console()
    viewer = Viewer(console, language)
    following = asyncio.create_task(Following(url, hall, viewer.told, viewer.changed).run())
    try:
        if once:
            await _wait_for_picture(viewer, following, url)
            if console.is_terminal:
                console.print(draw(viewer.picture, language, None, url))
        elif console.is_terminal:
            await _draw_on(console, viewer, following, language, url)
        else:
            await following
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def _wait_for_picture(viewer: Viewer, following: asyncio.Task[None], url: str) -> None:
    seen = asyncio.create_task(viewer.seen.wait())
    await asyncio.wait({seen, following}, timeout=SECONDS_FOR_ONE_PICTURE, return_when=asyncio.FIRST_COMPLETED)
    seen.cancel()
    if following.done():
        following.result()
    if not viewer.seen.is_set():
        raise RefusedError(f"{url} showed no board within {SECONDS_FOR_ONE_PICTURE:.0f} s: {viewer.lost or 'silent'}")


async def _draw_on(
    console: Console, viewer: Viewer, following: asyncio.Task[None], language: Language, url: str
) -> None:
    def now() -> Any:
        return draw(viewer.picture, language, viewer.lost, url)

    with Live(now(), console=console, screen=True, auto_refresh=False) as live:
        while not following.done():
            await asyncio.wait({following}, timeout=1 / PICTURES_A_SECOND)
            live.update(now(), refresh=True)
    following.result()
