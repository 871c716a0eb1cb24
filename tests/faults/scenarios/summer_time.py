"""Halls in zones with summer time, over the days on which it begins and ends, with kills on the way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.storage.database import connect
from tests.faults.scale import Times
from tests.faults.scenario import Scenario
from tests.faults.scenarios.rearranged import move_days
from tests.faults.trial import Setting, Trial

FASTER = 4
"""Case time runs half a day a second: a week around the change takes a quarter of a minute."""


@dataclass(frozen=True)
class Change:
    """A zone, the Sunday its clocks are changed, and the offset before."""

    zone: str
    day: date
    offset: bytes


CHANGES = (
    Change("Europe/Amsterdam", date(2026, 3, 29), b"+01:00"),
    Change("America/New_York", date(2026, 11, 1), b"-04:00"),
    Change("America/New_York", date(2026, 3, 8), b"-05:00"),
    Change("Europe/Amsterdam", date(2026, 10, 25), b"+02:00"),
)
_DUE = """
select (started_at < %(change)s and due_at > %(change)s), (due_at at time zone %(zone)s)::time::text, count(*)
from clock where unit = 'working_days' and due_at is not null group by 1, 2
"""


class SummerTime(Scenario):
    """One installation for each change: cases begin before it and fall due after it, at closing time by the wall."""

    name = "summer time"
    what = "halls in Amsterdam and New York over the days their clocks change, the engine killed on each side"
    times = Times(1, 4, 8)
    most_at_once = 1

    def __init__(self) -> None:
        self._installation = 0

    def setting(self) -> Setting:
        """A hall of the zone whose turn it is, two working days before the change."""
        change = CHANGES[self._installation % len(CHANGES)]
        self._installation += 1
        first = change.day - timedelta(days=3)
        begins = datetime.combine(first + timedelta(days=1), datetime.min.time(), ZoneInfo(change.zone))
        rate = Setting().case_rate * FASTER
        arrange = move_days(first, change.offset)
        return Setting(begins=begins + timedelta(hours=12), zone=change.zone, case_rate=rate, arrange=arrange)

    def strike(self, trial: Trial, number: int) -> None:
        """Kill the engine before and after the change, and wait until a week is past it."""
        change = CHANGES[number % len(CHANGES)]
        at = datetime.combine(change.day, datetime.min.time(), ZoneInfo(change.zone)) + timedelta(hours=3)
        trial.site.wait_judged_up_to(at - timedelta(days=1))
        trial.site.kill_engine()
        trial.site.wait_judged_up_to(at + timedelta(hours=1))
        trial.site.kill_engine()
        trial.site.wait_judged_up_to(at + timedelta(days=7))
        self._check_due_times(trial, change, at)

    def _check_due_times(self, trial: Trial, change: Change, at: datetime) -> None:
        """Clocks run over the change, and every clock falls due at the same time of day by the wall."""
        with connect(trial.site.url) as connection:
            found = connection.execute(_DUE, {"change": at, "zone": change.zone}).fetchall()
        if not any(spans for spans, *_ in found) or len({local_time for _, local_time, _ in found}) != 1:
            trial.ledger.complain(f"{change.zone} {change.day}: clocks (over the change, due at) {found}")
