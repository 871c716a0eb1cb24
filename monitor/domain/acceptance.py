"""Acceptance (受理): its clocks, legal and deemed acceptance, the decision, and a refusal that ends the case.

Source: 行政许可法 art. 32 (4) (deemed acceptance from the day of receipt), time rules "Clocks of a case".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from monitor.domain.calendars import WorkingCalendar
from monitor.domain.counting import Meter, working_days_meter
from monitor.domain.events import Event
from monitor.domain.instants import Instant
from monitor.domain.item_history import ItemHistory
from monitor.domain.items import Policy

DEFAULT_ACCEPTANCE_DAYS = 5.0
_ANSWERS: Final = frozenset({"accepted", "refused", "corrections_requested", "decided"})
_ADMITTING: Final = _ANSWERS | {"received", "corrections_supplied"}


class AcceptanceClock:
    """One acceptance clock: from a receipt or supplied corrections to the authority's first answer."""

    __slots__ = ("breached", "due", "limit", "meter", "start", "stop")

    def __init__(self, start: Event, meter: Meter, limit: float) -> None:
        self.start = start
        self.meter = meter
        self.limit = limit
        self.due = meter.due(())
        self.stop: Event | None = None
        self.breached = False

    def end_at(self, end: Instant) -> None:
        """Judge the breach at the clock's end: at the due instant itself it is none."""
        self.breached = self.due is not None and end > self.due


class Admission:
    """How a case came in and how it ended: what every other clock depends on.

    `legal_at` is the legal acceptance, `legal_event` the event it rests on; `refusal` the refusal that ended the case.
    """

    __slots__ = (
        "accepted", "clocks", "decided", "deemed", "first_received", "legal_at", "legal_event", "refusal",
        "refused_any", "withdrawn",
    )  # fmt: skip

    def __init__(self) -> None:
        self.clocks: list[AcceptanceClock] = []
        self.first_received: Event | None = None
        self.accepted: Event | None = None
        self.decided: Event | None = None
        self.withdrawn: Event | None = None
        self.refusal: Event | None = None
        self.refused_any = False
        self.legal_at: Instant | None = None
        self.legal_event: Event | None = None
        self.deemed = False


def admit(
    ordered: Sequence[Event], calendar: WorkingCalendar, history: ItemHistory | None, policy: Policy, as_of: Instant
) -> Admission:
    """Walk a case's events in legal order up to its withdrawal and find what its acceptance rests on."""
    admission = Admission()
    open_clock: AcceptanceClock | None = None
    awaiting_supply = False
    for event in ordered:
        kind = event.kind
        if kind not in _ADMITTING:
            continue
        if open_clock is not None and kind in _ANSWERS:
            open_clock.stop = event
            open_clock.end_at(event.occurred_at)
            open_clock = None
            awaiting_supply = kind == "corrections_requested"
        if kind == "received":
            if admission.first_received is None:
                admission.first_received = event
                if admission.accepted is None and admission.decided is None:
                    open_clock = _open(admission, event, calendar, history)
        elif kind == "corrections_supplied":
            if awaiting_supply and admission.decided is None and not _accepted_by_then(admission, policy):
                awaiting_supply = False
                open_clock = _open(admission, event, calendar, history)
        elif kind == "accepted":
            admission.accepted = admission.accepted or event
        elif kind == "decided":
            admission.decided = admission.decided or event
        elif kind == "refused":
            admission.refused_any = True
    if open_clock is not None:
        withdrawn = ordered[-1] if ordered and ordered[-1].kind == "withdrawn" else None
        open_clock.end_at(as_of if withdrawn is None else withdrawn.occurred_at)
    _settle_acceptance(admission, policy)
    admission.refusal = _ending_refusal(admission, ordered)
    return admission


def _open(
    admission: Admission, start: Event, calendar: WorkingCalendar, history: ItemHistory | None
) -> AcceptanceClock:
    version = None if history is None else history.on(calendar.zone.day(start.occurred_at))
    given = None if version is None else version.acceptance
    limit = DEFAULT_ACCEPTANCE_DAYS if given is None else given
    meter = working_days_meter(calendar, start.occurred_at, limit)
    clock = AcceptanceClock(start, meter, limit)
    admission.clocks.append(clock)
    return clock


def _accepted_by_then(admission: Admission, policy: Policy) -> bool:
    deemed = policy.deemed_acceptance and any(clock.breached for clock in admission.clocks)
    return deemed or admission.accepted is not None


def _settle_acceptance(admission: Admission, policy: Policy) -> None:
    """Legal acceptance: the start of the first breached acceptance clock (视为受理), else the first `accepted`."""
    if policy.deemed_acceptance:
        for clock in admission.clocks:
            if clock.breached:
                admission.deemed = True
                admission.legal_event = clock.start
                break
    if admission.legal_event is None:
        admission.legal_event = admission.accepted
    if admission.legal_event is not None:
        admission.legal_at = admission.legal_event.occurred_at


def _ending_refusal(admission: Admission, ordered: Sequence[Event]) -> Event | None:
    """The first refusal later than legal acceptance, before any decision and with no later `accepted`."""
    if not admission.refused_any or admission.legal_event is None:
        return None
    last_accepted = max((n for n, event in enumerate(ordered) if event.kind == "accepted"), default=-1)
    accepted_seen = False
    for position, event in enumerate(ordered):
        if event is admission.legal_event:
            accepted_seen = True
        elif event is admission.decided:
            return None
        elif event.kind == "refused" and accepted_seen and position > last_accepted:
            return event
    return None
