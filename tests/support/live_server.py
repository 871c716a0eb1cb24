"""A real server with real websockets for tests of the live channel, and writers that change a board like the engine."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from typing import Any

import psycopg
import uvicorn
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from psycopg import Connection
from websockets.asyncio.client import ClientConnection, connect

from alerts.live.channel import LiveChannel
from monitor.api.guard import HostGuard
from monitor.api.live import live_router
from monitor.storage.board import read_numbers, read_tiles
from monitor.storage.cards import read_card_notices
from monitor.storage.database import open_pool
from monitor.storage.feed import append_feed
from monitor.websocket_connection import WebSocketConnection
from tests.support.small_hall import add_card, add_case, add_department, add_hall, add_source, insert, set_load

AS_OF = datetime(2026, 3, 2, 2, tzinfo=UTC)  # 10:00 in the hall
SECONDS_TO_WAIT = 30.0


class LiveServer:
    """A running server: where it is, and its channel."""

    def __init__(self, channel: LiveChannel, registry: CollectorRegistry, port: int) -> None:
        self.channel = channel
        self.registry = registry
        self.port = port

    def count(self, name: str, **labels: str) -> float:
        """Read one of the channel's counters."""
        return self.registry.get_sample_value(f"esupervision_live_{name}", labels) or 0.0

    def connect(self, query: str = "", *, name: str = "127.0.0.1", **options: Any) -> connect:
        """Open a websocket as a program would, or as a browser would with `origin`; `name` is who it asks for."""
        there: dict[str, Any] = {} if "sock" in options else {"host": "127.0.0.1", "port": self.port}
        address = f"ws://{name}:{self.port}/ws{query}"
        patient: dict[str, Any] = {"open_timeout": SECONDS_TO_WAIT, "ping_interval": None}
        return connect(address, proxy=None, **patient, **there, **options)


@asynccontextmanager
async def run_app(app: Any, port: int = 0, *, compresses: bool = False) -> AsyncIterator[int]:
    """Serve an ASGI application on a port of loopback, a free one unless said otherwise, and give the port.

    Neither side pings: a client that a test lets read nothing for a while must not be taken for dead meanwhile.
    """
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        ws=WebSocketConnection,
        ws_per_message_deflate=compresses,
        ws_ping_interval=None,
        log_level="warning",
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(SECONDS_TO_WAIT):
            while not server.started:
                await asyncio.sleep(0.01)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await serving


@asynccontextmanager
async def run_live_server(
    url: str, *, listen_url: str | None = None, port: int = 0, compresses: bool = False, **options: Any
) -> AsyncIterator[LiveServer]:
    """Serve the live channel of the database at `url`; `listen_url` is where it listens for hints."""
    pool = await asyncio.to_thread(open_pool, url, smallest=2, largest=4)
    registry = CollectorRegistry()
    channel = LiveChannel(listen_url or url, pool, registry, **options)
    app = FastAPI()
    app.include_router(live_router(channel))
    channel.start()
    try:
        async with run_app(HostGuard(app), port, compresses=compresses) as taken:
            yield LiveServer(channel, registry, taken)
    finally:
        await channel.stop()
        await asyncio.to_thread(pool.close)


def build_hall(connection: Connection[Any], departments: Sequence[str] = ("A", "B")) -> int:
    """A hall whose engine has judged up to `AS_OF`, with departments, a source for each, and empty counters."""
    hall_id = add_hall(connection)
    for position, code in enumerate(departments, 1):
        add_department(connection, hall_id, code, position)
        add_source(connection, hall_id, f"S-{code}", [code], complete_until=AS_OF)
        set_load(connection, hall_id, code, open=0)
    insert(connection, "engine_state", "hall_id", hall_id=hall_id, as_of=AS_OF, judging_at=AS_OF)
    return hall_id


class BoardWriter:
    """Changes the board in one transaction with its feed row, over a connection of its own."""

    def __init__(self, url: str, hall_id: int) -> None:
        self._connection = psycopg.connect(url)
        self._hall_id = hall_id

    def close(self) -> None:
        self._connection.close()

    def add_open_case(self, department: str, *, padding: int = 0) -> int:
        """Count one more open case of a department and tell it; give the sequence number."""
        with self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.execute(
                "update department_load set open = open + 1 where hall_id = %s and department = %s",
                [self._hall_id, department],
            )
            body: dict[str, Any] = {
                "as_of": AS_OF.isoformat(),
                "departments": read_tiles(self._connection, self._hall_id, AS_OF, [department]),
                "numbers": read_numbers(self._connection, self._hall_id, AS_OF),
            }
            if padding:
                body["departments"][0]["name"]["zh"] = "局" * padding
            return append_feed(cursor, self._hall_id, AS_OF, "cases", body)

    def issue_cards(self, department: str, count: int, *, listed: int = 30) -> int:
        """Issue cards of one department and tell the newest of them; give the sequence number."""
        with self._connection.transaction(), self._connection.cursor() as cursor:
            source_id = add_source(self._connection, self._hall_id, f"C-{department}", [department])
            cards = []
            for number in range(count):
                case_id = add_case(self._connection, self._hall_id, source_id, f"{department}-{number}")
                cards.append(add_card(self._connection, self._hall_id, case_id, AS_OF, department=department))
            body = {
                "as_of": AS_OF.isoformat(),
                "cards": read_card_notices(self._connection, self._hall_id, AS_OF, cards[-listed:]),
                "cards_more": max(count - listed, 0),
            }
            return append_feed(cursor, self._hall_id, AS_OF, "cases", body)


class Watcher:
    """A client that folds what it is told as the pages do, and notes every number."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.seq: int | None = None
        self.board: dict[str, Any] = {}
        self.deltas: list[int] = []
        self.messages: list[dict[str, Any]] = []

    @property
    def open_cases(self) -> dict[str, int]:
        return {tile["code"]: tile["open"] for tile in self.board["departments"]}

    async def read(self) -> dict[str, Any]:
        """Take one message and fold it."""
        async with asyncio.timeout(SECONDS_TO_WAIT):
            message: dict[str, Any] = json.loads(await self.socket.recv())
        self.messages.append(message)
        if message["type"] == "snapshot":
            self.board, self.seq = message["board"], message["seq"]
        elif message["type"] == "delta":
            self.deltas.append(message["seq"])
            self.seq = message["seq"]
            self._fold(message)
        return message

    async def read_until(self, kind: str) -> dict[str, Any]:
        """Take messages up to the next one of a kind."""
        while True:
            message = await self.read()
            if message["type"] == kind:
                return message

    async def read_up_to(self, seq: int) -> None:
        """Take messages until a sequence number is reached."""
        while self.seq is None or self.seq < seq:
            await self.read()

    def _fold(self, delta: dict[str, Any]) -> None:
        if self.board:
            tiles = {tile["code"]: tile for tile in self.board["departments"]}
            tiles.update({tile["code"]: tile for tile in delta.get("departments") or ()})
            self.board["departments"] = list(tiles.values())
            self.board["numbers"] = delta.get("numbers") or self.board["numbers"]


def open_cases_of(url: str, hall_id: int) -> dict[str, int]:
    """What the counters say, asked directly."""
    with closing(psycopg.connect(url)) as connection:
        rows = connection.execute("select department, open from department_load where hall_id = %s", [hall_id])
        return dict(rows.fetchall())
