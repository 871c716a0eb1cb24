"""The judge: one case's events, the rules in force and a moment, to a judgement. Pure; `as_of` is a parameter.

Source: 行政许可法 art. 32, 35, 42–45, 82; 民法典 art. 201–203; how the product reads them: docs/explanation.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from monitor.domain.acceptance import Admission, admit
from monitor.domain.anomalies import Finding, find_anomalies
from monitor.domain.calendars import WorkingCalendar
from monitor.domain.clocks import BREACHED, RUNNING, Clock
from monitor.domain.counting import Cover, Meter, working_days_meter
from monitor.domain.events import Event
from monitor.domain.instants import Day, Instant
from monitor.domain.item_history import ItemCatalogue, ItemHistory
from monitor.domain.items import ItemKind, ItemVersion, Policy, Unit
from monitor.domain.order import Voids, in_plain_order, is_in_order, with_corrections_answered_first
from monitor.domain.walk import MainClock, Step, Walk

DEFAULT_DELIVERY_DAYS = 10.0
_JOINT: Final = ItemKind.JOINT
_WORKING_HOURS: Final = Unit.WORKING_HOURS


class Rules:
    """What a hall judges by: its items, its calendar and its policy."""

    __slots__ = ("calendar", "items", "policy")

    def __init__(self, items: ItemCatalogue, calendar: WorkingCalendar, policy: Policy) -> None:
        self.items = items
        self.calendar = calendar
        self.policy = policy


class Status(StrEnum):
    """Where a case stands (办件状态)."""

    APPLIED = "applied"
    RECEIVED = "received"
    CORRECTING = "correcting"
    REFUSED = "refused"
    ACCEPTED = "accepted"
    SUSPENDED = "suspended"
    DECIDED = "decided"
    DELIVERED = "delivered"
    WITHDRAWN = "withdrawn"


_APPLIED: Final = Status.APPLIED
_RECEIVED: Final = Status.RECEIVED
_CORRECTING: Final = Status.CORRECTING
_REFUSED: Final = Status.REFUSED
_ACCEPTED: Final = Status.ACCEPTED
_SUSPENDED: Final = Status.SUSPENDED
_DECIDED: Final = Status.DECIDED
_DELIVERED: Final = Status.DELIVERED
_WITHDRAWN: Final = Status.WITHDRAWN


class Light(StrEnum):
    """The light of a case: word, shape and colour on the pages."""

    NONE = "none"
    GREEN = "green"
    REMINDER = "reminder"
    YELLOW = "yellow"
    RED = "red"


_NO_LIGHT: Final = Light.NONE
_GREEN: Final = Light.GREEN
_REMINDER: Final = Light.REMINDER
_YELLOW: Final = Light.YELLOW
_RED: Final = Light.RED


class Judgement:
    """What is true of one case at `as_of`. Times are instants; clocks in the order of the time rules' table."""

    __slots__ = (
        "accepted_at", "accepted_claimed_at", "admission", "anomalies", "as_of", "case_no", "clocks", "decision_events",
        "deemed", "department", "events", "future", "is_open", "item", "item_history", "light", "promise", "source",
        "status", "statutory", "version", "walk",
    )  # fmt: skip

    source: str
    case_no: str
    item: str | None
    department: str | None
    status: Status
    accepted_at: Instant | None
    accepted_claimed_at: Instant | None
    deemed: bool
    light: Light
    clocks: list[Clock]
    promise: Clock | None
    statutory: Clock | None
    is_open: bool
    """Up to and with status accepted or suspended."""
    anomalies: list[Finding]
    as_of: Instant
    events: list[Event]
    future: list[Event]
    item_history: ItemHistory | None
    version: ItemVersion | None
    admission: Admission
    walk: Walk
    decision_events: list[Event]
    """By which each distinct handler of decision steps came in."""

    def clock(self, name: str) -> Clock | None:
        """The clock of a name, or None where the case has none."""
        for clock in self.clocks:
            if clock.name == name:
                return clock
        return None

    @property
    def warned(self) -> Clock | None:
        """The clock the ladder reminds of: promise, or statutory where there is no promise."""
        return self.statutory if self.promise is None else self.promise

    @property
    def closed_at(self) -> Instant | None:
        """When it was decided, refused or withdrawn; None while open."""
        if self.is_open:
            return None
        admission = self.admission
        if self.status is _WITHDRAWN and admission.withdrawn is not None:
            return admission.withdrawn.occurred_at
        ended_by = admission.decided or admission.refusal
        if ended_by is not None:
            return ended_by.occurred_at
        return max(event.occurred_at for event in self.walk.order if event.kind == "refused")


def judge(events: Sequence[Event], rules: Rules, as_of: Instant) -> Judgement | None:
    """Judge one case from all its events in any order of arrival; those after `as_of` wait for their time.

    Returns None for a case with nothing left but voids.
    """
    voids = Voids(events, as_of)
    if not voids.remaining:
        return None
    ordered = voids.remaining
    has_ties = not is_in_order(ordered)
    if has_ties:
        ordered = with_corrections_answered_first(in_plain_order(ordered))
    judged, ignored = _cut_at_withdrawal(ordered)
    item = _item_named(judged)
    case = _judge_as(item, judged, rules, as_of, has_ties=has_ties)
    if has_ties and _item_named(case.walk.order) != item:
        # Only the walk knows whether an answer comes first within an instant; the item may hang on it.
        case = _judge_as(_item_named(case.walk.order), judged, rules, as_of, has_ties=True)
    case.future = voids.future
    case.anomalies = find_anomalies(case, voids, ignored, rules.calendar)
    return case


def _cut_at_withdrawal(ordered: list[Event]) -> tuple[list[Event], list[Event]]:
    """The events up to the first withdrawal, and those after it."""
    for position, event in enumerate(ordered):
        if event.kind == "withdrawn":
            return ordered[: position + 1], ordered[position + 1 :]
    return ordered, []


def _item_named(ordered: Sequence[Event]) -> str | None:
    for event in ordered:
        if event.item is not None:
            return event.item
    return None


def _judge_as(item: str | None, judged: list[Event], rules: Rules, as_of: Instant, *, has_ties: bool) -> Judgement:
    """Judge a case's events in order, up to its withdrawal, as a case of an item; all but its findings."""
    history = rules.items.history(item)
    calendar, policy = rules.calendar, rules.policy
    admission = admit(judged, calendar, history, policy, as_of)
    if judged[-1].kind == "withdrawn":
        admission.withdrawn = judged[-1]
    version = _version_at(history, calendar, admission.legal_at)
    held = version or _version_at(history, calendar, judged[0].occurred_at)
    walk = Walk(admission, version, calendar, policy, joint=held is not None and held.kind is _JOINT)
    walk.follow(judged, has_ties=has_ties)

    result = Judgement()
    result.source, result.case_no, result.item = judged[0].source, judged[0].case_no, item
    result.as_of, result.events, result.item_history, result.version = as_of, walk.order, history, version
    result.admission, result.walk = admission, walk
    result.accepted_at = admission.legal_at
    result.accepted_claimed_at = None if admission.accepted is None else admission.accepted.occurred_at
    result.deemed = admission.deemed
    result.department = _department(walk.order, held)
    _wind_clocks(result, rules)
    result.status = _status(result)
    result.is_open = _is_open(result.status)
    result.light = light_at(result)
    return result


def _version_at(history: ItemHistory | None, calendar: WorkingCalendar, at: Instant | None) -> ItemVersion | None:
    return None if history is None or at is None else history.on(calendar.zone.day(at))


def _department(order: Sequence[Event], held: ItemVersion | None) -> str | None:
    """That of the item's version at legal acceptance (without one: at the first event), else the first named."""
    if held is not None and held.department is not None:
        return held.department
    for event in order:
        if event.department is not None:
            return event.department
    return None


# -- clocks ------------------------------------------------------------------------------------------------------------


def _wind_clocks(case: Judgement, rules: Rules) -> None:
    """All clocks in the order of the table, then of start."""
    standing = case.walk.runs_at(case.as_of)
    case.clocks = _acceptance_clocks(case)
    case.promise = case.statutory = None
    for main in case.walk.mains:
        clock = _main_clock(case, main, standing)
        case.clocks.append(clock)
        if main.name == "promise":
            case.promise = clock
        else:
            case.statutory = clock
    if case.admission.decided is not None:
        case.clocks += _delivery_clocks(case, case.admission.decided, rules)
    if case.walk.steps:
        case.clocks += _step_clocks(case, rules, standing)
    if case.walk.suspensions:
        case.clocks += _suspension_clocks(case, rules)


def _acceptance_clocks(case: Judgement) -> list[Clock]:
    clocks: list[Clock] = []
    for found in case.admission.clocks:
        name = f"acceptance:{len(clocks) + 1}" if clocks else "acceptance"
        clocks.append(
            Clock(
                name, found.start, found.meter, found.limit, 0.0, (), stop=found.stop,
                ended_by=case.admission.withdrawn, as_of=case.as_of, known_due=found.due,
            )
        )  # fmt: skip
    return clocks


def _main_clock(case: Judgement, main: MainClock, standing: bool) -> Clock:
    return Clock(
        main.name, main.start, main.meter(case.walk.calendar), main.limit, main.extension,
        case.walk.covers(main.stop or main.ended_by), stop=main.stop,
        ended_by=main.start if main.void else main.ended_by, as_of=case.as_of, standing=standing, void=main.void,
        refusable=True,
    )  # fmt: skip


def _delivery_clocks(case: Judgement, decided: Event, rules: Rules) -> list[Clock]:
    if decided.result != "granted" or case.admission.refusal is not None:
        return []
    version = case.version or _version_at(case.item_history, rules.calendar, decided.occurred_at)
    given = None if version is None else version.delivery
    limit = DEFAULT_DELIVERY_DAYS if given is None else given
    return [
        Clock(
            "delivery", decided, working_days_meter(rules.calendar, decided.occurred_at, limit), limit, 0.0, (),
            stop=case.walk.delivered, ended_by=case.admission.withdrawn, as_of=case.as_of,
        )
    ]  # fmt: skip


def _step_clocks(case: Judgement, rules: Rules, standing: bool) -> list[Clock]:
    clocks: list[Clock] = []
    for step in case.walk.steps:
        version = case.version or _version_at(case.item_history, rules.calendar, step.start.occurred_at)
        limit = None if version is None else version.steps.get(step.name)
        if version is None or limit is None:
            continue
        meter = Meter(rules.calendar, step.start.occurred_at, limit, version.unit, version.counting, version.roll)
        clocks.append(
            Clock(
                step_clock_name(step), step.start, meter, limit, 0.0, case.walk.covers(step.stop or step.ended_by),
                stop=step.stop, ended_by=step.ended_by, as_of=case.as_of, standing=standing,
            )
        )  # fmt: skip
    return clocks


def step_clock_name(step: Step) -> str:
    """`step:NAME`, and from its second run on `step:NAME:2` …"""
    return f"step:{step.name}" if step.run == 1 else f"step:{step.name}:{step.run}"


def _suspension_clocks(case: Judgement, rules: Rules) -> list[Clock]:
    clocks: list[Clock] = []
    for suspension in case.walk.suspensions:
        if suspension.planned_days is None:
            continue
        meter = working_days_meter(rules.calendar, suspension.event.occurred_at, suspension.planned_days)
        by = suspension.ended_by
        ends_unstopped = by is not None and (by is case.admission.refusal or by is case.admission.withdrawn)
        clocks.append(
            Clock(
                f"suspension:{suspension.number}", suspension.event, meter, suspension.planned_days, 0.0, (),
                stop=None if ends_unstopped else by, ended_by=by, as_of=case.as_of,
            )
        )  # fmt: skip
    return clocks


# -- status and light --------------------------------------------------------------------------------------------------


def _status(case: Judgement) -> Status:
    """The first that holds (time rules, "Judgement")."""
    admission, walk = case.admission, case.walk
    if admission.withdrawn is not None:
        return _WITHDRAWN
    if admission.decided is not None:
        return _DELIVERED if walk.delivered is not None else _DECIDED
    if admission.refusal is not None or (admission.refused_any and admission.legal_at is None):
        return _REFUSED
    if walk.runs_at(case.as_of):
        return _SUSPENDED
    if admission.legal_at is not None:
        return _ACCEPTED
    if walk.request_open:
        return _CORRECTING
    return _RECEIVED if admission.first_received is not None else _APPLIED


def _is_open(status: Status) -> bool:
    # By identity: to hash a member of an enum costs more than all five comparisons.
    return (
        status is _ACCEPTED or status is _RECEIVED or status is _APPLIED or status is _SUSPENDED
        or status is _CORRECTING
    )  # fmt: skip


def light_at(case: Judgement) -> Light:
    """Red: statutory breached; yellow: promise breached; reminder by the default ladder; green; none without clocks."""
    promise, statutory = case.promise, case.statutory
    if statutory is not None and statutory.state is BREACHED:
        return _RED
    if promise is not None and promise.state is BREACHED:
        return _YELLOW
    warned = case.warned
    if warned is None or case.status is _WITHDRAWN or case.status is _REFUSED:
        return _NO_LIGHT
    if case.is_open and is_reminded(warned, case.as_of):
        return _REMINDER
    return _GREEN


def is_reminded(clock: Clock, as_of: Instant) -> bool:
    """Whether the default ladder reminds now: only while the clock runs, from opening of the threshold's day on."""
    return clock.state is RUNNING and is_near(clock.meter, clock.covers, clock.due_at, as_of)


def is_near(meter: Meter, covers: Sequence[Cover], due_at: Instant | None, as_of: Instant) -> bool:
    """Whether a clock that runs is near enough to its end for the default ladder to remind."""
    total = meter.limit
    if meter.unit is _WORKING_HOURS:
        return total - meter.measure(covers, as_of)[0] <= total / 5
    calendar = meter.calendar
    if total < 4:
        return due_at is not None and as_of >= calendar.opening_at(calendar.zone.day(due_at))
    today: Day = calendar.zone.day(as_of)
    until = as_of if as_of >= calendar.opening_at(today) else calendar.closing_at(today - 1)
    return total - meter.measure(covers, until)[0] <= 2
