"""A hall whose cases are random histories, taken in and judged by the real intake and engine in any order and cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import msgspec
from psycopg import Connection
from psycopg.types.json import Jsonb

from monitor.domain.events import Event, event_of
from monitor.domain.instants import Instant, instant_of, zone_named
from monitor.engine.hall_engine import HallEngine
from monitor.engine.replay import ReplayReport, replay
from monitor.engine.service import hall_engine
from monitor.intake.acceptance import accept
from monitor.intake.parsing import ParsedBatch
from monitor.intake.sender import Sender
from monitor.storage.database import connect
from tests.support.histories import HistoryMaker, random_history
from tests.support.small_hall import SINCE_EVER, add_department, add_hall, add_item, add_source

FINAL = datetime(2027, 6, 1, 4, tzinfo=UTC)
"""Later than any event of the histories."""
FIRST = datetime(2025, 11, 1, 4, tzinfo=UTC)
RECORDED = FINAL

FACTS = """
select case_no, item, department, status::text, light::text, received_at, accepted_at, accepted_claimed_at, deemed,
       decided_at, result, closed_at, promise_due_at, promise_state, statutory_due_at, statutory_state, used_days,
       statutory_days, suspended_days, next_change_at, first_event_at
from case_state where hall_id = %s order by case_no
"""
PARTS = {
    "clocks": "select f.case_no, c.* from clock c join case_file f using (case_id) where f.hall_id = %s "
    "order by f.case_no, c.position",
    "findings": "select f.case_no, a.* from anomaly a join case_file f using (case_id) where f.hall_id = %s "
    "order by f.case_no, a.position",
    "cards": "select f.case_no, c.clock, c.level::text, c.expected_at, c.due_at from card c join case_file f using "
    "(case_id) where f.hall_id = %s and c.state <> 'revoked' order by f.case_no, c.clock, c.level",
    "days": "select * from department_day where hall_id = %s order by department, day",
    "load": "select * from department_load where hall_id = %s order by department",
}
COUNTERS = ("days", "load")
KEYS = frozenset({"case_id", "hall_id"})
"""Columns that name a row and say nothing of its case."""


@dataclass(frozen=True)
class HallPlan:
    """What a random hall judges by, and its cases' events by case."""

    code: str
    zone: str
    policy: dict[str, Any]
    items: list[dict[str, Any]]
    events: list[Event]


def plan_hall(code: str, seed: int, cases: int) -> HallPlan:
    """Draw rules from one history, and cases from as many more."""
    rng = Random(seed)
    maker = HistoryMaker(rng)
    zone = rng.choice(["Asia/Shanghai", "Asia/Shanghai", "Europe/Amsterdam", "America/New_York"])
    items = maker.draw_items() or maker.draw_items()
    events = [event for number in range(cases) for event in _case_events(code, zone, seed * 1_000 + number)]
    return HallPlan(code, zone, maker.draw_policy(), items, events)


def _case_events(source: str, zone: str, seed: int) -> Iterator[Event]:
    """The events of one history, their ids and case number made unique within the source."""
    for told in random_history(seed).events:
        event = event_of({**told, "source": source, "case_no": f"c{seed}"}, zone_named(zone))
        voids = None if event.voids is None else f"{seed}-{event.voids}"
        yield msgspec.structs.replace(event, event_id=f"{seed}-{event.event_id}", voids=voids, recorded_at=None)


@dataclass
class RandomHall:
    """The hall in the tables, its engine, and a way in."""

    plan: HallPlan
    connection: Connection[Any]
    hall_id: int
    sender: Sender
    engine: HallEngine

    def send(self, events: Sequence[Event]) -> None:
        """One request, recorded at the same moment whenever it is sent: what is late must not depend on the test."""
        accept(self.connection, self.sender, ParsedBatch(list(events), list(range(1, len(events) + 1))), RECORDED)

    def replay(self) -> ReplayReport:
        """The log judged anew, in one consistent reading."""
        with self.connection.transaction():
            self.connection.execute("set transaction isolation level repeatable read")
            return replay(self.connection, self.hall_id)

    def stored(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything stored of the hall but for numbers that name rows; a counter that moved away again is nothing."""
        found = {"facts": self._rows(FACTS)} | {name: self._rows(query) for name, query in PARTS.items()}
        for name in COUNTERS:
            found[name] = [
                row for row in found[name] if any(amount for amount in row if isinstance(amount, int | float))
            ]
        return found

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.connection.transaction():
            cursor = self.connection.execute(query.encode(), [self.hall_id])
            names = [column.name for column in cursor.description or ()]
            return [tuple(value for name, value in zip(names, row, strict=True) if name not in KEYS) for row in cursor]


@contextmanager
def random_hall(url: str, plan: HallPlan, *, feed: str = "live") -> Iterator[RandomHall]:
    """The planned hall in a database, with its engine."""
    with ExitStack() as stack:
        connection = stack.enter_context(connect(url))
        hall_id = add_hall(connection, plan.code, zone=plan.zone)
        connection.execute("update hall set policy = %s where hall_id = %s", [Jsonb(plan.policy), hall_id])
        for position, department in enumerate(("D1", "D2"), 1):
            add_department(connection, hall_id, department, position)
        add_items(connection, hall_id, plan.items)
        source_id = add_source(connection, hall_id, plan.code, [], feed=feed)
        connection.commit()
        engine = stack.enter_context(hall_engine(url, hall_id))
        yield RandomHall(plan, connection, hall_id, Sender(source_id, plan.code, hall_id), engine)


def add_items(connection: Connection[Any], hall_id: int, versions: Sequence[dict[str, Any]]) -> None:
    """Item versions of a history; of two with the same date the first is kept, and a department is always named."""
    known: set[str] = set()
    dated: set[tuple[str, date]] = set()
    for version in versions:
        fields = {name: value for name, value in version.items() if name not in ("item", "name", "valid_from")}
        valid_from = SINCE_EVER if version["valid_from"] is None else date.fromisoformat(version["valid_from"])
        if (version["item"], valid_from) in dated:
            continue
        dated.add((version["item"], valid_from))
        fields["department"] = fields["department"] or "D2"
        if version["item"] in known:
            add_version(connection, hall_id, version["item"], valid_from=valid_from, **fields)
        else:
            add_item(connection, hall_id, version["item"], valid_from=valid_from, **fields)
        known.add(version["item"])


def add_version(connection: Connection[Any], hall_id: int, code: str, **fields: Any) -> None:
    """Another version of an item that is known."""
    values = {"hall_id": hall_id, "code": code, "name_zh": code, **fields}
    values = {name: Jsonb(value) if isinstance(value, dict) else value for name, value in values.items()}
    columns, places = ", ".join(values), ", ".join(f"%({name})s" for name in values)
    connection.execute(f"insert into item_version ({columns}) values ({places})".encode(), values)


def cut_at_random(events: Sequence[Event], rng: Random) -> Iterator[list[Event]]:
    """The events in requests of one to many."""
    position = 0
    while position < len(events):
        size = rng.choice([1, 2, 5, 20, 60])
        yield list(events[position : position + size])
        position += size


def moments_at_random(count: int, rng: Random) -> list[datetime]:
    """So many moments in order, from before most events to after all of them."""
    span = (FINAL - FIRST).total_seconds()
    return sorted(FIRST + timedelta(seconds=rng.uniform(0, span)) for _ in range(count))


def instant(moment: datetime) -> Instant:
    """A datetime as the rules count it."""
    return instant_of(moment)
