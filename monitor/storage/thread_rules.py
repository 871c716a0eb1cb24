"""Rules for readers that work in several threads: a cache for each, because calendars grow while they are used."""

from __future__ import annotations

import threading
from typing import Any

from psycopg import Connection

from monitor.domain.judge import Rules
from monitor.storage.rules import HallRules, RulesCache


class ThreadRules:
    """Gives every thread a `RulesCache` of its own, with the same two methods."""

    def __init__(self) -> None:
        self._local = threading.local()

    def get(self, connection: Connection[Any], hall_id: int) -> HallRules:
        """The rules of a hall in force now."""
        return self._own().get(connection, hall_id)

    def at_calendar(self, connection: Connection[Any], held: HallRules, calendar_version: int) -> Rules:
        """The rules with an earlier calendar version."""
        return self._own().at_calendar(connection, held, calendar_version)

    def _own(self) -> RulesCache:
        cache: RulesCache | None = getattr(self._local, "cache", None)
        if cache is None:
            cache = self._local.cache = RulesCache()
        return cache
