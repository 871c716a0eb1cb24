"""A connection for hints may be lost in several ways; none goes unnoticed, and news comes all the same."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest
from psycopg import Connection
from psycopg.conninfo import make_conninfo

from alerts.live import hints
from tests.support.live_server import BoardWriter, LiveServer, Watcher, run_live_server
from tests.support.severable_link import severable_link

SECONDS_TO_NOTICE = 60.0


async def wait_until_listening(server: LiveServer, losses: int = 0) -> None:
    async with asyncio.timeout(SECONDS_TO_NOTICE):
        while server.count("listen_losses_total") < losses or not server.channel.is_listening:
            await asyncio.sleep(0.02)


async def read_for(watcher: Watcher, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while True:
                await watcher.read()


async def test_a_closed_connection_is_made_anew(
    database_url: str, connection: Connection[Any], writer: BoardWriter
) -> None:
    """Edge case 57: a lost LISTEN connection went unnoticed; here it is noticed, counted and made again."""
    async with run_live_server(database_url) as server, server.connect() as socket:
        watcher = Watcher(socket)
        await watcher.read()
        await wait_until_listening(server)
        ended = connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and query ilike 'listen%%'"
        ).fetchall()
        assert ended == [(True,)]
        seqs = [await asyncio.to_thread(writer.add_open_case, "A")]
        await wait_until_listening(server, losses=1)
        seqs.append(await asyncio.to_thread(writer.add_open_case, "A"))
        await watcher.read_up_to(seqs[-1])
        assert watcher.deltas == seqs
        assert server.count("listening") == 1


async def test_a_connection_that_is_dead_but_open_is_found_out(
    database_url: str, writer: BoardWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Edge case 57: nobody says that a network is gone; the connection is asked whether it still answers."""
    monkeypatch.setattr(hints, "SECONDS_BETWEEN_CHECKS", 0.3)
    monkeypatch.setattr(hints, "SECONDS_FOR_ANSWER", 0.5)
    async with (
        severable_link(database_url) as link,
        run_live_server(database_url, listen_url=link.url) as server,
        server.connect() as socket,
    ):
        watcher = Watcher(socket)
        await watcher.read()
        await wait_until_listening(server)
        lost_before, accepted_before = int(server.count("listen_losses_total")), link.accepted
        link.freeze()
        seq = await asyncio.to_thread(writer.add_open_case, "A")
        await watcher.read_up_to(seq)
        await wait_until_listening(server, losses=lost_before + 1)
        assert link.accepted > accepted_before
        assert watcher.deltas == [seq]


async def test_a_connection_that_answers_but_no_longer_hints_is_given_up(
    database_url: str, writer: BoardWriter
) -> None:
    """Edge case 57: silently polling for ever; here three pieces of news without a hint end the trust."""
    deaf = make_conninfo(database_url, dbname="postgres")  # hints never leave their database
    async with run_live_server(database_url, listen_url=deaf) as server, server.connect() as socket:
        watcher = Watcher(socket)
        await watcher.read()
        await wait_until_listening(server)
        seqs = []
        for _ in range(hints.MISSED_HINTS_BEFORE_DOUBT):
            seqs.append(await asyncio.to_thread(writer.add_open_case, "A"))
            await watcher.read_up_to(seqs[-1])
        await wait_until_listening(server, losses=1)
        assert watcher.deltas == seqs


async def test_without_any_hints_news_comes_by_polling(database_url: str, writer: BoardWriter) -> None:
    """Edge case 57: silently nothing; here polling goes on whatever becomes of the hints."""
    nowhere = make_conninfo(database_url, host="127.0.0.1", port="9")
    async with run_live_server(database_url, listen_url=nowhere) as server, server.connect() as socket:
        watcher = Watcher(socket)
        await watcher.read()
        seq = await asyncio.to_thread(writer.add_open_case, "A")
        await watcher.read_up_to(seq)
        assert not server.channel.is_listening
        assert server.count("listening") == 0


async def test_a_database_that_comes_back_loses_nothing(database_url: str, writer: BoardWriter) -> None:
    async with (
        severable_link(database_url) as link,
        run_live_server(link.url) as server,
        server.connect() as socket,
    ):
        watcher = Watcher(socket)
        await watcher.read()
        link.cut()
        async with asyncio.timeout(SECONDS_TO_NOTICE):
            while server.channel.is_current:
                await asyncio.sleep(0.02)
        seqs = [await asyncio.to_thread(writer.add_open_case, "A") for _ in range(3)]
        before = len(watcher.messages)
        await read_for(watcher, seconds=2.5)
        # One heartbeat may have been under way; nothing says that all is well while the database is away.
        assert [message["type"] for message in watcher.messages[before:]] in ([], ["heartbeat"])
        link.restore()
        await watcher.read_up_to(seqs[-1])
        assert watcher.deltas == seqs


async def test_a_restored_feed_brings_a_snapshot(
    database_url: str, connection: Connection[Any], hall_id: int, writer: BoardWriter
) -> None:
    async with run_live_server(database_url) as server, server.connect() as socket:
        watcher = Watcher(socket)
        await watcher.read()
        seq = await asyncio.to_thread(writer.add_open_case, "A")
        await watcher.read_up_to(seq)
        connection.execute("delete from feed")
        connection.execute("update feed_head set seq = %s where hall_id = %s", [seq - 100, hall_id])
        assert (await watcher.read_until("resync"))["reason"] == "unknown"
        assert (await watcher.read())["seq"] == seq - 100
        again = await asyncio.to_thread(writer.add_open_case, "A")
        await watcher.read_up_to(again)
        assert watcher.open_cases["A"] == 2
