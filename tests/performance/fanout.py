"""Row `push`: feed rows committed until every client has them, against a bare `websockets` broadcast of the texts."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from alerts.live.messages import delta_message
from alerts.live.scope import Scope
from monitor.storage.feed import FeedRow, append_feed
from tests.performance.bench import Bench
from tests.performance.hall import Hall
from tests.performance.rows import Row, in_turn, median_row
from tests.performance.service import serving

GOAL = 0.8
MOST_BYTES_A_ROUND = 400_000
"""What is sent to a client at once stays below what a client may have waiting."""
SECONDS_TO_END = 30


class Clients:
    """A process of clients."""

    def __init__(self, port: int, paths: list[str], count: int, *, greets: bool) -> None:
        self.count = count
        self._process = _start(
            "tests.performance.fanout_clients", str(port), " ".join(paths), str(count), "greets" if greets else ""
        )
        _read_line(self._process)  # connected

    def await_deltas(self, deltas: int) -> float:
        """Wait until every client has so many in all; gives the monotonic time. Raises where one has more."""
        _write_line(self._process, str(deltas))
        came_at, most = _read_line(self._process).split()
        if int(most) != deltas:
            raise RuntimeError(f"a client was sent {most} deltas instead of {deltas}")
        return float(came_at)

    def close(self) -> None:
        """Leave."""
        _end(self._process)


class Service:
    """Our push role: what is committed to the feed is read, cut to scopes, and sent."""

    def __init__(self, hall: Hall, bodies: list[dict[str, Any]], clients: Clients) -> None:
        self.hall, self.bodies, self.clients = hall, bodies, clients
        self._sent = 0

    def send(self, first: int, last: int) -> float:
        """Seconds from the commit of some rows until every client has them."""
        with self.hall.connection.cursor() as cursor:
            for body in self.bodies[first:last]:
                append_feed(cursor, self.hall.hall_id, datetime.now(UTC), "cases", body)
        self._sent += last - first
        began = time.monotonic()
        self.hall.connection.commit()
        return self.clients.await_deltas(self._sent) - began


class Peer:
    """The bare server."""

    def __init__(self, texts: Path, clients: int) -> None:
        self._process = _start("tests.performance.fanout_peer", str(texts))
        self.clients = Clients(int(_read_line(self._process)), ["/"], clients, greets=False)
        self._sent = 0

    def send(self, first: int, last: int) -> float:
        """Seconds from the order until every client has the texts."""
        self._sent += last - first
        began = time.monotonic()
        _write_line(self._process, f"{first} {last}")
        return self.clients.await_deltas(self._sent) - began

    def close(self) -> None:
        """End server and clients."""
        self.clients.close()
        _end(self._process)


def measure_push(bench: Bench) -> list[Row]:
    """Messages a second to all clients; half of ours resume from a number, half begin with a snapshot."""
    hall, scale = bench.full_hall(), bench.scale
    bodies = _bodies(hall, scale.messages)
    texts = [_text(hall, body) for body in bodies]
    size = sum(map(len, texts)) // len(texts)
    a_round = max(1, min(MOST_BYTES_A_ROUND // size, len(bodies)))
    with _connected(hall, bodies, texts, scale.clients) as (service, peer):
        for server in (service, peer):
            server.send(0, a_round)  # warm
        ours, theirs = in_turn(
            lambda: _speed(service, len(bodies), a_round, scale.clients),
            lambda: _speed(peer, len(bodies), a_round, scale.clients),
            scale.repeats,
        )
    return [
        median_row(
            ours, theirs, id="push", what="feed rows to all clients, with resume, scope and checks", unit="messages/s",
            limit_is="bare websockets broadcast of the same texts", goal=GOAL,
            notes={"clients": scale.clients, "bytes a message": size, "messages at once": a_round},
        )
    ]  # fmt: skip


def _speed(server: Service | Peer, messages: int, a_round: int, clients: int) -> float:
    seconds = sum(server.send(at, min(at + a_round, messages)) for at in range(0, messages, a_round))
    return messages * clients / seconds


@contextmanager
def _connected(
    hall: Hall, bodies: list[dict[str, Any]], texts: list[str], clients: int
) -> Iterator[tuple[Service, Peer]]:
    """Both servers with their clients."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "texts").write_bytes(msgspec.json.encode(texts))
        push = stack.enter_context(serving(hall.url, "push"))
        head = hall.ask("select seq from feed_head where hall_id = %s", hall.hall_id)
        ours = Clients(push.port, ["/ws", f"/ws?since={head}"], clients, greets=True)
        stack.callback(ours.close)
        peer = Peer(folder / "texts", clients)
        stack.callback(peer.close)
        yield Service(hall, bodies, ours), peer


def _bodies(hall: Hall, messages: int) -> list[dict[str, Any]]:
    """Rows that the engine wrote to the feed under load, over and over."""
    rows = hall.connection.execute("select body from feed order by seq desc limit 200").fetchall()
    hall.connection.commit()
    return [rows[number % len(rows)][0] for number in range(messages)]


def _text(hall: Hall, body: dict[str, Any]) -> str:
    """What our clients are sent of a row, near enough: the same parts, encoded the same way."""
    now = datetime.now(UTC)
    row = FeedRow(1, now, "cases", msgspec.json.encode(body).decode())
    case_time = {
        "case_anchor": now.isoformat(), "real_anchor": now.isoformat(), "rate": 1.0, "server_now": now.isoformat(),
        "day_kind": "working", "day_name": None, "opening": "09:00", "closing": "17:00",
    }  # fmt: skip
    return delta_message(row, Scope(hall.hall_id), case_time).text


def _start(module: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _read_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"{process.args!r} has ended: see above")
    return line


def _write_line(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()


def _end(process: subprocess.Popen[str]) -> None:
    process.communicate(timeout=SECONDS_TO_END)
