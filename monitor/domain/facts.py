"""What is stored of a judgement: facts that stay true until an event or the next change, never what a reader derives.

`CaseFacts` and `ClockFacts` are the rows of `case_state` and `clock`; a tally is what a case adds to the counters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final, NamedTuple, cast

from monitor.domain.anomalies import Finding
from monitor.domain.clocks import Clock
from monitor.domain.instants import Day, Instant, Zone
from monitor.domain.items import Unit
from monitor.domain.judge import Judgement, Status
from monitor.domain.schedule import next_change_at

_WORKING_DAYS: Final = Unit.WORKING_DAYS
_WITHDRAWN: Final = Status.WITHDRAWN


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


# Places in a row of a clock: compiled, what stands at a literal place is taken at once, a name is looked up each time.
NAME: Final = 1
STARTED_AT: Final = 2
LIMIT_VALUE: Final = 4
DUE_AT: Final = 6
STOPPED_AT: Final = 8
ENDED: Final = 9
STATE: Final = 10
EARLY: Final = 11
USED: Final = 12
SUSPENDED: Final = 13

FACT_TIMES: Final = tuple(place for place, name in enumerate(CaseFacts._fields) if name.endswith("_at"))
CLOCK_TIMES: Final = tuple(
    place for place, name in enumerate(ClockFacts._fields) if name.endswith("_at") or name == "due_at_if_refused"
)
"""Places of the columns that are times."""
_STATUS: Final = CaseFacts._fields.index("status")
_DEPARTMENT: Final = CaseFacts._fields.index("department")
_LIGHT: Final = CaseFacts._fields.index("light")
_RECEIVED_AT: Final = CaseFacts._fields.index("received_at")
_ACCEPTED_AT: Final = CaseFacts._fields.index("accepted_at")
_DECIDED_AT: Final = CaseFacts._fields.index("decided_at")
_CLOSED_AT: Final = CaseFacts._fields.index("closed_at")
_USED_DAYS: Final = CaseFacts._fields.index("used_days")
_STATUTORY_DAYS: Final = CaseFacts._fields.index("statutory_days")

# A row of values as it is: the constructors take their values one by one, `_make` is written in Python.
case_facts_of: Final[Callable[[Iterable[object]], CaseFacts]] = partial(tuple.__new__, CaseFacts)
clock_facts_of_row: Final[Callable[[Iterable[object]], ClockFacts]] = partial(tuple.__new__, ClockFacts)


def shift_times(values: Sequence[object], places: tuple[int, ...], by: int) -> list[object]:
    """A row of a table whose times are counted from another instant: `by` is added to the values at `places`."""
    row = list(values)
    for place in places:
        value = row[place]
        if value is not None:
            row[place] = cast(int, value) + by
    return row


Row = Sequence[object]
"""A row in the order of `CaseFacts`."""


def facts_of(case: Judgement) -> CaseFacts:
    """The stored facts of a judgement."""
    promise, statutory = case.promise, case.statutory
    decided, received = case.admission.decided, case.admission.first_received
    speed = speedup_share(case)
    # By position: to name twenty fields costs as much as judging a clock.
    return CaseFacts(
        case.item,
        case.department,
        case.status._value_,
        case.light._value_,
        None if received is None else received.occurred_at,
        case.accepted_at,
        case.accepted_claimed_at,
        case.deemed,
        None if decided is None else decided.occurred_at,
        None if decided is None else decided.result,
        case.closed_at,
        None if promise is None else promise.due_at,
        None if promise is None else promise.state._value_,
        None if statutory is None else statutory.due_at,
        None if statutory is None else statutory.state._value_,
        None if speed is None else speed[0],
        None if speed is None else speed[1],
        statutory.suspended if decided is not None and statutory is not None else None,
        next_change_at(case),
        case.events[0].occurred_at,
    )


def facts_of_application(item: str | None, department: str, at: Instant) -> list[object]:
    """The stored facts of a case that was applied for, and no more; a row in the order of `CaseFacts`."""
    return [
        item, department, "applied", "none", None, None, None, False, None, None, None, None, None, None, None, None,
        None, None, None, at,
    ]  # fmt: skip


def clock_facts_of(case: Judgement) -> list[ClockFacts]:
    """The stored facts of every clock, in the order of the judgement."""
    rows: list[ClockFacts] = []
    for clock in case.clocks:
        rows.append(clock_facts(len(rows), clock))
    return rows


def clock_facts(position: int, clock: Clock) -> ClockFacts:
    """The stored facts of a clock at its position."""
    ended = clock.ended
    return clock_facts_of_row((
        position, clock.name, clock.started_at, clock.meter.unit._value_, clock.limit, clock.extended, clock.due_at,
        clock.due_at_if_refused, clock.stopped_at, ended, clock.state._value_, clock.early,
        clock.used if ended else None, clock.suspended if ended else None, clock.provisional,
    ))  # fmt: skip


def stopped(row: ClockFacts, at: Instant, *, early: bool, used: float, suspended: float) -> ClockFacts:
    """The row of a clock that was stopped in time."""
    old: tuple[object, ...] = row
    return clock_facts_of_row((
        old[0], old[1], old[2], old[3], old[4], old[5], old[6], old[7], at, True, "met", early, used, suspended,
        old[14],
    ))  # fmt: skip


def moved_to(position: int, row: ClockFacts) -> ClockFacts:
    """The row of a clock at another position."""
    old: tuple[object, ...] = row
    return clock_facts_of_row((
        position, old[1], old[2], old[3], old[4], old[5], old[6], old[7], old[8], old[9], old[10], old[11], old[12],
        old[13], old[14],
    ))  # fmt: skip


def stored_anomalies(case: Judgement) -> list[Finding]:
    """The findings to store: a closed case is measured against the item as it stood when the case closed (A21)."""
    if case.closed_at is None or not case.anomalies or case.version is None or case.item_history is None:
        return case.anomalies
    at_closing = case.item_history.on(case.walk.calendar.zone.day(case.closed_at))
    if at_closing is not case.version and at_closing.limits() != case.version.limits():
        return case.anomalies
    return [finding for finding in case.anomalies if finding.code != "A21"]


def speedup_share(case: Judgement) -> tuple[float, float] | None:
    """(used, statutory limit without extension) in working days of a case that counts for `speedup_actual`, or None.

    Population: decided, not refused, not withdrawn, statutory clock stopped by the decision and in working days. A
    decision on the local day of acceptance counts 0; nothing is clipped.
    """
    statutory, decided = case.statutory, case.admission.decided
    if statutory is None or decided is None or case.status is _WITHDRAWN:
        return None
    if decided.result == "refused" or statutory.stopped_at != decided.occurred_at:
        return None
    if statutory.unit is not _WORKING_DAYS or case.admission.refusal is not None:
        return None
    zone = case.walk.calendar.zone
    same_day = zone.day(statutory.started_at) == zone.day(decided.occurred_at)
    return (0.0 if same_day else statutory.used, statutory.limit)


# -- counters ----------------------------------------------------------------------------------------------------------

COUNTERS: Final = (
    "received", "accepted", "decided", "same_day", "promise_stopped", "promise_met", "promise_early",
    "statutory_stopped", "statutory_met", "speedup_cases", "used_days", "statutory_days", "promise_due",
    "promise_due_open", "statutory_due_open",
    "open", "standing", "green", "reminder", "yellow", "red", "promise_breached_open", "statutory_breached_open",
)  # fmt: skip
"""Columns of the counters; its place stands for a column in what is stored of a case: append only, never reorder."""
_RECEIVED: Final = COUNTERS.index("received")
_ACCEPTED: Final = COUNTERS.index("accepted")
_DECIDED: Final = COUNTERS.index("decided")
_SAME_DAY: Final = COUNTERS.index("same_day")
_SPEEDUP_CASES: Final = COUNTERS.index("speedup_cases")
_USED: Final = COUNTERS.index("used_days")
_LIMIT: Final = COUNTERS.index("statutory_days")
_PROMISE_EARLY: Final = COUNTERS.index("promise_early")
_PROMISE_DUE: Final = COUNTERS.index("promise_due")
_OPEN: Final = COUNTERS.index("open")
_STANDING: Final = COUNTERS.index("standing")
_LIGHTS: Final = {light: COUNTERS.index(light) for light in ("green", "reminder", "yellow", "red")}
_LIGHTS["none"] = COUNTERS.index("green")
_STOPPED: Final = {name: COUNTERS.index(f"{name}_stopped") for name in ("promise", "statutory")}
_MET: Final = {name: COUNTERS.index(f"{name}_met") for name in ("promise", "statutory")}
_DUE_OPEN: Final = {name: COUNTERS.index(f"{name}_due_open") for name in ("promise", "statutory")}
_BREACHED_OPEN: Final = {name: COUNTERS.index(f"{name}_breached_open") for name in ("promise", "statutory")}

Tally = list[tuple[str, Day | None, int, float]]
"""(department, local day or None for the load, number of the column, amount); no two of the same place."""


def tally_of_rows(facts: Row, clocks: list[ClockFacts], zone: Zone) -> Tally:
    """What one case adds to `department_day` and `department_load`, from its row and the rows of its clocks."""
    tally: Tally = []
    department = cast(str | None, facts[_DEPARTMENT]) or ""
    received_at, accepted_at = cast(Instant | None, facts[_RECEIVED_AT]), cast(Instant | None, facts[_ACCEPTED_AT])
    decided_at = cast(Instant | None, facts[_DECIDED_AT])
    decided_on = None if decided_at is None else zone.day(decided_at)
    if received_at is not None:
        tally.append((department, zone.day(received_at), _RECEIVED, 1))
    if accepted_at is not None:
        accepted_on = zone.day(accepted_at)
        tally.append((department, accepted_on, _ACCEPTED, 1))
        if accepted_on == decided_on:
            tally.append((department, decided_on, _SAME_DAY, 1))
    if decided_on is not None:
        tally.append((department, decided_on, _DECIDED, 1))
        _count_speedup(tally, department, decided_on, facts)
    for clock in clocks:
        if clock[NAME] == "promise" or clock[NAME] == "statutory":
            _count_main_clock(tally, department, clock, decided_at, zone)
    if facts[_CLOSED_AT] is None:
        _count_load(tally, department, facts, clocks)
    return tally


def _count_speedup(tally: Tally, department: str, decided_on: Day, facts: Row) -> None:
    used, statutory = cast(float | None, facts[_USED_DAYS]), cast(float | None, facts[_STATUTORY_DAYS])
    if used is None or statutory is None:
        return
    tally.append((department, decided_on, _SPEEDUP_CASES, 1))
    if used:
        tally.append((department, decided_on, _USED, used))
    if statutory:
        tally.append((department, decided_on, _LIMIT, statutory))


def _count_main_clock(tally: Tally, department: str, clock: ClockFacts, decided_at: Instant | None, zone: Zone) -> None:
    name = clock[NAME]
    if decided_at is not None and clock[STOPPED_AT] == decided_at:
        day = zone.day(decided_at)
        tally.append((department, day, _STOPPED[name], 1))
        if clock[STATE] == "met":
            tally.append((department, day, _MET[name], 1))
        if clock[EARLY] and name == "promise":
            tally.append((department, day, _PROMISE_EARLY, 1))
    due_at = clock[DUE_AT]
    if due_at is None:
        return
    if name == "promise" and clock[STATE] != "void":
        tally.append((department, zone.day(due_at), _PROMISE_DUE, 1))
    if not clock[ENDED]:
        tally.append((department, zone.day(due_at), _DUE_OPEN[name], 1))


def _count_load(tally: Tally, department: str, facts: Row, clocks: list[ClockFacts]) -> None:
    tally.append((department, None, _OPEN, 1))
    if facts[_STATUS] == "suspended":
        tally.append((department, None, _STANDING, 1))
    tally.append((department, None, _LIGHTS[cast(str, facts[_LIGHT])], 1))
    for clock in clocks:
        if clock[STATE] == "breached" and not clock[ENDED] and clock[NAME] in _BREACHED_OPEN:
            tally.append((department, None, _BREACHED_OPEN[clock[NAME]], 1))
