"""The engine as a running service: one process for all halls of a database, woken by intake, case time and a clock."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
import structlog
from psycopg import Connection

from monitor.domain.outages import OutageReason
from monitor.engine.hall_engine import Cycle, HallEngine
from monitor.storage.case_clock import CaseClock
from monitor.storage.database import DatabaseError, connect
from monitor.storage.fold import hold_engine_lock, prepare_engine_session
from monitor.storage.halls import HallFacts, read_halls

POLL_SECONDS = 0.1
"""Longest time between two cycles: the floor under the notifications, and the lateness of a card at worst."""
RETRY_SECONDS = 1.0

log = structlog.get_logger(__name__)


class EngineBusyError(RuntimeError):
    """Another engine holds the hall."""


class EngineService:
    """Runs cycles until `stop` is set; survives a lost database by connecting anew."""

    def __init__(self, url: str, stop: threading.Event) -> None:
        self.url = url
        self.stop = stop
        self.began = OutageReason.ENGINE_DOWN

    def run(self) -> None:
        """Run until stopped. Blocking; call it in a process or thread of its own."""
        while not self.stop.is_set():
            try:
                self._run_connected()
            except (DatabaseError, psycopg.OperationalError, psycopg.InterfaceError) as error:
                log.warning("engine_lost_database", error=str(error).splitlines()[0] if str(error) else repr(error))
                self.began = OutageReason.DATABASE_LOST
                self.stop.wait(RETRY_SECONDS)

    def _run_connected(self) -> None:
        with connect(self.url) as connection:
            prepare_engine_session(connection)
            connection.execute("listen intake")
            connection.execute("listen case_clock")
            connection.execute("listen rules")
            connection.commit()
            engines: dict[int, HallEngine] = {}
            clock = CaseClock()
            while not self.stop.is_set():
                with connection.transaction():
                    clock.reload(connection)
                    halls = read_halls(connection)
                done = [
                    engine.cycle(clock.now(), self.stop.is_set, case_rate=clock.current_row().rate)
                    for engine in self._held(connection, halls, engines)
                ]
                if all(cycle.idle for cycle in done):
                    self._wait(connection)

    def _held(
        self, connection: Connection[Any], halls: list[HallFacts], engines: dict[int, HallEngine]
    ) -> Iterator[HallEngine]:
        """The engines of the halls this process holds; a hall that another holds is asked for again next time."""
        for hall in halls:
            if hall.hall_id not in engines:
                with connection.transaction():
                    held = hold_engine_lock(connection, hall.hall_id)
                if not held:
                    continue
                log.info("engine_holds_hall", hall=hall.code)
                engines[hall.hall_id] = HallEngine(connection, hall, self.began, self.url)
            yield engines[hall.hall_id]

    def _wait(self, connection: Connection[Any]) -> None:
        """Sleep until something is notified, at most the polling floor."""
        connection.commit()
        for _ in connection.notifies(timeout=POLL_SECONDS, stop_after=1):
            return


@contextmanager
def hall_engine(url: str, hall_id: int) -> Iterator[HallEngine]:
    """The engine of one hall for driven work (tests, import, replay); raises EngineBusyError where one is running."""
    with connect(url) as connection:
        prepare_engine_session(connection)
        with connection.transaction():
            held = hold_engine_lock(connection, hall_id)
            hall = next(hall for hall in read_halls(connection) if hall.hall_id == hall_id)
        if not held:
            raise EngineBusyError(
                f"hall {hall.code} is being judged by a running service: leave the work to it, or stop it first"
            )
        yield HallEngine(connection, hall, url=url)


def settle(url: str, hall_id: int, as_of: datetime | None = None) -> Cycle:
    """Fold everything that waits and fire everything due at `as_of` (default: case time now)."""
    with hall_engine(url, hall_id) as engine:
        moment = as_of
        if moment is None:
            clock = CaseClock()
            clock.reload(engine.connection)
            engine.connection.commit()
            moment = clock.now()
        return engine.cycle(moment.astimezone(UTC))
