"""Planted wrongdoing in the records: late, moved, repeated, voided and impossible events, with what must be found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, replace

from monitor.simulator.course import Course
from monitor.simulator.findings import MICRO, Finding, findings_of
from monitor.simulator.play import LAWFUL_REASONS, Timing, cut
from monitor.simulator.sent_events import SentEvent, acceptance, decision, event, events_of
from monitor.simulator.working_days import DAY


@dataclass(frozen=True)
class PlayedCase:
    """One case as it is sent and what must be found in it; `deed` names the planted wrongdoing, if any."""

    events: list[SentEvent]
    findings: list[Finding]
    deed: str | None = None


Forge = Callable[[Course, Timing], PlayedCase]


@dataclass(frozen=True)
class Forgery:
    """One kind of forged record. `used` = working days the case takes, beside the promise where `of_promise`."""

    name: str
    codes: tuple[str, ...]
    forge: Forge
    used: int = 3
    of_promise: bool = False
    suspended: bool = False


def merge_findings(before: Iterable[Finding], after: Iterable[Finding], at: int) -> list[Finding]:
    """What is found when, at a moment, the record of a case changes from one course to another."""
    changed = at * MICRO
    old = {(found.code, found.event_id): found for found in before if found.since < changed}
    new = {(found.code, found.event_id): found for found in after}
    merged = [found if key in new else replace(found, until=changed) for key, found in old.items()]
    merged += [found.known_from(at) for key, found in new.items() if key not in old]
    return merged


# -- late records ------------------------------------------------------------------------------------------------------


def _enter_afterwards(course: Course, timing: Timing) -> PlayedCase:
    """The whole case is entered days after it was decided (补录)."""
    assert course.decided is not None
    course.delivered = timing.soon(course.decided)
    known = timing.on_day(course.delivered, 4)
    events = [sent.known_from(known) for sent in events_of(course)]
    late = [Finding("A13", sent.event_id, known * MICRO) for sent in events]
    return PlayedCase(events, [*(found.known_from(known) for found in findings_of(course, timing.days)), *late])


def _record_decision_late(course: Course, timing: Timing) -> PlayedCase:
    """In time by its own word, but recorded days later: until then the promise stands broken."""
    assert course.decided is not None
    known = timing.on_day(course.decided, 4)
    course.delivered = timing.soon(known)
    undecided = deepcopy(course)
    cut(undecided, course.decided)
    events = [sent.known_from(known) if sent.fields["kind"] == "decided" else sent for sent in events_of(course)]
    found = merge_findings(findings_of(undecided, timing.days), findings_of(course, timing.days), known)
    return PlayedCase(events, [*found, Finding("A13", course.event_id("decided"), known * MICRO)])


def _record_rating_late(course: Course, timing: Timing) -> PlayedCase:
    assert course.delivered is not None
    course.rated = timing.soon(course.delivered)
    known = timing.on_day(course.rated, 5)
    events = [sent.known_from(known) if sent.fields["kind"] == "rated" else sent for sent in events_of(course)]
    late = Finding("A13", course.event_id("rated"), known * MICRO)
    return PlayedCase(events, [*findings_of(course, timing.days), late])


# -- moved times -------------------------------------------------------------------------------------------------------


def _move_decision(course: Course, timing: Timing) -> PlayedCase:
    """Decided late; the decision is voided and sent again as if it had been in time."""
    assert course.accepted is not None
    assert course.decided is not None
    changed = timing.soon(course.decided, 1200, 5400)
    course.delivered = timing.on_day(changed, 1)
    moved = deepcopy(course)
    moved.decided_number = 2
    moved.decided = timing.on_day(
        course.accepted, timing.days.between(course.accepted // DAY, course.decided // DAY) - 3
    )
    events = [sent for sent in events_of(course) if sent.fields["kind"] != "delivered"]
    events += [
        event(course, "voided", changed, voids=course.event_id("decided"), reason="录入错误"),
        decision(moved, moved.decided).known_from(changed),
        *(sent for sent in events_of(moved) if sent.fields["kind"] == "delivered"),
    ]
    found = merge_findings(findings_of(course, timing.days), findings_of(moved, timing.days), changed)
    again = moved.event_id("decided", 2)
    return PlayedCase(events, [*found, *(Finding(code, again, changed * MICRO) for code in ("A13", "A15"))])


def _move_acceptance(course: Course, timing: Timing) -> PlayedCase:
    """The acceptance is voided and sent again with a later time, to win days."""
    assert course.accepted is not None
    moved = deepcopy(course)
    moved.accepted_number = 2
    moved.accepted = timing.on_day(course.accepted, 2)
    changed = timing.soon(moved.accepted)
    events = [
        *events_of(course),
        event(course, "voided", changed, voids=course.event_id("accepted"), reason="录入错误"),
        acceptance(moved, moved.accepted).known_from(changed),
    ]
    found = merge_findings(findings_of(course, timing.days), findings_of(moved, timing.days), changed)
    return PlayedCase(events, [*found, Finding("A15", moved.event_id("accepted", 2), changed * MICRO)])


# -- records that do not fit -------------------------------------------------------------------------------------------


def _with(course: Course, timing: Timing, extra: Iterable[SentEvent], *codes: str) -> PlayedCase:
    """The course with further events; every code is found at each of them."""
    further = list(extra)
    found = [Finding(code, sent.event_id, sent.occurred * MICRO) for sent in further for code in codes]
    return PlayedCase([*events_of(course), *further], [*findings_of(course, timing.days), *found])


def _suspend_twice(course: Course, timing: Timing) -> PlayedCase:
    at = timing.soon(course.suspensions[0].begun)
    again = event(
        course, "suspended", at, 2, days=4, reason=LAWFUL_REASONS[4], legal_basis="行政许可法第四十五条",
        notice_no=f"特程{course.case_no}-2", approver=f"{course.department}-A1",
    )  # fmt: skip
    return _with(course, timing, [again], "X02")


def _resume_twice(course: Course, timing: Timing) -> PlayedCase:
    resumed = course.suspensions[0].resumed
    assert resumed is not None
    return _with(course, timing, [event(course, "resumed", timing.soon(resumed, 20, 60), 2)], "X03")


def _resume_before_suspending(course: Course, timing: Timing) -> PlayedCase:
    begun = course.suspensions[0].begun
    return _with(course, timing, [event(course, "resumed", begun - 10, 2)], "X03", "A12")


def _accept_twice(course: Course, timing: Timing) -> PlayedCase:
    assert course.accepted is not None
    again = deepcopy(course)
    again.accepted_number = 2
    return _with(course, timing, [acceptance(again, timing.on_day(course.accepted, 1))], "X04")


def _start_step_twice(course: Course, timing: Timing) -> PlayedCase:
    step = course.steps[0]
    again = event(course, "step_started", timing.soon(step.started, 20, 60), 9, step=step.name, handler=step.handler)
    return _with(course, timing, [again], "X04")


def _void_nothing(course: Course, timing: Timing) -> PlayedCase:
    at = timing.soon(course.steps[0].started)
    return _with(course, timing, [event(course, "voided", at, voids=course.event_id("step_started", 77))], "X05")


def _act_after_withdrawal(course: Course, timing: Timing) -> PlayedCase:
    assert course.accepted is not None
    withdrawn = timing.on_day(course.accepted, 1)
    cut(course, withdrawn)
    course.withdrawn = withdrawn
    ghost = event(course, "step_finished", timing.on_day(withdrawn, 1), 9, step=course.steps[0].name)
    return _with(course, timing, [ghost], "X06")


FORGERIES: tuple[Forgery, ...] = (
    Forgery("entered afterwards", ("A13",), _enter_afterwards, used=2),
    Forgery("decision recorded late", ("A13",), _record_decision_late, used=0, of_promise=True),
    Forgery("rating recorded late", ("A13",), _record_rating_late),
    Forgery("decision moved into time", ("A05", "A13", "A15"), _move_decision, used=2, of_promise=True),
    Forgery("acceptance moved", ("A15",), _move_acceptance, used=1, of_promise=True),
    Forgery("suspended twice", ("X02",), _suspend_twice, suspended=True),
    Forgery("resumed twice", ("X03",), _resume_twice, suspended=True),
    Forgery("resumed before suspended", ("A12", "X03"), _resume_before_suspending, suspended=True),
    Forgery("accepted twice", ("X04",), _accept_twice),
    Forgery("step started twice", ("X04",), _start_step_twice),
    Forgery("void of nothing", ("X05",), _void_nothing),
    Forgery("acted after withdrawal", ("X06",), _act_after_withdrawal),
)
