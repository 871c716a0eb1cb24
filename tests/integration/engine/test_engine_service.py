"""The engine as a service: woken by intake, outlived by its database, and one of two for a hall."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import Connection
from structlog.testing import capture_logs

from monitor.domain.events import Event
from monitor.domain.instants import instant_of
from monitor.engine.service import EngineService
from monitor.intake.acceptance import accept
from monitor.intake.parsing import ParsedBatch
from monitor.intake.sender import Sender
from monitor.storage.case_clock import set_case_time
from tests.support.severable_link import severable_link
from tests.support.small_hall import add_department, add_hall, add_item, add_source

SECONDS = 60.0


@pytest.fixture
def sender(connection: Connection[Any]) -> Sender:
    """A source of a hall with one department and one item."""
    hall_id = add_hall(connection)
    add_department(connection, hall_id, "D1", 1)
    add_item(connection, hall_id, "I1", "D1")
    return Sender(add_source(connection, hall_id, "S1", ["D1"]), "S1", hall_id)


@contextmanager
def running(url: str) -> Iterator[threading.Event]:
    """An engine service in a thread of its own; the event stops it."""
    stop = threading.Event()
    thread = threading.Thread(target=EngineService(url, stop).run, name="engine")
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(SECONDS)
        assert not thread.is_alive()


def wait_for(told: Callable[[], Any], what: str) -> None:
    latest = time.monotonic() + SECONDS
    while not told():
        assert time.monotonic() < latest, f"{what} did not happen within {SECONDS:.0f} s"
        time.sleep(0.02)


def send(connection: Connection[Any], sender: Sender, case_no: str, at: datetime | None = None) -> None:
    moment = at or datetime.now(UTC)
    event = Event("S1", case_no, case_no, "accepted", instant_of(moment), item="I1")
    accept(connection, sender, ParsedBatch([event], [1]), moment)


def judged(connection: Connection[Any]) -> set[str]:
    return {case_no for (case_no,) in connection.execute("select case_no from case_state")}


def engine_sessions(connection: Connection[Any]) -> list[int]:
    """Backends that hold the lock of an engine."""
    return [
        pid
        for (pid,) in connection.execute(
            "select pid from pg_locks where locktype = 'advisory' and classid = 7310 and granted"
            " and database = (select oid from pg_database where datname = current_database())"
        )
    ]


def test_a_batch_is_judged_soon_after_it_is_committed(
    database_url: str, connection: Connection[Any], sender: Sender
) -> None:
    with running(database_url):
        send(connection, sender, "c1")
        wait_for(lambda: judged(connection) == {"c1"}, "judgement")


def test_of_two_engines_one_judges_and_the_other_takes_over(
    database_url: str, connection: Connection[Any], sender: Sender
) -> None:
    with running(database_url) as first:
        wait_for(lambda: len(engine_sessions(connection)) == 1, "an engine's lock")
        holder = engine_sessions(connection)
        with running(database_url):
            send(connection, sender, "c1")
            wait_for(lambda: judged(connection) == {"c1"}, "judgement")
            assert engine_sessions(connection) == holder
            first.set()
            wait_for(lambda: engine_sessions(connection) not in ([], holder), "the other's turn")
            send(connection, sender, "c2")
            wait_for(lambda: judged(connection) == {"c1", "c2"}, "judgement by the other")


def test_an_engine_whose_session_is_ended_begins_another(
    database_url: str, connection: Connection[Any], sender: Sender
) -> None:
    """Edge case 57: a lost LISTEN connection went unnoticed. Ours listens on the connection it works with."""
    with running(database_url):
        wait_for(lambda: engine_sessions(connection), "an engine's lock")
        lost = engine_sessions(connection)
        connection.execute("select pg_terminate_backend(pid) from unnest(%s::integer[]) pid", [lost])
        wait_for(lambda: not set(lost) & set(engine_sessions(connection)), "the end of the session")
        send(connection, sender, "c1")
        wait_for(lambda: judged(connection) == {"c1"}, "judgement after the loss")
        assert engine_sessions(connection) not in ([], lost)


async def test_an_engine_outlives_a_database_that_is_gone_for_a_while(
    database_url: str, connection: Connection[Any], sender: Sender
) -> None:
    """It died of the first connection that was refused, and was started again later and later."""
    async with severable_link(database_url) as link:
        stop = threading.Event()
        engine = asyncio.create_task(asyncio.to_thread(EngineService(link.url, stop).run))
        try:
            await asyncio.to_thread(wait_for, lambda: engine_sessions(connection), "an engine's lock")
            with capture_logs() as told:
                link.cut()
                await asyncio.to_thread(wait_for, lambda: len(told) > 1, "a refused connection")
            assert {entry["event"] for entry in told} == {"engine_lost_database"}
            assert not engine.done()
            send(connection, sender, "c1")
            link.restore()
            await asyncio.to_thread(wait_for, lambda: judged(connection) == {"c1"}, "judgement after the loss")
        finally:
            stop.set()
            link.restore()
            await engine


def test_case_time_that_jumps_fires_what_has_become_due(
    database_url: str, connection: Connection[Any], sender: Sender
) -> None:
    monday = datetime(2026, 5, 11, 2, tzinfo=UTC)
    with closing(psycopg.connect(database_url)) as clock:
        set_case_time(clock, monday, 0.0, "test", datetime.now(UTC))
        clock.commit()
        with running(database_url):
            send(connection, sender, "c1", monday)
            wait_for(lambda: judged(connection) == {"c1"}, "judgement")
            set_case_time(clock, monday + timedelta(days=30), 0.0, "test")
            clock.commit()
            wait_for(lambda: count(connection, "card") == 3, "reminder, yellow and red card")


def count(connection: Connection[Any], table: str) -> int:
    row = connection.execute(f"select count(*) from {table}".encode()).fetchone()
    assert row is not None
    return int(row[0])
