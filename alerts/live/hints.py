"""Hints of the database that there is news (LISTEN), and the knowledge of whether they can be relied on."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import psycopg
import structlog
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from alerts.live.counts import LiveCounts
from monitor.storage.database import DatabaseError, connect_async
from monitor.storage.feed import FEED_CHANNEL
from monitor.storage.sql_blocks import sql_block

SECONDS_BETWEEN_CHECKS = 5.0
SECONDS_FOR_ANSWER = 3.0
MISSED_HINTS_BEFORE_DOUBT = 3
FIRST_RETRY_SECONDS = 0.25
LAST_RETRY_SECONDS = 5.0

_log = structlog.get_logger(__name__)


class HintListener:
    """Keeps one listening connection and makes a new one when it is lost, in whichever way it is lost.

    A closed connection raises. One that is dead but open is asked every few seconds whether it still answers. One that
    answers but no longer hints (a pooler in between, say) is given up when polling finds news three times in a row that
    nobody hinted at: `missed` is told so.
    """

    def __init__(self, url: str, counts: LiveCounts) -> None:
        self._url = url
        self._counts = counts
        self._news = asyncio.Event()
        self._doubted = asyncio.Event()
        self._missed = 0
        self.is_listening = False

    async def wait(self, seconds: float) -> bool:
        """Wait for a hint, `seconds` at most; tell whether one came."""
        with suppress(TimeoutError):
            # Before Python 3.12 wait_for swallows a cancellation that meets a hint: the follower would never end.
            async with asyncio.timeout(seconds):
                await self._news.wait()
        hinted = self._news.is_set()
        self._news.clear()
        return hinted

    def missed(self) -> None:
        """Tell that polling found news without a hint."""
        self._missed += 1
        if self.is_listening and self._missed >= MISSED_HINTS_BEFORE_DOUBT:
            self._doubted.set()

    async def run(self) -> None:
        """Listen until cancelled."""
        delay = FIRST_RETRY_SECONDS
        while True:
            try:
                async with await connect_async(self._url, autocommit=True) as connection:
                    await connection.execute(sql_block("listen_feed"))
                    delay = FIRST_RETRY_SECONDS
                    self._begin()
                    await self._listen(connection)
            except (psycopg.Error, DatabaseError, OSError, TimeoutError) as error:
                _log.warning("listen_lost", error=str(error).strip(), retry_seconds=delay)
            finally:
                self._end()
            await asyncio.sleep(delay)
            delay = min(delay * 2, LAST_RETRY_SECONDS)

    def _begin(self) -> None:
        _log.info("listening", channel=FEED_CHANNEL)
        self._missed = 0
        self._doubted.clear()
        self.is_listening = True
        self._counts.listening.set(1)
        # What came while nobody listened was hinted at in vain.
        self._news.set()

    def _end(self) -> None:
        if self.is_listening:
            self.is_listening = False
            self._counts.listening.set(0)
            self._counts.listen_losses.inc()

    async def _listen(self, connection: AsyncConnection[TupleRow]) -> None:
        while True:
            heard = False
            async for _ in connection.notifies(timeout=SECONDS_BETWEEN_CHECKS, stop_after=1):
                heard = True
                self._missed = 0
                self._news.set()
            if self._doubted.is_set():
                raise psycopg.OperationalError("news came without a hint: the connection no longer hears anything")
            if not heard:
                await self._check(connection)

    async def _check(self, connection: AsyncConnection[TupleRow]) -> None:
        async with asyncio.timeout(SECONDS_FOR_ANSWER):
            await connection.execute(sql_block("ask_whether_alive"))
