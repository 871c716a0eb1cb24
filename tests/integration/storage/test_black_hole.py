"""A network that swallows everything and tells nobody is found out, on both sides."""

from __future__ import annotations

import asyncio
from contextlib import closing

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from monitor.storage.database import complete_url, connect
from tests.support.severable_link import severable_link


async def test_a_connection_into_a_black_hole_ends_with_an_error(database_url: str) -> None:
    """A service whose network to the database had vanished hung for a quarter of an hour."""
    async with severable_link(database_url) as link:
        url = make_conninfo(link.url, tcp_user_timeout=1500)
        with closing(await asyncio.to_thread(connect, url)) as connection:
            await asyncio.to_thread(connection.execute, "select 1")
            try:
                assert link.swallow() == 1
            except PermissionError:
                pytest.skip("only root may have this kernel drop the packets of a connection")
            with pytest.raises(psycopg.OperationalError):
                await asyncio.to_thread(connection.execute, "select 1")


def test_every_connection_asks_whether_the_other_side_is_there() -> None:
    """The server kept the lock of an engine whose network had vanished for two hours; no other could take over."""
    given = conninfo_to_dict(complete_url("postgresql://u@h/d"))
    for name in ("keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout"):
        assert int(str(given[name])) > 0
        assert f"-c {name if name.startswith('tcp') else f'tcp_{name}'}={given[name]}" in str(given["options"])


def test_what_the_url_says_of_waiting_stays() -> None:
    given = conninfo_to_dict(complete_url("postgresql://u@h/d?tcp_user_timeout=1500"))
    assert given["tcp_user_timeout"] == "1500"
