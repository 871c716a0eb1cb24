"""The calendars that closed cases keep, and the moment from which a case opened again follows the newest."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection

from monitor.domain.calendars import first_difference
from monitor.domain.instants import Day, Instant, instant_of
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


class CalendarMove(NamedTuple):
    """A load that changed only days to come: the version of the calendar before, and the first day that differs."""

    version: int
    first_changed: Day


def find_move(before: HallRules, after: HallRules, as_of: datetime) -> CalendarMove | None:
    """The move from one state of a hall's rules to another; None where more differs than days after that of `as_of`."""
    if before.rules.policy != after.rules.policy or before.sources != after.sources:
        return None
    items, others = before.rules.items.histories, after.rules.items.histories
    if items is not others and {code: (of.days, of.versions) for code, of in items.items()} != {
        code: (of.days, of.versions) for code, of in others.items()
    }:
        return None
    changed = first_difference(before.calendar.content, after.calendar.content)
    is_to_come = changed > after.calendar.zone.day(instant_of(as_of))
    return CalendarMove(before.calendar_version, changed) if is_to_come else None
