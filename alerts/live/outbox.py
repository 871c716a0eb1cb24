"""A client's queue: bounded, never waited for; a client too slow for it loses it and is told so."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from alerts.live.messages import Message, ResyncReason

MOST_MESSAGES = 512
MOST_BYTES = 1024 * 1024


class Overflowed(Exception):
    """The client's messages were dropped, for `reason`; it needs a snapshot."""

    def __init__(self, reason: ResyncReason) -> None:
        super().__init__(reason)
        self.reason: ResyncReason = reason


class Outbox:
    """Messages on their way to one client. Used on the event loop alone.

    What waits here is bounded in number and in bytes. When a message finds no room, all that waits is dropped and
    nothing more is taken until `reopen`: what the client needs then is a snapshot, not the tail of what it missed.

    `pass_on`, if given, is offered each message that comes while `take` waits for one: if it gives True the message has
    gone the short way, and nobody need be woken.
    """

    def __init__(
        self,
        most_messages: int = MOST_MESSAGES,
        most_bytes: int = MOST_BYTES,
        pass_on: Callable[[Message], bool] | None = None,
    ) -> None:
        self._most_messages = most_messages
        self._most_bytes = most_bytes
        self._waiting: deque[Message] = deque()
        self._bytes = 0
        self._overflowed: ResyncReason | None = None
        self._news = asyncio.Event()
        self._pass_on = pass_on
        self._is_awaited = False
        """Whether all that came has been sent and `take` waits: only then may a message go past the queue."""

    @property
    def waiting_bytes(self) -> int:
        """Bytes that wait to be sent."""
        return self._bytes

    def put(self, message: Message) -> bool:
        """Add a message at once, or drop everything where there is no room; give False the moment that happens."""
        if self._overflowed is not None:
            return True
        if self._is_awaited and self._pass_on is not None and self._pass_on(message):
            return True
        self._is_awaited = False
        if len(self._waiting) >= self._most_messages or self._bytes + message.size > self._most_bytes:
            self.drop("slow")
            return False
        self._waiting.append(message)
        self._bytes += message.size
        self._news.set()
        return True

    def drop(self, reason: ResyncReason) -> None:
        """Drop all that waits and take nothing more until `reopen`."""
        self._empty()
        self._is_awaited = False
        self._overflowed = reason
        self._news.set()

    async def take(self) -> Message:
        """Wait for the next message. Raises Overflowed when messages were dropped."""
        self._is_awaited = not self._news.is_set()
        try:
            await self._news.wait()
        finally:
            self._is_awaited = False
        if self._overflowed is not None:
            raise Overflowed(self._overflowed)
        message = self._waiting.popleft()
        self._bytes -= message.size
        if not self._waiting:
            self._news.clear()
        return message

    def reopen(self) -> None:
        """Begin anew, empty: call it before the snapshot is read, so that nothing is missed between the two."""
        self._empty()
        self._overflowed = None

    def _empty(self) -> None:
        self._waiting.clear()
        self._bytes = 0
        self._news.clear()
