"""A client whose scope is one department is told nothing of another, in any kind of message, over the wire."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from psycopg import Connection

from alerts.live.scope import Scope
from monitor.api import live
from monitor.api.models import Delta, Snapshot
from tests.support.live_server import AS_OF, BoardWriter, LiveServer, Watcher, build_hall, run_live_server
from tests.support.small_hall import set_day

OTHERS = "SECRET"
OTHERS_OPEN = 7_000_000


@pytest.fixture
def hall_id(connection: Connection[Any]) -> int:
    hall_id = build_hall(connection, ["A", OTHERS])
    loud = {"open": OTHERS_OPEN, "yellow": OTHERS_OPEN, "red": 0}
    for column, amount in loud.items():
        connection.execute(
            f"update department_load set {column} = %s where hall_id = %s and department = %s",
            [amount, hall_id, OTHERS],
        )
    today = (AS_OF + timedelta(hours=8)).date()
    set_day(connection, hall_id, OTHERS, today, accepted=OTHERS_OPEN, promise_due=OTHERS_OPEN)
    return hall_id


@asynccontextmanager
async def restricted_server(url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LiveServer]:
    monkeypatch.setattr(live, "scope_of_client", lambda hall_id: Scope(hall_id, frozenset({"A"})))
    async with run_live_server(url) as server:
        yield server


def hides_others(message: dict[str, Any]) -> bool:
    text = json.dumps(message)
    return OTHERS not in text and str(OTHERS_OPEN)[:4] not in text


async def test_every_kind_of_message_is_cut_to_the_scope(
    database_url: str, writer: BoardWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with restricted_server(database_url, monkeypatch) as server, server.connect() as socket:
        watcher = Watcher(socket)
        snapshot = Snapshot.model_validate(await watcher.read())
        assert [tile.code for tile in snapshot.board.departments] == ["A"]
        assert (snapshot.board.numbers.open, snapshot.board.numbers.accepted_today) == (0, 0)
        assert [source.code for source in snapshot.board.sources] == ["S-A"]
        theirs = await asyncio.to_thread(writer.add_open_case, OTHERS)
        their_cards = await asyncio.to_thread(writer.issue_cards, OTHERS, 3)
        ours = await asyncio.to_thread(writer.add_open_case, "A")
        our_cards = await asyncio.to_thread(writer.issue_cards, "A", 2)
        await watcher.read_up_to(our_cards)
        await watcher.read_until("heartbeat")
    assert watcher.deltas == [theirs, their_cards, ours, our_cards], "numbers go on without a gap for everybody"
    assert watcher.open_cases == {"A": 1}
    assert watcher.board["numbers"]["open"] == 1
    assert [message for message in watcher.messages if not hides_others(message)] == []
    by_seq = {message["seq"]: message for message in watcher.messages if message["type"] == "delta"}
    assert by_seq[their_cards].get("cards") == []
    assert len(by_seq[our_cards]["cards"]) == 2
    for delta in by_seq.values():
        Delta.model_validate(delta)


async def test_a_resume_is_cut_to_the_scope_as_well(
    database_url: str, writer: BoardWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with restricted_server(database_url, monkeypatch) as server:
        async with server.connect() as socket:
            watcher = Watcher(socket)
            await watcher.read()
        missed = [writer.add_open_case(OTHERS), writer.issue_cards(OTHERS, 1), writer.add_open_case("A")]
        async with server.connect(f"?since={watcher.seq}") as socket:
            watcher.socket = socket
            await watcher.read_up_to(missed[-1])
    assert watcher.deltas == missed
    assert watcher.open_cases == {"A": 1}
    assert watcher.board["numbers"]["open"] == 1
    assert all(hides_others(message) for message in watcher.messages)


async def test_cards_beyond_the_listed_ones_are_not_lost_to_a_small_scope(
    database_url: str, writer: BoardWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with restricted_server(database_url, monkeypatch) as server, server.connect() as socket:
        watcher = Watcher(socket)
        await watcher.read()
        seq = await asyncio.to_thread(writer.issue_cards, "A", 5, listed=2)
        await watcher.read_up_to(seq)
        delta = watcher.messages[-1]
    assert len(delta["cards"]) == 5
    assert "cards_more" not in delta


async def test_the_whole_hall_sees_every_department(database_url: str, writer: BoardWriter) -> None:
    async with run_live_server(database_url) as server, server.connect() as socket:
        watcher = Watcher(socket)
        await watcher.read()
        seq = await asyncio.to_thread(writer.add_open_case, OTHERS)
        await watcher.read_up_to(seq)
    assert watcher.open_cases == {"A": 0, OTHERS: OTHERS_OPEN + 1}
