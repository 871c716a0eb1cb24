"""One case: acceptance, refusal, suspensions, extensions, and the clocks that follow."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.support.day_by_day.clock import Clock
from tests.support.day_by_day.events import Event, Log, read_log, walk_in_legal_order
from tests.support.day_by_day.items import Terms, Version, Versions
from tests.support.day_by_day.suspensions import Suspensions, find_suspensions, formal_faults, planned_days, planned_end
from tests.support.day_by_day.working_days import WorkingDays

ACCEPTANCE_STOPS = ("accepted", "refused", "corrections_requested", "decided")


class Case:
    """A case as of one instant, with its clocks; empty (`judged == []`) when there is no judgement."""

    def __init__(
        self,
        raw: list[dict[str, Any]],
        items: list[dict[str, Any]],
        calendar: WorkingDays,
        policy: dict[str, Any],
        as_of: datetime,
    ) -> None:
        self.calendar, self.policy, self.as_of = calendar, policy, as_of
        self.strict_suspensions = policy.get("suspension_validity", "flag") == "strict"
        self.strict_extensions = policy.get("extension_validity", "flag") == "strict"
        self.deems = policy.get("deemed_acceptance", True) is not False
        self.log: Log = read_log(raw, as_of, calendar)
        self.judged: list[Event] = []
        if not self.log.left:
            return
        # Which refusal ends the case, and which suspensions are invalid for having begun after the due time, is known
        # only once the case is judged, and both matter to the order within an instant: walk again until it is settled.
        formally_invalid = {e.id for e in self.log.left if e.kind == "suspended" and formal_faults(e)}
        self.invalid: set[str] = formally_invalid if self.strict_suspensions else set()
        self.ending_refusal: Event | None = None
        for _ in range(20):
            before = (set(self.invalid), self.ending_refusal and self.ending_refusal.id)
            self._judge(items)
            if self.strict_suspensions:
                late = {s.begun.id for s in self.suspensions.considered if self.begun_after_due(s.begun)}
                self.invalid = formally_invalid | late
            if before == (self.invalid, self.ending_refusal and self.ending_refusal.id):
                return
        raise AssertionError("the legal order does not settle")

    def _judge(self, items: list[dict[str, Any]]) -> None:
        refusal_id = self.ending_refusal.id if self.ending_refusal else None
        order = walk_in_legal_order(self.log, self._planned_end_passed, self.invalid, refusal_id)
        order = [event for event in order if event.kind != "voided"]
        self.withdrawal = next((event for event in order if event.kind == "withdrawn"), None)
        last = self.withdrawal.place if self.withdrawal else len(order) + len(self.log.voiding)
        self.judged = [event for event in order if event.place <= last]
        self.not_judged = [event for event in order if event.place > last]
        self.item = self.first_named("item")
        self.versions = Versions(items, self.item)
        self.decision = self.first("decided")
        self.accepted = self.first("accepted")
        self._judge_acceptance()
        self.ending_refusal = self._find_ending_refusal()
        self.suspensions: Suspensions = find_suspensions(
            self.judged, self.policy, self.calendar, self.invalid, self.ending_refusal
        )
        self._judge_permit_clocks()
        self._judge_steps()
        self._judge_suspension_clocks()

    def _planned_end_passed(self, suspended: Event, instant: datetime) -> bool:
        end = planned_end(suspended, self.policy.get("suspension_credit", "capped"), self.calendar)
        return end is not None and self.calendar.day(instant) > end

    # --- finding events ---------------------------------------------------------------------------------------------

    def all_of(self, *kinds: str) -> list[Event]:
        """Return the judged events of some kinds, in legal order."""
        return [event for event in self.judged if event.kind in kinds]

    def first(self, *kinds: str) -> Event | None:
        """Return the first judged event of some kinds."""
        return next(iter(self.all_of(*kinds)), None)

    def first_later(self, than: Event, *kinds: str) -> Event | None:
        """Return the first event of some kinds later than another event."""
        return next((event for event in self.all_of(*kinds) if event.place > than.place), None)

    def first_named(self, name: str) -> Any:
        """Return a field of the first judged event that names it."""
        return next((event.get(name) for event in self.judged if event.get(name) is not None), None)

    def is_before(self, one: Event | None, other: Event) -> bool:
        """Say whether one event is there and before the other."""
        return one is not None and one.place < other.place

    # --- acceptance -------------------------------------------------------------------------------------------------

    def _judge_acceptance(self) -> None:
        """Chain the acceptance clocks; the first breached one is deemed acceptance (视为受理, 行政许可法 32(4))."""
        self.acceptance_clocks: list[Clock] = []
        self.legal_acceptance = self.accepted
        self.deemed = False
        start = self.first("received")
        if start is not None and (self.is_before(self.accepted, start) or self.is_before(self.decision, start)):
            start = None
        while start is not None:
            number = len(self.acceptance_clocks) + 1
            name = "acceptance" if number == 1 else f"acceptance:{number}"
            terms = self.versions.on(self.calendar.day(start.at)).acceptance()
            clock = Clock(name, start, terms, self.calendar, self.as_of)
            clock.stop = self.first_later(start, *ACCEPTANCE_STOPS)
            clock.cut = self.withdrawal
            self.acceptance_clocks.append(clock)
            if self.deems and clock.is_breached():
                self.legal_acceptance, self.deemed = start, True
                return
            start = self._next_acceptance_start(clock)

    def _next_acceptance_start(self, clock: Clock) -> Event | None:
        """The first corrections_supplied after the clock was stopped by a request, if not accepted or decided by then.

        A `refused` in between does not prevent it: it ends the case only after a legal acceptance.
        """
        if clock.stop is None or clock.stop.kind != "corrections_requested":
            return None
        supplied = self.first_later(clock.stop, "corrections_supplied")
        if supplied is None or self.is_before(self.accepted, supplied) or self.is_before(self.decision, supplied):
            return None
        return supplied

    def _find_ending_refusal(self) -> Event | None:
        """The first `refused` later than the legal acceptance, before any decision, with no later `accepted`."""
        for refused in self.all_of("refused"):
            if not self.is_before(self.legal_acceptance, refused) or self.is_before(self.decision, refused):
                continue
            if self.first_later(refused, "accepted") is None:
                return refused
        return None

    def version_at_acceptance(self) -> Version | None:
        """Return the item version in force on the local day of legal acceptance."""
        return self.versions.on(self.calendar.day(self.legal_acceptance.at)) if self.legal_acceptance else None

    def version_for(self, start: Event) -> Version:
        """Return the version of promise, statutory, steps, delivery: of the legal acceptance, else of their start."""
        return self.version_at_acceptance() or self.versions.on(self.calendar.day(start.at))

    def case_ends(self) -> Event | None:
        """Return what ends promise, statutory, steps and suspensions: the ending refusal, else the withdrawal."""
        return self.ending_refusal or self.withdrawal

    # --- promise, statutory, delivery -------------------------------------------------------------------------------

    def _judge_permit_clocks(self) -> None:
        self.promise: Clock | None = None
        self.statutory: Clock | None = None
        self.delivery: Clock | None = None
        if self.legal_acceptance is not None:
            version = self.version_for(self.legal_acceptance)
            self.promise = self._permit_clock("promise", version.promise(), version)
            self.statutory = self._permit_clock("statutory", version.statutory(), version)
        decision = self.decision
        granted = decision is not None and decision.get("result") == "granted"
        if decision is not None and granted and not self.is_before(self.ending_refusal, decision):
            terms = self.version_for(decision).delivery()
            self.delivery = Clock("delivery", decision, terms, self.calendar, self.as_of)
            self.delivery.stop = self.first_later(decision, "delivered")
            self.delivery.cut = self.withdrawal

    def _permit_clock(self, name: str, terms: Terms | None, version: Version) -> Clock | None:
        if terms is None or self.legal_acceptance is None:
            return None
        clock = Clock(name, self.legal_acceptance, terms, self.calendar, self.as_of, carries_refused=True)
        if self.is_before(self.decision, self.legal_acceptance):
            clock.stillborn = True
        else:
            stops = ("decided", "reported_up") if version.kind == "reported_up" else ("decided",)
            self._end(clock, self.first_later(clock.start, *stops))
        clock.suspensions = self._considered_for(clock)
        extension = self._extension_of(clock)
        if extension is not None:
            clock.extended = extension.days
            if self.strict_extensions:
                clock.extended = min(clock.extended, self.longest_extension())
        return clock

    def _end(self, clock: Clock, stop: Event | None) -> None:
        """Let a stop count unless the case ended before it."""
        ends = self.case_ends()
        if stop is not None and not (ends is not None and ends.place < stop.place):
            clock.stop = stop
        else:
            clock.cut = ends

    def _considered_for(self, clock: Clock) -> list[Any]:
        """Only suspensions that begin before the clock's stopping event, or its end by refusal or withdrawal."""
        ended = clock.stop or clock.cut
        return [s for s in self.suspensions.considered if ended is None or s.begun.place < ended.place]

    def longest_extension(self) -> int:
        """行政许可法 42: 10 days, joint 15."""
        version = self.version_at_acceptance() or self.versions.on(self.calendar.day(self.judged[0].at))
        return 15 if version.kind == "joint" else 10

    def _extension_of(self, clock: Clock) -> Event | None:
        """The first extension from the start on, before the stop or end, not later than the due time without it.

        Under the strict policy an unapproved or unnoticed one does not count, so it does not use up "the first".
        """
        if clock.stillborn:
            return None
        ended = clock.stop or clock.cut
        due = clock.due_at()
        for extended in self.all_of("extended"):
            if extended.days <= 0 or extended.at < clock.start.at:
                continue
            if ended is not None and extended.place > ended.place:
                continue
            if due is not None and extended.at > due:
                continue
            if self.strict_extensions and (extended.get("approver") is None or extended.get("notice_no") is None):
                continue
            return extended
        return None

    def counted_extensions(self) -> set[str]:
        """Return the event_ids of extensions that count on promise or statutory."""
        counted = set()
        for clock in (self.promise, self.statutory):
            if clock is not None and clock.extended:
                kept, clock.extended = clock.extended, 0
                extension = self._extension_of(clock)
                clock.extended = kept
                if extension is not None:
                    counted.add(extension.id)
        return counted

    def begun_after_due(self, suspended: Event) -> bool:
        """Say whether a suspension began after the promise or the statutory due time."""
        dues = [clock.due_at() for clock in (self.promise, self.statutory) if clock is not None]
        return any(due is not None and suspended.at > due for due in dues)

    # --- steps and suspensions --------------------------------------------------------------------------------------

    def _judge_steps(self) -> None:
        """A start of a step before its finish is a repetition; after decision or ending refusal no clock starts."""
        self.step_clocks: list[Clock] = []
        self.repeated_steps: list[Event] = []
        unfinished: set[str] = set()
        occurrences: dict[str, int] = {}
        for event in self.all_of("step_started", "step_finished"):
            step = event.get("step")
            if step is None:
                continue
            if event.kind == "step_finished":
                unfinished.discard(step)
                continue
            if step in unfinished:
                self.repeated_steps.append(event)
                continue
            unfinished.add(step)
            occurrences[step] = occurrences.get(step, 0) + 1
            terms = self.version_for(event).step(step)
            too_late = self.is_before(self.decision, event) or self.is_before(self.ending_refusal, event)
            if terms is not None and not too_late:
                name = f"step:{step}" if occurrences[step] == 1 else f"step:{step}:{occurrences[step]}"
                self.step_clocks.append(self._step_clock(name, event, terms))

    def _step_clock(self, name: str, started: Event, terms: Terms) -> Clock:
        clock = Clock(name, started, terms, self.calendar, self.as_of)
        finishes = [
            event
            for event in self.all_of("step_finished", "decided")
            if event.place > started.place and (event.kind == "decided" or event.get("step") == started.get("step"))
        ]
        self._end(clock, finishes[0] if finishes else None)
        clock.suspensions = self._considered_for(clock)
        return clock

    def _judge_suspension_clocks(self) -> None:
        self.suspension_clocks: list[Clock] = []
        for suspension in self.suspensions.considered:
            p = planned_days(suspension.begun)
            if p is None:
                continue
            clock = Clock(f"suspension:{suspension.number}", suspension.begun, Terms(p), self.calendar, self.as_of)
            stops = [e for e in (suspension.resumed, suspension.decided, suspension.superseded) if e is not None]
            self._end(clock, min(stops, key=lambda event: event.place) if stops else None)
            self.suspension_clocks.append(clock)

    def clocks(self) -> list[Clock]:
        """Return all clocks in the order of the table, then of start."""
        permit = [clock for clock in (self.promise, self.statutory, self.delivery) if clock is not None]
        return [*self.acceptance_clocks, *permit, *self.step_clocks, *self.suspension_clocks]
