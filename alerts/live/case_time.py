"""Case time as pages are told it: anchors, rate, and what kind of day it is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from monitor.domain.calendars import WorkingCalendar
from monitor.domain.instants import Zone, instant_of
from monitor.storage.case_clock import CaseClockRow

DAYS_AHEAD = 10
"""How many working days the board looks ahead."""


def describe_case_time(row: CaseClockRow, calendar: WorkingCalendar, zone: Zone, real_now: datetime) -> dict[str, Any]:
    """Give `CaseTime` of the API at the real moment `real_now`, JSON-ready.

    The case anchor is put at `real_now`: a page that counts from it adds up no rounding since the clock was set.
    """
    case_now = instant_of(row.at(real_now))
    day = zone.day(case_now)
    named = calendar.name(day)
    return {
        "case_anchor": zone.text(case_now),
        "real_anchor": zone.text(instant_of(real_now)),
        "rate": row.rate,
        "server_now": zone.text(instant_of(real_now)),
        "day_kind": calendar.kind(day).value,
        "day_name": None if named is None else {"zh": named.name_zh, "en": named.name_en},
        "opening": calendar.content.opening.strftime("%H:%M"),
        "closing": calendar.content.closing.strftime("%H:%M"),
    }
