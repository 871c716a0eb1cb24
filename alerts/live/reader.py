"""What the live channel reads of the database, in threads of its own: neither requests nor clients wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

from alerts.live.scope import Scope
from alerts.live.whole_board import BoardRead, days_ahead, read_as_of, read_case_time, read_whole_board
from monitor.storage.board import read_due_days, read_numbers, read_sources, read_trend
from monitor.storage.cards import read_newest_cards
from monitor.storage.case_clock import CaseClock, CaseClockRow
from monitor.storage.feed import (
    FeedHead,
    FeedRow,
    begin_feed,
    forget_old_feed,
    read_feed_head,
    read_feed_heads,
    read_feed_since,
    reading_one_state,
)
from monitor.storage.halls import HallFacts, find_hall, read_hall, read_halls
from monitor.storage.silence import silent_codes
from monitor.storage.thread_rules import ThreadRules

READING_THREADS = 4
SECONDS_FOR_CONNECTION = 5.0

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Pulse:
    """What a heartbeat tells: how far the engine has judged and how far each source's data are complete.

    `clock_row` is the row of case time in force: when it changes, every page's clock has to be set anew.
    """

    as_of: str
    sources: list[dict[str, Any]]
    clock_row: CaseClockRow


class LiveReader:
    """Reads boards, rows of the feed and pulses; every method may be awaited from any number of tasks.

    `pool` lends at least `READING_THREADS` connections, none of them needed elsewhere at the same time.
    """

    def __init__(self, pool: ConnectionPool[Connection[TupleRow]]) -> None:
        self._pool = pool
        self._clock = CaseClock()
        self._rules = ThreadRules()
        self._threads = ThreadPoolExecutor(READING_THREADS, thread_name_prefix="live-reader")

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def read_board(self, scope: Scope) -> BoardRead:
        """Read the whole board of a scope together with its sequence number."""
        return await self._run(self._read_board, scope)

    async def begin_feed(self, hall_id: int) -> FeedHead:
        """Read where a hall's feed ends, beginning it first where it has none."""
        return await self._run(begin_feed, hall_id)

    async def read_head(self, hall_id: int) -> FeedHead:
        """Read where a hall's feed ends and where it begins."""
        return await self._run(read_feed_head, hall_id)

    async def read_heads(self, hall_ids: Collection[int]) -> dict[int, int]:
        """Read the newest sequence numbers of these halls."""
        return await self._run(read_feed_heads, hall_ids)

    async def read_since(self, hall_id: int, seq: int, limit: int) -> list[FeedRow]:
        """Read the rows after a sequence number, at most `limit`."""
        return await self._run(read_feed_since, hall_id, seq, limit)

    async def read_case_time(self, hall_id: int) -> dict[str, Any]:
        """Read `CaseTime` as it is now."""
        return await self._run(self._read_case_time, hall_id)

    async def read_pulse(self, hall_id: int) -> Pulse:
        """Read what a heartbeat tells."""
        return await self._run(self._read_pulse, hall_id)

    async def read_own_parts(self, scope: Scope, names: Collection[str]) -> dict[str, Any]:
        """Read those of `numbers`, `due_days`, `trend` and `cards` that are named, for this scope alone."""
        return await self._run(self._read_own_parts, scope, names)

    async def find_hall(self, code: str | None) -> HallFacts:
        """Find a hall by its code, the only or first without one. Raises HallError."""
        return await self._run(find_hall, code)

    async def read_hall_ids(self) -> list[int]:
        """Read the ids of all halls."""
        return await self._run(lambda connection: [hall.hall_id for hall in read_halls(connection)])

    async def forget_old(self, hall_id: int, real_now: datetime) -> int:
        """Forget the rows of the feed that are older than it is kept; give how many."""
        return await self._run(forget_old_feed, hall_id, real_now)

    async def _run(
        self,
        read: Callable[Concatenate[Connection[TupleRow], Arguments], Answer],
        *arguments: Arguments.args,
        **named: Arguments.kwargs,
    ) -> Answer:
        def work() -> Answer:
            with self._pool.connection(timeout=SECONDS_FOR_CONNECTION) as connection:
                return read(connection, *arguments, **named)

        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _read_board(self, connection: Connection[TupleRow], scope: Scope) -> BoardRead:
        with reading_one_state(connection):
            return read_whole_board(connection, scope, self._rules, self._clock)

    def _read_case_time(self, connection: Connection[TupleRow], hall_id: int) -> dict[str, Any]:
        hall = read_hall(connection, hall_id)
        return read_case_time(connection, hall, self._rules.get(connection, hall_id).calendar, self._clock)

    def _read_pulse(self, connection: Connection[TupleRow], hall_id: int) -> Pulse:
        hall = read_hall(connection, hall_id)
        as_of = read_as_of(connection, hall, self._clock)
        silent = silent_codes(connection, hall_id)
        self._clock.reload(connection)
        clock_row = self._clock.current_row()
        return Pulse(hall.time_text(as_of), read_sources(connection, hall_id, silent=silent), clock_row)

    def _read_own_parts(self, connection: Connection[TupleRow], scope: Scope, names: Collection[str]) -> dict[str, Any]:
        with reading_one_state(connection):
            hall = read_hall(connection, scope.hall_id)
            as_of = read_as_of(connection, hall, self._clock)
            calendar = self._rules.get(connection, hall.hall_id).calendar
            days = days_ahead(hall, calendar, as_of)
            own = connection, hall.hall_id
            read: dict[str, Callable[[], Any]] = {
                "numbers": lambda: read_numbers(*own, as_of, scope.departments),
                "due_days": lambda: read_due_days(*own, days, scope.departments),
                "trend": lambda: read_trend(*own, as_of, scope.departments),
                "cards": lambda: read_newest_cards(*own, as_of, scope.departments),
            }
            return {name: read[name]() for name in names}
