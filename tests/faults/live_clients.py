"""Clients of the live channel that stay connected all along: they resume where they were, and note every fault."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from contextlib import suppress
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake, WebSocketException

EXPECTED_SNAPSHOTS = frozenset({"case_time", "slow", "too_many"})
"""Reasons a client may be told in plain words; any other means that numbers were lost or taken twice."""
SECONDS_BETWEEN_TRIES = 0.1


class LiveClient:
    """One client: its position, its board as the deltas made it, and what it was told that must not be."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.seq: int | None = None
        self.deltas = 0
        self.connections = 0
        self.resyncs: Counter[str] = Counter()
        self.faults: list[str] = []
        self.tiles: dict[str, Any] = {}
        self.expected = EXPECTED_SNAPSHOTS

    async def follow(self, port: int) -> None:
        """Stay connected until cancelled."""
        while True:
            with suppress(OSError, WebSocketException, InvalidHandshake, TimeoutError):
                since = "" if self.seq is None else f"?since={self.seq}"
                async with connect(f"ws://127.0.0.1:{port}/ws{since}", proxy=None, max_size=None) as socket:
                    self.connections += 1
                    async for text in socket:
                        self.take(json.loads(text))
            await asyncio.sleep(SECONDS_BETWEEN_TRIES)

    def take(self, message: dict[str, Any]) -> None:
        """Fold a message as the pages do."""
        if message["type"] == "snapshot":
            self._take_snapshot(message)
        elif message["type"] == "delta":
            self._take_delta(message)

    def _take_snapshot(self, message: dict[str, Any]) -> None:
        reason, seq = message.get("resync_reason"), message["seq"]
        if reason is not None:
            self.resyncs[reason] += 1
        if self.seq is not None and (reason not in self.expected or seq < self.seq):
            self.faults.append(f"client {self.number} at {self.seq} got a snapshot at {seq} because of {reason}")
        self.seq = seq
        self.tiles = {tile["code"]: tile for tile in message["board"]["departments"]}

    def _take_delta(self, message: dict[str, Any]) -> None:
        seq = message["seq"]
        if self.seq is None or seq != self.seq + 1:
            self.faults.append(f"client {self.number} at {self.seq} got delta {seq}")
        self.seq = seq
        self.deltas += 1
        self.tiles.update({tile["code"]: tile for tile in message.get("departments") or ()})


class LiveClients:
    """So many clients on an event loop of their own."""

    def __init__(self, port: int, count: int) -> None:
        self.clients = [LiveClient(number) for number in range(1, count + 1)]
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="live-clients", daemon=True)
        self._tasks: list[asyncio.Task[None]] = []
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._tasks = [self._loop.create_task(client.follow(self._port)) for client in self.clients]
        self._loop.run_forever()

    def have_reached(self, seq: int) -> bool:
        """Whether every client has been told everything up to a number."""
        return all(client.seq is not None and client.seq >= seq for client in self.clients)

    def expect(self, *reasons: str) -> None:
        """Let clients be told these reasons for a snapshot as well: the database is put back."""
        for client in self.clients:
            client.expected |= set(reasons)

    @property
    def faults(self) -> list[str]:
        """What any client was told that must not be."""
        return [fault for client in self.clients for fault in client.faults]

    def close(self) -> None:
        """Leave."""
        asyncio.run_coroutine_threadsafe(self._cancel(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _cancel(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
