"""A client of the live channel that notes when each message came and what it told of cards."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

MOST_BYTES = 16 * 1024 * 1024


class Heard(NamedTuple):
    """A delta: when it came (real time), the engine's `as_of` in it, and how many cards it told of."""

    came_at: datetime
    seq: int
    as_of: datetime
    cards: int


class Snapshot(NamedTuple):
    """The whole board at a number of the feed, in place of the deltas up to it: also sent when case time is set."""

    came_at: datetime
    seq: int


class Listener:
    """Listens in a thread of its own; `heard` and `snapshots` grow until the connection is closed."""

    def __init__(self, port: int) -> None:
        self.heard: list[Heard] = []
        self.snapshots: list[Snapshot] = []
        self._socket = connect(f"ws://127.0.0.1:{port}/ws", max_size=MOST_BYTES)
        self._thread = threading.Thread(target=self._listen, name="listener")
        self._thread.start()

    def told_at(self, seq: int) -> datetime | None:
        """When a row of the feed was told, by its delta or by a snapshot that holds it; None while it was not."""
        deltas = (heard.came_at for heard in self.heard if heard.seq == seq)
        return min((*deltas, *(held.came_at for held in self.snapshots if held.seq >= seq)), default=None)

    def close(self) -> None:
        """Leave."""
        self._socket.close()
        self._thread.join()

    def _listen(self) -> None:
        with suppress(ConnectionClosed):
            while True:
                text = self._socket.recv()
                came_at = datetime.now(UTC)
                message: dict[str, Any] = msgspec.json.decode(text)
                if message["type"] == "snapshot":
                    self.snapshots.append(Snapshot(came_at, message["seq"]))
                if message["type"] == "delta":
                    as_of = datetime.fromisoformat(message["as_of"])
                    cards = len(message.get("cards") or ()) + (message.get("cards_more") or 0)
                    self.heard.append(Heard(came_at, message["seq"], as_of, cards))


@contextmanager
def listening(port: int) -> Iterator[Listener]:
    """Listen for the duration of a block."""
    listener = Listener(port)
    try:
        yield listener
    finally:
        listener.close()
