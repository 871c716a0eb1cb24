"""The link between service and database, kept by a thread of its own so that a scenario can cut and swallow it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from random import Random
from typing import TypeVar

from tests.support.severable_link import SeverableLink

Answer = TypeVar("Answer")
SECONDS = 30.0


class Link:
    """A `SeverableLink` on an event loop of its own."""

    def __init__(self, target_url: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="link", daemon=True)
        self._thread.start()
        self._link = SeverableLink(target_url)
        asyncio.run_coroutine_threadsafe(self._link.start(), self._loop).result(SECONDS)

    @property
    def url(self) -> str:
        """The database as the service sees it."""
        return self._link.url

    def cut_some(self, share: float, rng: Random) -> int:
        """Close a share of the connections; gives how many."""
        return self._call(lambda: self._link.cut_some(share, rng))

    def cut(self) -> None:
        """Close all connections and refuse new ones until `restore`."""
        self._call(self._link.cut)

    def restore(self) -> None:
        """Accept connections again."""
        self._call(self._link.restore)

    def swallow(self) -> int:
        """Let the connections there are fall into a black hole; gives how many."""
        return self._call(self._link.swallow)

    def close(self) -> None:
        """End it."""
        asyncio.run_coroutine_threadsafe(self._link.close(), self._loop).result(SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _call(self, work: Callable[[], Answer]) -> Answer:
        async def done() -> Answer:
            return work()

        return asyncio.run_coroutine_threadsafe(done(), self._loop).result(SECONDS)
