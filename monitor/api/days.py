"""Local days as parameters of a request, and the instants between which they lie."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from annotated_types import Ge, Le

from monitor.domain.instants import datetime_of, day_of
from monitor.storage.halls import HallFacts

FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2199, 12, 31)
"""No event is older than 1990; beyond two centuries a date is a slip of the finger."""

Day = Annotated[date, Ge(FIRST_DAY), Le(LAST_DAY)]


def bounds_of(day: date | None, hall: HallFacts) -> tuple[datetime, datetime] | None:
    """First instant of a local day of the hall and first instant after it; None where no day is asked for."""
    if day is None:
        return None
    number = day_of(day)
    begin, end = (hall.local.instant(which, 0) for which in (number, number + 1))
    return datetime_of(begin), datetime_of(end)
