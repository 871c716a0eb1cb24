"""The calendars that closed cases keep, and the moment from which a case opened again follows the newest."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg import Connection

from monitor.domain.calendars import first_difference
from monitor.domain.instants import Instant, instant_of
from monitor.domain.judge import Rules
from monitor.storage.recalculation import read_calendar_versions
from monitor.storage.rules import HallRules, RulesCache


class EarlierCalendars:
    """Earlier calendars of a hall by their version; read when first asked for."""

    def __init__(self, connection: Connection[Any], cache: RulesCache, held: HallRules) -> None:
        self._connection = connection
        self._cache = cache
        self._held = held

    def rules(self, calendar_version: int) -> Rules:
        """The hall's rules with an earlier calendar."""
        return self._cache.at_calendar(self._connection, self._held, calendar_version)

    def newest_loaded_at(self) -> Instant | None:
        """When the calendar in force was loaded, in case time; None for the one built in."""
        loads = read_calendar_versions(self._connection)
        loaded = (row["loaded_at"] for row in loads if row["calendar_version"] == self._held.calendar_version)
        newest = next(loaded, None)
        return None if newest is None else instant_of(newest)


def only_days_to_come_differ(before: HallRules, after: HallRules, as_of: datetime) -> bool:
    """Whether two states of a hall's rules differ in nothing but days of the calendar after that of `as_of`."""
    if before.rules.policy != after.rules.policy or before.sources != after.sources:
        return False
    items, others = before.rules.items.histories, after.rules.items.histories
    if items is not others and {code: (of.days, of.versions) for code, of in items.items()} != {
        code: (of.days, of.versions) for code, of in others.items()
    }:
        return False
    today = after.calendar.zone.day(instant_of(as_of))
    return first_difference(before.calendar.content, after.calendar.content) > today
