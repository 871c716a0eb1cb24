"""Whether a calendar leaves any time to work in: without it no limit runs, and silence would pass for health."""

from __future__ import annotations

from monitor.domain.calendars import WorkingCalendar
from monitor.domain.instants import DAY, Instant

LOOKED_AHEAD = 30 * DAY
"""Longer than any run of holidays."""


def has_working_time(calendar: WorkingCalendar, as_of: Instant) -> bool:
    """Whether the thirty days after a moment hold any working time."""
    return calendar.open_time(as_of + LOOKED_AHEAD) > calendar.open_time(as_of)
