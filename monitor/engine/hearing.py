"""The engine's ear: how each live source of a hall is heard, and the feed card of one that has fallen silent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from psycopg import Connection, Cursor

from monitor.domain.calendars import WorkingCalendar
from monitor.domain.instants import Instant, datetime_of, instant_of
from monitor.domain.silence import HeardSource, Hearing, hearing_of, silent_a_day_from, silent_from
from monitor.storage.silence import (
    FeedCardChange,
    ListenedSource,
    change_feed_card,
    insert_feed_card,
    read_listened_sources,
)


class SourceWatch:
    """Listens once a cycle, before the log is read: what a source had sent before it spoke is then there to be folded.

    `is_holding`: whether some card is held. A source that has never sent a heartbeat is not listened to.
    """

    def __init__(self, hall_id: int) -> None:
        self.hall_id = hall_id
        self.heard: dict[int, HeardSource] = {}
        self.is_holding = False
        self._sources: list[ListenedSource] = []
        self._deaf_until: Instant | None = None
        self._with_events: set[int] = set()
        self._told: tuple[set[int], set[int]] = set(), set()

    def note_events(self, source_ids: Iterable[int]) -> None:
        """Some sources have sent events: one that has not spoken otherwise is heard of by that."""
        self._with_events.update(source_ids)

    def listen(
        self, connection: Connection[Any], calendar: WorkingCalendar, as_of: datetime, deaf_until: Instant | None
    ) -> None:
        """Hear what every source has told, as of a moment; `deaf_until`: the end of the newest outage of our own."""
        self._sources, self.is_holding = read_listened_sources(connection, self.hall_id)
        self._deaf_until = deaf_until
        self.heard = {
            source.source_id: HeardSource(complete_until, self._hearing(source, complete_until, calendar, as_of))
            for source in self._sources
            for complete_until in [instant_of(source.complete_until)]
        }

    def _hearing(
        self, source: ListenedSource, complete_until: Instant, calendar: WorkingCalendar, as_of: datetime
    ) -> Hearing:
        deaf_until = None if source.feed_card_id is not None else self._deaf_until
        return hearing_of(calendar, complete_until, instant_of(as_of), deaf_until)

    def silent(self) -> frozenset[str]:
        """Codes of the sources that are silent."""
        return frozenset(source.code for source in self._sources if self.heard[source.source_id].hearing.is_silent)

    def holding(self) -> dict[int, datetime]:
        """The sources that hold cards back, with the moment up to which they have told everything."""
        held_back = (Hearing.AWAITED, Hearing.SILENT)
        return {
            source.source_id: source.complete_until
            for source in self._sources
            if self.heard[source.source_id].hearing in held_back
        }

    def is_as_told(self) -> bool:
        """Whether the board knows of every source heard of, and each feed card stands as its source is heard."""
        return self._told == self._known() and all(
            source.state == _card_state(self.heard[source.source_id].hearing) for source in self._sources
        )

    def told(self) -> None:
        """The board has been told of the sources as they are."""
        self._told = self._known()

    def _known(self) -> tuple[set[int], set[int]]:
        """The sources that have sent a heartbeat, and those of which there are only events."""
        return set(self.heard), self._with_events - self.heard.keys()

    def note_changes(self, cursor: Cursor[Any], calendar: WorkingCalendar, as_of: datetime) -> None:
        """Open, pass on and close feed cards; one row for each change."""
        for source in self._sources:
            hearing = self.heard[source.source_id].hearing
            if source.state != _card_state(hearing):
                self._note_change(cursor, source, hearing, calendar, as_of)

    def _note_change(
        self, cursor: Cursor[Any], source: ListenedSource, hearing: Hearing, calendar: WorkingCalendar, as_of: datetime
    ) -> None:
        card_id, state = source.feed_card_id, source.state
        counted_from = self._counted_from(source)
        silent_at = _known(silent_from(calendar, counted_from), as_of)
        if card_id is None:
            change = FeedCardChange(None, Hearing.SILENT, "no_heartbeat", silent_at, as_of)
            card_id = insert_feed_card(cursor, self.hall_id, source.source_id, source.complete_until, change)
            state = Hearing.SILENT
        if hearing is Hearing.SILENT_A_DAY and state != hearing:
            day_at = _known(silent_a_day_from(calendar, counted_from), as_of)
            change_feed_card(cursor, card_id, FeedCardChange(state, hearing, "one_working_day", day_at, as_of))
        elif hearing is Hearing.SILENT and state != hearing:
            change_feed_card(
                cursor, card_id, FeedCardChange(state, hearing, "heard_of", min(source.received_at, as_of), as_of)
            )
        elif not hearing.is_silent:
            change_feed_card(
                cursor, card_id, FeedCardChange(state, "closed", "spoke_again", min(source.received_at, as_of), as_of)
            )

    def _counted_from(self, source: ListenedSource) -> Instant:
        complete_until = instant_of(source.complete_until)
        if source.feed_card_id is not None or self._deaf_until is None:
            return complete_until
        return max(complete_until, self._deaf_until)


def _card_state(hearing: Hearing) -> str | None:
    """The state of the feed card that a source heard like this has open."""
    return hearing.value if hearing.is_silent else None


def _known(moment: Instant | None, as_of: datetime) -> datetime:
    return as_of if moment is None else min(datetime_of(moment), as_of)
