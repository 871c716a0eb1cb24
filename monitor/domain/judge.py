"""The judge: one case's events, the rules in force and a moment, to a judgement. Pure; `as_of` is a parameter.

Source: 行政许可法 art. 32, 35, 42–45, 82; 民法典 art. 201–203; how the product reads them: docs/explanation.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from monitor.domain.acceptance import Admission, admit
from monitor.domain.anomalies import Finding, find_anomalies
from monitor.domain.calendars import WorkingCalendar
from monitor.domain.clocks import Clock, ClockState
from monitor.domain.counting import Meter
from monitor.domain.events import Event
from monitor.domain.instants import Day, Instant
from monitor.domain.items import Counting, ItemCatalogue, ItemHistory, ItemKind, ItemVersion, Policy, Unit
from monitor.domain.order import Voids, in_plain_order, with_corrections_answered_first
from monitor.domain.walk import Step, Walk

DEFAULT_DELIVERY_DAYS = 10.0


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


OPEN_STATUSES = frozenset({Status.APPLIED, Status.RECEIVED, Status.CORRECTING, Status.ACCEPTED, Status.SUSPENDED})


class Light(StrEnum):
    """The light of a case: word, shape and colour on the pages."""

    NONE = "none"
    GREEN = "green"
    REMINDER = "reminder"
    YELLOW = "yellow"
    RED = "red"


class Judgement:
    """What is true of one case at `as_of`. Times are instants; clocks in the order of the time rules' table."""

    __slots__ = (
        "accepted_at", "accepted_claimed_at", "admission", "anomalies", "as_of", "case_no", "clocks", "deemed",
        "department", "events", "future", "item", "item_history", "light", "source", "status", "suspensions", "version",
        "walk",
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
    anomalies: list[Finding]
    as_of: Instant
    events: list[Event]
    future: list[Event]
    item_history: ItemHistory | None
    version: ItemVersion | None
    admission: Admission
    walk: Walk

    def clock(self, name: str) -> Clock | None:
        """The clock of a name, or None where the case has none."""
        return next((clock for clock in self.clocks if clock.name == name), None)

    @property
    def is_open(self) -> bool:
        """Up to and with status accepted or suspended."""
        return self.status in OPEN_STATUSES

    @property
    def closed_at(self) -> Instant | None:
        """When it was decided, refused or withdrawn; None while open."""
        if self.is_open:
            return None
        admission = self.admission
        if self.status is Status.WITHDRAWN and admission.withdrawn is not None:
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
    ordered = with_corrections_answered_first(in_plain_order(voids.remaining))
    cut = next((n + 1 for n, event in enumerate(ordered) if event.kind == "withdrawn"), len(ordered))
    judged, ignored = ordered[:cut], ordered[cut:]
    item = _item_named(judged)
    case = _judge_as(item, judged, rules, as_of)
    if _item_named(case.walk.order) != item:
        # Only the walk knows whether an answer comes first within an instant; the item may hang on it.
        case = _judge_as(_item_named(case.walk.order), judged, rules, as_of)
    case.future = [event for event in events if event.occurred_at > as_of]
    case.anomalies = find_anomalies(case, voids, ignored, rules.calendar)
    return case


def _item_named(ordered: Sequence[Event]) -> str | None:
    return next((event.item for event in ordered if event.item is not None), None)


def _judge_as(item: str | None, judged: Sequence[Event], rules: Rules, as_of: Instant) -> Judgement:
    """Judge a case's events in order, up to its withdrawal, as a case of an item; all but its findings."""
    history = rules.items.history(item)
    calendar, policy = rules.calendar, rules.policy
    admission = admit(judged, calendar, history, policy, as_of)
    if judged[-1].kind == "withdrawn":
        admission.withdrawn = judged[-1]
    version = _version_at(history, calendar, admission.legal_at)
    held = version or _version_at(history, calendar, judged[0].occurred_at)
    walk = Walk(admission, version, calendar, policy, joint=held is not None and held.kind is ItemKind.JOINT)
    walk.follow(judged)

    result = Judgement()
    result.source, result.case_no, result.item = judged[0].source, judged[0].case_no, item
    result.as_of, result.events, result.item_history, result.version = as_of, walk.order, history, version
    result.admission, result.walk = admission, walk
    result.accepted_at = admission.legal_at
    result.accepted_claimed_at = None if admission.accepted is None else admission.accepted.occurred_at
    result.deemed = admission.deemed
    result.department = _department(walk.order, held)
    result.clocks = _clocks(result, rules)
    result.status = _status(result)
    result.light = light_at(result)
    return result


def _version_at(history: ItemHistory | None, calendar: WorkingCalendar, at: Instant | None) -> ItemVersion | None:
    return None if history is None or at is None else history.on(calendar.zone.day(at))


def _department(order: Sequence[Event], held: ItemVersion | None) -> str | None:
    """That of the item's version at legal acceptance (without one: at the first event), else the first named."""
    if held is not None and held.department is not None:
        return held.department
    return next((event.department for event in order if event.department is not None), None)


# -- clocks ------------------------------------------------------------------------------------------------------------


def _clocks(case: Judgement, rules: Rules) -> list[Clock]:
    """All clocks in the order of the table, then of start."""
    standing = case.walk.runs_at(case.as_of)
    clocks = _acceptance_clocks(case)
    clocks += _main_clocks(case, standing)
    clocks += _delivery_clocks(case, rules)
    clocks += _step_clocks(case, rules, standing)
    clocks += _suspension_clocks(case, rules)
    return clocks


def _acceptance_clocks(case: Judgement) -> list[Clock]:
    return [
        Clock(
            "acceptance" if number == 1 else f"acceptance:{number}", found.start, found.meter, found.limit, 0.0, (),
            stop=found.stop, ended_by=case.admission.withdrawn, as_of=case.as_of, known_due=found.due,
        )
        for number, found in enumerate(case.admission.clocks, 1)
    ]  # fmt: skip


def _main_clocks(case: Judgement, standing: bool) -> list[Clock]:
    clocks = []
    for main in case.walk.mains:
        meter, covers = main.meter(case.walk.calendar), case.walk.covers(main.stop or main.ended_by)
        clocks.append(
            Clock(
                main.name, main.start, meter, main.limit, main.extension, covers,
                stop=main.stop, ended_by=main.start if main.void else main.ended_by, as_of=case.as_of,
                standing=standing, void=main.void, refusable=True,
            )
        )  # fmt: skip
    return clocks


def _delivery_clocks(case: Judgement, rules: Rules) -> list[Clock]:
    decided = case.admission.decided
    if decided is None or decided.result != "granted" or case.admission.refusal is not None:
        return []
    version = case.version or _version_at(case.item_history, rules.calendar, decided.occurred_at)
    given = None if version is None else version.delivery
    limit = DEFAULT_DELIVERY_DAYS if given is None else given
    meter = Meter(rules.calendar, decided.occurred_at, limit, Unit.WORKING_DAYS, Counting.START_EXCLUDED, True)
    return [
        Clock(
            "delivery",
            decided,
            meter,
            limit,
            0.0,
            (),
            stop=case.walk.delivered,
            ended_by=case.admission.withdrawn,
            as_of=case.as_of,
        )
    ]


def _step_clocks(case: Judgement, rules: Rules, standing: bool) -> list[Clock]:
    clocks = []
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
    clocks = []
    for suspension in case.walk.suspensions:
        if suspension.planned_days is None:
            continue
        meter = Meter(
            rules.calendar,
            suspension.event.occurred_at,
            suspension.planned_days,
            Unit.WORKING_DAYS,
            Counting.START_EXCLUDED,
            True,
        )
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
        return Status.WITHDRAWN
    if admission.decided is not None:
        return Status.DELIVERED if walk.delivered is not None else Status.DECIDED
    if admission.refusal is not None or (admission.refused_any and admission.legal_at is None):
        return Status.REFUSED
    if walk.runs_at(case.as_of):
        return Status.SUSPENDED
    if admission.legal_at is not None:
        return Status.ACCEPTED
    if walk.request_open:
        return Status.CORRECTING
    return Status.RECEIVED if admission.first_received is not None else Status.APPLIED


def light_at(case: Judgement) -> Light:
    """Red: statutory breached; yellow: promise breached; reminder by the default ladder; green; none without clocks."""
    promise, statutory = case.clock("promise"), case.clock("statutory")
    if statutory is not None and statutory.state is ClockState.BREACHED:
        return Light.RED
    if promise is not None and promise.state is ClockState.BREACHED:
        return Light.YELLOW
    warned = promise or statutory
    if warned is None or case.status in (Status.WITHDRAWN, Status.REFUSED):
        return Light.NONE
    if case.is_open and is_reminded(warned, case.as_of):
        return Light.REMINDER
    return Light.GREEN


def is_reminded(clock: Clock, as_of: Instant) -> bool:
    """Whether the default ladder reminds now: only while the clock runs, from opening of the threshold's day on."""
    if clock.state is not ClockState.RUNNING:
        return False
    if clock.unit is Unit.WORKING_HOURS:
        return clock.total - clock.used_exactly <= clock.total / 5
    calendar = clock.meter.calendar
    today: Day = calendar.zone.day(as_of)
    is_open_yet = as_of >= calendar.opening_at(today)
    if clock.total >= 4:
        used = clock.used if is_open_yet else clock.meter.measure(clock.covers, calendar.closing_at(today - 1))[0]
        return clock.total - used <= 2
    due_day = clock.due_day()
    return due_day is not None and as_of >= calendar.opening_at(due_day)
