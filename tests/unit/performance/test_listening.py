"""When a row of the feed counts as told to the bench's listener."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.performance.listening import Heard, Listener, Snapshot

START = datetime(2026, 11, 26, tzinfo=UTC)


def at(seconds: int) -> datetime:
    return START + timedelta(seconds=seconds)


def test_a_row_is_told_by_its_delta_or_by_the_first_snapshot_that_holds_it() -> None:
    listener = Listener.__new__(Listener)  # what it has heard, without a server
    listener.heard = [Heard(at(5), 12, START, 30)]
    listener.snapshots = [Snapshot(at(1), 9), Snapshot(at(3), 11), Snapshot(at(8), 12)]
    assert listener.told_at(10) == at(3), "its delta was left out: the snapshot has it"
    assert listener.told_at(12) == at(5), "its delta came before the snapshot"
    assert listener.told_at(9) == at(1)
    assert listener.told_at(13) is None
