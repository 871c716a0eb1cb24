"""A running `serve`: a real process on a database of the test, with real HTTP, and a small hall to send cases to."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from psycopg import Connection

from monitor.intake.keys import create_key
from monitor.storage.embedded.processes import find_children, read_command_line
from tests.support.small_hall import add_department, add_hall, add_item, add_source

SERVE = [sys.executable, "-c", "from monitor.commands import main; main()", "serve"]
SECONDS = 60.0
SECONDS_TO_ANSWER = 20.0


class Service:
    """A running `serve` and a client of it."""

    def __init__(self, process: subprocess.Popen[str], address: str, log: Path) -> None:
        self.process = process
        self.address = address
        self.client = httpx.Client(base_url=address, trust_env=False, timeout=SECONDS_TO_ANSWER)
        self._log = log

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def wait_for(self, told: Callable[[], Any], what: str) -> Any:
        """Ask again and again until the answer is true."""
        latest = time.monotonic() + SECONDS
        while time.monotonic() < latest:
            with suppress(httpx.TransportError):
                if answer := told():
                    return answer
            time.sleep(0.05)
        raise AssertionError(f"{what} did not happen within {SECONDS} s; the log says:\n{self.log}")

    def wait_until_ready(self) -> None:
        self.wait_for(lambda: self.client.get("/readyz").status_code == 200, "readiness")

    def engine_process(self) -> int | None:
        """Process id of the engine, where one runs."""
        engines = [pid for pid in find_children(self.process.pid) if "spawn_main" in " ".join(read_command_line(pid))]
        return engines[0] if engines else None


@contextmanager
def serving(url: str, folder: Path, *options: str, **environment: str) -> Iterator[Service]:
    """Run `serve` on a free port until the block ends."""
    log = folder / "service.log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [*SERVE, "--port", "0", *options], stdout=subprocess.PIPE, stderr=errors, text=True,
            env={**os.environ, "DATABASE_URL": url, **environment},
        )  # fmt: skip
    assert process.stdout is not None
    try:
        told = process.stdout.readline()
        assert " at http://" in told, log.read_text()
        service = Service(process, told.rsplit(" at ", 1)[1].strip(), log)
        with service.client:
            yield service
    finally:
        process.terminate()
        try:
            process.wait(SECONDS)
        finally:
            process.kill()
            process.stdout.close()


@pytest.fixture
def key(connection: Connection[Any]) -> str:
    """A hall with a department, an item and a source; the source's key."""
    hall_id = add_hall(connection)
    add_department(connection, hall_id, "D1", 1)
    add_item(connection, hall_id, "I1", "D1")
    add_source(connection, hall_id, "S1", ["D1"])
    return create_key(connection, "S1", datetime.now(UTC)).key


def send_case(service: Service, key: str, case_no: str) -> None:
    event = {
        "source": "S1", "event_id": case_no, "case_no": case_no, "item": "I1", "kind": "accepted",
        "occurred_at": (datetime.now(UTC) - timedelta(minutes=1)).isoformat(),
    }  # fmt: skip
    answer = service.client.post("/api/v1/events", json=[event], headers={"Authorization": f"Bearer {key}"})
    assert (answer.status_code, answer.json()["accepted"]) == (200, 1), answer.text


def count_open(service: Service) -> int:
    open_cases: int = service.client.get("/api/v1/board").json()["numbers"]["open"]
    return open_cases
