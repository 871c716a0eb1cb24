"""Row `herd`: many clocks due in one instant, until all their cards are durable and told, each exactly once."""

from __future__ import annotations

import statistics
import time
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from tests.performance.bench import Bench
from tests.performance.hall import Hall
from tests.performance.listening import Listener, listening
from tests.performance.rows import Row, median_row

GOAL_SECONDS = 5.0
CARDS = 100_000
SMALLEST_SHARE = 0.05
"""Instants in which less than this share of the open cases falls due are gone past."""
SECONDS_TO_HEAR = 600
JUST_AFTER = timedelta(microseconds=1)


class Herd(NamedTuple):
    """One closing time: how many clocks fell due, a card for each, and the seconds until all were told."""

    cards: int
    seconds: float


def measure_herd(bench: Bench) -> list[Row]:
    """Seconds for 100,000 cards, from the instant itself; each herd is what really falls due that day."""
    hall = bench.full_hall()
    with listening(hall.service.port) as listener:
        herds = [_measure(hall, listener) for _ in range(bench.scale.repeats)]
    found = [herd.seconds * CARDS / herd.cards for herd in herds]
    return [
        median_row(
            found, [GOAL_SECONDS], id="herd", what="100,000 cards of one instant, durable and told once each",
            unit="s", limit_is="the goal", goal=1.0, lower_is_better=True,
            notes={
                "open cases": hall.open_cases, "cards a herd": round(statistics.median(herd.cards for herd in herds)),
                "seconds a herd": statistics.median(herd.seconds for herd in herds),
            },
        )
    ]  # fmt: skip


def _measure(hall: Hall, listener: Listener) -> Herd:
    due_at = _next_closing_time(hall)
    hall.move_time(due_at)  # what changes up to then is no part of it: a clock is breached when its due time is past
    _wait_fired(hall, due_at)
    running = hall.ask("select count(*) from clock where due_at = %s and state = 'running'", due_at)
    past_due = due_at + JUST_AFTER
    row = hall.announce_time(past_due)
    _wait_fired(hall, past_due)
    issued = _check_cards(hall, past_due, _count_breached(hall, due_at, running))
    heard_at = max(_wait_told(listener, seq) for seq in _check_feed(hall, past_due, issued))
    return Herd(issued, (heard_at - row.real_anchor).total_seconds())


def _next_closing_time(hall: Hall) -> datetime:
    """The next instant at which many promises fall due."""
    found = hall.ask(
        "select promise_due_at from case_state where closed_at is null and promise_state = 'running'"
        " and promise_due_at > (select as_of from engine_state)"
        " group by 1 having count(*) >= %s order by 1 limit 1",
        SMALLEST_SHARE * hall.open_cases,
    )
    if not isinstance(found, datetime):
        raise RuntimeError("no instant is left in which many promises fall due")
    return found.astimezone(UTC)


def _count_breached(hall: Hall, due_at: datetime, running: int) -> int:
    """How many clocks fell due: all that ran, and those that began in this very instant, by a deemed acceptance."""
    breached: int = hall.ask("select count(*) from clock where due_at = %s and state = 'breached'", due_at)
    if breached < running:
        raise RuntimeError(f"{running:,} clocks ran until {due_at}, {breached:,} of them are breached")
    return breached


def _wait_fired(hall: Hall, instant: datetime) -> None:
    hall.wait_until("select as_of >= %s from engine_state where hall_id = %s", instant, hall.hall_id)


def _check_feed(hall: Hall, instant: datetime, issued: int) -> list[int]:
    """The rows of the feed that tell of cards of this instant, which are all of them, once each."""
    rows = hall.connection.execute(
        """
        select seq, jsonb_array_length(body -> 'cards') + (body ->> 'cards_more')::int
        from feed where body ? 'cards_more' and (body ->> 'as_of')::timestamptz = %s order by seq
        """,
        [instant],
    ).fetchall()
    hall.connection.commit()
    told = sum(cards for _, cards in rows)
    if told != issued:
        raise RuntimeError(f"{told:,} cards of {instant} are in the feed, {issued:,} in the table")
    return [seq for seq, _ in rows]


def _wait_told(listener: Listener, seq: int) -> datetime:
    """When a row of the feed was told; waits for it."""
    deadline = time.monotonic() + SECONDS_TO_HEAR
    while (told_at := listener.told_at(seq)) is None:
        if time.monotonic() > deadline:
            raise RuntimeError(f"row {seq} of the feed was not told within {SECONDS_TO_HEAR} s")
        time.sleep(0.01)
    return told_at


def _check_cards(hall: Hall, instant: datetime, clocks: int) -> int:
    """Every clock that fell due has exactly one card of this instant; gives how many were issued in all.

    Reminders are told beside them: of cases deemed accepted in this instant whose promise is as near as that.
    """
    issued, cards, carded = hall.connection.execute(
        "select count(*), count(*) filter (where level <> 'reminder'),"
        " count(distinct (case_id, clock)) filter (where level <> 'reminder') from card where issued_at = %s",
        [instant],
    ).fetchall()[0]
    hall.connection.commit()
    if not cards == carded == clocks:
        raise RuntimeError(f"{clocks:,} clocks fell due at {instant}, {cards:,} cards of {carded:,} clocks were issued")
    return int(issued)
