"""Case time of the demo: rows of the database, made by the drive."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg import Connection

from monitor.commands.demo.settings import DemoError
from monitor.simulator.working_days import moment_text
from monitor.storage.case_clock import CaseClock, CaseClockRow, set_case_time
from monitor.storage.findings import read_judged_until

OFFSET = timedelta(hours=8)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

SECONDS_BETWEEN_LOOKS = 0.02
SECONDS_TO_JUDGE = 300.0


def datetime_of_moment(moment: float) -> datetime:
    """The aware datetime of a moment (seconds of local civil time since 1970)."""
    return _EPOCH + timedelta(seconds=moment) - OFFSET


class DatabaseCaseTime:
    """Sets and tells case time; never turns it back: a moment that has passed is now."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection
        self._clock = CaseClock()

    @property
    def has_begun(self) -> bool:
        """Whether case time is driven at all in this database."""
        self._reload()
        return bool(self._clock.rows)

    def now(self) -> float:
        """The moment it is now."""
        return (self._clock.now() + OFFSET - _EPOCH).total_seconds()

    def stand(self, moment: int, reason: str) -> None:
        """Put case time at a moment, where it stands still."""
        self._set(moment, 0.0, reason)

    def run(self, moment: int, rate: float, until: int, reason: str) -> None:
        """Let it run from a moment at `rate` case seconds a second; at `until` it stands, whatever becomes of us.

        While an earlier run has not come to its end it goes on with that: rows are fixed once made.
        """
        self._reload()
        if self._clock.rows and self._clock.rows[-1].real_anchor > datetime.now(UTC):
            return
        row = self._set(moment, rate, reason)
        ends = row.real_anchor + (datetime_of_moment(until) - row.case_anchor) / rate
        if ends > row.real_anchor:
            set_case_time(self._connection, datetime_of_moment(until), 0.0, f"{reason}, over", effective_at=ends)
            self._connection.commit()
            self._reload()

    def run_on(self, rate: float, until: int, reason: str) -> None:
        """When it comes to its stand, let it run on without a pause, up to `until`."""
        self._reload()
        stand = self._clock.rows[-1]
        begins = max(stand.real_anchor + timedelta(microseconds=1), datetime.now(UTC))
        ends = begins + (datetime_of_moment(until) - stand.case_anchor) / rate
        with self._connection.transaction():
            set_case_time(self._connection, stand.case_anchor, rate, reason, effective_at=begins)
            set_case_time(self._connection, datetime_of_moment(until), 0.0, f"{reason}, over", effective_at=ends)
        self._reload()

    def stands_at(self) -> float:
        """The moment at which it will stand, or stands."""
        return (self._clock.rows[-1].case_anchor + OFFSET - _EPOCH).total_seconds()

    def _set(self, moment: int, rate: float, reason: str) -> CaseClockRow:
        self._reload()
        begins = datetime.now(UTC)
        wanted = datetime_of_moment(moment)
        if self._clock.rows:
            begins = max(begins, self._clock.rows[-1].real_anchor + timedelta(microseconds=1))
            wanted = max(wanted, self._clock.at(begins))
        row = set_case_time(self._connection, wanted, rate, reason, effective_at=begins)
        self._connection.commit()
        self._reload()
        return row

    def _reload(self) -> None:
        self._clock.reload(self._connection)
        self._connection.commit()


class Judged:
    """Waits until the engine has judged everything that was sent."""

    def __init__(self, connection: Connection[Any], hall_id: int, require_service: Callable[[], None]) -> None:
        self._connection = connection
        self._hall_id = hall_id
        self._require_service = require_service

    def __call__(self, moment: int) -> None:
        """Return when all committed events are judged at the case time `moment` or later. Raises DemoError."""
        wanted = datetime_of_moment(moment)
        give_up = time.monotonic() + SECONDS_TO_JUDGE
        while True:
            until = read_judged_until(self._connection, self._hall_id)
            self._connection.commit()
            if until is not None and until >= wanted:
                return
            self._require_service()
            if time.monotonic() > give_up:
                raise DemoError(
                    f"the engine has not come to {moment_text(moment)} within {SECONDS_TO_JUDGE:.0f} s; it stands at "
                    f"{until}: see the service's log in the demo's folder"
                )
            time.sleep(SECONDS_BETWEEN_LOOKS)
