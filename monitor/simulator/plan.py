"""The plan of a case: how long each stretch will take, in working days, drawn from its department's habits."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from monitor.domain.items import ItemKind, Unit
from monitor.domain.registry import ItemRecord
from monitor.simulator.departments import Tempo


@dataclass(frozen=True)
class Habits:
    """How a department works. Shares are of the cases they can apply to.

    `usage` = mean share of the promise that is used up; `late` = share that breaks the promise, `very_late` = share
    of those that also breaks the law; `stalled` = share never decided.
    """

    usage: float
    late: float
    very_late: float
    late_on_the_spot: float
    late_acceptance: float
    late_delivery: float
    extended: float
    stalled: float


HABITS = {
    Tempo.BRISK: Habits(0.80, 0.006, 0.04, 0.001, 0.0005, 0.001, 0.004, 0.0),
    Tempo.STEADY: Habits(0.81, 0.014, 0.06, 0.003, 0.0015, 0.003, 0.012, 0.0008),
    Tempo.SLOW: Habits(0.86, 0.085, 0.12, 0.012, 0.008, 0.012, 0.035, 0.006),
}
"""Habits since the reform."""
HABITS_BEFORE = Habits(0.82, 0.03, 0.05, 0.0, 0.0, 0.004, 0.02, 0.0)
"""Every department's habits before the reform."""
LATE_BY_HOURS = 0.1
"""Share of the cases promised in hours that come late: the hall is new to it."""


@dataclass(slots=True)
class SuspensionPlan:
    """A suspension begun after `offset` counted days, planned for `planned` working days, resumed after `actual`."""

    offset: int
    planned: int
    actual: int


@dataclass(slots=True)
class CasePlan:
    """How a case will go; lengths in working days. `used` counts from acceptance to decision, suspensions not counted.

    `supplied_after` None: corrections are never supplied. `delivered_after` None: never delivered.
    `withdrawn_at`, `stalled_at`: shares of the way at which the case is withdrawn or left lying. `share_of_hours`: for
    items promised in hours, how much of the promise is used.
    """

    online: bool
    corrections: int
    supplied_after: int | None
    accept_after: int
    used: int
    refused: bool = False
    suspension: SuspensionPlan | None = None
    extension: int | None = None
    granted: bool = True
    higher_body_days: int = 0
    delivered_after: int | None = 0
    withdrawn_at: float | None = None
    stalled_at: float | None = None
    rated: bool = False
    share_of_hours: float = 0.0
    claims: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether nothing will move its due time after acceptance."""
        return self.suspension is None and self.extension is None


def working_promise(version: ItemRecord) -> int:
    """The promise as a number of working days (calendar days: about five in seven)."""
    promised = int(version.promised or 0)
    return promised * 5 // 7 if version.unit is Unit.CALENDAR_DAYS else promised


def draw_plan(version: ItemRecord, habits: Habits, random: Random) -> CasePlan:
    """Draw the natural plan of a case of an item."""
    chance = random.random
    on_the_spot = version.kind is ItemKind.IMMEDIATE
    corrected = chance() < (0.02 if on_the_spot else 0.1)
    plan = CasePlan(
        online=chance() < 0.3,
        corrections=1 if corrected else 0,
        supplied_after=None if corrected and chance() < 0.06 else random.randint(1, 6),
        accept_after=_accept_after(version, habits, random),
        used=_used(version, habits, random),
        refused=chance() < 0.02,
        granted=chance() < 0.97,
        higher_body_days=random.randint(6, 20),
        delivered_after=_delivered_after(version, habits, random),
        rated=chance() < 0.22,
        share_of_hours=random.uniform(1.05, 1.6) if chance() < LATE_BY_HOURS else random.uniform(0.45, 0.98),
        claims=chance() < 0.35,
    )
    if not on_the_spot:
        _draw_interruptions(plan, version, habits, random)
    if chance() < 0.012:
        plan.withdrawn_at = random.random()
    elif not on_the_spot and chance() < habits.stalled:
        plan.stalled_at = random.uniform(0.2, 0.8)
    return plan


def _accept_after(version: ItemRecord, habits: Habits, random: Random) -> int:
    limit = int(5 if version.acceptance is None else version.acceptance)
    if random.random() < habits.late_acceptance:
        return limit + random.randint(1, 3)
    if version.kind is ItemKind.IMMEDIATE or version.unit is Unit.WORKING_HOURS:
        return 0
    return min(limit, random.choices((0, 1, 2, 3), (78, 14, 6, 2))[0])


def _used(version: ItemRecord, habits: Habits, random: Random) -> int:
    promise = working_promise(version)
    if version.unit is Unit.WORKING_HOURS:
        return 0
    if version.kind is ItemKind.IMMEDIATE:
        return random.randint(1, 2) if random.random() < habits.late_on_the_spot else 0
    if random.random() < habits.late:
        if random.random() < habits.very_late:
            return int(version.statutory or 20) + random.randint(1, 6)
        return promise + 1 + min(int(random.expovariate(0.6)), 8)
    share = min(1.0, max(0.05, random.gauss(habits.usage, 0.2)))
    return min(promise, int(promise * share + random.random()))


def _delivered_after(version: ItemRecord, habits: Habits, random: Random) -> int | None:
    limit = int(10 if version.delivery is None else version.delivery)
    if random.random() < habits.late_delivery:
        return random.choice((limit + 1, limit + 3, None))
    if version.kind is ItemKind.IMMEDIATE:
        return 0
    return random.choices((0, 1, 2, 3), (45, 30, 15, 10))[0]


def _draw_interruptions(plan: CasePlan, version: ItemRecord, habits: Habits, random: Random) -> None:
    """Suspension or extension, in cases long enough to have one."""
    promise = working_promise(version)
    if promise < 4 or version.unit is not Unit.WORKING_DAYS:
        return
    if random.random() < 0.08:
        planned = random.randint(3, 12)
        actual = (
            planned + random.randint(1, 3) if random.random() < 0.04 else random.randint(max(1, planned - 4), planned)
        )
        plan.suspension = SuspensionPlan(random.randint(0, plan.used // 3), planned, actual)
    elif random.random() < habits.extended:
        plan.extension = random.randint(3, 10)
        plan.used = promise + random.randint(1, plan.extension)
