"""One hall as a request reads it: one state of the database, the rules in force, the moment it was judged at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query
from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool
from starlette.requests import HTTPConnection

from monitor.api.problems import ProblemError
from monitor.domain.events import Event
from monitor.domain.instants import Instant, instant_of
from monitor.domain.judge import Judgement, judge
from monitor.storage.case_clock import CaseClock
from monitor.storage.feed import reading_one_state
from monitor.storage.halls import HallError, HallFacts, find_hall, read_judging_at
from monitor.storage.packed_events import unpack_events
from monitor.storage.rules import HallRules
from monitor.storage.thread_rules import ThreadRules

SECONDS_FOR_CONNECTION = 10.0

HallCode = Annotated[str | None, Query(alias="hall", description="Code of the hall; default: the only or first one.")]


@dataclass(frozen=True)
class OpenHall:
    """A hall within one request; `judged_at` is the case time at which what is stored was judged."""

    connection: Connection[Any]
    hall: HallFacts
    held: HallRules
    judged_at: datetime
    rules: ThreadRules

    @property
    def moment(self) -> Instant:
        """`judged_at` as an instant."""
        return instant_of(self.judged_at)

    def local_time(self, moment: datetime | None) -> datetime | None:
        """A moment with the offset of the hall's zone."""
        return None if moment is None else moment.astimezone(self.hall.local.info)

    def judge(
        self, packed: bytes, count: int, closed_at: datetime | None, calendar_version: int | None
    ) -> tuple[list[Event], Judgement | None]:
        """Judge a case as the engine did, a closed one by the calendar it was closed under; give its events too."""
        events = unpack_events(packed, count)
        rules = self.held.rules
        if closed_at is not None and calendar_version is not None:
            rules = self.rules.at_calendar(self.connection, self.held, calendar_version)
        return events, judge(events, rules, self.moment)


class HallReading:
    """Opens halls for requests; shared by all of them."""

    def __init__(self, pool: ConnectionPool[Connection[TupleRow]], clock: CaseClock, rules: ThreadRules) -> None:
        self.pool = pool
        self.clock = clock
        self.rules = rules

    @contextmanager
    def open(self, code: str | None) -> Iterator[OpenHall]:
        """Open a hall for a block; whatever is read within belongs together. Raises ProblemError 404."""
        with self.pool.connection(SECONDS_FOR_CONNECTION) as connection, reading_one_state(connection):
            try:
                hall = find_hall(connection, code)
            except HallError as error:
                raise ProblemError(404, "unknown-hall", "There is no such hall", str(error)) from error
            held = self.rules.get(connection, hall.hall_id)
            yield OpenHall(connection, hall, held, self._judged_at(connection, hall), self.rules)

    def _judged_at(self, connection: Connection[TupleRow], hall: HallFacts) -> datetime:
        judged_at = read_judging_at(connection, hall.hall_id)
        if judged_at is None:
            self.clock.reload(connection)
            return self.clock.now()
        return judged_at


def keep_reading(app: FastAPI, reading: HallReading) -> None:
    """Let the handlers of `app` find `reading`."""
    app.state.hall_reading = reading


def hall_reading(connection: HTTPConnection) -> HallReading:
    """What `keep_reading` kept; a FastAPI dependency."""
    found = getattr(connection.app.state, "hall_reading", None)
    if not isinstance(found, HallReading):
        raise RuntimeError("the application was not wired: call keep_reading before it serves")
    return found


Reading = Annotated[HallReading, Depends(hall_reading)]
