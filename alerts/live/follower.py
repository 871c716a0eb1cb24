"""Follows the feed: reads what is new when the database hints at it, and every second in any case."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import structlog

from alerts.live.broadcaster import Broadcaster
from alerts.live.counts import LiveCounts
from alerts.live.hints import HintListener
from alerts.live.reader import LiveReader

SECONDS_BETWEEN_POLLS = 1.0
ROWS_AT_ONCE = 500

_log = structlog.get_logger(__name__)


class FeedFollower:
    """Reads the rows after each broadcaster's position and gives them to it, in order, each once."""

    def __init__(
        self, reader: LiveReader, hints: HintListener, broadcasters: Mapping[int, Broadcaster], counts: LiveCounts
    ) -> None:
        self._reader = reader
        self._hints = hints
        self._broadcasters = broadcasters
        self._counts = counts
        self.is_current = False
        """Whether the last round reached the database."""

    async def run(self) -> None:
        """Follow until cancelled."""
        while True:
            hinted = await self._hints.wait(SECONDS_BETWEEN_POLLS)
            try:
                found = await self._follow()
            except Exception as error:
                # The database is away, or a row cannot be read: the clients' silence tells them, the log tells why.
                _log.warning("feed_not_read", error=str(error), error_type=type(error).__name__)
                self.is_current = False
                await asyncio.sleep(SECONDS_BETWEEN_POLLS)
                continue
            self.is_current = True
            if found and not hinted:
                self._hints.missed()

    async def _follow(self) -> bool:
        """Give out everything new; tell whether there was anything."""
        heads = await self._reader.read_heads(list(self._broadcasters))
        found = False
        for hall_id, head in heads.items():
            broadcaster = self._broadcasters[hall_id]
            if head < broadcaster.position:
                # The feed was put back (a restored database): what clients hold is from another history.
                broadcaster.restart(head)
            while broadcaster.position < head:
                found = True
                rows = await self._reader.read_since(hall_id, broadcaster.position, ROWS_AT_ONCE)
                if not rows or rows[0].seq != broadcaster.position + 1:
                    broadcaster.restart(head)
                    break
                await broadcaster.publish(rows)
            self._counts.position.labels(str(hall_id)).set(broadcaster.position)
        return found
