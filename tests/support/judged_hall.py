"""A hall of random but lifelike cases, taken in and judged by the real engine, with every judgement also in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from psycopg import Connection

from monitor.domain.calendars import national_calendar
from monitor.domain.events import Event
from monitor.domain.instants import HOUR, MINUTE, Instant, day_of, instant_of
from monitor.domain.judge import Judgement, judge
from monitor.engine.hall_engine import HallEngine
from monitor.intake.acceptance import accept
from monitor.intake.parsing import ParsedBatch
from monitor.intake.sender import Sender
from monitor.storage import fold as engine_tables
from monitor.storage.halls import HallFacts, find_hall
from monitor.storage.rules import HallRules, read_hall_rules, read_rules_version
from tests.support.small_hall import add_department, add_hall, add_item, add_source

AS_OF = datetime(2026, 4, 15, 6, 0, tzinfo=UTC)
FIRST_DAY = date(2026, 1, 5)
SOURCE = "permits"
ITEMS: dict[str, dict[str, Any]] = {
    "plain": {"department": "d01", "promised": 5, "statutory": 20},
    "quick": {"department": "d01", "promised": 0, "statutory": 5, "kind": "immediate"},
    "counted": {"department": "d02", "promised": 8, "statutory": 15, "counting": "start_counted"},
    "calendar": {"department": "d02", "promised": 10, "statutory": 28, "unit": "calendar_days"},
    "hours": {"department": "d03", "promised": 16, "statutory": 40, "unit": "working_hours"},
    "upwards": {"department": "d03", "promised": 6, "statutory": 20, "kind": "reported_up"},
    "unpromised": {"department": "d03", "promised": None, "statutory": 10},
    "zero": {"department": "d02", "promised": 0, "statutory": 0},
}


@dataclass(frozen=True)
class JudgedHall:
    """The hall in the tables, and what the judge said of each case by number."""

    hall: HallFacts
    as_of: datetime
    judgements: dict[str, Judgement]

    def numbers(self, connection: Connection[Any], case_ids: list[int]) -> list[str]:
        """Case numbers of case ids, in their order."""
        rows = connection.execute("select case_id, case_no from case_file where case_id = any(%s)", [case_ids])
        known: dict[int, str] = dict(rows.fetchall())
        return [known[case_id] for case_id in case_ids]


def make_judged_hall(connection: Connection[Any], cases: int, seed: int) -> JudgedHall:
    """Register the hall, send the events of so many cases through intake, let the engine judge them at `AS_OF`.

    `connection` commits each statement by itself.
    """
    hall_id = add_hall(connection, "judged")
    for position, code in enumerate(("d01", "d02", "d03"), start=1):
        add_department(connection, hall_id, code, position)
    for code, version in ITEMS.items():
        add_item(connection, hall_id, code, **version)
    sender = Sender(add_source(connection, hall_id, SOURCE, []), SOURCE, hall_id)
    events = list(_draw_cases(Random(seed), cases))
    accept(connection, sender, ParsedBatch(events, list(range(1, len(events) + 1))), AS_OF)
    hall = find_hall(connection, "judged")
    engine_tables.prepare_engine_session(connection)
    HallEngine(connection, hall).cycle(AS_OF)
    rules = read_hall_rules(connection, hall_id, read_rules_version(connection))
    return JudgedHall(hall, AS_OF, dict(_judge_each(events, rules)))


def _judge_each(events: list[Event], rules: HallRules) -> Iterator[tuple[str, Judgement]]:
    grouped: dict[str, list[Event]] = {}
    for event in events:
        grouped.setdefault(event.case_no, []).append(event)
    for case_no, of_case in grouped.items():
        judgement = judge(of_case, rules.rules, instant_of(AS_OF))
        if judgement is not None:
            yield case_no, judgement


def _draw_cases(rng: Random, cases: int) -> Iterator[Event]:
    for number in range(cases):
        yield from _Course(rng, f"K{number:04d}").draw()


class _Course:
    """The events of one case, one after another, at moments of working days and sometimes others."""

    def __init__(self, rng: Random, case_no: str) -> None:
        self.rng = rng
        self.case_no = case_no
        self.item = rng.choice([*ITEMS, "plain", "plain", "unknown"])
        self.events: list[Event] = []
        calendar = national_calendar()
        day = day_of(FIRST_DAY + timedelta(days=rng.randrange(95)))
        self.at: Instant = calendar.opening_at(calendar.next_working(day)) + rng.randrange(8 * 60) * MINUTE

    def draw(self) -> list[Event]:
        rng = self.rng
        self._add("received")
        if rng.random() < 0.1:
            self._wait(rng.choice((1, 7)))
            self._add("corrections_requested")
            return self.events
        self._wait(rng.choice((0, 0, 1, 9)))
        if rng.random() < 0.05:
            self._add("refused")
            return self.events
        if rng.random() < 0.97:
            self._add("accepted")
        self._go_on()
        return self.events

    def _go_on(self) -> None:
        rng = self.rng
        if rng.random() < 0.2:
            self._wait(1)
            self._add("suspended", days=rng.choice((None, 3.0, 10.0)), reason="检验", notice_no="1", approver="a")
            self._wait(4)
            self._add("resumed")
        if rng.random() < 0.1:
            self._add("extended", days=5.0, notice_no="2", approver="a")
        if rng.random() < 0.5 and self.item == "upwards":
            self._wait(rng.choice((2, 12)))
            self._add("reported_up")
        ending = rng.random()
        self._wait(rng.choice((0, 0, 1, 3, 5, 8, 14, 30)))
        if ending < 0.75:
            self._add("decided", result=rng.choice(("granted", "granted", "granted", "denied", "refused")))
            if rng.random() < 0.3:
                self._wait(rng.choice((1, 15)))
                self._add("delivered")
            if rng.random() < 0.03:
                self._add("withdrawn")
        elif ending < 0.8:
            self._add("withdrawn")
        elif ending < 0.85:
            self._add("refused")

    def _wait(self, days: int) -> None:
        self.at += days * 24 * HOUR + self.rng.randrange(90) * MINUTE

    def _add(self, kind: str, **fields: Any) -> None:
        if self.at > instant_of(AS_OF):
            return
        event_id = f"{self.case_no}-{len(self.events)}"
        item = None if self.item == "unknown" and self.rng.random() < 0.3 else self.item
        self.events.append(Event(SOURCE, event_id, self.case_no, kind, self.at, item=item, **fields))
