"""Anomalies of one case: A01–A22 (too good, too late, out of order) and X01–X10 (records that do not fit).

Each finding names the event it is about: a breached clock the event that started it. Findings come in legal order of
their events, then by code. Many-case anomalies (A09, A16, A18, A20, A23) are not part of one case's judgement.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from monitor.domain.calendars import WorkingCalendar
from monitor.domain.clocks import Clock, ClockState
from monitor.domain.events import Event
from monitor.domain.instants import Instant
from monitor.domain.items import ItemKind
from monitor.domain.order import Voids, order_key

if TYPE_CHECKING:
    from monitor.domain.judge import Judgement

_BREACH_CODES = {"acceptance": "A01", "step": "A04", "promise": "A05", "statutory": "A06", "delivery": "A07"}
_STEP_KINDS = ("step_started", "step_finished")


class Finding(NamedTuple):
    """One anomaly: its code, the event it is about, and a stable token that says which of the code's reasons holds."""

    code: str
    event_id: str | None
    detail: str


_Found = tuple[str, Event, str]


def find_anomalies(case: Judgement, voids: Voids, ignored: Sequence[Event], calendar: WorkingCalendar) -> list[Finding]:
    """Every anomaly of a judged case; `ignored` are the events after its withdrawal."""
    found: list[_Found] = list(case.walk.found)
    found += _breaches(case.clocks)
    found += _acceptance(case, calendar)
    found += _suspensions(case)
    found += _handlers(case, calendar)
    found += _decision_order(case, calendar)
    found += _recorded_late(case, calendar)
    found += _items(case, calendar)
    found += _window_hours(case, calendar)
    found += _claims(case, calendar)
    found += [("X05", void, "voids_nothing") for void in voids.empty]
    found += [("X06", event, "after_withdrawal") for event in ignored]
    if voids.voided:
        found += _sent_again(case, voids)
    if len(found) > 1:
        found.sort(key=_legal_position(case))
    return [Finding(code, event.event_id, detail) for code, event, detail in found]


def _legal_position(case: Judgement):  # type: ignore[no-untyped-def] # a sort key
    places = {event.event_id: place for place, event in enumerate(case.walk.order)}

    def key(found: _Found) -> tuple[Instant, int, tuple[Instant, int, str], str, str]:
        code, event, detail = found
        # Events outside the walk (voids, voided, ignored) sort by their plain order within their instant.
        return event.occurred_at, places.get(event.event_id, len(places)), order_key(event), code, detail

    return key


def _breaches(clocks: Sequence[Clock]) -> Iterator[_Found]:
    for clock in clocks:
        if clock.state is ClockState.BREACHED:
            code = _BREACH_CODES.get(clock.name.split(":", 1)[0])
            if code is not None:
                yield code, clock.start_event, f"{clock.name} breached"


def _acceptance(case: Judgement, calendar: WorkingCalendar) -> Iterator[_Found]:
    accepted, legal = case.admission.accepted, case.admission.legal_event
    if accepted is not None and legal is not None and case.deemed and _is_later_day(calendar, accepted, legal):
        yield "A02", accepted, "accepted_later_than_deemed"
    if len(case.walk.requests) > 1:
        yield "A03", case.walk.requests[1], f"{len(case.walk.requests)} requests"


def _is_later_day(calendar: WorkingCalendar, event: Event, other: Event) -> bool:
    return calendar.zone.day(event.occurred_at) > calendar.zone.day(other.occurred_at)


def _suspensions(case: Judgement) -> Iterator[_Found]:
    """A08, one finding per reason (行政许可法 art. 45)."""
    for suspension in case.walk.suspensions:
        event = suspension.event
        for fault in suspension.has_formal_faults():
            yield "A08", event, fault
        if any(
            clock.name in ("promise", "statutory") and clock.due_at is not None and event.occurred_at > clock.due_at
            for clock in case.clocks
        ):
            yield "A08", event, "begun_after_due"
        own = case.clock(f"suspension:{suspension.number}")
        if own is not None and own.state is ClockState.BREACHED:
            yield "A08", event, "longer_than_planned"


def _handlers(case: Judgement, calendar: WorkingCalendar) -> Iterator[_Found]:
    """A11: one examines, another approves (一审一核)."""
    accepted, decided = case.admission.accepted, case.admission.decided
    if decided is not None and accepted is not None and decided.handler and decided.handler == accepted.handler:
        yield "A11", decided, "same_handler"
    third = _decision_handlers(case, calendar)[2:3]
    for event in third:
        yield "A11", event, "more_than_two_decision_handlers"


def decision_handlers(case: Judgement, calendar: WorkingCalendar) -> list[str]:
    """The distinct handlers of decision steps, in the order in which they came."""
    return [event.handler for event in _decision_handlers(case, calendar) if event.handler is not None]


def _decision_handlers(case: Judgement, calendar: WorkingCalendar) -> list[Event]:
    """The events by which each distinct handler of decision steps came in."""
    history = case.item_history
    if history is None or not any(version.decision_steps for version in history.versions):
        return []
    first: dict[str, Event] = {}
    for event in case.walk.order:
        if event.kind not in _STEP_KINDS or not event.handler or event.handler in first:
            continue
        if _is_decision_step(case, event, calendar):
            first[event.handler] = event
    return list(first.values())


def _is_decision_step(case: Judgement, event: Event, calendar: WorkingCalendar) -> bool:
    """Named by the item's version of the acceptance, or without one by that of the step's own day."""
    version = case.version
    if version is None and case.item_history is not None:
        version = case.item_history.on(calendar.zone.day(event.occurred_at))
    return version is not None and event.step in version.decision_steps


def _decision_order(case: Judgement, calendar: WorkingCalendar) -> Iterator[_Found]:
    """A12, A14, X07: decided before acceptance or without it, without a step, or all in one instant."""
    admission, order = case.admission, case.walk.order
    decided, accepted = admission.decided, admission.accepted
    if decided is None:
        return
    legal_at_decision = admission.legal_event is not None and not any(main.void for main in case.walk.mains)
    if not legal_at_decision:
        yield "A12", decided, "decided_before_accepted" if accepted is not None else "decided_without_accepted"
        yield "X07", decided, "decided_without_acceptance"
    kinds_before = {event.kind for event in order[: order.index(decided)]}
    if _has_steps(case, decided, calendar) and not kinds_before.intersection(_STEP_KINDS):
        yield "A12", decided, "decided_without_step"
    if accepted is not None and accepted.occurred_at == decided.occurred_at:
        at = decided.occurred_at
        if any(event.kind in _STEP_KINDS and event.occurred_at == at for event in order):
            yield "A14", decided, "accepted_step_and_decided_at_once"


def _has_steps(case: Judgement, decided: Event, calendar: WorkingCalendar) -> bool:
    version = case.version
    if version is None and case.item_history is not None:
        version = case.item_history.on(calendar.zone.day(decided.occurred_at))
    return version is not None and bool(version.steps)


def _recorded_late(case: Judgement, calendar: WorkingCalendar) -> Iterator[_Found]:
    """A13: more than one working day lies between the day of an event and the day on which it was recorded."""
    day_of = calendar.zone.day
    for event in case.walk.order:
        recorded = event.recorded_at
        if recorded is not None and calendar.between(day_of(event.occurred_at), day_of(recorded)) > 1:
            yield "A13", event, "recorded_late"


def _items(case: Judgement, calendar: WorkingCalendar) -> Iterator[_Found]:
    """X01 unknown item, A17 relabelled as immediate, A21 limits changed since acceptance."""
    if case.item_history is None:
        named = next((event for event in case.walk.order if event.item is not None), case.walk.order[0])
        yield "X01", named, "unknown_item"
        return
    if case.version is None or case.admission.legal_event is None:
        return
    decided = case.admission.decided
    if decided is not None and case.version.kind is not ItemKind.IMMEDIATE:
        at_decision = case.item_history.on(calendar.zone.day(decided.occurred_at))
        if at_decision.kind is ItemKind.IMMEDIATE:
            yield "A17", decided, "decided_as_immediate"
    if case.item_history.on(calendar.zone.day(case.as_of)).limits() != case.version.limits():
        yield "A21", case.admission.legal_event, "limits_changed_since_acceptance"


def _window_hours(case: Judgement, calendar: WorkingCalendar) -> Iterator[_Found]:
    """A22: accepted or decided at a window on a rest day or outside opening hours."""
    for event in case.walk.order:
        if event.kind not in ("accepted", "decided") or not event.window:
            continue
        day = calendar.zone.day(event.occurred_at)
        if not calendar.is_working(day):
            yield "A22", event, "rest_day"
        elif not calendar.opening_at(day) <= event.occurred_at <= calendar.closing_at(day):
            yield "A22", event, "outside_opening_hours"


def _claims(case: Judgement, calendar: WorkingCalendar) -> Iterator[_Found]:
    """X10: the date the applicant was told differs from the due day."""
    accepted = case.admission.accepted
    told = [(accepted, case.clock("promise") or case.clock("statutory"))] if accepted is not None else []
    told += [(clock.start_event, clock) for clock in case.clocks if clock.name.startswith("step:")]
    for event, clock in told:
        if event is None or event.due_claimed is None or clock is None or clock.due_at is None:
            continue
        if calendar.zone.day(event.due_claimed) != calendar.zone.day(clock.due_at):
            yield "X10", event, "claimed_due_differs"


def _sent_again(case: Judgement, voids: Voids) -> Iterator[_Found]:
    """A15: an event sent again, after a void, with the same kind and another time."""
    for event in case.walk.order:
        for voided in sorted(voids.voided, key=order_key):
            if event.kind == voided.kind and event.occurred_at != voided.occurred_at:
                yield "A15", event, f"was {voided.event_id}"
                break
