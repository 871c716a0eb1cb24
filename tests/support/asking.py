"""Asks a running application over real HTTP."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import httpx
import uvicorn

from monitor.api.application import Rooms, create_application
from monitor.api.state import ServiceState
from monitor.storage.database import open_pool

SECONDS = 60.0
"""Longest wait for anything on a machine that does much else."""


@contextmanager
def asking(url: str, **rooms: Any) -> Iterator[httpx.Client]:
    """A client of an application that serves the database at `url` on a free port of loopback."""
    with closing(open_pool(url, smallest=1, largest=3)) as pool:
        application = create_application(ServiceState(pool=pool), Rooms(**rooms))
        config = uvicorn.Config(
            application, host="127.0.0.1", port=0, log_level="error", ws="websockets-sansio", server_header=False
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, name="application")
        thread.start()
        try:
            latest = time.monotonic() + SECONDS
            while not server.started:
                assert thread.is_alive(), "the application did not start"
                assert time.monotonic() < latest, "the application took too long to start"
                time.sleep(0.005)
            port = server.servers[0].sockets[0].getsockname()[1]
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=SECONDS) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()
