"""Owns the tests' TimescaleDB server while anybody uses it: `python -m tests.support.database_keeper FOLDER`.

A process of its own, because the server must outlive the xdist worker that happens to need it first, and must not
outlive the run, however the run ends. Users hold a shared lock on `FOLDER/users`; the kernel frees it when they die.
"""

import fcntl
import sys
from pathlib import Path

from monitor.storage.embedded import EmbeddedServer

SPEED_BEFORE_SAFETY = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",  # a worker in the template would hold up its cloning
    "shared_buffers": "128MB",
    "max_connections": "300",
    "max_wal_size": "1GB",
}
"""Nothing of a test's database outlives the run; tests of durability start a server of their own."""


def keep_server(folder: Path) -> None:
    """Start the server, print its URL, and stop it when the last user has left."""
    server = EmbeddedServer(folder / "timescaledb", settings=SPEED_BEFORE_SAFETY)
    # The lock is held until the server has stopped, so that a late user waits and then starts another keeper.
    with (folder / "users").open("ab") as users, server:
        print(server.url, flush=True)  # noqa: T201 - the starter reads it
        fcntl.flock(users, fcntl.LOCK_EX)


if __name__ == "__main__":
    keep_server(Path(sys.argv[1]))
