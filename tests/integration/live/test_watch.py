"""`watch` shows a running hall, survives the loss of the service, and misses nothing."""

import asyncio
import io
from datetime import UTC, datetime
from typing import Any

import pytest
from rich.console import Console

from monitor.commands.watch.following import Following, RefusedError
from monitor.commands.watch.picture import Picture
from monitor.commands.watch.viewing import view
from tests.support.held_port import held_port
from tests.support.live_server import SECONDS_TO_WAIT, BoardWriter, open_cases_of, run_live_server


async def until(told: Any) -> None:
    async with asyncio.timeout(SECONDS_TO_WAIT):
        while not told():
            await asyncio.sleep(0.02)


async def test_what_happens_is_written_line_by_line_where_no_terminal_reads(
    database_url: str, writer: BoardWriter
) -> None:
    output = io.StringIO()
    console = Console(file=output, force_terminal=False, width=200)
    async with run_live_server(database_url) as server:
        viewing = asyncio.create_task(view(f"http://127.0.0.1:{server.port}/", None, "zh", once=False, console=console))
        await until(lambda: "在办 0" in output.getvalue())
        await asyncio.to_thread(writer.issue_cards, "A", 2)
        await until(lambda: "A-1" in output.getvalue())
        viewing.cancel()
        await asyncio.gather(viewing, return_exceptions=True)
    assert "▲ 黄牌 A局" in output.getvalue()


async def test_one_picture_and_no_more(database_url: str, writer: BoardWriter) -> None:
    output = io.StringIO()
    console = Console(file=output, force_terminal=True, width=160)
    async with run_live_server(database_url) as server:
        await view(f"http://127.0.0.1:{server.port}/", None, "en", once=True, console=console)
    assert "Hall DEMO" in output.getvalue()
    assert "every department is well" in output.getvalue()


async def test_after_a_restart_of_the_service_it_goes_on_where_it_was(
    database_url: str, hall_id: int, writer: BoardWriter
) -> None:
    picture, messages, losses = Picture(), list[dict[str, Any]](), list[str | None]()

    def told(message: dict[str, Any]) -> None:
        messages.append(message)
        picture.fold(message, datetime.now(UTC))

    with held_port() as port:
        async with run_live_server(database_url, port=port):
            following = asyncio.create_task(Following(f"127.0.0.1:{port}", None, told, losses.append).run())
            await until(lambda: picture.is_known)
            seq = await asyncio.to_thread(writer.add_open_case, "A")
            await until(lambda: picture.seq == seq)
        await until(lambda: losses and losses[-1] is not None)
        missed = [writer.add_open_case("B") for _ in range(3)]
        async with run_live_server(database_url, port=port):
            await until(lambda: picture.seq == missed[-1])
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
    assert [message["seq"] for message in messages if message["type"] == "delta"] == [seq, *missed]
    assert [message["type"] for message in messages].count("snapshot") == 1
    assert {row["code"]: row["open"] for row in picture.board["departments"]} == open_cases_of(database_url, hall_id)


async def test_a_refusal_that_will_not_change_ends_it_with_the_reason(database_url: str, hall_id: int) -> None:
    async with run_live_server(database_url) as server:
        with pytest.raises(RefusedError, match="There is no hall NOWHERE"):
            await view(f"http://127.0.0.1:{server.port}/", "NOWHERE", "zh", once=False)


async def test_a_service_that_is_not_there_is_tried_again(database_url: str, hall_id: int) -> None:
    losses: list[str | None] = []
    following = asyncio.create_task(Following("http://127.0.0.1:9/", None, lambda _: None, losses.append).run())
    await until(lambda: len(losses) >= 2)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    assert None not in losses
