"""The life of the hall, day by day: who comes, what becomes of each case, and what wrongdoing is planted among them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from math import sqrt
from random import Random

from monitor.simulator.deeds import DEEDS, Bending, Deed, calm_plan, is_apt
from monitor.simulator.departments import HallDepartment
from monitor.simulator.findings import findings_of
from monitor.simulator.forged_records import FORGERIES, Forgery, PlayedCase
from monitor.simulator.items import HallItem
from monitor.simulator.plan import HABITS, HABITS_BEFORE, SuspensionPlan, draw_plan
from monitor.simulator.play import Stage, Timing
from monitor.simulator.registry import SimulatedHall
from monitor.simulator.sent_events import events_of
from monitor.simulator.working_days import DAY, WorkingDays, date_at, day_number

BEFORE_REFORM = (date(2025, 4, 7), date(2025, 5, 23))
"""Arrivals of the cases that show how things were before the reform."""
BEFORE_REFORM_SHARE = 0.075
"""Their number, as a share of the arrivals of the reformed hall."""
LIVE_FROM = date(2026, 5, 11)
"""The first day of life, a Monday; before it lies history. Items promised in hours are taken up from here on: their
limits run out at any minute, and history strides from closing to closing."""
PLANTED_A_DAY = 6
CASES_A_DAY = 430
"""Cases on an ordinary working day at volume 1."""

_LIVE_FROM = day_number(LIVE_FROM)
_WEEKDAYS = (1.14, 1.04, 1.0, 0.98, 0.9, 0.6, 0.6)
_WRONGDOING: tuple[Deed | Forgery, ...] = (*DEEDS, *FORGERIES)


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody comes to a desk for an item; `wrong` = the wrongdoing planted in the case."""

    received: int
    desk: HallDepartment
    item: HallItem
    wrong: Deed | Forgery | None = None
    calm: bool = False


class HallLife:
    """The hall's cases; the same for the same seed and volume, whatever day is asked for first.

    `volume` 1.0 is about `CASES_A_DAY` cases on a working day.
    """

    def __init__(self, hall: SimulatedHall, seed: int, volume: float = 1.0) -> None:
        self.hall = hall
        self.seed = seed
        self.volume = volume
        self.days = WorkingDays()
        self._apt = [
            (desk, item)
            for desk in hall.desks
            for item in hall.items_at[desk.code]
            if item.changes_on is None and is_apt(item.versions[-1])
        ]
        self._desks = {desk.code: desk for desk in hall.desks}
        self._changing = [item for item in hall.items if item.changes_on is not None]

    def first_day(self) -> int:
        """The first day on which anything happens."""
        return day_number(BEFORE_REFORM[0])

    def fingerprint(self) -> str:
        """A mark of what this version of the simulator makes of seed and volume: two halls that share it live alike."""
        sample = [*self.cases_before_reform(self.first_day()), *self.cases(_LIVE_FROM - 5 * 7), *self.cases(_LIVE_FROM)]
        lines = [repr(item.versions) for item in self.hall.items]
        lines += [event.line().decode() for case in sample for event in case.events]
        lines += [repr(finding) for case in sample for finding in case.findings]
        return sha256("\n".join(lines).encode()).hexdigest()[:16]

    def cases(self, day: int) -> Iterator[PlayedCase]:
        """The cases received on a working day since the reform."""
        random = Random(f"{self.seed}:{day}")
        timing = Timing(self.days, random)
        arrivals = list(self._natural_arrivals(day, timing, self.hall.items_at, self.volume))
        arrivals += self._planted_arrivals(day, timing)
        arrivals += self._arrivals_before_change(day, timing)
        stage = Stage(self.hall, timing)
        for case_no, arrival in _numbered(arrivals, day):
            yield self._play(stage, arrival, case_no, before=False)

    def cases_before_reform(self, day: int) -> Iterator[PlayedCase]:
        """The cases received on a working day before the reform: none planted, all brought to an end."""
        random = Random(f"{self.seed}:{day}")
        timing = Timing(self.days, random)
        volume = self.volume * BEFORE_REFORM_SHARE
        arrivals = list(self._natural_arrivals(day, timing, self.hall.items_at_before, volume))
        stage = Stage(self.hall, timing)
        for case_no, arrival in _numbered(arrivals, day):
            yield self._play(stage, arrival, case_no, before=True)

    # -- arrivals --------------------------------------------------------------------------------------------------

    def _natural_arrivals(
        self, day: int, timing: Timing, items_at: dict[str, tuple[HallItem, ...]], volume: float
    ) -> Iterator[Arrival]:
        random, weekday = timing.random, date_at(day).weekday()
        after_rest = 1.25 if day - self.days.before(day) > 3 else 1.0
        for code, items in items_at.items():
            desk = self._desks[code]
            mean = desk.arrivals * volume * _WEEKDAYS[weekday] * after_rest
            count = max(0, int(random.gauss(mean, 0.6 * sqrt(mean)) + random.random()))
            for item in random.choices(items, [item.demand for item in items], k=count):
                received = day * DAY + timing.served()
                # Before its limits change, an item has those cases only that run across the change.
                if day >= (item.changes_on or 0) and (not item.is_hourly or day >= _LIVE_FROM):
                    yield Arrival(received, desk, item)

    def _planted_arrivals(self, day: int, timing: Timing) -> Iterator[Arrival]:
        """A few wrongs a day, in turn through all kinds, each at a desk drawn by chance."""
        turn = self.days.until(day) * PLANTED_A_DAY
        for place in range(turn, turn + PLANTED_A_DAY):
            desk, item = timing.random.choice(self._apt)
            wrong = _WRONGDOING[place % len(_WRONGDOING)]
            yield Arrival(day * DAY + timing.served(), desk, item, wrong)

    def _arrivals_before_change(self, day: int, timing: Timing) -> Iterator[Arrival]:
        """Two cases a day that will still be running when their item's limits change (A17, A21)."""
        for item in self._changing:
            if item.changes_on is not None and 0 < self.days.between(day, item.changes_on) <= 3:
                for _ in range(2):
                    yield Arrival(day * DAY + timing.served(), self._desks[item.department], item, calm=True)

    # -- cases -----------------------------------------------------------------------------------------------------

    def _play(self, stage: Stage, arrival: Arrival, case_no: str, *, before: bool) -> PlayedCase:
        random, item, desk = stage.timing.random, arrival.item, arrival.desk
        version = item.on(arrival.received // DAY)
        if arrival.wrong is not None:
            return self._commit(stage, arrival, case_no, arrival.wrong)
        if arrival.calm:
            plan = calm_plan(version, random)
            plan.used = int(version.promised or 0)
        else:
            plan = draw_plan(version, HABITS_BEFORE if before else HABITS[desk.tempo], random)
        if before:
            plan.withdrawn_at = plan.stalled_at = None
            plan.supplied_after = plan.supplied_after or 3
        course = stage.play(desk, item, case_no, arrival.received, plan)
        return PlayedCase(events_of(course), findings_of(course, self.days))

    def _commit(self, stage: Stage, arrival: Arrival, case_no: str, wrong: Deed | Forgery) -> PlayedCase:
        """Play a case with wrongdoing in it."""
        item, timing = arrival.item, stage.timing
        version = item.on(arrival.received // DAY)
        case = Bending(version, calm_plan(version, timing.random), timing)
        if isinstance(wrong, Forgery):
            case.plan.used = wrong.used + (case.promised if wrong.of_promise else 0)
            case.plan.suspension = SuspensionPlan(1, 4, 3) if wrong.suspended else None
        elif wrong.bend_plan is not None:
            wrong.bend_plan(case)
        course = stage.play(arrival.desk, item, case_no, arrival.received, case.plan)
        if isinstance(wrong, Forgery):
            forged = wrong.forge(course, timing)
            return PlayedCase(forged.events, forged.findings, wrong.name)
        case.course = course
        if wrong.bend_course is not None:
            wrong.bend_course(case)
        return PlayedCase(events_of(course), findings_of(course, self.days), wrong.name)


def _numbered(arrivals: list[Arrival], day: int) -> Iterator[tuple[str, Arrival]]:
    """Arrivals in order of receipt, with case numbers counted up within department and day."""
    counted: dict[str, int] = {}
    date_part = date_at(day).strftime("%y%m%d")
    for arrival in sorted(arrivals, key=lambda arrival: arrival.received):
        code = arrival.desk.code
        counted[code] = counted.get(code, 0) + 1
        yield f"{code}{date_part}-{counted[code]:03}", arrival
