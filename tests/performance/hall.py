"""The hall of a run: one database, one service, some thousands of cases through them, copied to what is asked."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from typing import Any

import rich
from psycopg import Connection
from rich.progress import Progress

from monitor.intake.keys import create_key
from monitor.simulator.workload import BEGINS, EVENTS_TO_OPEN, Body, Workload
from monitor.storage.case_clock import CaseClockRow, set_case_time
from monitor.storage.database import connect
from monitor.storage.hosting import host_database
from monitor.storage.migrations import migrate
from tests.performance.history import HistorySeeder
from tests.performance.registry_loading import load_simulated_registry
from tests.performance.seeding import Seeder
from tests.performance.service import Service, serving

SENDERS = 3
SECONDS_TO_JUDGE = 900
LIVES_AT_MOST = 96
"""Kinds of life of a source of the workload: so many cases of each are opened through the service."""
DECIDED_CASES = 2_500
"""Cases that go their whole way through the service, to be copied as history."""
OPENING = BEGINS - timedelta(hours=16)
STEADY = BEGINS + timedelta(hours=3)


class Hall:
    """The service under load: sends bodies, waits until they are judged, grows, and moves case time."""

    def __init__(self, url: str, connection: Connection[Any], service: Service) -> None:
        self.url = url
        self.connection = connection
        self.service = service
        sources = len(Workload(1).hall.desks)
        self.workload = Workload(sources * LIVES_AT_MOST, sources=sources, seed=3, events_per_body=500)
        now = datetime.now(UTC)
        set_case_time(connection, OPENING, 0.0, "bench", now)
        connection.commit()  # before the engine sees a hall: what it judged at real time it could not take back
        self.hall_id = load_simulated_registry(connection, self.workload.hall)
        self.keys = {source: create_key(connection, source, now).key for source in self.workload.sources}
        connection.commit()
        self.send(self.workload.opening())
        self.wait_judged()
        self._seeder = Seeder(url, self.workload)
        self.move_time(STEADY)

    @property
    def open_cases(self) -> int:
        """How many cases are open."""
        return self.workload.open_cases

    def grow(self, cases: int) -> None:
        """Copy cases until so many are open."""
        added = range(self.open_cases, cases)
        if not added:
            return
        began = time.perf_counter()
        with Progress(transient=True) as progress:
            bar = progress.add_task(f"copying cases, {cases:,} open", total=len(added))
            self._seeder.copy(added, lambda made: progress.update(bar, advance=made))
        self.workload.extend(cases)
        seconds = time.perf_counter() - began
        rich.print(f"{cases:,} cases are open: {len(added):,} copied in {seconds:.0f} s")

    def begin_history(self, events: int) -> None:
        """Let cases go their whole way through the service: two years of about so many events can be copied of them."""
        self.send(self.workload.whole_lives(DECIDED_CASES))
        self.wait_judged()
        self._history = HistorySeeder(self._seeder, events)

    def add_history(self, weeks: range) -> None:
        """Copy decided cases into some weeks before, the last week being 1; `begin_history` comes first."""
        began, cases = time.perf_counter(), len(weeks) * self._history.cases_a_week
        with Progress(transient=True) as progress:
            bar = progress.add_task(f"copying {cases:,} decided cases", total=cases)
            self._history.copy(weeks, lambda made: progress.update(bar, advance=made))
        rich.print(f"{cases:,} decided cases of {len(weeks)} weeks copied in {time.perf_counter() - began:.0f} s")

    # -- sending ---------------------------------------------------------------------------------------------------

    def measure_steady(self, events: int, events_a_body: int) -> float:
        """Events a second from the first byte sent to the last event judged and told."""
        self.workload.events_per_body = events_a_body
        bodies = list(self.workload.steady(events))
        began = time.perf_counter()
        self.send(iter(bodies))
        self.wait_judged()
        return sum(body.events for body in bodies) / (time.perf_counter() - began)

    def send(self, bodies: Iterator[Body], told: Callable[[int], None] = lambda _: None) -> None:
        """Send from a few connections at once; each body counts only when it was answered with 2xx."""
        queue: SimpleQueue[Body | None] = SimpleQueue()
        failures: list[str] = []
        room = threading.Semaphore(SENDERS * 3)
        threads = [threading.Thread(target=self._sender, args=(queue, room, told, failures)) for _ in range(SENDERS)]
        for thread in threads:
            thread.start()
        for body in bodies:
            room.acquire()
            queue.put(body)
        for _ in threads:
            queue.put(None)
        for thread in threads:
            thread.join()
        if failures:
            raise RuntimeError(failures[0])

    def _sender(
        self,
        queue: SimpleQueue[Body | None],
        room: threading.Semaphore,
        told: Callable[[int], None],
        failures: list[str],
    ) -> None:
        with closing(http.client.HTTPConnection("127.0.0.1", self.service.port, timeout=300)) as client:
            while (body := queue.get()) is not None:
                room.release()
                try:
                    self.post(client, body)
                    told(body.events)
                except (OSError, RuntimeError, http.client.HTTPException) as error:
                    failures.append(str(error))

    def post(self, client: http.client.HTTPConnection, body: Body) -> None:
        """Send one body. Raises RuntimeError where an event was refused."""
        headers = {"Content-Type": "application/x-ndjson", "Authorization": f"Bearer {self.keys[body.source]}"}
        client.request("POST", "/api/v1/events", body.content, headers)
        answer = client.getresponse()
        said = answer.read()
        if answer.status >= 300 or b'"rejected":0' not in said.replace(b" ", b""):
            raise RuntimeError(f"{answer.status}: {said[:500]!r}")

    def wait_judged(self) -> None:
        """Wait until the engine has folded every committed batch."""
        self.wait_until("select not exists (select from unfolded_batch)")

    def wait_until(self, query: str, *values: object) -> None:
        """Wait until a query says true."""
        deadline = time.monotonic() + SECONDS_TO_JUDGE
        while time.monotonic() < deadline:
            if self.ask(query, *values):
                return
            time.sleep(0.01)
        raise TimeoutError(f"{query} has not become true in {SECONDS_TO_JUDGE} s: see the service's log")

    def ask(self, query: str, *values: object) -> Any:
        """The first value of the first row."""
        row = self.connection.execute(query.encode(), values).fetchone()
        self.connection.commit()
        return None if row is None else row[0]

    # -- time ------------------------------------------------------------------------------------------------------

    def move_time(self, moment: datetime | None, rate: float = 0.0) -> CaseClockRow:
        """Set case time, or only its rate, and wait until that is in force."""
        row = self.announce_time(moment, rate)
        time.sleep(max(0.0, (row.real_anchor - datetime.now(UTC)).total_seconds()) + 0.2)
        return row

    def announce_time(self, moment: datetime | None, rate: float = 0.0) -> CaseClockRow:
        """Set case time; the row that is given comes into force a second later."""
        row = set_case_time(self.connection, moment, rate, "bench")
        self.connection.commit()
        return row


@contextmanager
def bench_hall() -> Iterator[Hall]:
    """A hall on an embedded database of its own, or on the empty one that DATABASE_URL names."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="bench")))
        host = stack.enter_context(host_database(folder / "database"))
        migrate(host.url)
        connection = stack.enter_context(closing(connect(host.url)))
        service = stack.enter_context(serving(host.url))
        hall = Hall(host.url, connection, service)
        rich.print(f"{hall.open_cases * EVENTS_TO_OPEN:,} events opened {hall.open_cases:,} cases")
        yield hall
