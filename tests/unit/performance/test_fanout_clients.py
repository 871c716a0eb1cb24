"""A client of the fan-out counts whole deltas, however the bytes come."""

from __future__ import annotations

import pytest

from alerts.live.wire import text_frame
from tests.performance.fanout_clients import Client

DELTAS = [b'{"type":"delta","seq":%d,"x":"%s"}' % (seq, b"y" * size) for seq, size in enumerate((0, 90, 200, 70_000))]
OTHERS = [b'{"type":"heartbeat","seq":1}', b'{"type":"snapshot","seq":1,"board":{}}']


class Deaf(Client):
    """A client without a connection."""

    def _greet(self, port: int, path: str) -> None:
        """Nobody is there."""


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    class Socket:
        def setblocking(self, _: bool) -> None: ...

    monkeypatch.setattr("socket.create_connection", lambda *_: Socket())
    return Deaf(0, "/")


@pytest.mark.parametrize("step", [1, 2, 3, 7, 64, 1000, 10**6])
def test_deltas_are_counted_whatever_pieces_they_come_in(client: Client, step: int) -> None:
    data = b"".join(map(text_frame, [OTHERS[0], *DELTAS, OTHERS[1], *DELTAS]))
    for at in range(0, len(data), step):
        client.take(data[at : at + step])
    assert client.deltas == 2 * len(DELTAS)
    assert client.was_greeted


def test_a_delta_that_lacks_a_byte_is_not_counted(client: Client) -> None:
    data = text_frame(DELTAS[2])
    client.take(data[:-1])
    assert client.deltas == 0
    client.take(data[-1:])
    assert client.deltas == 1
