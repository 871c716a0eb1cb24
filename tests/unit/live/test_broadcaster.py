"""Silence of the live channel is filled with heartbeats as often as pages are promised, by the server's own clock."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from alerts.live import broadcaster
from alerts.live.broadcaster import Broadcaster
from alerts.live.counts import LiveCounts
from alerts.live.outbox import Outbox
from alerts.live.reader import Pulse
from alerts.live.scope import Scope
from monitor.storage.case_clock import REAL_TIME

PROMISED = 2.0
"""Seconds without a word that mean a loss to a page (docs/reference/asyncapi.yaml)."""


class DrivenClock:
    """Goes on by what is slept, and notes when something came into a queue; cancels who sleeps at its end."""

    def __init__(self, ends: float) -> None:
        self.now = 1000.0
        self._ends = self.now + ends
        self._bytes = 0
        self.queue: Outbox | None = None
        self.came: list[float] = []

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        assert self.queue is not None
        if self.queue.waiting_bytes > self._bytes:
            self.came.append(self.now)
        self._bytes = self.queue.waiting_bytes
        if self.now >= self._ends:
            raise asyncio.CancelledError
        self.now += seconds


class QuietHall:
    """A database that answers and has no news."""

    async def read_pulse(self, _hall_id: int) -> Pulse:
        return Pulse("2026-03-02T10:00:00+08:00", [], REAL_TIME)


async def test_a_client_is_never_left_without_a_word_for_longer_than_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = DrivenClock(60.0)
    monkeypatch.setattr(broadcaster, "time", SimpleNamespace(monotonic=clock.monotonic))
    monkeypatch.setattr(broadcaster, "asyncio", SimpleNamespace(sleep=clock.sleep))
    reader: Any = QuietHall()
    hall = Broadcaster(1, reader, LiveCounts(CollectorRegistry()), 7)
    begun = clock.now
    clock.queue = hall.subscribe(Scope(1))
    with pytest.raises(asyncio.CancelledError):
        await hall.keep_alive()
    assert max(later - earlier for earlier, later in pairwise([begun, *clock.came, clock.now])) <= PROMISED
    assert len(clock.came) <= 60 / (PROMISED / 2), "nor told over and over"
