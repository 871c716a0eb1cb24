"""The walk through a case's events in legal order: suspensions, steps, extensions and what is out of order."""

from __future__ import annotations

from typing import Final

from monitor.domain.acceptance import Admission
from monitor.domain.calendars import WorkingCalendar
from monitor.domain.counting import Cover, Meter
from monitor.domain.events import Event
from monitor.domain.instants import Instant
from monitor.domain.items import Counting, ItemKind, ItemVersion, Policy, Unit, Validity
from monitor.domain.order import has_answer_in_tie, with_answers_first
from monitor.domain.suspensions import Suspension, is_strict

DEFAULT_STATUTORY_DAYS = 20.0
DEFAULT_STATUTORY_DAYS_JOINT = 45.0
LONGEST_EXTENSION = 10.0
LONGEST_EXTENSION_JOINT = 15.0
"""10 days, for joint handling 15 (行政许可法 art. 42)."""

_WORKING_DAYS: Final = Unit.WORKING_DAYS
_START_EXCLUDED: Final = Counting.START_EXCLUDED
_JOINT: Final = ItemKind.JOINT
_REPORTED_UP: Final = ItemKind.REPORTED_UP
_RARER: Final = frozenset(
    {
        "suspended", "resumed", "extended", "reported_up", "refused", "withdrawn", "delivered", "corrections_requested",
        "corrections_supplied",
    }
)  # fmt: skip


class MainClock:
    """Promise or statutory while the walk is under way: its limit, its counted extension, whether it is still open."""

    __slots__ = ("counting", "ended_by", "extension", "limit", "name", "open", "roll", "start", "stop", "unit", "void")

    def __init__(self, name: str, start: Event, limit: float, unit: Unit, counting: Counting, roll: bool) -> None:
        self.name = name
        self.start = start
        self.limit = limit
        self.unit = unit
        self.counting = counting
        self.roll = roll
        self.extension = 0.0
        self.open = False
        self.void = False
        self.stop: Event | None = None
        self.ended_by: Event | None = None

    def meter(self, calendar: WorkingCalendar, *, extended: bool = True) -> Meter:
        """Its counting, with or without the extension."""
        total = self.limit + (self.extension if extended else 0.0)
        return Meter(calendar, self.start.occurred_at, total, self.unit, self.counting, self.roll)


class Step:
    """One run of a named step."""

    __slots__ = ("ended_by", "name", "run", "start", "stop")

    def __init__(self, name: str, run: int, start: Event) -> None:
        self.name = name
        self.run = run
        self.start = start
        self.stop: Event | None = None
        self.ended_by: Event | None = None


class Walk:
    """State of the walk, and its result: `order` is the legal order; findings are (code, event, detail)."""

    __slots__ = (
        "_decided", "_legal_event", "_legal_seen", "_open_steps", "_refused", "_running", "_seen", "_step_runs",
        "_suspended_before", "_unfinished", "_unresumed", "admission", "calendar", "delivered", "found",
        "longest_extension", "mains", "order", "policy", "request_open", "requests", "steps", "suspensions", "version",
    )  # fmt: skip

    def __init__(
        self,
        admission: Admission,
        version: ItemVersion | None,
        calendar: WorkingCalendar,
        policy: Policy,
        *,
        joint: bool,
    ) -> None:
        self.admission = admission
        self._legal_event = admission.legal_event
        self.version = version
        self.longest_extension = LONGEST_EXTENSION_JOINT if joint else LONGEST_EXTENSION
        self.calendar = calendar
        self.policy = policy
        self.order: list[Event] = []
        self.suspensions: list[Suspension] = []
        self.steps: list[Step] = []
        self.mains = [] if admission.legal_event is None else main_clocks(admission.legal_event, version)
        self.delivered: Event | None = None
        self.found: list[tuple[str, Event, str]] = []
        self.requests: list[Event] = []
        self.request_open = False
        self._running: Suspension | None = None
        self._unresumed = False
        self._suspended_before = False
        self._open_steps: dict[str, Step] = {}
        self._unfinished: set[str] = set()
        self._step_runs: dict[str, int] = {}
        self._seen: set[str] = set()
        self._legal_seen = False
        self._decided = False
        self._refused = False

    def follow(self, ordered: list[Event], *, has_ties: bool) -> None:
        """Take every event up to the withdrawal in legal order; `has_ties` tells whether instants repeat."""
        if has_ties and has_answer_in_tie(ordered, "resumed"):
            with_answers_first(ordered, self._is_open_answer, self._take)
            return
        for event in ordered:
            self._take(event)

    def runs_at(self, instant: Instant) -> bool:
        """Whether a suspension runs at `instant`, after all events taken."""
        return self._running is not None and self._running.runs_at(instant, self.calendar)

    @property
    def running(self) -> Suspension | None:
        """The suspension that nothing has ended yet; past its planned end it no longer runs."""
        return self._running

    def open_steps(self) -> list[str]:
        """Names of the steps started and not finished."""
        return sorted(self._unfinished)

    def covers(self, before: Event | None = None) -> list[Cover]:
        """What the suspensions begun before an event (all without one) take out of promise, statutory and steps."""
        covers: list[Cover] = []
        for suspension in self.suspensions:
            if before is not None and not self._is_before(suspension.event, before):
                continue
            cover = suspension.cover(self.calendar)
            if cover is not None:
                covers.append(cover)
        return covers

    def _is_before(self, event: Event, other: Event) -> bool:
        if event.occurred_at != other.occurred_at:
            return event.occurred_at < other.occurred_at
        return self.order.index(event) < self.order.index(other)

    def _is_open_answer(self, event: Event) -> bool:
        if event.kind == "resumed":
            return self.runs_at(event.occurred_at)
        return event.kind == "corrections_supplied" and self.request_open

    def _find(self, code: str, event: Event, detail: str) -> None:
        self.found.append((code, event, detail))

    # -- one event -------------------------------------------------------------------------------------------------

    def _take(self, event: Event) -> None:
        self.order.append(event)
        kind = event.kind
        if kind == "step_started":
            self._take_step_started(event)
        elif kind == "step_finished":
            self._take_step_finished(event)
        elif kind == "received" or kind == "accepted":
            self._count_once(event)
        elif kind == "decided":
            self._take_decided(event)
            self._count_once(event)
        elif kind in _RARER:
            self._take_rarer(event)
        if event is self._legal_event:
            self._legal_seen = True
            for main in self.mains:
                main.void = self._decided
                main.open = not self._decided

    def _take_rarer(self, event: Event) -> None:
        kind = event.kind
        if kind == "suspended":
            self._take_suspended(event)
        elif kind == "resumed":
            self._take_resumed(event)
        elif kind == "extended":
            self._take_extended(event)
        elif kind == "reported_up":
            self._take_reported_up(event)
        elif kind == "refused":
            self._take_refused(event)
        elif kind == "withdrawn":
            self._end_all(event)
        elif kind == "delivered":
            self._take_delivered(event)
        elif kind == "corrections_requested":
            self.requests.append(event)
            self.request_open = True
        else:  # corrections_supplied
            self.request_open = False

    def _count_once(self, event: Event) -> None:
        """Of several `received`, `accepted`, `decided` the first counts."""
        if event.kind in self._seen:
            self._find("X04", event, f"repeated_{event.kind}")
        self._seen.add(event.kind)

    def _take_suspended(self, event: Event) -> None:
        self._suspended_before = True
        if self._decided or self._refused:
            self._find("X09", event, "suspended_after_decision" if self._decided else "suspended_after_refusal")
            return
        if self.runs_at(event.occurred_at):
            self._find("X02", event, "suspended_while_suspended")
            return
        if self._running is not None:
            self._running.finish(event)
        suspension = Suspension(len(self.suspensions) + 1, event, self.calendar, self.policy)
        if is_strict(self.policy):
            suspension.valid = not suspension.has_formal_faults() and not self._is_after_due(event)
        self.suspensions.append(suspension)
        self._running = suspension
        self._unresumed = True

    def _is_after_due(self, event: Event) -> bool:
        """Whether a main clock was due before this suspension began, judged with all before it."""
        covers = self.covers()
        for main in self.mains:
            due = None if main.void else main.meter(self.calendar).due(covers)
            if due is not None and event.occurred_at > due:
                return True
        return False

    def _take_resumed(self, event: Event) -> None:
        if not self._unresumed:
            self._find("X03", event, "resumed_without_suspension")
            if not self._suspended_before:
                self._find("A12", event, "resumed_before_suspended")
        self._unresumed = False
        self._finish_suspension(event)

    def _take_extended(self, event: Event) -> None:
        longest = self.longest_extension
        days = event.days or 0.0
        strict = self.policy.extension_validity is Validity.STRICT
        faults = []
        if not event.approver:
            faults.append("no_approver")
        if not event.notice_no:
            faults.append("no_notice")
        lawful = not (strict and faults)
        if days > longest:
            faults.append("too_long")
        misfit = self._extend(event, min(days, longest) if strict else days, lawful)
        faults += [misfit] if misfit is not None else []
        for fault in faults:
            self._find("A10", event, fault)

    def _extend(self, event: Event, days: float, lawful: bool) -> str | None:
        """Count a lawful extension on each main clock that it fits, or say why it fits none."""
        fits = [self._fit(main, event, days) for main in self.mains]
        for main, fit in zip(self.mains, fits, strict=True):
            if fit == "counts" and lawful:
                main.extension = days
        if "counts" in fits:
            return None
        if any(main.extension for main in self.mains):
            return "second"
        if fits and all(fit == "after_due" for fit in fits):
            return "after_due"
        return "counts_on_no_clock" if lawful else None

    def _fit(self, main: MainClock, event: Event, days: float) -> str:
        if main.extension or not self._legal_seen:
            return "cannot_count"
        # The due time of a stopped clock is past for the extension too, whatever stopped it.
        due = main.meter(self.calendar, extended=False).due(self.covers(main.stop or main.ended_by))
        if due is not None and event.occurred_at > due:
            return "after_due"
        return "counts" if main.open and days > 0 else "cannot_count"

    def _take_step_started(self, event: Event) -> None:
        name = event.step
        if name is None:
            return
        if name in self._unfinished:
            self._find("X04", event, "step_started_again_before_its_finish")
            return
        self._unfinished.add(name)
        if self._decided or self._refused:
            return
        run = self._step_runs[name] = self._step_runs.get(name, 0) + 1
        step = Step(name, run, event)
        self._open_steps[name] = step
        self.steps.append(step)

    def _take_step_finished(self, event: Event) -> None:
        self._unfinished.discard(event.step or "")
        step = self._open_steps.pop(event.step or "", None)
        if step is not None:
            step.stop = event

    def _take_reported_up(self, event: Event) -> None:
        if self.version is not None and self.version.kind is _REPORTED_UP:
            self._stop_mains(event)

    def _take_decided(self, event: Event) -> None:
        if event is not self.admission.decided:
            return
        self._decided = True
        self._stop_mains(event)
        if not self._refused:
            for step in self._open_steps.values():
                step.stop = event
            self._open_steps.clear()
        self._finish_suspension(event)

    def _stop_mains(self, event: Event) -> None:
        for main in self.mains:
            if main.open:
                main.open = False
                main.stop = event

    def _take_refused(self, event: Event) -> None:
        if self._legal_seen:
            self._find("X08", event, "refused_after_acceptance")
        if event is self.admission.refusal:
            self._refused = True
            self._end_all(event)

    def _end_all(self, event: Event) -> None:
        for main in self.mains:
            if main.open:
                main.open = False
                main.ended_by = event
        for step in self._open_steps.values():
            step.ended_by = event
        self._open_steps.clear()
        self._finish_suspension(event)

    def _finish_suspension(self, event: Event) -> None:
        if self._running is not None:
            self._running.finish(event)
            self._running = None

    def _take_delivered(self, event: Event) -> None:
        if not self._decided:
            self._find("A12", event, "delivered_before_decided")
        elif self.delivered is None:
            self.delivered = event


def main_clocks(start: Event, version: ItemVersion | None) -> list[MainClock]:
    """Promise (where the item promises) and statutory, from the event of the legal acceptance."""
    clocks: list[MainClock] = []
    if version is not None and version.promised is not None:
        clocks.append(MainClock("promise", start, version.promised, version.unit, version.counting, version.roll))
    if version is not None and version.statutory is not None:
        clocks.append(MainClock("statutory", start, version.statutory, version.unit, version.counting, version.roll))
    else:
        joint = version is not None and version.kind is _JOINT
        limit = DEFAULT_STATUTORY_DAYS_JOINT if joint else DEFAULT_STATUTORY_DAYS
        clocks.append(MainClock("statutory", start, limit, _WORKING_DAYS, _START_EXCLUDED, True))
    return clocks
