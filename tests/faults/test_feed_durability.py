"""What the live channel has shown is never taken back by a power cut: a client resumes behind it and misses nothing."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from monitor.engine.service import hall_engine
from monitor.storage.database import connect
from monitor.storage.embedded import EmbeddedServer
from monitor.storage.migrations import migrate
from tests.support.small_hall import add_department, add_hall, add_source, set_load

MONDAY = datetime(2026, 5, 11, 2, tzinfo=UTC)
TUESDAY = datetime(2026, 5, 12, 2, tzinfo=UTC)


def read_feed(url: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute("select seq, body::text from feed order by seq").fetchall()


def test_a_feed_row_that_was_shown_survives_a_power_cut() -> None:
    """The board's row of a new day was committed without waiting for the disk: after a power cut its number was given
    to another row, and a client that resumed behind it missed that one.
    """
    # Nothing but a commit that waits for the disk brings it there.
    lazy = {"wal_writer_delay": "10s", "wal_writer_flush_after": "1GB", "autovacuum": "off"}
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        server = EmbeddedServer(Path(folder) / "db", settings=lazy, progress=lambda _: None)
        with server:
            migrate(server.url)
            hall_id = make_hall(server.url)
            with suppress(psycopg.OperationalError), hall_engine(server.url, hall_id) as engine:
                engine.cycle(MONDAY)
                engine.cycle(TUESDAY)
                shown = read_feed(server.url)
                server.kill()
            server.start()
            assert len(shown) == 2
            assert read_feed(server.url) == shown


def make_hall(url: str) -> int:
    with connect(url) as connection:
        hall_id = add_hall(connection)
        add_department(connection, hall_id, "D1", 1)
        add_source(connection, hall_id, "S1", ["D1"])
        set_load(connection, hall_id, "D1", open=0)
        connection.commit()
    return hall_id
