"""A hall's installation as child processes: the embedded database and `e-supervision serve`, each killed at will."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Self

import psycopg
from psycopg import Connection

from monitor.intake.keys import create_key
from monitor.simulator.workload import BEGINS, Workload
from monitor.storage.case_clock import set_case_time
from monitor.storage.database import connect
from monitor.storage.embedded import EmbeddedServer
from monitor.storage.embedded.processes import find_children, read_command_line, wait_for_end
from monitor.storage.migrations import migrate
from tests.performance.registry_loading import load_simulated_registry

SERVE = [sys.executable, "-c", "from monitor.commands import main; main()", "serve"]
SECONDS = 90.0
"""Longest wait for anything; nothing is asserted about how long it took."""


class Site:
    """Database and service of one hall in a folder whose path is short enough for a socket."""

    def __init__(self, folder: Path, settings: Mapping[str, str] = MappingProxyType({})) -> None:
        self.log = folder / "service.log"
        self.port = _free_port()
        self._database = EmbeddedServer(folder / "db", settings=settings, progress=lambda _: None)
        self._service: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start the database and bring its schema; the service is started apart."""
        migrate(self._database.start())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End both in good order."""
        if self._service is not None and self._service.poll() is None:
            self._service.terminate()
            self._service.wait(SECONDS)
        self._database.stop()

    @property
    def url(self) -> str:
        """URL of the running database: the same after every start."""
        return self._database.url

    def open_hall(self, workload: Workload, case_seconds_a_second: float) -> dict[str, str]:
        """Load the simulated registry, set case time going, and give a key for each source of the workload."""
        with connect(self.url) as connection:
            load_simulated_registry(connection, workload.hall)
            now = datetime.now(UTC)
            keys = {source: create_key(connection, source, now).key for source in workload.sources}
            set_case_time(connection, BEGINS + timedelta(hours=3), case_seconds_a_second, "faults", now)
            connection.commit()
        return keys

    def stop_case_time(self) -> None:
        """Let case time stand still, so that the engine can settle."""
        with connect(self.url) as connection:
            set_case_time(connection, None, 0.0, "faults")
            connection.commit()

    # -- the service -----------------------------------------------------------------------------------------------

    def start_service(self) -> None:
        """Start it on the port that the windows know."""
        environment = {**os.environ, "DATABASE_URL": self.url, "ESUPERVISION_LOG_FORMAT": "json"}
        with self.log.open("ab") as log:
            self._service = subprocess.Popen(
                [*SERVE, "--port", str(self.port)], stdout=log, stderr=log, env=environment
            )

    def wait_ready(self) -> None:
        """Wait until it answers that it is ready."""
        self.wait_for(self._is_ready, "readiness of the service")

    def _is_ready(self) -> bool:
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)) as client:
                client.request("GET", "/readyz")
                with client.getresponse() as answer:
                    return answer.status == 200
        except (OSError, http.client.HTTPException):
            return False

    @property
    def service_process(self) -> int:
        """Process id of the service."""
        assert self._service is not None
        return self._service.pid

    def engine_processes(self) -> list[int]:
        """Process ids of the engine of the service: one, or none while it is started again."""
        children = find_children(self.service_process)
        return [pid for pid in children if "spawn_main" in " ".join(read_command_line(pid))]

    # -- kill -9 ---------------------------------------------------------------------------------------------------

    def kill_engine(self) -> None:
        """Kill the engine; the service starts another."""
        engines = self.wait_for(self.engine_processes, "an engine to kill")
        for pid in engines:
            os.kill(pid, signal.SIGKILL)
        wait_for_end(engines, SECONDS)

    def kill_service(self) -> None:
        """Kill the service's first process, and start it again; its engine sees that and ends by itself."""
        assert self._service is not None
        self._service.kill()
        self._service.wait()
        self.start_service()

    def kill_service_and_engine(self) -> None:
        """Kill every process of the service at once, and start it again."""
        engines = self.engine_processes()
        for pid in (self.service_process, *engines):
            os.kill(pid, signal.SIGKILL)
        assert self._service is not None
        self._service.wait()
        wait_for_end(engines, SECONDS)
        self.start_service()

    def kill_database(self) -> None:
        """Kill every process of the database at once, as a power cut would, and start it again."""
        self._database.kill()
        self._database.start()

    # -- looking on ------------------------------------------------------------------------------------------------

    def _number(self, query: str) -> int:
        with connect(self.url) as connection:
            row = connection.execute(query.encode()).fetchone()
        return 0 if row is None else int(row[0])

    def count_waiting(self) -> int:
        """Batches that are committed and not judged yet."""
        return self._number("select count(*) from unfolded_batch")

    def last_committed(self) -> int:
        """Number of the newest batch."""
        return self._number("select batch_no from batch_chain")

    def last_judged(self) -> int:
        """Number of the newest batch that the engine has judged."""
        return self._number("select folded_batch_no from engine_state")

    def wait_judged(self) -> None:
        """Wait until the engine has judged every committed batch."""
        self.wait_for(lambda: self.count_waiting() == 0, "judgement of everything committed")

    def wait_judged_beyond(self, batch_no: int) -> None:
        """Wait until the engine has judged a batch committed after `batch_no`."""
        self.wait_for(lambda: self.last_judged() > batch_no, "judgement of what was sent after the kill")

    def wait_for(self, told: Callable[[], Any], what: str) -> Any:
        """Ask again and again until the answer is true."""
        latest = time.monotonic() + SECONDS
        while time.monotonic() < latest:
            if answer := told():
                return answer
            assert self._service is None or self._service.poll() is None, f"the service ended by itself:\n{self.tail()}"
            time.sleep(0.05)
        raise AssertionError(f"{what} did not come within {SECONDS:.0f} s; the service says:\n{self.tail()}")

    def tail(self) -> str:
        """What the service said last."""
        text = self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-30:])


class FeedReader:
    """Reads the feed as the live channel does and remembers what it was shown; survives a lost database."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: Connection[Any] | None = None
        self.seen: dict[int, bytes] = {}

    def read(self) -> None:
        """Read on from the last number seen."""
        try:
            if self._connection is None:
                self._connection = psycopg.connect(self._url, autocommit=True)
            rows = self._connection.execute(
                "select seq, sha256(body::text::bytea) from feed where seq > %s order by seq",
                [max(self.seen, default=0)],
            ).fetchall()
        except psycopg.OperationalError:
            self.close()
            return
        self.seen.update(rows)

    def close(self) -> None:
        """Leave."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
