"""Connections and pools: in UTC, explained when they fail, alive again after the server's restart."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from monitor.storage.database import (
    DatabaseError,
    Edition,
    bring_timescaledb,
    connect,
    connect_async,
    open_async_pool,
    open_pool,
    read_server,
)
from monitor.storage.embedded import EmbeddedServer


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[EmbeddedServer]:
    with EmbeddedServer(tmp_path / "data", settings={"shared_buffers": "32MB"}) as server:
        yield server


def test_a_session_is_in_utc_and_says_whose_it_is(database_url: str) -> None:
    with closing(connect(database_url)) as connection:
        assert connection.execute("show timezone").fetchone() == ("UTC",)
        assert connection.execute("show application_name").fetchone() == ("e-supervision",)


async def test_an_asynchronous_session_is_in_utc_too(database_url: str) -> None:
    connection = await connect_async(database_url)
    cursor = await connection.execute("show timezone")
    assert await cursor.fetchone() == ("UTC",)
    await connection.close()


def test_an_unreachable_server_is_named_and_its_password_is_not() -> None:
    with pytest.raises(
        DatabaseError, match=r"(?s)hall at 127\.0\.0\.1, port 1 cannot be reached.*Check DATABASE_URL"
    ) as raised:
        connect("postgresql://clerk:secret@127.0.0.1:1/hall")
    assert "secret" not in str(raised.value)


def test_a_pool_on_an_unreachable_server_says_so_at_once() -> None:
    with pytest.raises(DatabaseError, match="cannot be reached"):
        open_pool("postgresql://clerk@127.0.0.1:1/hall")


async def test_an_asynchronous_pool_on_an_unreachable_server_says_so_at_once() -> None:
    with pytest.raises(DatabaseError, match="cannot be reached"):
        await open_async_pool("postgresql://clerk@127.0.0.1:1/hall")


def test_a_pool_lends_a_living_connection_after_the_server_was_killed(own_server: EmbeddedServer) -> None:
    with open_pool(own_server.url, smallest=2, largest=2) as pool:
        own_server.kill()
        own_server.start()
        with pool.connection() as connection:
            assert connection.execute("select 1").fetchone() == (1,)


async def test_an_asynchronous_pool_lends_a_living_connection_after_the_server_was_killed(
    own_server: EmbeddedServer,
) -> None:
    async with await open_async_pool(own_server.url, smallest=2, largest=2) as pool:
        own_server.kill()
        own_server.start()
        async with pool.connection() as connection:
            cursor = await connection.execute("select 1")
            assert await cursor.fetchone() == (1,)


def test_timescaledb_is_brought_once_and_its_edition_told(empty_database_url: str) -> None:
    with closing(connect(empty_database_url, autocommit=True)) as connection:
        first = bring_timescaledb(connection)
        assert bring_timescaledb(connection) is first
        server = read_server(connection)
        assert server.installed_version == server.offered_version
        assert first is (Edition.COMMUNITY if server.license == "timescale" else Edition.APACHE)


def test_a_server_that_does_not_load_timescaledb_is_explained(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "data", settings={"shared_buffers": "32MB"})
    server.start()
    server.stop()
    server = EmbeddedServer(tmp_path / "data", settings={"shared_preload_libraries": "", "shared_buffers": "32MB"})
    with (
        server,
        closing(connect(server.url.replace("/e_supervision?", "/postgres?"), autocommit=True)) as connection,
        pytest.raises(DatabaseError, match="needs shared_preload_libraries = 'timescaledb'"),
    ):
        bring_timescaledb(connection)
