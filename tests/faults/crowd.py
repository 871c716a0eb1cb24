"""Hundreds of clients of the live channel in one process: each reads frames and notes when each number came."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from array import array

_SEQ = re.compile(rb'"type":"(delta|snapshot)","seq":(\d+)')
_REQUEST = (
    "GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
_HEAD = 100
"""Bytes of a message in which its number is found."""
_PING, _PONG = 9, 10


class CrowdClient(asyncio.Protocol):
    """Reads frames without decoding them; notes number and time of each delta."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._waiting = bytearray()
        self._is_open = False
        self.last = 0
        """The newest number told, by a delta or a snapshot."""
        self.snapshots = 0
        self.gaps = 0
        self.numbers = array("q")
        self.times = array("d")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(_REQUEST.format(port=self._port).encode())

    def data_received(self, data: bytes) -> None:
        """Take whole frames off what came."""
        waiting = self._waiting
        waiting += data
        if not self._is_open:
            end = waiting.find(b"\r\n\r\n")
            if end < 0:
                return
            assert waiting.startswith(b"HTTP/1.1 101"), waiting[:200]
            del waiting[: end + 4]
            self._is_open = True
        while (frame := _frame_bounds(waiting)) is not None:
            start, end = frame
            if waiting[0] & 0x0F == _PING:
                self.transport.write(_pong(waiting[start:end]))
            self._take(bytes(waiting[start : min(end, start + _HEAD)]))
            del waiting[:end]

    def _take(self, head: bytes) -> None:
        found = _SEQ.search(head)
        if found is None:
            return
        seq = int(found[2])
        if found[1] == b"snapshot":
            self.snapshots += 1
        else:
            self.gaps += seq != self.last + 1
            self.numbers.append(seq)
            self.times.append(time.monotonic())
        self.last = seq


def _pong(said: bytearray) -> bytes:
    """The answer to a ping, masked with zeros as a client's frame must be."""
    return bytes([0x80 | _PONG, 0x80 | len(said), 0, 0, 0, 0]) + bytes(said)


def _frame_bounds(data: bytearray) -> tuple[int, int] | None:
    """Where the payload of the first frame begins and ends; None while it is not whole."""
    if len(data) < 2:
        return None
    length, start = data[1] & 0x7F, 2
    if length >= 126:
        size = 2 if length == 126 else 8
        start += size
        if len(data) < start:
            return None
        length = int.from_bytes(data[2:start], "big")
    return (start, start + length) if len(data) >= start + length else None


async def join(port: int, count: int) -> list[CrowdClient]:
    """So many clients that read."""
    loop, clients = asyncio.get_running_loop(), []
    for _ in range(count):
        _, client = await loop.create_connection(lambda: CrowdClient(port), "127.0.0.1", port)
        clients.append(client)
    return clients


def join_frozen(port: int, count: int) -> list[socket.socket]:
    """So many connections that ask for the channel and never read a byte."""
    frozen = []
    for _ in range(count):
        opened = socket.socket()
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        opened.connect(("127.0.0.1", port))
        opened.sendall(_REQUEST.format(port=port).encode())
        frozen.append(opened)
    return frozen
