"""The working calendar, asked one day at a time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)

NATIONAL: dict[str, Any] = {
    "zone": "Asia/Shanghai",
    "opening": "09:00",
    "closing": "17:00",
    "fixed_holidays": ["01-01", "05-01", "05-02", "10-01", "10-02", "10-03"],
    "years": {
        "2024": {
            "holidays": [
                "2024-01-01",
                "2024-02-10..17",
                "2024-04-04..06",
                "2024-05-01..05",
                "2024-06-10",
                "2024-09-15..17",
                "2024-10-01..07",
            ],
            "workdays": [
                "2024-02-04",
                "2024-02-18",
                "2024-04-07",
                "2024-04-28",
                "2024-05-11",
                "2024-09-14",
                "2024-09-29",
                "2024-10-12",
            ],
        },
        "2025": {
            "holidays": [
                "2025-01-01",
                "2025-01-28..31",
                "2025-02-01..04",
                "2025-04-04..06",
                "2025-05-01..05",
                "2025-05-31",
                "2025-06-01..02",
                "2025-10-01..08",
            ],
            "workdays": ["2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11"],
        },
        "2026": {
            "holidays": [
                "2026-01-01..03",
                "2026-02-15..23",
                "2026-04-04..06",
                "2026-05-01..05",
                "2026-06-19..21",
                "2026-09-25..27",
                "2026-10-01..07",
            ],
            "workdays": ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"],
        },
    },
}


def spell_out(days: list[str]) -> list[date]:
    """Read dates, and spans within a month written `2026-02-15..23`."""
    spelled: list[date] = []
    for text in days:
        first = date.fromisoformat(text[:10])
        last = first.replace(day=int(text[12:])) if ".." in text else first
        while first <= last:
            spelled.append(first)
            first += ONE_DAY
    return spelled


class WorkingDays:
    """A calendar as the `evaluate` contract gives it (`C`); None is the national one.

    Instants are aware datetimes in UTC, so that their differences are real time; days are local dates.
    """

    def __init__(self, calendar: dict[str, Any] | None) -> None:
        given = NATIONAL if calendar is None else calendar
        self.zone = ZoneInfo(given.get("zone") or "Asia/Shanghai")
        self.opening = time.fromisoformat(given.get("opening") or "09:00")
        self.closing = time.fromisoformat(given.get("closing") or "17:00")
        self.fixed_holidays = set(given.get("fixed_holidays") or [])
        self.published_years = {int(year) for year in given.get("years") or {}}
        self.named_holidays: set[date] = set()
        self.named_workdays: set[date] = set()
        for notice in (given.get("years") or {}).values():
            self.named_holidays.update(spell_out(notice.get("holidays") or []))
            self.named_workdays.update(spell_out(notice.get("workdays") or []))
        self._known: dict[date, bool] = {}

    def is_working(self, day: date) -> bool:
        """Say whether a day is a working day."""
        if day not in self._known:
            self._known[day] = self._look_up(day)
        return self._known[day]

    def _look_up(self, day: date) -> bool:
        # "a date named by any loaded notice is as named; make-up workday wins over holiday"
        if day in self.named_workdays:
            return True
        if day in self.named_holidays:
            return False
        # the fixed statutory holidays "apply in unpublished years only"
        if day.year not in self.published_years and day.strftime("%m-%d") in self.fixed_holidays:
            return False
        return day.weekday() < 5

    def next_working(self, day: date) -> date:
        """Return the first working day after a day."""
        day += ONE_DAY
        while not self.is_working(day):
            day += ONE_DAY
        return day

    def working_day_after(self, day: date, count: float) -> date:
        """Return the count-th working day after a day (a fraction counts as begun)."""
        passed = 0
        while passed < count:
            day = self.next_working(day)
            passed += 1
        return day

    def working_days_between(self, after: date, until: date) -> int:
        """Count the working days after one day up to and including another."""
        count = 0
        while after < until:
            after += ONE_DAY
            count += self.is_working(after)
        return count

    def day(self, instant: datetime) -> date:
        """Return the local date of an instant."""
        return instant.astimezone(self.zone).date()

    def clock_time(self, instant: datetime) -> time:
        """Return the local civil time of day of an instant."""
        return instant.astimezone(self.zone).time().replace(fold=0)

    def instant(self, day: date, at: time) -> datetime:
        """Return the instant of a local time: twice there, the earlier; never there, moved forward over the gap."""
        return datetime.combine(day, at.replace(fold=0), self.zone).astimezone(UTC)

    def opens(self, day: date) -> datetime:
        """Return the opening instant of a day."""
        return self.instant(day, self.opening)

    def closes(self, day: date) -> datetime:
        """Return the closing instant of a day."""
        return self.instant(day, self.closing)

    def is_provisional(self, first: date, last: date) -> bool:
        """Say whether a span touches a year without a published notice."""
        return any(year not in self.published_years for year in range(first.year, last.year + 1))

    def read(self, text: str) -> datetime:
        """Read a time of the contract: without a zone it is local, a date alone is 00:00."""
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self.zone, fold=0)
        return moment.astimezone(UTC)

    def write(self, instant: datetime | None) -> str | None:
        """Write an instant as ISO 8601 with the calendar's offset."""
        return None if instant is None else instant.astimezone(self.zone).isoformat()
