"""A course written down as the events a window system sends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from monitor.simulator.course import Course, Extension, ExtensionFault, Suspension, SuspensionFault
from monitor.simulator.working_days import moment_text

_REASON_NOT_LISTED = "等待领导出差返回"
_SUSPENSION_BASIS, _EXTENSION_BASIS = "行政许可法第四十五条", "行政许可法第四十二条"


@dataclass(frozen=True, slots=True)
class SentEvent:
    """One event: when it is said to have happened, when its system sends it (`known`), and its JSON fields."""

    source: str
    occurred: int
    known: int
    fields: dict[str, Any]

    @property
    def event_id(self) -> str:
        """Its id, unique in its source."""
        return str(self.fields["event_id"])

    def line(self) -> bytes:
        """One line of NDJSON."""
        return json.dumps(self.fields, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

    def known_from(self, moment: int) -> SentEvent:
        """The same event, sent at another moment."""
        return replace(self, known=moment)


def event(course: Course, kind: str, occurred: int, number: int = 1, **fields: Any) -> SentEvent:
    """One event of a case, sent when it happens; fields that are None are left out."""
    said: dict[str, Any] = {
        "source": course.source,
        "event_id": course.event_id(kind, number),
        "case_no": course.case_no,
        "item": course.item_code,
        "department": course.department,
        "kind": kind,
        "occurred_at": moment_text(occurred),
    }
    said |= {name: value for name, value in fields.items() if value is not None}
    return SentEvent(course.source, occurred, occurred, said)


def events_of(course: Course) -> list[SentEvent]:
    """All events of a course, in the order in which they are listed in the rules."""
    sent = [
        event(course, "applied", course.applied, applicant_ref=course.applicant_ref),
        event(course, "received", course.received, window=course.accept_window, handler=course.accepted_by),
    ]
    sent += [event(course, "corrections_requested", at, n) for n, at in enumerate(course.requests, 1)]
    sent += [event(course, "corrections_supplied", at, n) for n, at in enumerate(course.supplies, 1)]
    if course.refused is not None:
        sent.append(event(course, "refused", course.refused, reason="不符合受理条件"))
    if course.accepted is not None:
        sent.append(acceptance(course, course.accepted))
    sent += _steps(course)
    for number, suspension in enumerate(course.suspensions, 1):
        sent += _suspension(course, number, suspension)
    sent += [_extension(course, number, extension) for number, extension in enumerate(course.extensions, 1)]
    sent += _ending(course)
    return sent


def acceptance(course: Course, at: int) -> SentEvent:
    """The acceptance (受理) of a course at a moment."""
    claimed = None if course.due_claimed is None else moment_text(course.due_claimed)
    return event(
        course,
        "accepted",
        at,
        course.accepted_number,
        window=course.accept_window,
        handler=course.accepted_by,
        due_claimed=claimed,
        notice_no=f"受理{course.case_no}",
    )


def _steps(course: Course) -> Iterator[SentEvent]:
    for number, step in enumerate(course.steps, 1):
        yield event(course, "step_started", step.started, number, step=step.name, handler=step.handler)
        if step.finished is not None:
            yield event(course, "step_finished", step.finished, number, step=step.name, handler=step.handler)


def _suspension(course: Course, number: int, suspension: Suspension) -> Iterator[SentEvent]:
    faults = suspension.faults
    yield event(
        course,
        "suspended",
        suspension.begun,
        number,
        reason=_REASON_NOT_LISTED if SuspensionFault.REASON in faults else suspension.reason,
        legal_basis=_SUSPENSION_BASIS,
        days=suspension.planned,
        notice_no=None if SuspensionFault.NOTICE in faults else f"特程{course.case_no}-{number}",
        approver=None if SuspensionFault.APPROVER in faults else f"{course.department}-A1",
    )
    if suspension.resumed is not None:
        yield event(course, "resumed", suspension.resumed, number)


def _extension(course: Course, number: int, extension: Extension) -> SentEvent:
    return event(
        course,
        "extended",
        extension.at,
        number,
        days=extension.days,
        reason="情况复杂",
        legal_basis=_EXTENSION_BASIS,
        notice_no=None if ExtensionFault.NOTICE in extension.faults else f"延期{course.case_no}-{number}",
        approver=None if ExtensionFault.APPROVER in extension.faults else f"{course.department}-A1",
    )


def _ending(course: Course) -> Iterator[SentEvent]:
    if course.reported_up is not None:
        yield event(course, "reported_up", course.reported_up)
    if course.decided is not None:
        yield decision(course, course.decided)
    if course.delivered is not None:
        yield event(course, "delivered", course.delivered)
    if course.withdrawn is not None:
        yield event(course, "withdrawn", course.withdrawn, reason="申请人撤回")
    if course.rated is not None:
        yield event(course, "rated", course.rated, result="满意")


def decision(course: Course, at: int) -> SentEvent:
    """The decision (办结) of a course at a moment."""
    return event(
        course,
        "decided",
        at,
        course.decided_number,
        result="granted" if course.granted else "denied",
        handler=course.decided_by,
        window=course.decide_window,
        notice_no=f"决定{course.case_no}",
    )
