"""Due days of many working-day limits at once, as NumPy arrays; the same answer as `Meter.day_reaching`, one by one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from monitor.domain.calendars import WorkingCalendar

Days = NDArray[np.int64]


def due_days(calendar: WorkingCalendar, starts: Days, limits: Days, after: Days, until: Days) -> Days:
    """The working day on which `limits[i]` counted days after day `starts[i]` are reached.

    Shapes: starts, limits (n,), days since 1970 and whole days ≥ 1; after, until (n, k): the k-th suspension of row i
    covers days d with after < d ≤ until, in order and disjoint; a row with fewer repeats its start in both. Raises
    OverflowError when a due day lies beyond the calendar's table.
    """
    table = calendar.table()
    first = table.first
    position = starts.copy()
    missing = limits.copy()
    open_rows = np.ones(len(starts), dtype=bool)
    for column in range(after.shape[1]):
        begins, ends = after[:, column], until[:, column]
        relevant = open_rows & (ends > position)
        available = np.where(begins > position, table.counts[begins - first] - table.counts[position - first], 0)
        reached = relevant & (available >= missing)
        open_rows &= ~reached
        passed = relevant & ~reached
        missing = np.where(passed, missing - available, missing)
        position = np.where(passed, ends, position)
    place = table.counts[position - first] + missing + table.before_anchor - 1
    if len(place) and int(place.max()) >= len(table.days):
        raise OverflowError("a due day lies beyond the calendar's table: ask for fewer days ahead")
    found: Days = table.days[place]
    return found
