"""A hall whose events, time and engine a test drives: intake and engine are the real ones, only the clock is held."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from psycopg import Connection

from monitor.domain.events import event_of
from monitor.domain.instants import zone_named
from monitor.engine.hall_engine import Cycle, HallEngine
from monitor.engine.replay import ReplayReport, replay
from monitor.engine.service import hall_engine
from monitor.intake.acceptance import Receipt, accept
from monitor.intake.parsing import ParsedBatch
from monitor.intake.sender import Sender
from monitor.storage.database import connect
from tests.support.small_hall import add_department, add_hall, add_item, add_source

ZONE = "Asia/Shanghai"


def at(text: str) -> datetime:
    """Local time in the hall, as an aware datetime."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE))


@dataclass
class DrivenHall:
    """Send events as the source would, then let the engine run at a moment of your choice."""

    url: str
    connection: Connection[Any]
    hall_id: int
    sender: Sender
    engine: HallEngine
    sent: int = 0
    ids: Iterator[int] = field(default_factory=lambda: iter(range(1, 1_000_000)))

    def send(self, *events: dict[str, Any], recorded_at: str | None = None) -> Receipt:
        """Send events (source and event_id are filled in); recorded at the newest of them unless said otherwise."""
        named = [{"source": self.sender.code, "event_id": f"e{next(self.ids)}", **event} for event in events]
        read = [event_of(event, zone_named(ZONE)) for event in named]
        newest = at(recorded_at) if recorded_at else max(at(str(event["occurred_at"])) for event in named)
        batch = ParsedBatch(read, list(range(1, len(read) + 1)), [])
        return accept(self.connection, self.sender, batch, newest.astimezone(UTC))

    def run(self, as_of: str) -> Cycle:
        """One cycle of the engine at a local time."""
        return self.engine.cycle(at(as_of).astimezone(UTC))

    def replay(self) -> ReplayReport:
        """Replay the log in one consistent reading."""
        with self.connection.transaction():
            self.connection.execute("set transaction isolation level repeatable read")
            return replay(self.connection, self.hall_id)

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Read rows."""
        found = self.connection.execute(query.encode(), values).fetchall()
        self.connection.commit()
        return found


@pytest.fixture
def driven_hall(database_url: str) -> Iterator[DrivenHall]:
    """A hall with one department, one item (promise 5, statutory 20 working days) and one live source."""
    with ExitStack() as stack:
        connection = stack.enter_context(connect(database_url))
        hall_id = add_hall(connection)
        add_department(connection, hall_id, "D1", 1)
        add_item(connection, hall_id, "I1", "D1")
        source_id = add_source(connection, hall_id, "S1", ["D1"])
        connection.commit()
        engine = stack.enter_context(hall_engine(database_url, hall_id))
        yield DrivenHall(database_url, connection, hall_id, Sender(source_id, "S1", hall_id), engine)
