"""A client gets the board, then every change, over real websockets: nothing lost, nothing twice, nothing of others."""

import asyncio
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from monitor.api.models import Delta, Heartbeat, Snapshot
from monitor.storage.case_clock import set_case_time
from monitor.storage.feed import FEED_KEPT, forget_old_feed
from tests.support.live_server import (
    SECONDS_TO_WAIT,
    BoardWriter,
    Watcher,
    build_hall,
    open_cases_of,
    run_live_server,
)


async def test_first_the_board_then_what_changes(database_url: str, writer: BoardWriter) -> None:
    before = writer.add_open_case("A")
    async with run_live_server(database_url) as server, server.connect() as socket:
        watcher = Watcher(socket)
        snapshot = Snapshot.model_validate(await watcher.read())
        assert (snapshot.seq, snapshot.resync_reason) == (before, None)
        assert watcher.open_cases == {"A": 1, "B": 0}
        seq = await asyncio.to_thread(writer.add_open_case, "B")
        delta = Delta.model_validate(await watcher.read_until("delta"))
        assert (delta.seq, [tile.code for tile in delta.departments or ()]) == (seq, ["B"])
        assert delta.numbers is not None
        assert delta.numbers.open == 2


async def test_every_message_tells_the_time_at_which_it_is_sent(database_url: str, writer: BoardWriter) -> None:
    before = datetime.now(UTC)
    async with run_live_server(database_url) as server, server.connect() as socket:
        watcher = Watcher(socket)
        told = Snapshot.model_validate(await watcher.read()).board.case_time
        assert before < told.server_now < datetime.now(UTC)
        assert (told.rate, told.opening, told.closing) == (1.0, "09:00", "17:00")
        await asyncio.to_thread(writer.add_open_case, "A")
        delta = Delta.model_validate(await watcher.read_until("delta"))
        assert delta.case_time is not None
        assert delta.case_time.server_now > told.server_now
        assert delta.as_of == datetime.fromisoformat("2026-03-02T10:00:00+08:00")


async def test_snapshot_and_deltas_meet_without_gap_while_many_write(database_url: str, hall_id: int) -> None:
    """Edge case 56: what happens between loading the state and subscribing was lost; here the position comes first."""
    writers = [BoardWriter(database_url, hall_id) for _ in range(4)]
    clients, after_the_last = 8, 10
    have_come = 0

    async def write(writer: BoardWriter, department: str) -> list[int]:
        numbers: list[int] = []
        while have_come < clients:
            numbers.append(await asyncio.to_thread(writer.add_open_case, department))
        return numbers + [await asyncio.to_thread(writer.add_open_case, department) for _ in range(after_the_last)]

    async def watch(server: Any, number: int) -> Watcher:
        nonlocal have_come
        await asyncio.sleep(number * 0.03)
        async with server.connect() as socket:
            watcher = Watcher(socket)
            await watcher.read()
            have_come += 1
            await watcher.read_up_to(max(await asyncio.shield(written)))
            return watcher

    async with run_live_server(database_url) as server:
        writing = [write(writer, "AB"[number % 2]) for number, writer in enumerate(writers)]
        written = asyncio.ensure_future(_numbers_of(writing))
        watchers = await asyncio.gather(*(watch(server, number) for number in range(clients)))
    for writer in writers:
        writer.close()
    truth = open_cases_of(database_url, hall_id)
    numbers = await written
    assert sum(truth.values()) == len(numbers)
    for watcher in watchers:
        first = watcher.messages[0]["seq"]
        assert len(watcher.deltas) >= len(writers) * after_the_last
        assert watcher.deltas == list(range(first + 1, max(numbers) + 1))
        assert watcher.open_cases == truth


async def _numbers_of(writing: list[Any]) -> list[int]:
    return [number for numbers in await asyncio.gather(*writing) for number in numbers]


async def test_a_client_resumes_with_exactly_what_it_missed(database_url: str, writer: BoardWriter) -> None:
    async with run_live_server(database_url) as server:
        async with server.connect() as socket:
            watcher = Watcher(socket)
            await watcher.read()
        since = watcher.seq
        missed = [writer.add_open_case("A") for _ in range(5)]
        async with server.connect(f"?since={since}") as socket:
            watcher.socket = socket
            await watcher.read_up_to(missed[-1])
            coming = await asyncio.to_thread(writer.add_open_case, "B")
            await watcher.read_up_to(coming)
    assert watcher.deltas == [*missed, coming]
    assert [message["type"] for message in watcher.messages].count("snapshot") == 1


async def test_who_missed_nothing_gets_a_heartbeat_at_once(database_url: str, writer: BoardWriter) -> None:
    seq = writer.add_open_case("A")
    async with run_live_server(database_url) as server, server.connect(f"?since={seq}") as socket:
        beat = Heartbeat.model_validate(await Watcher(socket).read())
        assert beat.seq == seq
        assert beat.data_as_of == beat.as_of == datetime.fromisoformat("2026-03-02T10:00:00+08:00")


@pytest.mark.parametrize(("since", "reason"), [("1", "too_old"), ("99999999999999", "ahead"), ("x", "unknown")])
async def test_a_resume_that_is_impossible_is_said_to_be(
    database_url: str, writer: BoardWriter, since: str, reason: str
) -> None:
    seq = writer.add_open_case("A")
    async with run_live_server(database_url) as server, server.connect(f"?since={since}") as socket:
        snapshot = Snapshot.model_validate(await Watcher(socket).read())
        assert (snapshot.seq, snapshot.resync_reason) == (seq, reason)


async def test_a_client_away_for_longer_than_the_feed_is_kept_gets_a_snapshot(
    database_url: str, connection: Connection[Any], hall_id: int, writer: BoardWriter
) -> None:
    seqs = [writer.add_open_case("A") for _ in range(4)]
    old = "update feed set real_at = real_at - %s where seq <= %s"
    connection.execute(old, [FEED_KEPT + timedelta(hours=1), seqs[1]])
    forget_old_feed(connection, hall_id, datetime.now(UTC))
    async with run_live_server(database_url) as server:
        async with server.connect(f"?since={seqs[0]}") as socket:
            assert (await Watcher(socket).read())["resync_reason"] == "too_old"
        async with server.connect(f"?since={seqs[1]}") as socket:
            watcher = Watcher(socket)
            await watcher.read_up_to(seqs[3])
            assert watcher.deltas == seqs[2:]


async def test_silence_is_filled_with_heartbeats(database_url: str, writer: BoardWriter) -> None:
    """Edge case 58: a page that showed no sign of stale data; here two seconds without a word mean a loss.

    That no pause is longer than that is held with a driven clock, in the test of the broadcaster.
    """
    writer.add_open_case("A")
    async with run_live_server(database_url) as server, server.connect() as socket:
        watcher = Watcher(socket)
        await watcher.read()
        beats = [Heartbeat.model_validate(await watcher.read()) for _ in range(3)]
        assert {beat.seq for beat in beats} == {watcher.seq}


async def test_a_change_sends_what_changed_and_nothing_else(database_url: str, connection: Connection[Any]) -> None:
    """Edge case 58: whole lists were sent again at every change; here one case moves one tile and the sums."""
    hall_id = build_hall(connection, [f"D{number:02}" for number in range(40)])
    with closing(BoardWriter(database_url, hall_id)) as writer:
        async with run_live_server(database_url) as server, server.connect() as socket:
            watcher = Watcher(socket)
            snapshot = await watcher.read()
            await asyncio.to_thread(writer.add_open_case, "D07")
            delta = await watcher.read_until("delta")
    assert len(snapshot["board"]["departments"]) == 40
    assert [tile["code"] for tile in delta["departments"]] == ["D07"]
    assert len(str(delta)) < len(str(snapshot)) / 4


async def test_a_new_rate_of_case_time_reaches_a_quiet_page(database_url: str, writer: BoardWriter) -> None:
    writer.add_open_case("A")
    async with run_live_server(database_url) as server, server.connect() as socket:
        watcher = Watcher(socket)
        await watcher.read()
        await watcher.read_until("heartbeat")
        with closing(psycopg.connect(database_url)) as own:
            set_case_time(own, None, 0.0, "paused by the test")
        assert (await watcher.read_until("resync"))["reason"] == "case_time"
        assert Snapshot.model_validate(await watcher.read()).board.case_time.rate == 0.0


async def test_an_unknown_hall_is_refused_with_a_reason(database_url: str, hall_id: int) -> None:
    async with run_live_server(database_url) as server:
        with pytest.raises(Exception, match="404") as refused:
            await server.connect("?hall=NOWHERE").__aenter__()
    assert b"There is no hall NOWHERE" in refused.value.response.body  # type: ignore[attr-defined]


async def test_a_full_process_refuses_and_serves_again_when_one_leaves(database_url: str, hall_id: int) -> None:
    async with run_live_server(database_url, most_clients=1) as server:
        async with server.connect() as socket:
            await Watcher(socket).read()
            with pytest.raises(Exception, match="503"):
                await server.connect().__aenter__()
        async with asyncio.timeout(SECONDS_TO_WAIT):
            while server.count("clients"):
                await asyncio.sleep(0.01)
        async with server.connect() as socket:
            assert (await Watcher(socket).read())["type"] == "snapshot"


@pytest.mark.parametrize(
    ("name", "origin", "refused"),
    [
        ("127.0.0.1", "http://evil.example", "403"),
        ("127.0.0.1", "null", "403"),
        ("127.0.0.1", "http://localhost", "403"),
        ("evil.example", None, "421"),
        ("evil.example", "http://evil.example", "421"),
        ("127.0.0.1.evil.example", None, "421"),
    ],
)
async def test_foreign_pages_and_rebound_names_are_refused(
    database_url: str, hall_id: int, name: str, origin: str | None, refused: str
) -> None:
    async with run_live_server(database_url) as server:
        with pytest.raises(Exception, match=refused):
            await server.connect(name=name, origin=origin).__aenter__()


async def test_our_own_page_is_let_in(database_url: str, hall_id: int) -> None:
    async with run_live_server(database_url) as server:
        own = f"http://127.0.0.1:{server.port}"
        async with server.connect(origin=own) as socket:
            assert (await Watcher(socket).read())["type"] == "snapshot"
