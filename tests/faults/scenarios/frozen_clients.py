"""Clients of the live channel that never read: what they cost the service, and the others."""

from __future__ import annotations

import asyncio
import time
import urllib.request
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import psycopg

from alerts.live.outbox import MOST_BYTES
from monitor.simulator.workload import BEGINS, Workload
from monitor.storage.feed import append_feed
from tests.faults.audit import Audit
from tests.faults.crowd import CrowdClient, join, join_frozen
from tests.faults.scale import Times
from tests.faults.scenario import Experiment, Outcome, Told
from tests.faults.site import Site

SHARE_FROZEN = 0.05
ROWS = 500
BODY = 10_000
"""Bytes of a row, as those of a hall with forty departments. So many rows fill what the kernel takes and the queue."""
MOST_BYTES_A_CLIENT = MOST_BYTES + 512 * 1024
"""What a frozen client may cost: its queue, and what a connection costs anyway."""
SECONDS = 120.0
_OVERFLOWS = "esupervision_live_overflows_total"


@dataclass
class Run:
    """What was measured with so many frozen clients: 99th percentile in ms from commit to frame, growth in bytes."""

    p99: float
    grown: int
    overflows: int


class FrozenClients(Experiment):
    """The same rows to the same number of clients, without and with frozen ones, in alternation."""

    name = "frozen clients"
    times = Times(1, 1, 5)

    def __init__(self, clients: int = 500, rows_a_second: float = 8.0, share_frozen: float = SHARE_FROZEN) -> None:
        self.what = f"{clients} live clients, {share_frozen:.0%} of them frozen, against a run without"
        self._clients = clients
        self._pause = 1 / rows_a_second
        self._runs: dict[int, list[Run]] = {0: [], max(1, round(clients * share_frozen)): []}

    def run(self, times: int, told: Told = lambda _: None) -> Outcome:
        """So many pairs of runs."""
        outcome, began = Outcome(self.name, self.what), time.monotonic()
        with TemporaryDirectory(prefix="faults-") as folder, Site(Path(folder)) as site:
            site.open_hall(Workload(10), 0.0, BEGINS)
            for _ in range(times):
                for frozen, runs in self._runs.items():
                    runs.append(self._measure(site, frozen, outcome.audit))
                outcome.done += 1
                told(outcome.done)
        self._judge_memory(outcome.audit)
        outcome.notes = self.notes()
        outcome.seconds = time.monotonic() - began
        return outcome

    def notes(self) -> dict[str, str]:
        """What frozen clients cost the others, and in memory."""
        without, with_frozen = self._runs.values()
        quick, slow = median(run.p99 for run in without), median(run.p99 for run in with_frozen)
        return {
            "p99 from commit to frame, none frozen": f"{quick:.1f} ms",
            "… with frozen ones": f"{slow:.1f} ms",
            "ratio": f"{slow / quick:.2f}",
            "queues that overflowed": str(sum(run.overflows for run in with_frozen)),
            "memory of a frozen client": f"{self._bytes_a_frozen() / 1024:,.0f} KiB",
        }

    def _bytes_a_frozen(self) -> float:
        frozen = max(self._runs)
        return (median(r.grown for r in self._runs[frozen]) - median(r.grown for r in self._runs[0])) / frozen

    def _judge_memory(self, audit: Audit) -> None:
        frozen = max(self._runs)
        if self._bytes_a_frozen() > MOST_BYTES_A_CLIENT:
            audit.find("a frozen client costs too much", f"{self._bytes_a_frozen():,.0f} bytes")
        if not all(run.overflows for run in self._runs[frozen]):
            audit.find("no queue of a frozen client overflowed, so nothing was shown", self._runs[frozen])

    def _measure(self, site: Site, frozen: int, audit: Audit) -> Run:
        site.start_service("--role", "push")
        site.wait_ready()
        try:
            return asyncio.run(self._measure_service(site, frozen, audit))
        finally:
            site.stop_service()

    async def _measure_service(self, site: Site, frozen: int, audit: Audit) -> Run:
        asleep = join_frozen(site.port, frozen)
        clients = await join(site.port, self._clients - frozen)
        await _until(lambda: all(client.last for client in clients))
        before = _resident_bytes(site.service_process)
        written = await asyncio.to_thread(self._write, site.url)
        last = max(written)
        await _until(lambda: all(client.last >= last for client in clients))
        run = Run(_p99(clients, written), _resident_bytes(site.service_process) - before, _overflows(site.port))
        for client in clients:
            _check(client, written, audit)
            client.transport.close()
        for connection in asleep:
            connection.close()
        return run

    def _write(self, url: str) -> dict[int, float]:
        """Write the rows; gives when each was committed."""
        written = {}
        pad = "局" * (BODY // 3)
        with closing(psycopg.connect(url, autocommit=True)) as connection:
            [[hall_id]] = connection.execute("select hall_id from hall").fetchall()
            for _ in range(ROWS):
                now = datetime.now(UTC)
                body: dict[str, Any] = {"as_of": now.isoformat(), "departments": [{"code": "D", "name": pad}]}
                with connection.transaction(), connection.cursor() as cursor:
                    seq = append_feed(cursor, hall_id, now, "cases", body)
                written[seq] = time.monotonic()
                time.sleep(self._pause)
        return written


async def _until(reached: Any) -> None:
    async with asyncio.timeout(SECONDS):
        while not reached():
            await asyncio.sleep(0.05)


def _check(client: CrowdClient, written: dict[int, float], audit: Audit) -> None:
    """Each number once, or a snapshot in the place of some: a reader too slow for a busy machine is told so."""
    audit.live_deltas += len(client.numbers)
    audit.live_connections += 1
    audit.resyncs["slow"] += client.snapshots - 1
    if client.gaps or (client.snapshots == 1 and len(client.numbers) != len(written)):
        audit.find("a client that reads did not get each number once", f"{len(client.numbers)}, {client.gaps} gaps")


def _p99(clients: list[CrowdClient], written: dict[int, float]) -> float:
    late = [at - written[seq] for client in clients for seq, at in zip(client.numbers, client.times, strict=True)]
    return float(np.percentile(late, 99)) * 1000


def _resident_bytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(status.split("VmRSS:")[1].split()[0]) * 1024


def _overflows(port: int) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        for line in answer.read().decode().splitlines():
            if line.startswith(_OVERFLOWS):
                return int(float(line.split()[-1]))
    return 0
