"""The two connections of a hall's engine: cases that many at once are turned are shared between them.

Each share is a transaction of its own, of other cases; nobody else writes the hall meanwhile. Both lock the counters of
cards, then those of departments, then the feed, near the end of their transactions: neither waits in a ring.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from types import TracebackType
from typing import Any, Self, TypeVar

from psycopg import Connection

from monitor.domain.calendars import WorkingCalendar
from monitor.domain.judge import Rules
from monitor.storage.cohorts import Cohort
from monitor.storage.database import connect
from monitor.storage.fold import hold_second_hand, prepare_engine_session
from monitor.storage.rules import HallRules

SHARED_FROM = 2_000
"""Fewer cases are not worth a second transaction."""

Done = TypeVar("Done")


class Hand:
    """A connection that turns cases of the hall, with rules that no other thread asks."""

    def __init__(self, connection: Connection[Any]) -> None:
        self.connection = connection
        self._held: HallRules | None = None
        self._own: HallRules | None = None

    def own(self, held: HallRules) -> HallRules:
        """The same rules with a calendar of its own: a calendar grows while it is asked."""
        if self._own is None or self._held is not held:
            rules = Rules(held.rules.items, WorkingCalendar(held.calendar.content), held.rules.policy)
            self._held, self._own = held, replace(held, rules=rules)
        return self._own


class Hands:
    """The engine's own connection, and a second one from when there is much to do; a context, at whose end it rests.

    `url` None: there is only the one.
    """

    def __init__(self, connection: Connection[Any], hall_id: int, url: str | None) -> None:
        self.first = Hand(connection)
        self._hall_id = hall_id
        self._url = url
        self._second: Hand | None = None
        self._pool = ThreadPoolExecutor(1, "second-hand")

    @property
    def count(self) -> int:
        """How many there may be."""
        return 1 if self._url is None else 2

    def are_needed(self, cohorts: Sequence[Cohort]) -> bool:
        """Whether there are so many cases that the second connection pays."""
        return self._url is not None and len(cohorts) > 1 and sum(cohort.cases for cohort in cohorts) >= SHARED_FROM

    def share(self, cohorts: Sequence[Cohort], work: Callable[[Hand, Sequence[Cohort]], Done]) -> list[Done]:
        """Have the halves of some cohorts worked on at the same time, each in a transaction; what became of either.

        Where one fails the other is still ended; then the error is raised. Outside of a transaction.
        """
        assert self._url is not None, "they are needed only where a second one can be reached"
        second, half = self._reach_second(self._url), _middle(cohorts)
        other = self._pool.submit(work, second, cohorts[half:])
        try:
            mine = work(self.first, cohorts[:half])
        finally:
            wait([other])
        return [mine, other.result()]

    def __enter__(self) -> Self:
        """Nothing is reached before it is needed."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give up the second connection."""
        self._rest()

    def _rest(self) -> None:
        if self._second is not None:
            self._second.connection.close()
            self._second = None

    def _reach_second(self, url: str) -> Hand:
        if self._second is None:
            connection = connect(url)
            self._second = Hand(connection)
            prepare_engine_session(connection)
            with connection.transaction():
                hold_second_hand(connection, self._hall_id)
            with self.first.connection.transaction():  # it is there yet, so that no other engine has come between
                self.first.connection.execute("select 1")
        return self._second


def _middle(cohorts: Sequence[Cohort]) -> int:
    """Where to part them so that either half has about as many cases; neither is empty."""
    wanted, place = sum(cohort.cases for cohort in cohorts) // 2, 1
    passed = cohorts[0].cases
    while passed < wanted and place < len(cohorts) - 1:
        passed += cohorts[place].cases
        place += 1
    return place
