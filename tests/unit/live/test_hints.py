"""Waiting for hints ends when it is told to, whatever arrives in the same moment."""

import asyncio

import pytest
from prometheus_client import CollectorRegistry

from alerts.live.counts import LiveCounts
from alerts.live.hints import HintListener


@pytest.mark.parametrize("turns", range(5))
async def test_a_hint_in_the_same_moment_does_not_swallow_the_end(turns: int) -> None:
    """A service under load that was told to stop closed its port and then hung: its follower had missed the end."""
    hints = HintListener("postgresql:///unused", LiveCounts(CollectorRegistry()))

    async def follow() -> None:
        while True:
            await hints.wait(60.0)

    following = asyncio.create_task(follow())
    await asyncio.sleep(0.01)
    hints._news.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    following.cancel()
    done, _ = await asyncio.wait({following}, timeout=60.0)
    following.cancel()
    assert done == {following}


async def test_without_a_hint_it_waits_no_longer_than_asked() -> None:
    hints = HintListener("postgresql:///unused", LiveCounts(CollectorRegistry()))
    assert await hints.wait(0.01) is False
    hints._news.set()
    assert await hints.wait(60.0) is True
    assert await hints.wait(0.01) is False
