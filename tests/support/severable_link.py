"""A TCP proxy in front of a database: freezes connections, swallows them as a lost network does, or cuts them."""

from __future__ import annotations

import asyncio
import ctypes
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from random import Random

from psycopg.conninfo import conninfo_to_dict, make_conninfo

CHUNK = 65536
SO_ATTACH_FILTER = 26


class SeverableLink:
    """Passes bytes between programs and a PostgreSQL server for as long as the test wants it to."""

    def __init__(self, target_url: str) -> None:
        self._target = conninfo_to_dict(target_url)
        self._target_url = target_url
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._accepting = True
        self.accepted = 0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)

    @property
    def url(self) -> str:
        """The database as seen through the link."""
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        return make_conninfo(self._target_url, host="127.0.0.1", port=port, sslmode="disable", gssencmode="disable")

    def freeze(self) -> None:
        """Let nothing through any more on the connections there are; new ones pass. Nobody is told."""
        frozen, self._flowing = self._flowing, asyncio.Event()
        frozen.clear()
        self._flowing.set()

    def swallow(self) -> int:
        """Let the connections there are fall into a black hole: no byte and no acknowledgement comes through, either
        way, and nobody is told. New ones pass. Gives how many.
        """
        self.freeze()
        for writer in self._writers:
            _drop_all_packets(writer.get_extra_info("socket"))
        return len(self._writers) // 2

    def cut_some(self, share: float, rng: Random) -> int:
        """Close some of the connections there are, drawn by `rng`; new ones pass. Gives how many."""
        drawn = [writer for writer in sorted(self._writers, key=id) if rng.random() < share]
        for writer in drawn:
            writer.transport.abort()
        return len(drawn)

    def cut(self) -> None:
        """Close every connection and refuse new ones."""
        self._accepting = False
        for writer in list(self._writers):
            writer.transport.abort()

    def restore(self) -> None:
        """Accept connections again."""
        self._accepting = True

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._accepting:
            writer.transport.abort()
            return
        self.accepted += 1
        server_reader, server_writer = await self._reach_server()
        self._writers |= {writer, server_writer}
        flowing = self._flowing
        for source, sink in ((reader, server_writer), (server_reader, writer)):
            task = asyncio.create_task(self._pass_on(source, sink, flowing))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _reach_server(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, port = str(self._target.get("host") or "127.0.0.1"), int(str(self._target.get("port") or 5432))
        if host.startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        return await asyncio.open_connection(host, port)

    async def _pass_on(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, flowing: asyncio.Event) -> None:
        with suppress(OSError):
            while data := await source.read(CHUNK):
                await flowing.wait()
                sink.write(data)
                await sink.drain()
        self._writers.discard(sink)
        sink.transport.abort()


class _Instruction(ctypes.Structure):
    """Of a classic BPF program."""

    _fields_ = (("code", ctypes.c_uint16), ("jt", ctypes.c_uint8), ("jf", ctypes.c_uint8), ("k", ctypes.c_uint32))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("instructions", ctypes.POINTER(_Instruction)))


def _drop_all_packets(connection: socket.socket) -> None:
    """From here on the kernel drops every packet that comes in on a connection before TCP sees it: no ACK, no reset."""
    return_nothing = _Instruction(code=0x06, jt=0, jf=0, k=0)
    program = _Program(1, ctypes.pointer(return_nothing))
    connection.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, bytes(program))


@asynccontextmanager
async def severable_link(target_url: str) -> AsyncIterator[SeverableLink]:
    """A link to the database at `target_url` for a block."""
    link = SeverableLink(target_url)
    await link.start()
    try:
        yield link
    finally:
        await link.close()
