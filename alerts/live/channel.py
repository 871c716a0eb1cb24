"""The live channel of one process: follows the feed of every hall somebody watches, serves any number of clients."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any

import psycopg
import structlog
from prometheus_client import CollectorRegistry
from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool, PoolTimeout

from alerts.live.broadcaster import Broadcaster
from alerts.live.counts import LiveCounts
from alerts.live.follower import FeedFollower
from alerts.live.hints import HintListener
from alerts.live.reader import LiveReader
from alerts.live.scope import Scope
from alerts.live.session import LiveSession, Send
from alerts.live.snapshots import SnapshotDesk
from alerts.live.wire import Wire
from monitor.storage.halls import HallFacts

SECONDS_BETWEEN_FORGETTING = 600.0
MOST_CLIENTS = 2_000

_log = structlog.get_logger(__name__)


class ChannelFull(RuntimeError):
    """As many clients are connected as this process serves."""


class LiveChannel:
    """Start it on the event loop that will serve its clients; stop it there.

    `url` is for the connection that listens, `pool` for everything that is read (see `LiveReader`). Beside
    the numbering of the feed the channel writes nothing.
    """

    def __init__(
        self,
        url: str,
        pool: ConnectionPool[Connection[TupleRow]],
        registry: CollectorRegistry,
        most_clients: int = MOST_CLIENTS,
    ) -> None:
        self.counts = LiveCounts(registry)
        self._reader = LiveReader(pool)
        self._desk = SnapshotDesk(self._reader)
        self._hints = HintListener(url, self.counts)
        self._broadcasters: dict[int, Broadcaster] = {}
        self._follower = FeedFollower(self._reader, self._hints, self._broadcasters, self.counts)
        self.counts.waiting_bytes.set_function(self._count_waiting_bytes)
        self._tasks: set[asyncio.Task[None]] = set()
        self._opening = asyncio.Lock()
        self._most_clients = most_clients
        self._clients = 0

    @property
    def is_current(self) -> bool:
        """Tell whether the feed is being read: false before the first round and while the database is away."""
        return self._follower.is_current

    @property
    def is_listening(self) -> bool:
        """Tell whether the database hints at news; while it does not, news is up to a second late."""
        return self._hints.is_listening

    @property
    def is_full(self) -> bool:
        """Tell whether another client would be refused."""
        return self._clients >= self._most_clients

    def start(self) -> None:
        """Begin to listen and to follow."""
        self._begin(self._hints.run(), "live-hints")
        self._begin(self._follower.run(), "live-follower")
        self._begin(self._forget(), "live-forgetting")

    async def stop(self) -> None:
        """End every task of the channel; sessions are ended by whoever runs them."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        await asyncio.to_thread(self._reader.close)

    async def serve(self, scope: Scope, since: str | None, send: Send, wire: Wire | None = None) -> None:
        """Serve one client until cancelled; `wire` is the short way to it, where there is one. Raises ChannelFull."""
        if self.is_full:
            raise ChannelFull(f"{self._clients} clients are connected, more are not served by this process")
        self._clients += 1
        self.counts.clients.set(self._clients)
        try:
            broadcaster = await self._broadcaster(scope.hall_id)
            session = LiveSession(scope, broadcaster, self._reader, self._desk, self.counts, send, wire)
            await session.serve(since)
        finally:
            self._clients -= 1
            self.counts.clients.set(self._clients)

    async def find_hall(self, code: str | None) -> HallFacts:
        """Find a hall by its code, the only or first without one. Raises HallError."""
        return await self._reader.find_hall(code)

    async def _broadcaster(self, hall_id: int) -> Broadcaster:
        async with self._opening:
            if hall_id not in self._broadcasters:
                head = await self._reader.begin_feed(hall_id)
                broadcaster = Broadcaster(hall_id, self._reader, self.counts, head.seq)
                self._broadcasters[hall_id] = broadcaster
                self._begin(broadcaster.keep_alive(), f"live-heartbeats-{hall_id}")
            return self._broadcasters[hall_id]

    def _count_waiting_bytes(self) -> int:
        return sum(broadcaster.waiting_bytes for broadcaster in list(self._broadcasters.values()))

    async def _forget(self) -> None:
        while True:
            try:
                for hall_id in await self._reader.read_hall_ids():
                    forgotten = await self._reader.forget_old(hall_id, datetime.now(UTC))
                    _log.debug("feed_forgotten", hall_id=hall_id, rows=forgotten)
            except (psycopg.Error, PoolTimeout) as error:
                _log.warning("feed_not_forgotten", error=str(error))
            await asyncio.sleep(SECONDS_BETWEEN_FORGETTING)

    def _begin(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.error("live_task_failed", task=task.get_name(), exc_info=task.exception())
