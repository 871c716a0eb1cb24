"""Who keeps up is written to at once, in frames encoded once; who does not, or has compression, goes the long way."""

import asyncio

import pytest

from monitor.websocket_connection import WebSocketConnection
from tests.support.live_server import BoardWriter, Watcher, open_cases_of, run_live_server

CHANGES = 40


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The frames that went the short way."""
    frames: list[bytes] = []
    write = WebSocketConnection.write

    def noted(self: WebSocketConnection, frame: bytes) -> bool:
        taken = write(self, frame)
        if taken:
            frames.append(frame)
        return taken

    monkeypatch.setattr(WebSocketConnection, "write", noted)
    return frames


def write_changes(writer: BoardWriter) -> int:
    return [writer.add_open_case("A") for _ in range(CHANGES)][-1]


async def test_clients_that_keep_up_are_sent_one_and_the_same_frame(
    database_url: str, hall_id: int, writer: BoardWriter, written: list[bytes]
) -> None:
    async with run_live_server(database_url) as server, server.connect() as first, server.connect() as second:
        watchers = [Watcher(first), Watcher(second)]
        for watcher in watchers:
            await watcher.read()
        last = await asyncio.to_thread(write_changes, writer)
        for watcher in watchers:
            await watcher.read_up_to(last)
            assert watcher.deltas == list(range(last - CHANGES + 1, last + 1))
            assert watcher.open_cases == open_cases_of(database_url, hall_id)
        deltas = [frame for frame in written if b'"delta"' in frame]
        assert len(deltas) > CHANGES, "both clients, most of the time"
        assert len({id(frame) for frame in deltas}) <= CHANGES
        assert server.count("messages_total") >= 2 * CHANGES


async def test_a_client_with_compression_goes_the_long_way(
    database_url: str, hall_id: int, writer: BoardWriter, written: list[bytes]
) -> None:
    async with (
        run_live_server(database_url, compresses=True) as server,
        server.connect(compression="deflate") as opened,
    ):
        watcher = Watcher(opened)
        await watcher.read()
        last = await asyncio.to_thread(write_changes, writer)
        await watcher.read_up_to(last)
        assert watcher.deltas == list(range(last - CHANGES + 1, last + 1))
    assert written == []
