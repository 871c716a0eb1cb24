"""Cases copied by SQL stand as if each had come through intake and engine: log, chain, facts, counters, what comes."""

from __future__ import annotations

import hashlib
from datetime import UTC, timedelta
from typing import Any

import msgspec
import pytest
from psycopg import Connection

from monitor.engine.replay import replay
from monitor.engine.service import settle
from monitor.intake.acceptance import accept
from monitor.intake.parsing import parse_body
from monitor.intake.sender import Sender
from monitor.simulator.workload import BEGINS, Body, Workload
from monitor.storage.intake import find_chain_breaks
from monitor.storage.replay import read_log
from tests.performance import seeding
from tests.performance.registry_loading import load_simulated_registry

CASES, MORE, STEADY = 400, 900, 500


class CopiedHall:
    """Two sources of the simulated hall; their first cases are judged, the others copied."""

    def __init__(self, url: str, connection: Connection[Any]) -> None:
        self.url = url
        self.connection = connection
        self.workload = Workload(2 * 96, sources=2, events_per_body=240)
        self.hall_id = load_simulated_registry(connection, self.workload.hall)
        sources = connection.execute("select code, source_id from source").fetchall()
        self.senders = {code: Sender(source_id, code, self.hall_id) for code, source_id in sources}
        self.send(*self.workload.opening())

    def send(self, *bodies: Body) -> None:
        """Take bodies in, refuse none, and let the engine judge them."""
        for body in bodies:
            sender = self.senders[body.source]
            receipt = accept(self.connection, sender, parse_body(body.content, sender, body.newest), body.newest)
            assert receipt.accepted == body.events
        settle(self.url, self.hall_id, (BEGINS - timedelta(hours=16)).astimezone(UTC))

    def copy(self, seeder: seeding.Seeder, cases: int) -> None:
        """Copy up to so many cases in all."""
        seeder.copy(range(self.workload.open_cases, cases))
        self.workload.extend(cases)

    def differences(self) -> list[str]:
        """What the replay finds."""
        with self.connection.transaction():
            self.connection.execute("set transaction isolation level repeatable read")
            return [str(found) for found in replay(self.connection, self.hall_id).differences]

    def count(self, table: str) -> int:
        """Rows of a table."""
        return int(self.connection.execute(f"select count(*) from {table}".encode()).fetchall()[0][0])


@pytest.fixture
def copied_hall(connection: Connection[Any], database_url: str, monkeypatch: pytest.MonkeyPatch) -> CopiedHall:
    """A hall whose cases are copied in several shares."""
    monkeypatch.setattr(seeding, "SLOTS_A_SHARE", 90)
    return CopiedHall(database_url, connection)


def test_copied_cases_are_what_the_log_says_of_them_and_live_on(copied_hall: CopiedHall) -> None:
    seeder = seeding.Seeder(copied_hall.url, copied_hall.workload)
    told: list[int] = []
    seeder.copy(range(copied_hall.workload.open_cases, CASES), told.append)
    copied_hall.workload.extend(CASES)
    assert sum(told) == CASES - 192
    assert (copied_hall.count("case_state"), copied_hall.count("event")) == (CASES, 3 * CASES)
    assert copied_hall.differences() == []
    copied_hall.send(*copied_hall.workload.steady(STEADY))
    assert copied_hall.count("event") > 3 * CASES + STEADY - 1
    assert copied_hall.differences() == []


def test_copies_are_made_of_what_the_cases_were_at_first(copied_hall: CopiedHall) -> None:
    seeder = seeding.Seeder(copied_hall.url, copied_hall.workload)
    copied_hall.send(*copied_hall.workload.steady(STEADY))
    copied_hall.copy(seeder, CASES)
    copied_hall.send(*copied_hall.workload.steady(STEADY))
    copied_hall.copy(seeder, MORE)
    assert copied_hall.differences() == []


def test_batches_of_copies_continue_the_chain_and_the_log_proves_their_hashes(copied_hall: CopiedHall) -> None:
    copied_hall.copy(seeding.Seeder(copied_hall.url, copied_hall.workload), CASES)
    copied_hall.send(*copied_hall.workload.steady(100))
    assert find_chain_breaks(copied_hall.connection) == []
    for receipt_id, body_hash, accepted in copied_hall.connection.execute(
        "select receipt_id, body_hash, accepted from intake_batch"
    ).fetchall():
        events = _events_of(copied_hall, receipt_id)
        assert (len(events), hashlib.sha256(msgspec.msgpack.encode(events)).digest()) == (accepted, body_hash)


def test_a_case_that_has_a_card_is_no_model(copied_hall: CopiedHall) -> None:
    settle(copied_hall.url, copied_hall.hall_id, (BEGINS + timedelta(days=5)).astimezone(UTC))
    with pytest.raises(ValueError, match="time has moved case"):
        seeding.Seeder(copied_hall.url, copied_hall.workload)


def _events_of(hall: CopiedHall, receipt_id: int) -> list[Any]:
    """The events of a receipt as the log has them, by event_id."""
    of_receipt = {
        event_id for (event_id,) in hall.connection.execute(
            "select event_id from event where receipt_id = %s", [receipt_id]
        )
    }  # fmt: skip
    with hall.connection.transaction():
        cases = list(read_log(hall.connection, hall.hall_id))
    events = [event for case in cases for event in case.events if event.event_id in of_receipt]
    return sorted(events, key=lambda event: event.event_id)
