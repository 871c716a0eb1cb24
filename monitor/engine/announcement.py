"""What an engine transaction tells the live channel: one feed row with the parts of the board that moved."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from psycopg import Connection, Cursor

from monitor.domain.calendars import WorkingCalendar
from monitor.domain.instants import date_of, instant_of
from monitor.storage.board import data_as_of, read_due_days, read_numbers, read_sources, read_tiles, read_trend
from monitor.storage.cards import read_card_notices, read_newest_cards
from monitor.storage.feed import append_feed
from monitor.storage.hall_warnings import read_warnings
from monitor.storage.halls import HallFacts
from monitor.storage.outages import read_recent_outages
from monitor.storage.silence import read_open_feed_cards

CARDS_LISTED = 30
"""More cards of one transaction than this are counted, not listed: the page asks for the list."""
DAYS_AHEAD = 10


class Announcement:
    """Collects the parts of one `Delta` and appends it as the transaction's last statement."""

    def __init__(
        self, connection: Connection[Any], hall: HallFacts, calendar: WorkingCalendar, as_of: datetime
    ) -> None:
        self.connection = connection
        self.hall = hall
        self.calendar = calendar
        self.as_of = as_of
        self.body: dict[str, Any] = {"as_of": hall.time_text(as_of)}

    def tell_departments(self, departments: Collection[str] | None, silent: Collection[str]) -> None:
        """Tiles of these departments (None: all), and the header's numbers, which are their sums."""
        hall_id = self.hall.hall_id
        self.body["departments"] = read_tiles(self.connection, hall_id, self.as_of, departments, silent=silent)
        self.body["numbers"] = read_numbers(self.connection, hall_id, self.as_of)

    def tell_due_days(self) -> None:
        """What falls due in the next working days."""
        today = self.calendar.zone.day(instant_of(self.as_of))
        days = [date_of(day) for day in self.calendar.working_days_from(today, DAYS_AHEAD)]
        self.body["due_days"] = read_due_days(self.connection, self.hall.hall_id, days)

    def tell_trend(self) -> None:
        """The actual speed-up by month."""
        self.body["trend"] = read_trend(self.connection, self.hall.hall_id, self.as_of)

    def tell_cards(self, card_ids: Sequence[int]) -> None:
        """The newest of some cards; the rest are counted."""
        listed = list(card_ids)[-CARDS_LISTED:]
        self.body["cards"] = read_card_notices(self.connection, self.hall.hall_id, self.as_of, listed)
        self.body["cards_more"] = len(card_ids) - len(listed)

    def tell_sources(self, silent: Collection[str]) -> None:
        """The state of every feeding system, and the feed cards of those that are silent."""
        sources = read_sources(self.connection, self.hall.hall_id, silent=silent)
        self.body["sources"] = sources
        self.body["data_as_of"] = data_as_of(sources)
        self.body["feed_cards"] = read_open_feed_cards(self.connection, self.hall)

    def tell_held(self, outage_cards: int | None) -> None:
        """Cards were held back or released; `outage_cards`: those of the newest outage, where their number changed."""
        self.body["feed_cards"] = read_open_feed_cards(self.connection, self.hall)
        if outage_cards is not None:
            self.body["outages"] = read_recent_outages(self.connection, self.hall, self.as_of)

    def tell_caught_up(self, cards: int) -> None:
        """The one message after an outage: from when to when, how many cards fell due, and the newest of all cards."""
        self.body["outages"] = read_recent_outages(self.connection, self.hall, self.as_of)
        self.body["cards"] = read_newest_cards(self.connection, self.hall.hall_id, self.as_of)
        self.body["cards_more"] = max(cards - len(self.body["cards"]), 0)

    def tell_warnings(self) -> None:
        """What keeps the hall from being supervised as it should be."""
        self.body["warnings"] = read_warnings(self.connection, self.hall)

    def append(self, cursor: Cursor[Any], kind: str) -> int:
        """Write the feed row; nothing may follow it in the transaction."""
        return append_feed(cursor, self.hall.hall_id, self.as_of, kind, self.body)
