"""One hall's rows and heartbeats on their way into the queues of its clients; nobody is ever waited for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

import structlog

from alerts.live.counts import LiveCounts
from alerts.live.messages import Message, ResyncReason, delta_message, heartbeat_message
from alerts.live.outbox import Outbox
from alerts.live.reader import LiveReader, Pulse
from alerts.live.scope import SUMS, Scope, restrict_sources
from monitor.storage.board import data_as_of
from monitor.storage.case_clock import CaseClockRow
from monitor.storage.feed import FeedRow

SECONDS_BETWEEN_HEARTBEATS = 2.0
_TICKS_PER_HEARTBEAT = 8

_log = structlog.get_logger(__name__)


class ScopeGroup:
    """The clients of one scope: what is sent to them is encoded once."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.outboxes: set[Outbox] = set()
        self.last_sent = time.monotonic()


class Broadcaster:
    """Spreads the feed of one hall. `position` is the last sequence number spread. Used on the event loop alone."""

    def __init__(self, hall_id: int, reader: LiveReader, counts: LiveCounts, position: int) -> None:
        self.hall_id = hall_id
        self.position = position
        self._reader = reader
        self._counts = counts
        self._groups: dict[Scope, ScopeGroup] = {}
        self._clock_row: CaseClockRow | None = None

    @property
    def waiting_bytes(self) -> int:
        """Bytes that wait in the queues of this hall's clients."""
        return sum(outbox.waiting_bytes for group in list(self._groups.values()) for outbox in list(group.outboxes))

    def subscribe(self, scope: Scope, pass_on: Callable[[Message], bool] | None = None) -> Outbox:
        """Open a queue: every row not yet readable in the database now will come through it, or go to `pass_on`."""
        group = self._groups.setdefault(scope, ScopeGroup(scope))
        outbox = Outbox(pass_on=pass_on)
        group.outboxes.add(outbox)
        return outbox

    def unsubscribe(self, scope: Scope, outbox: Outbox) -> None:
        """Close a queue."""
        group = self._groups.get(scope)
        if group is not None:
            group.outboxes.discard(outbox)
            if not group.outboxes:
                del self._groups[scope]

    async def publish(self, rows: Sequence[FeedRow]) -> None:
        """Spread rows of the feed, the whole hall's first. `position` moves when every group has them."""
        for group in sorted(self._groups.values(), key=lambda group: not group.scope.is_whole):
            for message in await make_deltas(self._reader, group.scope, rows):
                self._spread(group, message)
                await asyncio.sleep(0)  # connections that are full are emptied before the next
        self.position = rows[-1].seq

    def restart(self, position: int) -> None:
        """Go on from another position because what lies between cannot be read: every client gets a snapshot."""
        _log.warning("feed_has_a_gap", hall_id=self.hall_id, position=self.position, restarted_at=position)
        self.position = position
        for group in self._groups.values():
            self._drop(group, "unknown")

    async def keep_alive(self) -> None:
        """Send a heartbeat to every group that has been sent nothing else for a while; runs until cancelled.

        A heartbeat says that the database answers. While it does not, none is sent: that silence is the message.
        """
        while True:
            await asyncio.sleep(SECONDS_BETWEEN_HEARTBEATS / _TICKS_PER_HEARTBEAT)
            quiet = time.monotonic() - SECONDS_BETWEEN_HEARTBEATS * (1 - 1 / _TICKS_PER_HEARTBEAT)
            groups = [group for group in self._groups.values() if group.last_sent <= quiet]
            if groups:
                await self._beat(groups)

    async def _beat(self, groups: Sequence[ScopeGroup]) -> None:
        try:
            pulse = await self._reader.read_pulse(self.hall_id)
        except Exception as error:
            _log.warning("heartbeat_withheld", hall_id=self.hall_id, error=str(error))
            return
        clock_was_set = self._clock_row is not None and pulse.clock_row != self._clock_row
        self._clock_row = pulse.clock_row
        for group in groups:
            if clock_was_set:
                # No change of a case, so no number a delta could bear; yet every page's clock is wrong.
                self._drop(group, "case_time")
            else:
                self._spread(group, make_heartbeat(self.position, pulse, group.scope))

    def _spread(self, group: ScopeGroup, message: Message) -> None:
        group.last_sent = time.monotonic()
        for outbox in group.outboxes:
            if not outbox.put(message):
                self._counts.overflows.inc()

    @staticmethod
    def _drop(group: ScopeGroup, reason: ResyncReason) -> None:
        group.last_sent = time.monotonic()
        for outbox in group.outboxes:
            outbox.drop(reason)


def make_heartbeat(position: int, pulse: Pulse, scope: Scope) -> Message:
    """Make a group's heartbeat."""
    return heartbeat_message(position, pulse.as_of, data_as_of(restrict_sources(pulse.sources, scope)))


async def make_deltas(reader: LiveReader, scope: Scope, rows: Sequence[FeedRow]) -> list[Message]:
    """Make the messages of some rows for a scope.

    Sums of the whole hall tell a restricted recipient about others, and of a long list of cards the feed names only the
    first: both are read anew for the scope and go with the last row. They may be newer than the row, never older, and
    replace what is there.
    """
    case_time = await reader.read_case_time(scope.hall_id)
    own = {}
    if not scope.is_whole:
        names = {name for row in rows for name in SUMS if row.body.get(name) is not None}
        if any(row.body.get("cards_more") for row in rows):
            names.add("cards")
        own = await reader.read_own_parts(scope, names) if names else {}
    return [
        *(delta_message(row, scope, case_time) for row in rows[:-1]),
        delta_message(rows[-1], scope, case_time, own),
    ]
