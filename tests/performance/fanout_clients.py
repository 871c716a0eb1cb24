"""Many clients of a websocket server in one process that does as little as can be: counts deltas, answers pings."""

from __future__ import annotations

import os
import selectors
import socket
import struct
import sys
import time

DELTA = b'{"type":"delta"'
PING, PONG = 0x9, 0xA
LONGEST_HEAD = 10
BYTES_AT_ONCE = 256 * 1024
SECONDS_TO_GREET = 60.0
MOST_SECONDS = 300.0


class Client:
    """One connection: its socket, how many deltas have come whole, and whether the server has said anything."""

    def __init__(self, port: int, path: str) -> None:
        self.deltas = 0
        self.was_greeted = False
        self._rest = b""
        self._to_skip = 0
        self._counts_when_whole = False
        self.socket = socket.create_connection(("127.0.0.1", port), SECONDS_TO_GREET)
        self._greet(port, path)
        self.socket.setblocking(False)

    def _greet(self, port: int, path: str) -> None:
        lines = [
            f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Upgrade: websocket", "Connection: Upgrade",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Version: 13", "", "",
        ]  # fmt: skip
        self.socket.sendall("\r\n".join(lines).encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self.socket.recv(4096)
        head, _, rest = answer.partition(b"\r\n\r\n")
        if b" 101 " not in head.splitlines()[0]:
            raise RuntimeError(f"the server refused a client: {answer[:300]!r}")
        self.take(rest)

    def take(self, data: bytes) -> None:
        """Take what came; whole frames are counted, of the last the rest is awaited."""
        if self._to_skip:
            if len(data) < self._to_skip:
                self._to_skip -= len(data)
                return
            data, self._to_skip = data[self._to_skip :], 0
            self.deltas += self._counts_when_whole
        data = self._rest + data
        at = 0
        while len(data) - at >= LONGEST_HEAD + len(DELTA) or (len(data) > at and self._is_whole(data, at)):
            start, end = _payload(data, at)
            self.was_greeted = True
            if data[at] & 0xF == PING:
                self._pong(data[start:end])
            is_delta = data.startswith(DELTA, start)
            if end > len(data):
                self._to_skip, self._counts_when_whole, self._rest = end - len(data), is_delta, b""
                return
            self.deltas += is_delta
            at = end
        self._rest = data[at:]

    @staticmethod
    def _is_whole(data: bytes, at: int) -> bool:
        """Whether a short frame is there in full."""
        return len(data) - at >= 2 and data[at + 1] < 126 and len(data) - at >= 2 + data[at + 1]

    def _pong(self, payload: bytes) -> None:
        self.socket.sendall(struct.pack("!BBI", 0x80 | PONG, 0x80 | len(payload), 0) + payload)


def _payload(data: bytes, at: int) -> tuple[int, int]:
    """Where the payload of a frame begins and ends."""
    size = data[at + 1]
    if size < 126:
        return at + 2, at + 2 + size
    if size == 126:
        return at + 4, at + 4 + int.from_bytes(data[at + 2 : at + 4], "big")
    return at + 10, at + 10 + int.from_bytes(data[at + 2 : at + 10], "big")


def main() -> None:
    """`port paths count greets`: connect, and wait for a word of a server that greets; then for each number read, say
    when all have so many deltas.
    """
    port, paths, count, greets = int(sys.argv[1]), sys.argv[2].split(), int(sys.argv[3]), sys.argv[4] == "greets"
    selector = selectors.EpollSelector()
    clients = [Client(port, paths[number % len(paths)]) for number in range(count)]
    for client in clients:
        selector.register(client.socket, selectors.EVENT_READ, client)
    selector.register(0, selectors.EVENT_READ, None)
    is_connected, wanted, asked_at = False, None, time.monotonic()
    while True:
        if not is_connected and (not greets or all(client.was_greeted for client in clients)):
            is_connected = True
            sys.stdout.write("connected\n")
            sys.stdout.flush()
        for key, _ in selector.select(1.0):
            if key.data is None:
                line = os.read(0, 4096).decode()
                if not line:
                    return
                wanted, asked_at = int(line), time.monotonic()
            else:
                data = key.data.socket.recv(BYTES_AT_ONCE)
                if not data:
                    raise RuntimeError("the server closed a connection")
                key.data.take(data)
        if wanted is not None and min(client.deltas for client in clients) >= wanted:
            sys.stdout.write(f"{time.monotonic()} {max(client.deltas for client in clients)}\n")
            sys.stdout.flush()
            wanted = None
        elif wanted is not None and time.monotonic() - asked_at > MOST_SECONDS:
            raise RuntimeError(f"{min(client.deltas for client in clients)} of {wanted} deltas came")


if __name__ == "__main__":
    main()
