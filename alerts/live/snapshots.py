"""Snapshots for many at once: clients that ask while one is about to be read share it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass

from alerts.live.messages import encode_board
from alerts.live.reader import LiveReader
from alerts.live.scope import Scope


@dataclass(frozen=True, slots=True)
class EncodedBoard:
    """A board as text and the sequence number it belongs to."""

    seq: int
    text: str


class SnapshotDesk:
    """Reads at most one snapshot of a scope at a time.

    Who asks is given one whose reading began after the asking: so whoever has subscribed before asking misses nothing.
    A thousand clients that come back at once cost two readings.
    """

    def __init__(self, reader: LiveReader) -> None:
        self._reader = reader
        self._next: dict[Scope, asyncio.Task[EncodedBoard]] = {}
        self._turns: defaultdict[Scope, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def read(self, scope: Scope) -> EncodedBoard:
        """Give a snapshot read from now on, shared with whoever asks before its reading begins."""
        task = self._next.get(scope)
        if task is None:
            task = self._next[scope] = asyncio.create_task(self._read(scope), name="live-snapshot")
            task.add_done_callback(_note_failure)
        # A client that goes away must not take the reading with it from those who share it.
        return await asyncio.shield(task)

    async def _read(self, scope: Scope) -> EncodedBoard:
        async with self._turns[scope]:
            del self._next[scope]
            read = await self._reader.read_board(scope)
            return EncodedBoard(read.seq, encode_board(read.board))


def _note_failure(task: asyncio.Task[EncodedBoard]) -> None:
    """Look at a failure even when every client that waited for it has gone; who still waits is told as well."""
    if not task.cancelled():
        task.exception()
