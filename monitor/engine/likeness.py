"""What makes cases alike: they agree in everything that time and calendar ask of facts and clocks.

Of when a clock started that is the stretch of the day: before opening, in opening hours, after closing. To a limit in
days and to its reminder nothing else matters; where the very minute does it shows in the due time, and a limit in hours
is alike only from the same instant.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

import msgspec

from monitor.domain.calendars import WorkingCalendar
from monitor.domain.facts import CaseFacts, ClockFacts
from monitor.domain.instants import Instant

DAYS_ALIKE = 120
"""Clocks that started longer ago are alike only where they started in the same instant."""
BYTES: Final = 16
_WORKING_HOURS: Final = "working_hours"

_encode = msgspec.msgpack.Encoder().encode


class Likeness:
    """Digests of cases judged at a moment by a version of the hall's calendar."""

    __slots__ = ("as_of", "calendar_version", "stretches")

    def __init__(self, calendar: WorkingCalendar, calendar_version: int, as_of: Instant) -> None:
        today = calendar.zone.day(as_of)
        self.stretches = calendar.stretches(today - DAYS_ALIKE, today + 1)
        self.calendar_version = calendar_version
        self.as_of = as_of

    def digest(
        self, source_id: int, facts: CaseFacts, clocks: Sequence[ClockFacts], calendar_version: int,
        cards_not_before: Instant | None, *, ordinary: bool, accepted: bool, carded: bool,
    ) -> bytes:  # fmt: skip
        """128 bits that two cases share only where they are alike. `accepted`: it is known which event accepted it."""
        stretched = calendar_version == self.calendar_version
        accepted_at = facts.accepted_at
        told: list[object] = [
            source_id, calendar_version, cards_not_before, ordinary, accepted, carded, facts.item, facts.department,
            facts.status, facts.light, facts.deemed, facts.promise_due_at, facts.promise_state, facts.statutory_due_at,
            facts.statutory_state, facts.next_change_at, facts.decided_at is None, facts.closed_at is None,
            accepted_at if accepted_at is None or not stretched else self._stretch(accepted_at),
        ]  # fmt: skip
        for clock in clocks:
            started_at = clock.started_at
            told += (
                clock.position, clock.name, clock.unit, clock.limit_value, clock.extended, clock.due_at,
                clock.due_at_if_refused, clock.ended, clock.state, clock.provisional, started_at == accepted_at,
                started_at if clock.unit == _WORKING_HOURS or not stretched else self._stretch(started_at),
            )  # fmt: skip
        return blake2b(_encode(told), digest_size=BYTES).digest()

    def _stretch(self, at: Instant) -> Instant:
        """The beginning of the stretch of the day in which a moment lies; the moment itself where that is not known."""
        place = bisect_right(self.stretches, at)
        return at if place == 0 or at > self.as_of else self.stretches[place - 1]
