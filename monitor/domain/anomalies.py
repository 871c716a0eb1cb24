"""Anomalies of one case: A01–A22 (too good, too late, out of order) and X01–X10 (records that do not fit).

Each finding names the event it is about: a breached clock the event that started it. Findings come in legal order of
their events, then by code. Many-case anomalies (A09, A16, A18, A20, A23) are not part of one case's judgement.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from monitor.domain.calendars import WorkingCalendar
from monitor.domain.clocks import BREACHED, Clock
from monitor.domain.events import Event
from monitor.domain.instants import Instant
from monitor.domain.item_history import ItemHistory
from monitor.domain.items import ItemKind
from monitor.domain.order import Voids, order_key

if TYPE_CHECKING:
    from monitor.domain.judge import Judgement

BREACH_CODES: Final = {"acceptance": "A01", "step": "A04", "promise": "A05", "statutory": "A06", "delivery": "A07"}
_STEP_KINDS: Final = frozenset({"step_started", "step_finished"})
_WINDOW_KINDS: Final = frozenset({"accepted", "decided"})
_IMMEDIATE: Final = ItemKind.IMMEDIATE


class Finding(NamedTuple):
    """One anomaly: its code, the event it is about, and a stable token that says which of the code's reasons holds."""

    code: str
    event_id: str | None
    detail: str


_Found = tuple[str, Event, str]


def find_anomalies(case: Judgement, voids: Voids, ignored: Sequence[Event], calendar: WorkingCalendar) -> list[Finding]:
    """Every anomaly of a judged case; `ignored` are the events after its withdrawal."""
    found: list[_Found] = case.walk.found
    case.decision_events = _decision_events(case, calendar)
    _find_breaches(found, case)
    _find_in_acceptance(found, case, calendar)
    if case.walk.suspensions:
        _find_in_suspensions(found, case)
    if case.admission.decided is not None:
        _find_in_decision(found, case, case.admission.decided, calendar)
    if len(case.decision_events) > 2:
        found.append(("A11", case.decision_events[2], "more_than_two_decision_handlers"))
    for event in case.walk.order:
        _find_in_record(found, event, calendar)
    _find_in_item(found, case, calendar)
    _find_in_claims(found, case, calendar)
    found += [("X05", event, "voids_nothing") for event in voids.empty]
    found += [("X06", event, "after_withdrawal") for event in ignored]
    if voids.voided:
        _find_sent_again(found, case, voids)
    if len(found) > 1:
        found = _in_legal_order(found, case.walk.order)
    return [Finding(code, event.event_id, detail) for code, event, detail in found]


def _in_legal_order(found: list[_Found], order: Sequence[Event]) -> list[_Found]:
    places = {event.event_id: place for place, event in enumerate(order)}
    # Events outside the walk (voids, voided, ignored) sort by their plain order within their instant.
    keyed = [
        ((event.occurred_at, places.get(event.event_id, len(places)), order_key(event), code, detail), event)
        for code, event, detail in found
    ]
    keyed.sort(key=itemgetter(0))
    return [(key[3], event, key[4]) for key, event in keyed]


def _find_breaches(found: list[_Found], case: Judgement) -> None:
    for clock in case.clocks:
        if clock.state is BREACHED:
            code = BREACH_CODES.get(clock.name.split(":", 1)[0])
            if code is not None:
                found.append((code, clock.start_event, f"{clock.name} breached"))


def _find_in_acceptance(found: list[_Found], case: Judgement, calendar: WorkingCalendar) -> None:
    accepted, legal = case.admission.accepted, case.admission.legal_event
    if accepted is not None and legal is not None and case.deemed and _is_later_day(calendar, accepted, legal):
        found.append(("A02", accepted, "accepted_later_than_deemed"))
    if len(case.walk.requests) > 1:
        found.append(("A03", case.walk.requests[1], f"{len(case.walk.requests)} requests"))


def _is_later_day(calendar: WorkingCalendar, event: Event, other: Event) -> bool:
    return calendar.zone.day(event.occurred_at) > calendar.zone.day(other.occurred_at)


def _find_in_suspensions(found: list[_Found], case: Judgement) -> None:
    """A08, one finding per reason (行政许可法 art. 45)."""
    for suspension in case.walk.suspensions:
        event = suspension.event
        found += [("A08", event, fault) for fault in suspension.has_formal_faults()]
        if _is_after_due(event, case.promise) or _is_after_due(event, case.statutory):
            found.append(("A08", event, "begun_after_due"))
        own = case.clock(f"suspension:{suspension.number}")
        if own is not None and own.state is BREACHED:
            found.append(("A08", event, "longer_than_planned"))


def _is_after_due(event: Event, clock: Clock | None) -> bool:
    return clock is not None and clock.due_at is not None and event.occurred_at > clock.due_at


def _decision_events(case: Judgement, calendar: WorkingCalendar) -> list[Event]:
    """The events by which each distinct handler of decision steps came in (A11: one examines, another approves)."""
    history = case.item_history
    if history is None or not history.decision_steps:
        return []
    first: dict[str, Event] = {}
    for event in case.walk.order:
        if event.kind not in _STEP_KINDS or not event.handler or event.handler in first:
            continue
        if _is_decision_step(case, history, event, calendar):
            first[event.handler] = event
    return list(first.values())


def _is_decision_step(case: Judgement, history: ItemHistory, event: Event, calendar: WorkingCalendar) -> bool:
    """Named by the item's version of the acceptance, or without one by that of the step's own day."""
    version = case.version
    if version is None:
        version = history.on(calendar.zone.day(event.occurred_at))
    return event.step in version.decision_steps


def _find_in_decision(found: list[_Found], case: Judgement, decided: Event, calendar: WorkingCalendar) -> None:
    """A11 by one hand; A12, A14, X07: before acceptance or without it, without a step, or all in one instant."""
    accepted = case.admission.accepted
    if accepted is not None and decided.handler and decided.handler == accepted.handler:
        found.append(("A11", decided, "same_handler"))
    if case.admission.legal_event is None or any(main.void for main in case.walk.mains):
        found.append(
            ("A12", decided, "decided_before_accepted" if accepted is not None else "decided_without_accepted")
        )
        found.append(("X07", decided, "decided_without_acceptance"))
    if _has_steps(case, decided, calendar) and not _has_step_before(case.walk.order, decided):
        found.append(("A12", decided, "decided_without_step"))
    if accepted is not None and accepted.occurred_at == decided.occurred_at:
        at = decided.occurred_at
        if any(event.kind in _STEP_KINDS and event.occurred_at == at for event in case.walk.order):
            found.append(("A14", decided, "accepted_step_and_decided_at_once"))


def _has_step_before(order: Sequence[Event], decided: Event) -> bool:
    return any(event.kind in _STEP_KINDS for event in order[: order.index(decided)])


def _has_steps(case: Judgement, decided: Event, calendar: WorkingCalendar) -> bool:
    version = case.version
    if version is None and case.item_history is not None:
        version = case.item_history.on(calendar.zone.day(decided.occurred_at))
    return version is not None and bool(version.steps)


def _find_in_record(found: list[_Found], event: Event, calendar: WorkingCalendar) -> None:
    """A13: recorded more than one working day later; A22: accepted or decided at a window that was not open."""
    if event.recorded_at is not None and is_recorded_late(event.occurred_at, event.recorded_at, calendar):
        found.append(("A13", event, "recorded_late"))
    if event.window and event.kind in _WINDOW_KINDS:
        if not calendar.is_working(calendar.zone.day(event.occurred_at)):
            found.append(("A22", event, "rest_day"))
        elif not calendar.is_open(event.occurred_at):
            found.append(("A22", event, "outside_opening_hours"))


def is_recorded_late(occurred_at: Instant, recorded_at: Instant, calendar: WorkingCalendar) -> bool:
    """Whether more than one working day lies between the day of an event and the day on which it was recorded."""
    occurred, recorded = calendar.zone.day(occurred_at), calendar.zone.day(recorded_at)
    return recorded > occurred + 1 and calendar.between(occurred, recorded) > 1


def _find_in_item(found: list[_Found], case: Judgement, calendar: WorkingCalendar) -> None:
    """X01 unknown item, A17 relabelled as immediate, A21 limits changed since acceptance."""
    history, version, legal = case.item_history, case.version, case.admission.legal_event
    if history is None:
        named = next((event for event in case.walk.order if event.item is not None), case.walk.order[0])
        found.append(("X01", named, "unknown_item"))
        return
    if version is None or legal is None or history.only is not None:
        return
    decided = case.admission.decided
    if decided is not None and version.kind is not _IMMEDIATE:
        at_decision = history.on(calendar.zone.day(decided.occurred_at))
        if at_decision.kind is _IMMEDIATE:
            found.append(("A17", decided, "decided_as_immediate"))
    now = history.on(calendar.zone.day(case.as_of))
    if now is not version and now.limits() != version.limits():
        found.append(("A21", legal, "limits_changed_since_acceptance"))


def _find_in_claims(found: list[_Found], case: Judgement, calendar: WorkingCalendar) -> None:
    """X10: the date the applicant was told differs from the due day."""
    if case.admission.accepted is not None:
        _find_in_claim(found, case.admission.accepted, case.warned, calendar)
    if case.walk.steps:
        for clock in case.clocks:
            if clock.name.startswith("step:"):
                _find_in_claim(found, clock.start_event, clock, calendar)


def _find_in_claim(found: list[_Found], event: Event, clock: Clock | None, calendar: WorkingCalendar) -> None:
    if event.due_claimed is None or clock is None or clock.due_at is None:
        return
    if calendar.zone.day(event.due_claimed) != calendar.zone.day(clock.due_at):
        found.append(("X10", event, "claimed_due_differs"))


def _find_sent_again(found: list[_Found], case: Judgement, voids: Voids) -> None:
    """A15: an event sent again, after a void, with the same kind and another time."""
    for event in case.walk.order:
        for voided in sorted(voids.voided, key=order_key):
            if event.kind == voided.kind and event.occurred_at != voided.occurred_at:
                found.append(("A15", event, f"was {voided.event_id}"))
                break
