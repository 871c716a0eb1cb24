"""One client of the live channel: a snapshot or what it missed, then deltas, with nothing lost and nothing twice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from alerts.live.broadcaster import Broadcaster, make_deltas, make_heartbeat
from alerts.live.counts import LiveCounts
from alerts.live.messages import Message, ResyncReason, resync_text, snapshot_message
from alerts.live.outbox import Outbox, Overflowed
from alerts.live.reader import LiveReader
from alerts.live.scope import Scope
from alerts.live.snapshots import SnapshotDesk
from alerts.live.wire import Wire

MOST_ROWS_TO_RESUME = 2_000
"""Who missed more gets a snapshot: it is shorter."""

ROWS_AT_ONCE = 200

Send = Callable[[str], Awaitable[None]]
"""Sends one text; returns when the transport has room again, however long that takes."""


class LiveSession:
    """Serves one client until cancelled.

    The order is what makes it whole: first the queue is opened, then the position is read, then the data (both of one
    state of the database). Whatever is committed later comes through the queue; what comes through the queue and was
    in the data already is recognised by its number and left out.
    """

    def __init__(
        self,
        scope: Scope,
        broadcaster: Broadcaster,
        reader: LiveReader,
        desk: SnapshotDesk,
        counts: LiveCounts,
        send: Send,
        wire: Wire | None = None,
    ) -> None:
        self._scope = scope
        self._broadcaster = broadcaster
        self._reader = reader
        self._desk = desk
        self._counts = counts
        self._send_text = send
        self._wire = wire
        self._position = 0

    async def serve(self, since: str | None) -> None:
        """Serve the client; `since` is the sequence number it has, as it sent it, or None for a new client."""
        outbox = self._broadcaster.subscribe(self._scope, None if self._wire is None else self._pass_on)
        try:
            await self._open(since)
            while True:
                try:
                    await self._send(await outbox.take())
                except Overflowed as overflow:
                    await self._resynchronise(outbox, overflow.reason)
        finally:
            self._broadcaster.unsubscribe(self._scope, outbox)

    async def _open(self, since: str | None) -> None:
        if since is None:
            await self._send_snapshot(None)
            return
        if not (since.isascii() and since.isdecimal() and len(since) <= 18):
            await self._send_snapshot("unknown")
            return
        refused = await self._resume(int(since))
        if refused is not None:
            await self._send_snapshot(refused)

    async def _resume(self, since: int) -> ResyncReason | None:
        """Send what was missed since a number; or give the reason why that cannot be done."""
        head = await self._reader.read_head(self._scope.hall_id)
        if since > head.seq:
            return "ahead"
        if since < head.seq and (head.oldest is None or since + 1 < head.oldest):
            return "too_old"
        if head.seq - since > MOST_ROWS_TO_RESUME:
            return "too_many"
        self._position = since
        while self._position < head.seq:
            rows = await self._reader.read_since(self._scope.hall_id, self._position, ROWS_AT_ONCE)
            if not rows or rows[0].seq != self._position + 1:
                return "too_old"
            for message in await make_deltas(self._reader, self._scope, rows):
                await self._send(message)
        pulse = await self._reader.read_pulse(self._scope.hall_id)
        await self._send(make_heartbeat(self._position, pulse, self._scope))
        return None

    async def _resynchronise(self, outbox: Outbox, reason: ResyncReason) -> None:
        outbox.reopen()
        await self._send_text(resync_text(reason))
        await self._send_snapshot(reason)

    async def _send_snapshot(self, reason: ResyncReason | None) -> None:
        board = await self._desk.read(self._scope)
        self._position = board.seq
        self._counts.snapshots.labels(reason or "new").inc()
        await self._deliver(snapshot_message(board.seq, board.text, reason))

    async def _send(self, message: Message) -> None:
        if self._is_news(message):
            self._position = message.seq
            await self._deliver(message)

    def _pass_on(self, message: Message) -> bool:
        """Send at once, all having been sent before; False where the connection has no room."""
        assert self._wire is not None
        if self._is_news(message):
            if not self._wire.write(message.frame):
                return False
            self._position = message.seq
            self._counts.messages.inc()
        return True

    def _is_news(self, message: Message) -> bool:
        """A delta that was not sent, or a heartbeat that does not lag behind what was."""
        return message.seq > self._position or (message.seq == self._position and not message.is_state)

    async def _deliver(self, message: Message) -> None:
        await self._send_text(message.text)
        self._counts.messages.inc()
