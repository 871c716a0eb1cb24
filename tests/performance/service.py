"""`e-supervision serve` as a child process: started, waited for, ended, its memory read."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from monitor.storage.embedded.processes import find_children
from tests.support.held_port import held_port

SERVE = [sys.executable, "-c", "from monitor.commands import main; main()", "serve"]
SECONDS_TO_SERVE = 60


@dataclass(frozen=True)
class Service:
    """A running service: its port and the processes that belong to it."""

    port: int
    pid: int

    def processes(self) -> list[int]:
        """The service's process and every one under it."""
        found, waiting = [], [self.pid]
        while waiting:
            found.append(waiting.pop())
            waiting += find_children(found[-1])
        return found

    def resident_bytes(self) -> int:
        """Memory held by all its processes; what they share is shared out among them."""
        return sum(_memory(pid, "Pss") for pid in self.processes())

    def peak_bytes(self) -> int:
        """The most each of its processes has held, shared memory counted in each."""
        return sum(_peak(pid) for pid in self.processes())


@contextmanager
def serving(url: str, role: str = "all") -> Iterator[Service]:
    """Run `e-supervision serve` on a free port against a database."""
    environment = {**os.environ, "DATABASE_URL": url}
    with (
        held_port() as port,
        subprocess.Popen(
            [*SERVE, "--role", role, "--port", str(port)], env=environment, stdout=subprocess.DEVNULL
        ) as process,
    ):
        try:
            _wait_ready(port, process)
            yield Service(port, process.pid)
        finally:
            process.terminate()
            process.wait(30)


def _wait_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SECONDS_TO_SERVE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=2)) as client:
                client.request("GET", "/readyz")
                if client.getresponse().status == 200:
                    return
        except OSError:
            pass
        time.sleep(0.1)
    raise RuntimeError("the service did not become ready: see its log above")


def _memory(pid: int, name: str) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    return 0


def _peak(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0
