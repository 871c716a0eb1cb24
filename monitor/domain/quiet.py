"""The cheap path: an event that is the newest of its case and changes nothing that is stored need not be judged.

Nothing here decides what is true; it only proves that nothing changed. A property test holds it against the judge.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from monitor.domain.anomalies import BREACH_CODES, Finding, is_recorded_late
from monitor.domain.calendars import WorkingCalendar
from monitor.domain.counting import Cover
from monitor.domain.events import Event
from monitor.domain.facts import stored_anomalies
from monitor.domain.instants import Instant, Zone
from monitor.domain.item_history import ItemHistory
from monitor.domain.items import ItemVersion
from monitor.domain.judge import Judgement, Rules
from monitor.domain.quiet_summary import QuietSummary

_STEP_KINDS: Final = frozenset({"step_started", "step_finished"})
QUIET_KINDS: Final = _STEP_KINDS | {"rated"}
PLAIN_KINDS: Final = QUIET_KINDS | {"applied", "received", "accepted", "decided", "delivered"}
_RESUMED_KINDS: Final = PLAIN_KINDS | {"suspended", "resumed"}
_LATE: Final = frozenset(BREACH_CODES.values()) - {BREACH_CODES["acceptance"]}
"""What may be found of a case that is late and nothing else. Acceptance is no clock of a case that runs on."""


def summarise(case: Judgement, events: Sequence[Event]) -> QuietSummary | None:
    """The summary of a judged case of these events; None when nothing may be quiet: events of the near future wait, or
    there is a void, which may await its target (X05) or have taken out what a later event sends again (A15).
    """
    if case.future:
        return None
    for event in events:
        if event.kind == "voided":
            return None
    # The walk goes by instants: what it took last is the newest.
    return QuietSummary(
        case.events[-1].occurred_at,
        case.item if case.item_history is not None else None,
        case.department is not None,
        case.admission.withdrawn is not None,
        case.walk.open_steps(),
        [event.handler for event in case.decision_events if event.handler is not None],
        is_plain(case, events),
        case.admission.legal_event is not None,
        None if case.admission.accepted is None else case.admission.accepted.handler,
        any(event.kind in _STEP_KINDS for event in case.events),
        any(event.due_claimed is not None for event in events),
        recorded_until(events),
        None if case.admission.accepted is None else case.admission.accepted.event_id,
        covers_of_lawful(case, events) if case.walk.suspensions else None,
        is_late(case, events),
    )


def recorded_until(events: Sequence[Event]) -> Instant | None:
    """The newest moment at which one of the events was recorded; None where none says."""
    newest: Instant | None = None
    for event in events:
        if event.recorded_at is not None and (newest is None or event.recorded_at > newest):
            newest = event.recorded_at
    return newest


def is_ordinary(summary: QuietSummary | None, zone: Zone, as_of: Instant) -> bool:
    """Whether what time or a calendar does to a case after `as_of` is known from its facts and clocks, no event being
    asked: it is plain, or late and nothing else; none names a due day, and none was recorded on a day to come.
    """
    if summary is None or summary.claimed or not (summary.plain or summary.late):
        return False
    return summary.recorded_until is None or zone.day(summary.recorded_until) <= zone.day(as_of)


def is_plain(case: Judgement, events: Sequence[Event]) -> bool:
    """Whether a case has had only ordinary events, steps only while accepted, and nothing remarkable was found."""
    return not _found(case) and _has_only(PLAIN_KINDS, case, events)


def is_late(case: Judgement, events: Sequence[Event]) -> bool:
    """Whether a case would be plain if none of its clocks had been breached."""
    found = _found(case)
    return bool(found) and all(finding.code in _LATE for finding in found) and _has_only(PLAIN_KINDS, case, events)


def covers_of_lawful(case: Judgement, events: Sequence[Event]) -> list[Cover] | None:
    """What suspensions take out of the clocks of a case that is plain but for them; None where anything but its
    resumption ended one, or there is more to the case. The last one may run still.
    """
    for suspension in case.walk.suspensions:
        if suspension.ended_by is not None and suspension.ended_by.kind != "resumed":
            return None
    if _found(case) or not _has_only(_RESUMED_KINDS, case, events):
        return None
    return case.walk.covers()


def _found(case: Judgement) -> list[Finding]:
    return stored_anomalies(case) if case.anomalies else []


def _has_only(kinds: frozenset[str], case: Judgement, events: Sequence[Event]) -> bool:
    if case.deemed or case.department is None:
        return False
    accepted_at = case.accepted_at
    for event in events:
        if event.kind not in kinds:
            return False
        if event.kind in _STEP_KINDS and (accepted_at is None or event.occurred_at <= accepted_at):
            return False
    return True


def stays_quiet(summary: QuietSummary, events: Sequence[Event], rules: Rules, as_of: Instant) -> bool:
    """Whether all `events` (in order of time) leave every stored fact as it is; the summary follows them if so.

    On False the summary may have moved and must be thrown away: the case is judged anew.
    """
    history = rules.items.history(summary.item)
    if history is None or summary.withdrawn or not summary.department_known:
        return False
    calendar = rules.calendar
    return all(is_quiet(summary, event, event.kind, history, calendar, as_of) for event in events)


def is_quiet(
    summary: QuietSummary, event: Event, kind: str, history: ItemHistory, calendar: WorkingCalendar, as_of: Instant
) -> bool:
    """Whether one event, of this kind, leaves every stored fact as it is; the summary follows it if so. The case is not
    withdrawn, its item and department are known.
    """
    if kind not in QUIET_KINDS:
        return False
    step = None if kind == "rated" else event.step
    # Versions that disagree about the step: the judge knows which one holds.
    if step is not None and (step in history.limited_steps or step in history.disputed_steps):
        return False
    at = event.occurred_at
    if not summary.last_at < at <= as_of:
        return False
    if event.due_claimed is not None and not summary.claimed:
        return False  # what is stored of the case no longer says all
    if not _note_recording(summary, event, at, calendar, as_of):
        return False
    if kind != "rated":
        if step is not None and not _step_is_quiet(summary, event, kind, step, history):
            return False
        note_step(summary)
    summary.last_at = at
    return True


def note_step(summary: QuietSummary) -> None:
    """The summary follows a step: one before the acceptance is not ordinary."""
    if not summary.accepted:
        summary.plain, summary.late, summary.covers = False, False, None
    summary.stepped = True


def _note_recording(
    summary: QuietSummary, event: Event, at: Instant, calendar: WorkingCalendar, as_of: Instant
) -> bool:
    """Whether an event of a moment was recorded in time, and by today; the summary follows it."""
    recorded_at = event.recorded_at
    if recorded_at is None:
        return True
    if is_recorded_late(at, recorded_at, calendar):
        return False
    if calendar.zone.day(recorded_at) > calendar.zone.day(as_of):
        return False
    note_recorded(summary, recorded_at)
    return True


def note_recorded(summary: QuietSummary, recorded_at: Instant) -> None:
    """The summary follows the moment at which an event was recorded."""
    until = summary.recorded_until
    if until is None or recorded_at > until:
        summary.recorded_until = recorded_at


def _step_is_quiet(summary: QuietSummary, event: Event, kind: str, step: str, history: ItemHistory) -> bool:
    if step in history.decision_steps and not _handler_is_quiet(summary, event):
        return False
    open_steps = summary.open_steps
    if kind == "step_finished":
        if step in open_steps:
            open_steps.remove(step)
        return True
    if step in open_steps:
        return False
    open_steps.append(step)
    return True


def moves_no_finding(summary: QuietSummary, event: Event, step: str, version: ItemVersion) -> bool:
    """Whether a step judged by a version brings no third handler of decision steps; the summary follows it if so."""
    return step not in version.decision_steps or _handler_is_quiet(summary, event)


def _handler_is_quiet(summary: QuietSummary, event: Event) -> bool:
    """The third distinct handler of decision steps is a finding (A11); who comes after it is none."""
    known, handler = summary.decision_handlers, event.handler
    if not handler or handler in known or len(known) > 2:
        return True
    if len(known) == 2:
        return False
    known.append(handler)
    return True
