"""The service is replaced under load, again and again: no event is lost, no port is closed, no page misses news."""

from __future__ import annotations

import asyncio
import http.client
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest
import websockets
from websockets.asyncio.client import connect as connect_websocket

from monitor.intake.keys import create_key
from monitor.simulator.workload import BEGINS, Body, Workload
from monitor.storage.case_clock import set_case_time
from monitor.storage.database import connect
from tests.faults.audit import audit_site
from tests.faults.ledger import Ledger
from tests.faults.senders import Habits, Senders
from tests.performance.registry_loading import load_simulated_registry
from tests.support.held_port import hold_port
from tests.support.running_service import SERVE

SECONDS = 120.0
"""Longest wait for anything on a machine that does much else."""
RESTARTS = 2
HABITS = Habits(at_once=3, pause=0.01, given_up=0.0, repeated=0.0)
ANSWERS_BETWEEN = 25
CASE_SECONDS_A_SECOND = 60.0

HAND_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[2], sys.argv[2:])
"""
"""What systemd does for a service with a socket unit: descriptor 3 listens, and the variables say so."""


class Manager:
    """Starts and stops services on one port as an operator's service manager does; tells when one is ready."""

    def __init__(self, url: str, folder: Path, *, hands_over: bool) -> None:
        self._url = url
        self._folder = folder
        self._hands_over = hands_over
        self._holder = hold_port(is_shared=not hands_over)
        if hands_over:  # otherwise it only holds the number, and must not take connections
            self._holder.listen(2048)
        self.port = int(self._holder.getsockname()[1])
        self._notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notices.bind(str(folder / "notify"))
        self._notices.settimeout(SECONDS)
        self._numbers = itertools.count(1)
        self.running: list[subprocess.Popen[bytes]] = []

    def start_and_wait(self) -> None:
        """Start one more and wait until it says that it is ready."""
        service = self._folder / f"service-{next(self._numbers)}.log"
        environment = {**os.environ, "DATABASE_URL": self._url, "NOTIFY_SOCKET": str(self._folder / "notify")}
        command, passed = [*SERVE, "--port", str(self.port), "--share-port"], list[int]()
        if self._hands_over:
            number = self._holder.fileno()
            command, passed = [sys.executable, "-c", HAND_OVER, str(number), *SERVE], [number]
        with service.open("wb") as log:
            self.running.append(subprocess.Popen(command, stdout=log, stderr=log, env=environment, pass_fds=passed))
        assert self._notices.recv(64) == b"READY=1", service.read_text()

    def stop_oldest(self) -> None:
        """End the service that was started first, in good order."""
        oldest = self.running[0]
        oldest.send_signal(signal.SIGTERM)
        assert self._notices.recv(64) == b"STOPPING=1"
        assert oldest.wait(SECONDS) == 0
        self.running.pop(0)

    def close(self) -> None:
        for service in self.running:
            service.terminate()
        for service in self.running:
            service.wait(SECONDS)
        self._holder.close()
        self._notices.close()


class Round:
    """Something done again and again in a thread while a block runs."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._work()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()


@dataclass
class Knocks:
    """A new connection each time, as a window without a kept one makes it."""

    port: int
    answered: int = 0
    refused: int = 0
    broken: int = 0
    longest_wait: float = 0.0

    def knock(self) -> None:
        began = time.monotonic()
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)) as line:
                line.request("GET", "/healthz")
                with line.getresponse() as answer:
                    assert answer.status == 200
            self.answered += 1
        except ConnectionRefusedError:
            self.refused += 1
        except (OSError, http.client.HTTPException):
            self.broken += 1
        self.longest_wait = max(self.longest_wait, time.monotonic() - began)
        time.sleep(0.002)


@dataclass
class Page:
    """A page that stays open: it follows the live channel and connects anew where it was left."""

    port: int
    numbers: list[int] = field(default_factory=list)
    snapshots: int = 0
    connections: int = 0

    def follow(self) -> None:
        asyncio.run(self._follow())

    async def _follow(self) -> None:
        since = f"?since={self.numbers[-1]}" if self.numbers else ""
        with suppress(OSError, websockets.WebSocketException, TimeoutError):
            async with connect_websocket(f"ws://127.0.0.1:{self.port}/ws{since}", proxy=None) as line:
                self.connections += 1
                async with asyncio.timeout(2.0):  # then it is asked whether it should go on
                    while True:
                        self._take(json.loads(await line.recv()))

    def _take(self, message: dict[str, object]) -> None:
        if message["type"] == "snapshot":
            self.snapshots += 1
        if message["type"] in ("snapshot", "delta"):
            self.numbers.append(int(str(message["seq"])))


def open_hall(url: str, workload: Workload) -> dict[str, str]:
    """Load the simulated registry and set case time going; gives a key for each source."""
    with connect(url) as connection:
        load_simulated_registry(connection, workload.hall)
        now = datetime.now(UTC)
        keys = {source: create_key(connection, source, now).key for source in workload.sources}
        set_case_time(connection, BEGINS + timedelta(hours=3), CASE_SECONDS_A_SECOND, "test", now)
        connection.commit()
    return keys


def bodies_of(workload: Workload) -> Iterator[Body]:
    yield from workload.opening()
    yield from workload.steady(100_000_000)


def wait_until(told: Callable[[], bool], what: str) -> None:
    latest = time.monotonic() + SECONDS
    while not told():
        assert time.monotonic() < latest, f"{what} did not come within {SECONDS} s"
        time.sleep(0.05)


def await_answers(ledger: Ledger) -> None:
    """Under load means: windows are being answered."""
    wanted = ledger.acknowledged + ANSWERS_BETWEEN
    wait_until(lambda: ledger.acknowledged >= wanted, "answers to windows")


def count_waiting(url: str) -> int:
    with connect(url) as connection:
        row = connection.execute("select count(*) from unfolded_batch").fetchone()
    return 0 if row is None else int(row[0])


def stop_case_time(url: str) -> None:
    with connect(url) as connection:
        set_case_time(connection, None, 0.0, "test")
        connection.commit()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("hands_over", [False, True], ids=["shared port", "socket of the service manager"])
def test_nothing_is_lost_when_the_service_is_replaced_under_load(
    database_url: str, tmp_path: Path, *, hands_over: bool
) -> None:
    workload = Workload(600, seed=3, events_per_body=20)
    keys, ledger = open_hall(database_url, workload), Ledger()
    manager = Manager(database_url, tmp_path, hands_over=hands_over)
    knocks, page = Knocks(manager.port), Page(manager.port)
    with closing(manager):
        manager.start_and_wait()
        with ExitStack() as load:
            for work in (knocks.knock, page.follow):
                load.enter_context(Round(work))
            senders = Senders(manager.port, keys, bodies_of(workload), ledger, HABITS)
            senders.start()
            load.callback(senders.stop)
            for _ in range(RESTARTS):
                await_answers(ledger)
                manager.start_and_wait()
                manager.stop_oldest()
            await_answers(ledger)
            wait_until(lambda: knocks.answered > 100, "answers to new connections")
            wait_until(lambda: page.connections > RESTARTS, "the page's return")
        wait_until(lambda: count_waiting(database_url) == 0, "judgement of everything")
        stop_case_time(database_url)
        wait_until(lambda: count_waiting(database_url) == 0, "judgement of everything")
    audit = audit_site(database_url, ledger, {}, [])
    _print_figures(hands_over, ledger, knocks, page, audit.acknowledged_events)
    assert audit.faults == []
    assert audit.replayed_values > 0
    assert ledger.turned_away == 0, "nobody is sent away while one of the two answers"
    assert knocks.refused == 0, "there is always somebody who listens"
    assert page.snapshots == 1, "a page that comes back goes on where it was"
    assert page.numbers == list(range(page.numbers[0], page.numbers[0] + len(page.numbers)))


def _print_figures(hands_over: bool, ledger: Ledger, knocks: Knocks, page: Page, acknowledged_events: int) -> None:
    way = "socket of the service manager" if hands_over else "shared port"
    print(  # noqa: T201 - the figures are what the test is run for
        f"\n{RESTARTS} restarts under load, {way}: {ledger.acknowledged} requests with {acknowledged_events} events "
        f"answered, {ledger.broken_off} broken off and sent again, {ledger.turned_away} turned away, 0 events lost; "
        f"{knocks.answered} new connections answered, {knocks.refused} refused, {knocks.broken} broken, longest wait "
        f"{knocks.longest_wait * 1000:.0f} ms; page: {len(page.numbers)} numbers in {page.connections} connections, "
        "no gap, none twice; replay equal"
    )


def test_a_port_is_shared_only_with_those_who_share_it(database_url: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as other:
        port = other.getsockname()[1]
        done = subprocess.run(
            [*SERVE, "--port", str(port)], capture_output=True, text=True, timeout=SECONDS, check=False,
            env={**os.environ, "DATABASE_URL": database_url},
        )  # fmt: skip
    assert done.returncode == 1
    assert "if both are started with --share-port" in done.stderr
