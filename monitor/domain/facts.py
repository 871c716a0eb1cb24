"""What is stored of a judgement: facts that stay true until an event or the next change, never what a reader derives.

`CaseFacts` and `ClockFacts` are the rows of `case_state` and `clock`; `tally_of` is what a case adds to the counters.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from monitor.domain.anomalies import Finding
from monitor.domain.clocks import Clock, ClockState
from monitor.domain.instants import Day, Instant, Zone
from monitor.domain.items import Unit
from monitor.domain.judge import Judgement, Light, Status
from monitor.domain.schedule import next_change_at


class CaseFacts(NamedTuple):
    """One row of `case_state`, but for its keys. Times are instants; days are working days."""

    item: str | None
    department: str | None
    status: str
    light: str
    received_at: Instant | None
    accepted_at: Instant | None
    accepted_claimed_at: Instant | None
    deemed: bool
    decided_at: Instant | None
    result: str | None
    closed_at: Instant | None
    promise_due_at: Instant | None
    promise_state: str | None
    statutory_due_at: Instant | None
    statutory_state: str | None
    used_days: float | None
    statutory_days: float | None
    suspended_days: float | None
    next_change_at: Instant | None
    first_event_at: Instant


class ClockFacts(NamedTuple):
    """One row of `clock`, but for its case. `used` and `suspended` are facts only once the clock has ended."""

    position: int
    name: str
    started_at: Instant
    unit: str
    limit_value: float
    extended: float
    due_at: Instant | None
    due_at_if_refused: Instant | None
    stopped_at: Instant | None
    ended: bool
    state: str
    early: bool
    used: float | None
    suspended: float | None
    provisional: bool


def facts_of(case: Judgement) -> CaseFacts:
    """The stored facts of a judgement."""
    promise, statutory = case.clock("promise"), case.clock("statutory")
    decided = case.admission.decided
    received = case.admission.first_received
    speed = speedup_share(case)
    return CaseFacts(
        item=case.item,
        department=case.department,
        status=case.status.value,
        light=case.light.value,
        received_at=None if received is None else received.occurred_at,
        accepted_at=case.accepted_at,
        accepted_claimed_at=case.accepted_claimed_at,
        deemed=case.deemed,
        decided_at=None if decided is None else decided.occurred_at,
        result=None if decided is None else decided.result,
        closed_at=case.closed_at,
        promise_due_at=None if promise is None else promise.due_at,
        promise_state=None if promise is None else promise.state.value,
        statutory_due_at=None if statutory is None else statutory.due_at,
        statutory_state=None if statutory is None else statutory.state.value,
        used_days=None if speed is None else speed[0],
        statutory_days=None if speed is None else speed[1],
        suspended_days=statutory.suspended if decided is not None and statutory is not None else None,
        next_change_at=next_change_at(case),
        first_event_at=case.events[0].occurred_at,
    )


def clock_facts_of(case: Judgement) -> list[ClockFacts]:
    """The stored facts of every clock, in the order of the judgement."""
    return [
        ClockFacts(
            position=position,
            name=clock.name,
            started_at=clock.started_at,
            unit=clock.unit.value,
            limit_value=clock.limit,
            extended=clock.extended,
            due_at=clock.due_at,
            due_at_if_refused=clock.due_at_if_refused,
            stopped_at=clock.stopped_at,
            ended=clock.ended,
            state=clock.state.value,
            early=clock.early,
            used=clock.used if clock.ended else None,
            suspended=clock.suspended if clock.ended else None,
            provisional=clock.provisional,
        )
        for position, clock in enumerate(case.clocks)
    ]


def stored_anomalies(case: Judgement) -> list[Finding]:
    """The findings to store: a closed case is measured against the item as it stood when the case closed (A21)."""
    if case.closed_at is None or case.version is None or case.item_history is None:
        return case.anomalies
    at_closing = case.item_history.on(case.walk.calendar.zone.day(case.closed_at))
    if at_closing.limits() != case.version.limits():
        return case.anomalies
    return [finding for finding in case.anomalies if finding.code != "A21"]


def speedup_share(case: Judgement) -> tuple[float, float] | None:
    """(used, statutory limit without extension) in working days of a case that counts for `speedup_actual`, or None.

    Population: decided, not refused, not withdrawn, statutory clock stopped by the decision and in working days. A
    decision on the local day of acceptance counts 0; nothing is clipped.
    """
    statutory, decided = case.clock("statutory"), case.admission.decided
    if statutory is None or decided is None or case.status not in (Status.DECIDED, Status.DELIVERED):
        return None
    if decided.result == "refused" or statutory.stopped_at != decided.occurred_at:
        return None
    if statutory.unit is not Unit.WORKING_DAYS or case.admission.refusal is not None:
        return None
    zone = case.walk.calendar.zone
    same_day = zone.day(statutory.started_at) == zone.day(decided.occurred_at)
    return (0.0 if same_day else statutory.used, statutory.limit)


# -- counters ----------------------------------------------------------------------------------------------------------

Tally = Counter[tuple[str, Day | None, str]]
"""(department, local day or None for the load, column) → amount."""


def tally_of(case: Judgement, facts: CaseFacts) -> Tally:
    """What one case adds to `department_day` and `department_load`."""
    zone = case.walk.calendar.zone
    department = facts.department or ""
    tally: Tally = Counter()

    def add(at: Instant | None, column: str, amount: float = 1) -> None:
        if at is not None and amount:
            tally[department, zone.day(at), column] += amount  # type: ignore[assignment] # amounts of days are floats

    add(facts.received_at, "received")
    add(facts.accepted_at, "accepted")
    add(facts.decided_at, "decided")
    if facts.accepted_at is not None and facts.decided_at is not None:
        add(facts.decided_at if _same_day(zone, facts.accepted_at, facts.decided_at) else None, "same_day")
    if facts.used_days is not None and facts.statutory_days is not None:
        add(facts.decided_at, "speedup_cases")
        add(facts.decided_at, "used_days", facts.used_days)
        add(facts.decided_at, "statutory_days", facts.statutory_days)
    _add_main_clock(case.clock("promise"), "promise", facts, add)
    _add_main_clock(case.clock("statutory"), "statutory", facts, add)
    if case.is_open:
        _add_load(case, department, tally)
    return tally


def _same_day(zone: Zone, one: Instant, other: Instant) -> bool:
    return zone.day(one) == zone.day(other)


def _add_main_clock(clock: Clock | None, name: str, facts: CaseFacts, add) -> None:  # type: ignore[no-untyped-def]
    if clock is None:
        return
    if clock.stopped_at is not None and clock.stopped_at == facts.decided_at:
        add(facts.decided_at, f"{name}_stopped")
        add(facts.decided_at if clock.state is ClockState.MET else None, f"{name}_met")
        if name == "promise":
            add(facts.decided_at if clock.early else None, "promise_early")
    if name == "promise" and clock.state is not ClockState.VOID:
        add(clock.due_at, "promise_due")
    if not clock.ended:
        add(clock.due_at, f"{name}_due_open")


def _add_load(case: Judgement, department: str, tally: Tally) -> None:
    tally[department, None, "open"] += 1
    if case.status is Status.SUSPENDED:
        tally[department, None, "standing"] += 1
    light = Light.GREEN if case.light is Light.NONE else case.light
    tally[department, None, light.value] += 1
    for name in ("promise", "statutory"):
        clock = case.clock(name)
        if clock is not None and not clock.ended and clock.state is ClockState.BREACHED:
            tally[department, None, f"{name}_breached_open"] += 1
