"""What supervision must find in a course, reckoned from the course alone: the simulator's own count, not the judge's.

A finding is true from `since` on (microseconds of local civil time; a breach is true one microsecond after its due
moment) and, where a later record takes it away, until `until`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from monitor.domain.items import ItemKind, Unit
from monitor.domain.registry import ItemRecord
from monitor.simulator.course import Course, Extension, Suspension
from monitor.simulator.working_days import DAY, FOREVER, Cover, WorkingDays, day_number

MICRO = 1_000_000
_ACCEPTANCE, _DELIVERY, _STATUTORY, _STATUTORY_JOINT = 5, 10, 20, 45
_LONGEST, _LONGEST_JOINT = 10, 15


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding of one case; two findings of the same code and event are one."""

    code: str
    event_id: str
    since: int
    until: int | None = None

    def known_from(self, moment: int) -> Finding:
        """The same, not true before a moment."""
        return replace(self, since=max(self.since, moment * MICRO))


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Legal acceptance: its moment, the event it rests on, and from when it is so; `deemed` = 视为受理."""

    at: int
    event_id: str
    since: int
    deemed: bool


@dataclass(frozen=True, slots=True)
class MainClock:
    """Promise or statutory: when it starts, ends and falls due, and how many of its extensions count."""

    name: str
    start: int
    end: int
    due: int
    extension: Extension | None


def findings_of(course: Course, days: WorkingDays) -> list[Finding]:
    """All findings of a course, each once; the course goes on for ever (nothing ends at any as-of)."""
    return list(dict.fromkeys(_Ledger(course, days).findings()))


class _Ledger:
    """One course being reckoned."""

    def __init__(self, course: Course, days: WorkingDays) -> None:
        self.course = course
        self.days = days
        self.late_acceptances: list[tuple[str, int]] = []
        self.legal = self._legal_acceptance()
        self.version = self._version()
        self.refusal = self._ending_refusal()
        self.end = min(self.refusal or FOREVER, course.withdrawn or FOREVER)
        self.suspensions = [s for s in course.suspensions if s.begun < min(course.decided or FOREVER, self.end)]
        self.clocks = {clock.name: clock for clock in self._main_clocks()}

    def findings(self) -> Iterator[Finding]:
        """Everything there is to find."""
        yield from self._acceptance()
        yield from self._breaches()
        yield from self._steps()
        yield from self._delivery()
        for number, suspension in enumerate(self.course.suspensions, 1):
            yield from self._suspension(number, suspension)
        yield from self._extensions()
        yield from self._people()
        yield from self._versions()
        yield from self._hours()
        yield from self._claim()

    # -- acceptance ------------------------------------------------------------------------------------------------

    def _legal_acceptance(self) -> Acceptance | None:
        course, start, start_id, supplied = self.course, self.course.received, self.course.event_id("received"), 0
        deemed: Acceptance | None = None
        answers = sorted(
            at for at in (*course.requests, course.accepted, course.refused, course.decided) if at is not None
        )
        while True:
            due = self.days.due(start, self._acceptance_limit(start))
            stop = next((at for at in answers if at >= start), FOREVER)
            if min(stop, course.withdrawn or FOREVER) > due:
                self.late_acceptances.append((start_id, due))
                deemed = Acceptance(start, start_id, due * MICRO + 1, True)
            if deemed or stop not in course.requests or supplied >= len(course.supplies):
                break
            supplied += 1
            start, start_id = course.supplies[supplied - 1], course.event_id("corrections_supplied", supplied)
        if deemed is not None or course.accepted is None:
            return deemed
        return Acceptance(
            course.accepted, course.event_id("accepted", course.accepted_number), course.accepted * MICRO, False
        )

    def _acceptance_limit(self, start: int) -> int:
        version = None if self.course.item is None else self.course.item.on(start // DAY)
        return int(_ACCEPTANCE if version is None or version.acceptance is None else version.acceptance)

    def _acceptance(self) -> Iterator[Finding]:
        course = self.course
        for event_id, due in self.late_acceptances:
            yield Finding("A01", event_id, due * MICRO + 1)
        if self.legal and self.legal.deemed and course.accepted is not None:
            yield self._at("A02", course.accepted, "accepted")
        if len(course.requests) > 1:
            yield self._at("A03", course.requests[1], "corrections_requested", 2)
        if self.refusal is not None:
            yield self._at("X08", self.refusal, "refused")
        if course.decided is not None and course.accepted is None:
            yield self._at("A12", course.decided, "decided")
            if self.legal is None:
                yield self._at("X07", course.decided, "decided")

    def _ending_refusal(self) -> int | None:
        refused = self.course.refused
        return refused if refused is not None and self.legal is not None and refused > self.legal.at else None

    # -- promise, statutory, steps, delivery -----------------------------------------------------------------------

    def _version(self) -> ItemRecord | None:
        """The version in force at legal acceptance; without one, at the decision."""
        if self.course.item is None:
            return None
        start = self.legal.at if self.legal else self.course.decided or self.course.received
        return self.course.item.on(start // DAY)

    def _is_joint(self) -> bool:
        return self.version is not None and self.version.kind is ItemKind.JOINT

    def _main_clocks(self) -> Iterator[MainClock]:
        if self.legal is None:
            return
        version = self.version
        unit = Unit.WORKING_DAYS if version is None else version.unit
        if version is not None and version.promised is not None:
            yield self._main_clock("promise", int(version.promised), unit)
        if version is not None and version.statutory is not None:
            yield self._main_clock("statutory", int(version.statutory), unit)
        else:
            by_law = _STATUTORY_JOINT if self._is_joint() else _STATUTORY
            yield self._main_clock("statutory", by_law, Unit.WORKING_DAYS)

    def _main_clock(self, name: str, limit: int, unit: Unit) -> MainClock:
        assert self.legal is not None
        course, start = self.course, self.legal.at
        stop = course.decided or FOREVER
        if self.version is not None and self.version.kind is ItemKind.REPORTED_UP:
            stop = min(stop, course.reported_up or FOREVER)
        end = min(stop, self.end)
        covers = self._covers(end)
        if unit is Unit.WORKING_HOURS:  # such cases are neither suspended nor extended
            return MainClock(name, start, end, self.days.due_by_hours(start, limit), None)
        in_calendar_days = unit is Unit.CALENDAR_DAYS
        due = self.days.due(start, limit, covers, calendar_days=in_calendar_days)
        counted = next((e for e in course.extensions if start <= e.at < end and e.at <= due), None)
        if counted is not None:
            due = self.days.due(start, limit + counted.days, covers, calendar_days=in_calendar_days)
        return MainClock(name, start, end, due, counted)

    def _covers(self, before: int) -> list[Cover]:
        """What the suspensions begun before a moment take out of a clock."""
        covers = []
        for suspension in self.suspensions:
            if suspension.begun < before:
                begun = suspension.begun // DAY
                ended = min(suspension.resumed or FOREVER, self.course.decided or FOREVER, self.end)
                last = FOREVER if ended >= FOREVER else ended // DAY
                if suspension.planned:
                    last = min(last, self.days.later(begun, suspension.planned))
                covers.append((begun, last))
        return covers

    def _breaches(self) -> Iterator[Finding]:
        for name, code in (("promise", "A05"), ("statutory", "A06")):
            clock = self.clocks.get(name)
            if clock is not None and self.legal is not None and clock.end > clock.due:
                yield Finding(code, self.legal.event_id, max(clock.due * MICRO + 1, self.legal.since))

    def _steps(self) -> Iterator[Finding]:
        limits = {} if self.version is None else self.version.steps
        in_calendar_days = self.version is not None and self.version.unit is Unit.CALENDAR_DAYS
        for number, step in enumerate(self.course.steps, 1):
            limit = limits.get(step.name)
            if limit is None or step.started >= (self.course.decided or FOREVER):
                continue
            end = min(step.finished or FOREVER, self.course.decided or FOREVER, self.end)
            due = self.days.due(step.started, int(limit), self._covers(end), calendar_days=in_calendar_days)
            if end > due:
                yield Finding("A04", self.course.event_id("step_started", number), due * MICRO + 1)

    def _delivery(self) -> Iterator[Finding]:
        course = self.course
        if course.decided is None or not course.granted or self.refusal is not None:
            return
        given = None if self.version is None else self.version.delivery
        due = self.days.due(course.decided, int(_DELIVERY if given is None else given))
        delivered = course.delivered or FOREVER
        if delivered < course.decided:
            yield self._at("A12", delivered, "delivered")
            delivered = FOREVER
        if min(delivered, course.withdrawn or FOREVER) > due:
            yield Finding("A07", course.event_id("decided", course.decided_number), due * MICRO + 1)

    # -- suspensions and extensions --------------------------------------------------------------------------------

    def _suspension(self, number: int, suspension: Suspension) -> Iterator[Finding]:
        if suspension not in self.suspensions:
            yield self._at("X09", suspension.begun, "suspended", number)
            return
        begun_late = any(clock.due < suspension.begun for clock in self.clocks.values())
        if suspension.faults or begun_late or suspension.planned is None:
            since = suspension.begun * MICRO
            if begun_late and not suspension.faults and self.legal is not None:
                since = max(since, self.legal.since)
            yield Finding("A08", self.course.event_id("suspended", number), since)
            return
        due = self.days.due(suspension.begun, suspension.planned)
        if min(suspension.resumed or FOREVER, self.course.decided or FOREVER, self.end) > due:
            yield Finding("A08", self.course.event_id("suspended", number), due * MICRO + 1)

    def _extensions(self) -> Iterator[Finding]:
        longest = _LONGEST_JOINT if self._is_joint() else _LONGEST
        for number, extension in enumerate(self.course.extensions, 1):
            counts = any(clock.extension is extension for clock in self.clocks.values())
            if extension.faults or extension.days > longest or not counts:
                yield self._at("A10", extension.at, "extended", number)

    # -- people, versions, hours, claims ---------------------------------------------------------------------------

    def _people(self) -> Iterator[Finding]:
        course = self.course
        if course.decided is not None and course.accepted is not None and course.accepted_by == course.decided_by:
            yield self._at("A11", course.decided, "decided")
        instants = {at for step in course.steps for at in (step.started, step.finished)}
        if course.decided is not None and course.decided == course.accepted and course.decided in instants:
            yield self._at("A14", course.decided, "decided")
        named = () if self.version is None else self.version.decision_steps
        handlers: list[str] = []
        for number, step in enumerate(course.steps, 1):
            if step.name in named and step.handler not in handlers:
                handlers.append(step.handler)
                if len(handlers) == 3:
                    yield self._at("A11", step.started, "step_started", number)
        if course.decided is not None and self.version is not None and self.version.steps and not course.steps:
            yield self._at("A12", course.decided, "decided")

    def _versions(self) -> Iterator[Finding]:
        course, legal, version = self.course, self.legal, self.version
        if course.item is None:
            yield self._at("X01", course.applied, "applied")
            return
        if legal is None or version is None:
            return
        decided = course.decided
        kind_then = None if decided is None else course.item.on(decided // DAY).kind
        if decided is not None and kind_then is ItemKind.IMMEDIATE and version.kind is not kind_then:
            yield self._at("A17", decided, "decided")
        place = course.item.versions.index(version)
        for later in course.item.versions[place + 1 :]:
            if _limits(later) != _limits(version) and later.valid_from is not None:
                yield Finding("A21", legal.event_id, max(day_number(later.valid_from) * DAY * MICRO, legal.since))
                return

    def _hours(self) -> Iterator[Finding]:
        course = self.course
        for kind, at, window in (
            ("accepted", course.accepted, course.accept_window),
            ("decided", course.decided, course.decide_window),
        ):
            if at is not None and window is not None and not self.days.is_open(at):
                yield self._at("A22", at, kind)

    def _claim(self) -> Iterator[Finding]:
        course, promise = self.course, self.clocks.get("promise")
        if course.due_claimed is None or course.accepted is None or promise is None:
            return
        if course.due_claimed // DAY != promise.due // DAY:
            yield self._at("X10", course.accepted, "accepted")

    def _at(self, code: str, moment: int, kind: str, number: int = 1) -> Finding:
        number = {"accepted": self.course.accepted_number, "decided": self.course.decided_number}.get(kind, number)
        return Finding(code, self.course.event_id(kind, number), moment * MICRO)


def _limits(version: ItemRecord) -> tuple[object, ...]:
    return (version.unit, version.promised, version.statutory, version.acceptance, version.delivery, version.steps)
