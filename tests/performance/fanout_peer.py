"""The peer of the row `push`: a bare `websockets` server that broadcasts given texts, on the event loop of ours."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import msgspec
import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve


async def keep(connection: ServerConnection) -> None:
    """Stay connected until the client leaves."""
    await connection.wait_closed()


async def main() -> None:
    """Print the port; then for each two numbers read, broadcast the texts from the one up to the other."""
    texts = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=list[str])
    async with serve(keep, "127.0.0.1", 0, compression=None) as server:
        sys.stdout.write(f"{next(iter(server.sockets)).getsockname()[1]}\n")
        sys.stdout.flush()
        while line := await asyncio.to_thread(sys.stdin.readline):
            first, last = map(int, line.split())
            for text in texts[first:last]:
                broadcast(server.connections, text)
                await asyncio.sleep(0)


if __name__ == "__main__":
    uvloop.run(main())
