"""What the engine warns of: a calendar without working time, and one that cannot be used."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import structlog
from psycopg import Connection

from monitor.domain.instants import instant_of
from monitor.domain.working_time import has_working_time
from monitor.storage.hall_warnings import WarningCode, end_warning, set_warning
from monitor.storage.rules import HallRules

log = structlog.get_logger(__name__)


class CalendarWatch:
    """Looks at the calendar once a day and after every load of rules."""

    def __init__(self, hall_id: int) -> None:
        self.hall_id = hall_id
        self._noted: tuple[int, int] | None = None

    def note_changes(self, connection: Connection[Any], rules: HallRules, as_of: datetime) -> bool:
        """Open and close warnings; tells whether there was anything to look at."""
        seen = rules.version, rules.calendar.zone.day(instant_of(as_of))
        if seen == self._noted:
            return False
        self._set(
            connection, WarningCode.NO_WORKING_TIME, as_of,
            None if has_working_time(rules.calendar, instant_of(as_of)) else rules.calendar.content.version,
        )  # fmt: skip
        self._set(connection, WarningCode.CALENDAR_UNUSABLE, as_of, rules.unusable)
        self._noted = seen
        return True

    def _set(self, connection: Connection[Any], code: WarningCode, as_of: datetime, detail: str | None) -> None:
        if detail is None:
            end_warning(connection, self.hall_id, code, as_of)
            return
        log.error("calendar_warning", hall_id=self.hall_id, code=code.value, detail=detail)
        set_warning(connection, self.hall_id, code, detail, as_of)
