"""Row `ingest`: HTTP batches to durable, deduplicated, judged and told, against raw binary COPY on the same server."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from psycopg import Connection
from rich.progress import Progress

from monitor.intake.keys import create_key
from monitor.simulator.workload import BEGINS, Body, Workload
from monitor.storage.case_clock import set_case_time
from monitor.storage.database import connect
from monitor.storage.hosting import host_database
from monitor.storage.migrations import migrate
from tests.performance.registry_loading import load_simulated_registry
from tests.performance.rows import Row, in_turn, median_row

GOAL = 0.25
SENDERS = 3
OPEN_CASES = {"small": 10_000, "full": 1_000_000}
EVENTS_A_REPEAT = {"small": 60_000, "full": 150_000}
SECONDS_TO_SERVE = 60
SECONDS_TO_JUDGE = 900


def measure_ingest(scale: str, repeats: int) -> list[Row]:
    """One row at the scale's number of open cases; the time until the engine has judged the last event counts."""
    open_cases = int(os.environ.get("BENCH_OPEN_CASES", OPEN_CASES[scale]))
    with tempfile.TemporaryDirectory() as folder, host_database(Path(folder) / "database") as host:
        migrate(host.url)
        workload = Workload(open_cases, seed=3)
        with closing(connect(host.url)) as connection, serving(host.url) as port:
            hall = Hall(connection, port, workload)
            opened_in = hall.open_all()
            ours, raw = in_turn(
                lambda: hall.measure_steady(EVENTS_A_REPEAT[scale]),
                lambda: hall.measure_raw_copy(EVENTS_A_REPEAT[scale]),
                repeats,
            )
            notes: dict[str, Any] = {"open cases": open_cases, "opened at events/s": round(3 * open_cases / opened_in)}
    return [
        median_row(
            ours, raw, id="ingest", what="HTTP → durable, once, judged, cards, figures, feed", unit="events/s",
            limit_is="raw binary COPY into the log's hypertable", goal=GOAL, notes=notes,
        )
    ]  # fmt: skip


class Hall:
    """The service under load: sends bodies, waits until they are judged."""

    def __init__(self, connection: Connection[Any], port: int, workload: Workload) -> None:
        self.connection = connection
        self.port = port
        self.workload = workload
        load_simulated_registry(connection, workload.hall)
        now = datetime.now(UTC)
        self.keys = {source: create_key(connection, source, now).key for source in workload.sources}
        set_case_time(connection, BEGINS - timedelta(hours=16), 0.0, "bench", now)
        connection.commit()
        connection.execute("create table raw_event (like event)")
        by_month = "by_range('occurred_at', interval '30 days')"
        connection.execute(f"select create_hypertable('raw_event', {by_month}, create_default_indexes => false)")
        connection.execute("create index on raw_event (occurred_at desc)")
        connection.execute("create index on raw_event (source_id, case_no, occurred_at)")
        connection.commit()

    def open_all(self) -> float:
        """Open every case; gives the seconds it took."""
        with Progress(transient=True) as progress:
            bar = progress.add_task("opening cases", total=3 * self.workload.open_cases)
            began = time.perf_counter()
            self._send(self.workload.opening(), lambda events: progress.update(bar, advance=events))
            self._wait_judged()
            seconds = time.perf_counter() - began
        self._set_time(BEGINS + timedelta(hours=3))
        return seconds

    def measure_steady(self, events: int) -> float:
        """Events a second from the first byte sent to the last event judged and told."""
        bodies = list(self.workload.steady(events))
        began = time.perf_counter()
        self._send(iter(bodies), lambda _: None)
        self._wait_judged()
        return sum(body.events for body in bodies) / (time.perf_counter() - began)

    def measure_raw_copy(self, rows: int) -> float:
        """Rows a second of one binary COPY of rows already encoded, committed durably."""
        with self.connection.cursor() as cursor:
            with cursor.copy(f"copy (select * from event limit {int(rows)}) to stdout (format binary)") as copy:
                encoded = [bytes(block) for block in copy]
            self.connection.commit()
            began = time.perf_counter()
            with cursor.copy("copy raw_event from stdin (format binary)") as copy:
                for block in encoded:
                    copy.write(block)
            copied = cursor.rowcount
            self.connection.commit()
        return copied / (time.perf_counter() - began)

    def _set_time(self, moment: datetime) -> None:
        set_case_time(self.connection, moment, 0.0, "bench")
        self.connection.commit()
        time.sleep(1.5)  # a row of case time comes into force a second after it is made

    def _send(self, bodies: Iterator[Body], told: Any) -> None:
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
        self, queue: SimpleQueue[Body | None], room: threading.Semaphore, told: Any, failures: list[str]
    ) -> None:
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        while (body := queue.get()) is not None:
            room.release()
            headers = {"Content-Type": "application/x-ndjson", "Authorization": f"Bearer {self.keys[body.source]}"}
            client.request("POST", "/api/v1/events", body.content, headers)
            answer = client.getresponse()
            said = answer.read()
            if answer.status >= 300 or b'"rejected":0' not in said.replace(b" ", b""):
                failures.append(f"{answer.status}: {said[:500]!r}")
            told(body.events)
        client.close()

    def _wait_judged(self) -> None:
        """Wait until the engine has folded every committed batch."""
        deadline = time.monotonic() + SECONDS_TO_JUDGE
        while time.monotonic() < deadline:
            row = self.connection.execute("select exists (select from unfolded_batch)").fetchone()
            self.connection.commit()
            if row is not None and not row[0]:
                return
            time.sleep(0.01)
        raise TimeoutError("the engine has not judged everything in time: see its log")


@contextmanager
def serving(url: str) -> Iterator[int]:
    """Run `e-supervision serve` on a free port against a database."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = {**os.environ, "DATABASE_URL": url}
    command = [sys.executable, "-c", "from monitor.commands import main; main()", "serve", "--port", str(port)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            _wait_ready(port, process)
            yield port
        finally:
            process.terminate()
            process.wait(30)


def _wait_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SECONDS_TO_SERVE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            client = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            client.request("GET", "/readyz")
            if client.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise RuntimeError("the service did not become ready: see its log above")
