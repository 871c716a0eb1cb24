"""The engine's own outage: found at its first cycle, kept until everything that fell due in it is judged and told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import structlog
from psycopg import Connection, Cursor

from monitor.domain.instants import instant_of
from monitor.domain.outages import BlindSpan, OutageReason, find_outage
from monitor.storage.outages import OutageRow, read_newest_outage, update_outage_cards, upsert_outage

log = structlog.get_logger(__name__)


class OutageWatch:
    """`began`: why there was no engine before this one, if there was none."""

    def __init__(self, hall_id: int, began: OutageReason) -> None:
        self.hall_id = hall_id
        self.began = began
        self._newest: OutageRow | None = None
        self._is_read = False

    def look_back(
        self, connection: Connection[Any], judged_until: datetime, as_of: datetime, case_rate: float, *, listens: bool
    ) -> None:
        """At the first cycle: was nobody there for a while? Only where a live source `listens` for an answer."""
        if self._is_read:
            return
        self._newest, self._is_read = read_newest_outage(connection, self.hall_id), True
        unfinished = self._newest is not None and not self._newest.is_over
        found = find_outage(instant_of(judged_until), instant_of(as_of), case_rate)
        if not listens or not (unfinished or found):
            return
        begun, reason = judged_until, self.began.value
        if self._newest is not None and not self._newest.is_over:
            begun, reason = self._newest.blind_from, self._newest.reason
        self._newest = upsert_outage(connection, self.hall_id, begun, as_of, reason)
        log.warning("engine_was_blind", hall_id=self.hall_id, since=begun, until=as_of, reason=reason)

    @property
    def is_catching_up(self) -> bool:
        """Whether cards of an outage are being issued that are still to be told, all at once."""
        return self._newest is not None and not self._newest.is_over

    def blind(self) -> BlindSpan | None:
        """The newest outage."""
        if self._newest is None:
            return None
        return BlindSpan(instant_of(self._newest.blind_from), instant_of(self._newest.blind_until))

    def count_cards(self, cursor: Cursor[Any]) -> int | None:
        """Count what fell due in the newest outage; the number of cards issued, or None where nothing has changed."""
        held = self._newest
        if held is None or (held.is_over and not held.cards_held):
            return None
        due, waiting = update_outage_cards(cursor, held.outage_id, is_over=True)
        self._newest = held._replace(cards_due=due, cards_held=waiting, is_over=True)
        return None if self._newest == held else due
