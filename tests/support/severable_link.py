"""A TCP proxy in front of a database: freezes connections as a lost network does, or cuts them as a restart does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from psycopg.conninfo import conninfo_to_dict, make_conninfo

CHUNK = 65536


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


@asynccontextmanager
async def severable_link(target_url: str) -> AsyncIterator[SeverableLink]:
    """A link to the database at `target_url` for a block."""
    link = SeverableLink(target_url)
    await link.start()
    try:
        yield link
    finally:
        await link.close()
