"""The cheap path: an event that is the newest of its case and changes nothing that is stored need not be judged.

Nothing here decides what is true; it only proves that nothing changed. A property test holds it against the judge.
"""

from __future__ import annotations

from collections.abc import Sequence

from monitor.domain.anomalies import is_recorded_late
from monitor.domain.calendars import WorkingCalendar
from monitor.domain.events import Event
from monitor.domain.instants import Instant
from monitor.domain.items import ItemCatalogue
from monitor.domain.judge import Judgement
from monitor.domain.quiet_summary import QuietSummary

QUIET_KINDS = frozenset({"step_started", "step_finished", "rated"})


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
    )


def stays_quiet(
    summary: QuietSummary, events: Sequence[Event], items: ItemCatalogue, calendar: WorkingCalendar, as_of: Instant
) -> bool:
    """Whether all `events` (in order of time) leave every stored fact as it is; the summary follows them if so.

    On False the summary may have moved and must be thrown away: the case is judged anew.
    """
    return all(_is_quiet(summary, event, items, calendar, as_of) for event in events)


def _is_quiet(
    summary: QuietSummary, event: Event, items: ItemCatalogue, calendar: WorkingCalendar, as_of: Instant
) -> bool:
    if event.kind not in QUIET_KINDS or not summary.last_at < event.occurred_at <= as_of:
        return False
    if summary.withdrawn or summary.item is None or not summary.department_known:
        return False
    if event.recorded_at is not None and is_recorded_late(event.occurred_at, event.recorded_at, calendar):
        return False
    if event.kind != "rated" and not _step_is_quiet(summary, event, items):
        return False
    summary.last_at = event.occurred_at
    return True


def _step_is_quiet(summary: QuietSummary, event: Event, items: ItemCatalogue) -> bool:
    history = items.history(summary.item)
    if history is None or event.step is None:
        return history is not None
    if any(version.steps.get(event.step) is not None for version in history.versions):
        return False
    decides = {event.step in version.decision_steps for version in history.versions}
    if len(decides) > 1 or (True in decides and not _handler_is_quiet(summary, event)):
        return False  # versions that disagree about the step: the judge knows which one holds
    if event.kind == "step_finished":
        if event.step in summary.open_steps:
            summary.open_steps.remove(event.step)
        return True
    if event.step in summary.open_steps:
        return False
    summary.open_steps.append(event.step)
    return True


def _handler_is_quiet(summary: QuietSummary, event: Event) -> bool:
    """The third distinct handler of decision steps is a finding (A11); who comes after it is none."""
    known = summary.decision_handlers
    if not event.handler or event.handler in known or len(known) > 2:
        return True
    if len(known) == 2:
        return False
    known.append(event.handler)
    return True
