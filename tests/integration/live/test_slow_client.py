"""A client that does not read costs a bounded amount, holds up nobody, and gets the board anew when it reads again."""

import asyncio
import socket
from typing import Any

import pytest

from alerts.live.outbox import MOST_BYTES
from alerts.live.reader import LiveReader
from alerts.live.scope import Scope
from tests.support.live_server import SECONDS_TO_WAIT, BoardWriter, Watcher, open_cases_of, run_live_server

PADDING = 20_000
MANY = 400
AT_ONCE = 8
"""Written before the quick client is let read them: well below what fits into its queue."""


def small_socket(port: int) -> socket.socket:
    """A connection whose receiving side holds little, so that the server's side feels it soon."""
    opened = socket.socket()
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    opened.connect(("127.0.0.1", port))
    opened.setblocking(False)
    return opened


async def test_a_client_that_does_not_read_is_bounded_and_holds_up_nobody(
    database_url: str, hall_id: int, writer: BoardWriter
) -> None:
    """Edge case 55: memory grew without bound for a client that never read; here it is dropped to a snapshot."""
    async with run_live_server(database_url) as server:
        slow_connection = server.connect(sock=small_socket(server.port), max_queue=1)
        async with server.connect() as quick_socket, slow_connection as slow_socket:
            quick, slow = Watcher(quick_socket), Watcher(slow_socket)
            await quick.read()
            await slow.read()
            greatest, last = 0.0, 0
            for _ in range(MANY // AT_ONCE):
                last = await asyncio.to_thread(write_some, writer)
                while quick.seq is None or quick.seq < last:
                    await quick.read()
                    greatest = max(greatest, server.count("waiting_bytes"))
            assert quick.deltas == list(range(quick.deltas[0], last + 1))
            assert len(quick.deltas) == MANY
            assert not [message for message in quick.messages if message["type"] == "resync"]
            assert server.count("overflows_total") >= 1
            assert greatest <= 2 * MOST_BYTES < MANY * PADDING

            told = await slow.read_until("resync")
            assert told["reason"] == "slow"
            snapshot = await slow.read_until("snapshot")
            assert snapshot["resync_reason"] == "slow"
            final = await asyncio.to_thread(writer.add_open_case, "B")
            await slow.read_up_to(final)
    assert slow.open_cases == open_cases_of(database_url, hall_id)
    assert len(slow.deltas) < MANY
    assert slow.deltas == sorted(set(slow.deltas))


def write_some(writer: BoardWriter) -> int:
    return [writer.add_open_case("A", padding=PADDING) for _ in range(AT_ONCE)][-1]


async def test_a_client_that_vanishes_is_forgotten(database_url: str, hall_id: int) -> None:
    async with run_live_server(database_url) as server:
        async with server.connect() as opened:
            await Watcher(opened).read()
            assert server.count("clients") == 1
            opened.transport.abort()
        async with asyncio.timeout(SECONDS_TO_WAIT):
            while server.count("clients"):
                await asyncio.sleep(0.02)


async def test_what_a_client_says_is_dropped(database_url: str, hall_id: int, writer: BoardWriter) -> None:
    async with run_live_server(database_url) as server, server.connect() as opened:
        watcher = Watcher(opened)
        await watcher.read()
        for _ in range(100):
            await opened.send("x" * 1000)
        seq = await asyncio.to_thread(writer.add_open_case, "A")
        await watcher.read_up_to(seq)
        assert watcher.deltas == [seq]


async def test_a_thousand_clients_that_come_at_once_cost_few_readings(
    database_url: str, hall_id: int, writer: BoardWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings = 0
    read_board = LiveReader.read_board

    async def counted(self: LiveReader, scope: Any) -> Any:
        nonlocal readings
        readings += 1
        return await read_board(self, scope)

    monkeypatch.setattr(LiveReader, "read_board", counted)
    writer.add_open_case("A")
    async with run_live_server(database_url) as server:
        channel, told = server.channel, []
        hall = await channel.find_hall(None)

        async def take(text: str) -> None:
            told.append(text)

        serving = [asyncio.create_task(channel.serve(Scope(hall.hall_id), None, take)) for _ in range(1000)]
        async with asyncio.timeout(2 * SECONDS_TO_WAIT):
            while len(told) < 1000:
                await asyncio.sleep(0.02)
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
    assert readings <= 3
