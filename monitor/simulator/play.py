"""Plays a plan out: the course of a case in moments of working days, window hours and queues."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from monitor.domain.items import ItemKind, Unit
from monitor.domain.registry import ItemRecord
from monitor.simulator.course import Course, Extension, Step, Suspension
from monitor.simulator.departments import HallDepartment
from monitor.simulator.items import HallItem
from monitor.simulator.plan import CasePlan, working_promise
from monitor.simulator.registry import SimulatedHall
from monitor.simulator.working_days import CLOSING, DAY, OPENING, WorkingDays

FIRST_SERVED = OPENING + 5 * 60
LAST_RECEIVED = CLOSING - 40 * 60
LAST_DONE = CLOSING - 6 * 60
"""Nothing natural happens at a window in the last minutes before closing: a late record must not look like a breach."""

CLEAR_OF_DUE = 25 * 60
"""Nor in the last minutes before a limit in hours is reached."""

LAWFUL_REASONS = ("听证", "招标", "拍卖", "检验", "检测", "检疫", "鉴定", "专家评审")
"""The eight reasons of 行政许可法 art. 45."""


@dataclass(frozen=True)
class Timing:
    """Draws moments: soon after another, or on a later working day; always after, always while windows serve."""

    days: WorkingDays
    random: Random

    def soon(self, after: int, least: int = 120, most: int = 900) -> int:
        """Some seconds later on the same day, sooner when the day is nearly over."""
        left = (after // DAY) * DAY + LAST_DONE - after
        return after + max(15, min(self.random.randint(least, most), left // 3))

    def on_day(self, after: int, count: int) -> int:
        """On the `count`-th working day after the day of a moment; 0 = later the same day."""
        if count == 0:
            left = (after // DAY) * DAY + LAST_DONE - after
            return after + max(20, int(left * self.random.uniform(0.05, 0.5)))
        return self.days.later(after // DAY, count) * DAY + self.served()

    def served(self) -> int:
        """A time of day at which windows receive: a morning peak, a smaller one after noon."""
        hour = self.random.gauss(10.2, 0.75) if self.random.random() < 0.58 else self.random.gauss(14.6, 0.85)
        second = int(hour * 3600)
        if FIRST_SERVED <= second <= LAST_RECEIVED:
            return second
        return self.random.randint(FIRST_SERVED, LAST_RECEIVED)


@dataclass(frozen=True)
class Stage:
    """Where cases are played: the hall, the time, and chance."""

    hall: SimulatedHall
    timing: Timing

    def play(self, desk: HallDepartment, item: HallItem, case_no: str, received: int, plan: CasePlan) -> Course:
        """The course of one case."""
        course = self._open(desk, item, case_no, received, plan)
        ready = self._correct(course, plan)
        if ready is None:
            return course
        if plan.refused:
            course.refused = self.timing.on_day(ready, min(plan.accept_after, 2))
            return course
        self._accept(course, item, ready, plan)
        self._work(course, item, plan)
        self._finish(course, plan)
        self._interrupt(course, plan)
        return course

    def _open(self, desk: HallDepartment, item: HallItem, case_no: str, received: int, plan: CasePlan) -> Course:
        random, staff = self.timing.random, self.hall.staff[desk.code]
        window = random.randrange(len(staff.windows))
        decides = item.on(received // DAY).accept_and_decide
        applied = received - random.randint(120, 540)
        if plan.online:
            evening = self.timing.days.before(received // DAY) * DAY + CLOSING
            applied = evening + random.randint(1800, 6 * 3600)
        return Course(
            source=desk.source,
            department=desk.code,
            case_no=case_no,
            item=item,
            applied=applied,
            received=received,
            applicant_ref=f"{random.getrandbits(128):032x}",
            accept_window=staff.windows[window],
            accepted_by=staff.receptionists[window],
            decide_window=staff.windows[window] if decides else None,
            decided_by=staff.approver_of(item),
            granted=plan.granted,
        )

    def _correct(self, course: Course, plan: CasePlan) -> int | None:
        """The moment from which the case can be accepted, or None when its corrections never come."""
        ready = course.received
        for _ in range(plan.corrections):
            asked = self.timing.on_day(ready, self.timing.random.choice((0, 0, 1, 2)))
            course.requests.append(asked)
            if plan.supplied_after is None:
                if self.timing.random.random() < 0.7:
                    course.withdrawn = self.timing.on_day(asked, self.timing.random.randint(8, 16))
                return None
            ready = self.timing.on_day(asked, plan.supplied_after)
            course.supplies.append(ready)
        return ready

    def _accept(self, course: Course, item: HallItem, ready: int, plan: CasePlan) -> None:
        timing = self.timing
        accepted = timing.soon(ready) if plan.accept_after == 0 else timing.on_day(ready, plan.accept_after)
        course.accepted = accepted
        version = item.on(accepted // DAY)
        limit = int(5 if version.acceptance is None else version.acceptance)
        if (
            plan.claims
            and plan.is_plain
            and not item.is_hourly
            and plan.accept_after <= limit
            and version.promised is not None
        ):
            in_calendar_days = version.unit is Unit.CALENDAR_DAYS
            course.due_claimed = timing.days.due(accepted, int(version.promised), calendar_days=in_calendar_days)

    def _work(self, course: Course, item: HallItem, plan: CasePlan) -> None:
        """Steps, suspension and extension up to the decision (or the report to the higher body)."""
        assert course.accepted is not None
        version, timing = item.on(course.accepted // DAY), self.timing
        if version.unit is Unit.WORKING_HOURS:
            course.decided = self._decide_by_hours(course.accepted, version.promised or 0, plan.share_of_hours)
            return
        done = (
            self._examine(course, item, version, plan) if version.steps else timing.on_day(course.accepted, plan.used)
        )
        if plan.extension is not None:
            course.extensions.append(
                Extension(timing.on_day(course.accepted, max(working_promise(version) - 1, 1)), plan.extension)
            )
        if version.kind is ItemKind.REPORTED_UP:
            course.reported_up = timing.soon(done, 60, 600)
            course.decided = timing.on_day(course.reported_up, plan.higher_body_days)
        else:
            course.decided = timing.soon(done, 60, 600)

    def _decide_by_hours(self, accepted: int, promised: float, share: float) -> int:
        """The decision of a case promised in hours: while windows serve, not in the moments before it is due."""
        days, due = self.timing.days, self.timing.days.due_by_hours(accepted, promised)
        decided = days.due_by_hours(accepted, promised * share)
        if decided % DAY > LAST_DONE:
            decided = days.later(decided // DAY, 1) * DAY + FIRST_SERVED + self.timing.random.randint(60, 900)
        if due - CLEAR_OF_DUE < decided <= due:
            early = due - CLEAR_OF_DUE - self.timing.random.randint(0, 600)
            decided = early if early > accepted and early % DAY >= FIRST_SERVED else due + CLEAR_OF_DUE
        return decided if decided % DAY <= LAST_DONE else days.later(decided // DAY, 1) * DAY + FIRST_SERVED

    def _examine(self, course: Course, item: HallItem, version: ItemRecord, plan: CasePlan) -> int:
        """The steps in their order, examined by one and approved by another; the moment the last one ends."""
        assert course.accepted is not None
        timing, staff = self.timing, self.hall.staff[course.department]
        names = list(version.steps)
        first_days = self._days_of_first_step(version, plan.used)
        at = timing.soon(course.accepted)
        for number, name in enumerate(names):
            step = Step(name, staff.approver_of(item) if name == names[-1] else staff.examiner_of(item), at)
            length = first_days if number == 0 else plan.used - first_days if number == len(names) - 1 else 0
            if number == 0 and plan.suspension is not None:
                offset = min(plan.suspension.offset, length)
                begun = timing.on_day(at, offset)
                at = timing.on_day(begun, plan.suspension.actual)
                reason = timing.random.choice(LAWFUL_REASONS)
                course.suspensions.append(Suspension(begun, plan.suspension.planned, at, reason))
                length -= offset
            step.finished = timing.on_day(at, length)
            course.steps.append(step)
            at = timing.soon(step.finished, 60, 600)
        return at

    def _days_of_first_step(self, version: ItemRecord, used: int) -> int:
        """How much of the way the first step takes; within its limit while the case is in time."""
        share = self.timing.random.uniform(0.5, 0.75)
        limits = [limit for limit in version.steps.values() if limit is not None]
        if not limits or used > working_promise(version):
            return int(used * share)
        return min(int(limits[0]), max(int(used * share), used - int(limits[-1])))

    def _finish(self, course: Course, plan: CasePlan) -> None:
        random, timing = self.timing.random, self.timing
        assert course.decided is not None
        last = course.decided
        if course.granted and plan.delivered_after is not None:
            if plan.delivered_after == 0:
                course.delivered = timing.soon(course.decided, 30, 400)
            else:
                course.delivered = timing.on_day(course.decided, plan.delivered_after)
            last = course.delivered
        if plan.rated:
            course.rated = (last // DAY + random.randint(0, 4)) * DAY + random.randint(18 * 3600, 22 * 3600)

    def _interrupt(self, course: Course, plan: CasePlan) -> None:
        """Withdraw the case, or leave it lying, some way to its decision."""
        assert course.accepted is not None
        assert course.decided is not None
        share = plan.withdrawn_at if plan.withdrawn_at is not None else plan.stalled_at
        if share is None:
            return
        span = self.timing.days.between(course.accepted // DAY, course.decided // DAY)
        at = self.timing.on_day(course.accepted, int(span * share))
        at = min(at, course.decided - 10)
        cut(course, at)
        if plan.withdrawn_at is not None:
            course.withdrawn = at


def cut(course: Course, at: int) -> None:
    """Leave out everything that would happen at or after a moment."""
    course.steps = [step for step in course.steps if step.started < at]
    course.suspensions = [suspension for suspension in course.suspensions if suspension.begun < at]
    course.extensions = [extension for extension in course.extensions if extension.at < at]
    for step in course.steps:
        step.finished = None if step.finished is not None and step.finished >= at else step.finished
    for suspension in course.suspensions:
        suspension.resumed = None if suspension.resumed is not None and suspension.resumed >= at else suspension.resumed
    for name in ("reported_up", "decided", "delivered", "rated"):
        moment = getattr(course, name)
        if moment is not None and moment >= at:
            setattr(course, name, None)
