"""Silence is not health: when a source that should send counts as silent (anomaly A23)."""

from __future__ import annotations

from monitor.domain.calendars import WorkingCalendar
from monitor.domain.instants import MINUTE, Instant

SILENT_AFTER = 30 * MINUTE
"""Working time without a word after which a source is silent."""


def is_silent(calendar: WorkingCalendar, complete_until: Instant, as_of: Instant) -> bool:
    """Whether a source whose data are complete until a moment has been silent for 30 working minutes since."""
    return calendar.open_time(as_of) - calendar.open_time(complete_until) > SILENT_AFTER
