"""Planted wrongdoing, one deed a kind: cases bent so that supervision has something certain to find.

A deed bends the plan of a case, its course, or (in `forged_records`) the records that are sent of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from monitor.domain.items import ItemKind, Unit
from monitor.domain.registry import ItemRecord
from monitor.simulator.course import Course, Extension, ExtensionFault, Step, Suspension, SuspensionFault
from monitor.simulator.plan import CasePlan, SuspensionPlan
from monitor.simulator.play import LAWFUL_REASONS, Timing, cut
from monitor.simulator.working_days import CLOSING, DAY

Bend = Callable[["Bending"], None]


@dataclass(slots=True)
class Bending:
    """A case being bent: its plan before it is played, its course afterwards."""

    version: ItemRecord
    plan: CasePlan
    timing: Timing
    course: Course | None = None

    @property
    def promised(self) -> int:
        """The promise in working days."""
        return int(self.version.promised or 0)

    @property
    def statutory(self) -> int:
        """The legal limit in working days."""
        by_law = 45 if self.version.kind is ItemKind.JOINT else 20
        return int(by_law if self.version.statutory is None else self.version.statutory)

    @property
    def acceptance_limit(self) -> int:
        """The limit for acceptance in working days."""
        return int(5 if self.version.acceptance is None else self.version.acceptance)

    def played(self) -> Course:
        """The course; only after playing."""
        assert self.course is not None
        return self.course

    def after_acceptance(self, days: int) -> int:
        """A moment some working days after acceptance."""
        accepted = self.played().accepted
        assert accepted is not None
        return self.timing.on_day(accepted, days)


@dataclass(frozen=True)
class Deed:
    """One kind of wrongdoing: what it does to the plan, what to the course, and the codes it must lead to."""

    name: str
    codes: tuple[str, ...]
    bend_plan: Bend | None = None
    bend_course: Bend | None = None


def is_apt(version: ItemRecord) -> bool:
    """Whether deeds can be done on an item: promised in working days, with room between acceptance, promise and law."""
    promised, statutory = version.promised or 0, version.statutory or 0
    return (
        version.kind is ItemKind.PROMISE
        and version.unit is Unit.WORKING_DAYS
        and version.acceptance is None
        and any(limit is not None for limit in version.steps.values())
        and 5 <= promised <= 10
        and statutory >= promised + 5
    )


def calm_plan(version: ItemRecord, random: Random) -> CasePlan:
    """A plan in which nothing is amiss."""
    promised = int(version.promised or 0)
    return CasePlan(
        online=False,
        corrections=0,
        supplied_after=1,
        accept_after=0,
        used=random.randint(2, promised - 2),
        delivered_after=1,
    )


# -- plans -------------------------------------------------------------------------------------------------------------


def _accept_late(case: Bending) -> None:
    case.plan.accept_after = case.acceptance_limit + 2


def _ask_twice(case: Bending) -> None:
    case.plan.corrections, case.plan.supplied_after = 2, 2


def _break_promise(case: Bending) -> None:
    case.plan.used = case.promised + 2


def _break_law(case: Bending) -> None:
    case.plan.used = case.statutory + 3


def _deliver_late(case: Bending) -> None:
    case.plan.delivered_after = int(10 if case.version.delivery is None else case.version.delivery) + 3


def _never_deliver(case: Bending) -> None:
    case.plan.delivered_after = None


def _suspend(case: Bending) -> None:
    case.plan.suspension = SuspensionPlan(1, 4, 3)


def _suspend_too_long(case: Bending) -> None:
    case.plan.suspension = SuspensionPlan(1, 3, 6)


def _extend(case: Bending) -> None:
    case.plan.extension = 5
    case.plan.used = case.promised + 2


def _extend_too_long(case: Bending) -> None:
    case.plan.extension = 14
    case.plan.used = case.promised + 3


def _use_whole_promise(case: Bending) -> None:
    case.plan.used = case.promised


def _decide_at_once(case: Bending) -> None:
    case.plan.used = 1


# -- courses -----------------------------------------------------------------------------------------------------------


def _refuse_late(case: Bending) -> None:
    course = case.played()
    refused = case.timing.on_day(course.received, case.acceptance_limit + 2)
    course.accepted = None
    cut(course, course.received)
    course.refused = refused


def _linger_in_first_step(case: Bending) -> None:
    course = case.played()
    assert course.decided is not None
    at = course.decided - 300
    course.steps[0].finished = at
    for step in course.steps[1:]:
        step.started, step.finished = at + 20, at + 60
        at += 60


def _drop(*faults: SuspensionFault) -> Bend:
    def bend(case: Bending) -> None:
        suspension = case.played().suspensions[0]
        suspension.faults = faults
        if SuspensionFault.PLANNED_DAYS in faults:
            suspension.planned = None

    return bend


def _suspend_after_due(case: Bending) -> None:
    begun = case.after_acceptance(case.promised + 1)
    case.played().suspensions.append(Suspension(begun, 3, case.timing.soon(begun, 3000, 6000), LAWFUL_REASONS[0]))


def _extend_without(*faults: ExtensionFault) -> Bend:
    def bend(case: Bending) -> None:
        case.played().extensions[0].faults = faults

    return bend


def _extend_twice(case: Bending) -> None:
    course = case.played()
    course.extensions.append(Extension(case.timing.soon(course.extensions[0].at), 3))


def _extend_after_due(case: Bending) -> None:
    case.played().extensions.append(Extension(case.after_acceptance(case.statutory + 1), 5))


def _one_person(case: Bending) -> None:
    course = case.played()
    course.decided_by = course.accepted_by


def _third_handler(case: Bending) -> None:
    course = case.played()
    first, last = course.steps[0], course.steps[-1]
    assert first.finished is not None
    third = next(code for code in (f"{course.department}-E1", f"{course.department}-E2") if code != first.handler)
    middle = (first.finished + last.started) // 2
    course.steps.insert(1, Step(first.name, third, middle, middle + 5))


def _skip_acceptance(case: Bending) -> None:
    case.played().accepted = None


def _deliver_before_decision(case: Bending) -> None:
    course = case.played()
    assert course.decided is not None
    course.delivered = course.decided - 20


def _skip_steps(case: Bending) -> None:
    case.played().steps = []


def _all_in_one_instant(case: Bending) -> None:
    course = case.played()
    assert course.accepted is not None
    at = course.accepted
    course.steps = [Step(course.steps[0].name, course.steps[0].handler, at, at)]
    course.decided = at
    course.delivered = case.timing.soon(at)


def _decide_in_the_evening(case: Bending) -> None:
    course = case.played()
    assert course.decided is not None
    course.decide_window = course.accept_window
    course.decided = course.decided // DAY * DAY + CLOSING + case.timing.random.randint(1800, 9000)
    course.delivered = case.timing.on_day(course.decided, 1)


def _decide_on_a_rest_day(case: Bending) -> None:
    course = case.played()
    assert course.decided is not None
    course.decide_window = course.accept_window
    day = course.decided // DAY
    while case.timing.days.is_working(day):
        day += 1
    course.decided = day * DAY + 10 * 3600 + case.timing.random.randint(0, 3600)
    course.delivered = case.timing.on_day(course.decided, 1)


def _accept_in_the_evening(case: Bending) -> None:
    course = case.played()
    assert course.accepted is not None
    course.accepted = course.accepted // DAY * DAY + CLOSING + case.timing.random.randint(1800, 9000)
    course.steps[0].started = course.accepted + 60


def _name_unknown_item(case: Bending) -> None:
    course = case.played()
    course.item, course.unknown_item = None, f"{course.department}-停用-{case.timing.random.randint(1, 9)}"


def _refuse_after_acceptance(case: Bending) -> None:
    course = case.played()
    refused = case.after_acceptance(1)
    cut(course, refused)
    course.refused = refused


def _suspend_after_decision(case: Bending) -> None:
    course = case.played()
    assert course.decided is not None
    course.suspensions.append(Suspension(case.timing.on_day(course.decided, 1), 5, None, LAWFUL_REASONS[7]))


def _claim_another_date(case: Bending) -> None:
    course = case.played()
    assert course.accepted is not None
    due = case.timing.days.due(course.accepted, case.promised + case.timing.random.choice((-1, 2, 5)))
    course.due_claimed = due


_FAULTS = SuspensionFault
DEEDS: tuple[Deed, ...] = (
    Deed("accepted too late", ("A01", "A02"), _accept_late),
    Deed("refused too late", ("A01", "X08"), None, _refuse_late),
    Deed("corrections asked twice", ("A03",), _ask_twice),
    Deed("step overstayed", ("A04",), _use_whole_promise, _linger_in_first_step),
    Deed("promise broken", ("A05",), _break_promise),
    Deed("law broken", ("A05", "A06"), _break_law),
    Deed("delivered too late", ("A07",), _deliver_late),
    Deed("never delivered", ("A07",), _never_deliver),
    Deed("suspended for no lawful reason", ("A08",), _suspend, _drop(_FAULTS.REASON)),
    Deed("suspended without notice", ("A08",), _suspend, _drop(_FAULTS.NOTICE)),
    Deed("suspended without planned days", ("A08",), _suspend, _drop(_FAULTS.PLANNED_DAYS)),
    Deed("suspended without approver", ("A08",), _suspend, _drop(_FAULTS.APPROVER)),
    Deed("suspended after the due time", ("A05", "A08"), _break_promise, _suspend_after_due),
    Deed("suspended longer than planned", ("A08",), _suspend_too_long),
    Deed("extended without notice", ("A10",), _extend, _extend_without(ExtensionFault.NOTICE)),
    Deed("extended without approver", ("A10",), _extend, _extend_without(ExtensionFault.APPROVER)),
    Deed("extended twice", ("A10",), _extend, _extend_twice),
    Deed("extended after the due time", ("A05", "A06", "A10"), _break_law, _extend_after_due),
    Deed("extended too long", ("A10",), _extend_too_long),
    Deed("one person accepts and decides", ("A11",), None, _one_person),
    Deed("three decide", ("A11",), None, _third_handler),
    Deed("decided without acceptance", ("A12", "X07"), _decide_at_once, _skip_acceptance),
    Deed("delivered before decided", ("A12", "A07"), None, _deliver_before_decision),
    Deed("decided without a step", ("A12",), None, _skip_steps),
    Deed("all in one instant", ("A14",), None, _all_in_one_instant),
    Deed("decided in the evening", ("A22",), None, _decide_in_the_evening),
    Deed("decided on a rest day", ("A22",), None, _decide_on_a_rest_day),
    Deed("accepted in the evening", ("A22",), None, _accept_in_the_evening),
    Deed("unknown item", ("X01",), None, _name_unknown_item),
    Deed("refused after acceptance", ("X08",), None, _refuse_after_acceptance),
    Deed("suspended after the decision", ("X09",), None, _suspend_after_decision),
    Deed("another due date told", ("X10",), None, _claim_another_date),
)
