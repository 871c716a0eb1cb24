"""Silence is not health: what is known of a source that should send and has not been heard of (anomaly A23)."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from monitor.domain.calendars import WorkingCalendar
from monitor.domain.instants import MINUTE, Instant

SILENT_AFTER = 30 * MINUTE
"""Working time without a word after which a source is silent."""


class Hearing(StrEnum):
    """How well a source is heard at a moment.

    `awaited`: not heard of since the supervision's own outage, and not yet for long enough to call it silent.
    """

    CURRENT = "current"
    AWAITED = "awaited"
    SILENT = "silent"
    SILENT_A_DAY = "silent_a_day"

    @property
    def is_silent(self) -> bool:
        """Whether the source has a feed card."""
        return self in (Hearing.SILENT, Hearing.SILENT_A_DAY)


class HeardSource(NamedTuple):
    """What a source has told, and how well it is heard: everything that happened up to `complete_until` is known."""

    complete_until: Instant
    hearing: Hearing


def hearing_of(
    calendar: WorkingCalendar, complete_until: Instant, as_of: Instant, deaf_until: Instant | None = None
) -> Hearing:
    """How well a source is heard whose data are complete until a moment.

    `deaf_until`: until then the supervision itself could not hear; no source is blamed for that time. It must be None
    for a source that had fallen silent before: what it owes does not become less by somebody else's fault.
    """
    counted_from = complete_until if deaf_until is None else max(complete_until, deaf_until)
    passed = calendar.open_time(as_of) - calendar.open_time(counted_from)
    if passed > SILENT_AFTER:
        return Hearing.SILENT_A_DAY if passed > working_day(calendar) else Hearing.SILENT
    if deaf_until is not None and complete_until < deaf_until:
        return Hearing.AWAITED
    return Hearing.CURRENT


def working_day(calendar: WorkingCalendar) -> int:
    """The opening time of one working day, in microseconds."""
    return calendar.closing - calendar.opening


def silent_from(calendar: WorkingCalendar, complete_until: Instant) -> Instant | None:
    """When a source heard of up to a moment falls silent; None where the calendar has no working time after it."""
    return calendar.instant_of_open_time(calendar.open_time(complete_until) + SILENT_AFTER)


def silent_a_day_from(calendar: WorkingCalendar, complete_until: Instant) -> Instant | None:
    """When its silence has lasted one working day; None where the calendar has no working time after it."""
    return calendar.instant_of_open_time(calendar.open_time(complete_until) + working_day(calendar))
