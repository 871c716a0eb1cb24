"""What is stored of a judgement: facts that stay true until an event or the next change, never what a reader derives.

`CaseFacts` and `ClockFacts` are what the rows of `case_state` and `clock` say.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

from mypy_extensions import mypyc_attr

from monitor.domain.anomalies import Finding
from monitor.domain.clocks import Clock
from monitor.domain.instants import Instant
from monitor.domain.items import Unit
from monitor.domain.judge import Judgement, Status
from monitor.domain.schedule import next_change_at

_WORKING_DAYS: Final = Unit.WORKING_DAYS
_WITHDRAWN: Final = Status.WITHDRAWN

Row = Sequence[object]
"""Values in the order of a table's columns."""


@mypyc_attr(acyclic=True)
class CaseFacts:
    """What a row of `case_state` says, but for its keys. Times are instants; days are working days."""

    __slots__ = (
        "accepted_at", "accepted_claimed_at", "closed_at", "decided_at", "deemed", "department", "first_event_at",
        "item", "light", "next_change_at", "promise_due_at", "promise_state", "received_at", "result", "status",
        "statutory_days", "statutory_due_at", "statutory_state", "suspended_days", "used_days",
    )  # fmt: skip

    def __init__(
        self, item: str | None, department: str | None, status: str, light: str, received_at: Instant | None,
        accepted_at: Instant | None, accepted_claimed_at: Instant | None, deemed: bool, decided_at: Instant | None,
        result: str | None, closed_at: Instant | None, promise_due_at: Instant | None, promise_state: str | None,
        statutory_due_at: Instant | None, statutory_state: str | None, used_days: float | None,
        statutory_days: float | None, suspended_days: float | None, next_change_at: Instant | None,
        first_event_at: Instant,
    ) -> None:  # fmt: skip
        self.item = item
        self.department = department
        self.status = status
        self.light = light
        self.received_at = received_at
        self.accepted_at = accepted_at
        self.accepted_claimed_at = accepted_claimed_at
        self.deemed = deemed
        self.decided_at = decided_at
        self.result = result
        self.closed_at = closed_at
        self.promise_due_at = promise_due_at
        self.promise_state = promise_state
        self.statutory_due_at = statutory_due_at
        self.statutory_state = statutory_state
        self.used_days = used_days
        self.statutory_days = statutory_days
        self.suspended_days = suspended_days
        self.next_change_at = next_change_at
        self.first_event_at = first_event_at

    def row(self, epoch: Instant = 0) -> tuple[object, ...]:
        """Its values in the order of the table; times are counted from `epoch`."""
        return (
            self.item, self.department, self.status, self.light, since(epoch, self.received_at),
            since(epoch, self.accepted_at), since(epoch, self.accepted_claimed_at), self.deemed,
            since(epoch, self.decided_at), self.result, since(epoch, self.closed_at),
            since(epoch, self.promise_due_at), self.promise_state, since(epoch, self.statutory_due_at),
            self.statutory_state, self.used_days, self.statutory_days, self.suspended_days,
            since(epoch, self.next_change_at), self.first_event_at - epoch,
        )  # fmt: skip

    def copy(self) -> CaseFacts:
        """The same facts, to be changed apart."""
        return CaseFacts(
            self.item, self.department, self.status, self.light, self.received_at, self.accepted_at,
            self.accepted_claimed_at, self.deemed, self.decided_at, self.result, self.closed_at, self.promise_due_at,
            self.promise_state, self.statutory_due_at, self.statutory_state, self.used_days, self.statutory_days,
            self.suspended_days, self.next_change_at, self.first_event_at,
        )  # fmt: skip

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CaseFacts) and self.row() == other.row()

    def __repr__(self) -> str:
        return f"CaseFacts{self.row()}"


FACT_COLUMNS: Final = (
    "item", "department", "status", "light", "received_at", "accepted_at", "accepted_claimed_at", "deemed",
    "decided_at", "result", "closed_at", "promise_due_at", "promise_state", "statutory_due_at", "statutory_state",
    "used_days", "statutory_days", "suspended_days", "next_change_at", "first_event_at",
)  # fmt: skip
"""The columns of `CaseFacts.row`, named as its attributes are."""


@mypyc_attr(acyclic=True)
class ClockFacts:
    """What a row of `clock` says, but for its case. `used` and `suspended` are facts only once the clock has ended.

    It is not changed once others have it: a clock that moves is a copy, and who holds the clock as stored keeps it so.
    """

    __slots__ = (
        "due_at", "due_at_if_refused", "early", "ended", "extended", "limit_value", "name", "position", "provisional",
        "started_at", "state", "stopped_at", "suspended", "unit", "used",
    )  # fmt: skip

    def __init__(
        self, position: int, name: str, started_at: Instant, unit: str, limit_value: float, extended: float,
        due_at: Instant | None, due_at_if_refused: Instant | None, stopped_at: Instant | None, ended: bool, state: str,
        early: bool, used: float | None, suspended: float | None, provisional: bool,
    ) -> None:  # fmt: skip
        self.position = position
        self.name = name
        self.started_at = started_at
        self.unit = unit
        self.limit_value = limit_value
        self.extended = extended
        self.due_at = due_at
        self.due_at_if_refused = due_at_if_refused
        self.stopped_at = stopped_at
        self.ended = ended
        self.state = state
        self.early = early
        self.used = used
        self.suspended = suspended
        self.provisional = provisional

    def row(self, epoch: Instant = 0) -> tuple[object, ...]:
        """Its values in the order of the table; times are counted from `epoch`."""
        return (
            self.position, self.name, self.started_at - epoch, self.unit, self.limit_value, self.extended,
            since(epoch, self.due_at), since(epoch, self.due_at_if_refused), since(epoch, self.stopped_at),
            self.ended, self.state, self.early, self.used, self.suspended, self.provisional,
        )  # fmt: skip

    def copy(self) -> ClockFacts:
        """The same clock, to be made another."""
        return ClockFacts(
            self.position, self.name, self.started_at, self.unit, self.limit_value, self.extended, self.due_at,
            self.due_at_if_refused, self.stopped_at, self.ended, self.state, self.early, self.used, self.suspended,
            self.provisional,
        )  # fmt: skip

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ClockFacts) and self.row() == other.row()

    def __repr__(self) -> str:
        return f"ClockFacts{self.row()}"


CLOCK_COLUMNS: Final = (
    "position", "name", "started_at", "unit", "limit_value", "extended", "due_at", "due_at_if_refused", "stopped_at",
    "ended", "state", "early", "used", "suspended", "provisional",
)  # fmt: skip
"""The columns of `ClockFacts.row`, named as its attributes are."""


TIMES: Final = frozenset(
    column for column in (*FACT_COLUMNS, *CLOCK_COLUMNS) if column.endswith("_at") or column == "due_at_if_refused"
)
"""The columns that are times."""


def since(epoch: Instant, at: Instant | None) -> Instant | None:
    """A time as it is counted from an instant."""
    return None if at is None else at - epoch


# -- from a row --------------------------------------------------------------------------------------------------------


def case_facts_of(row: list[object], epoch: Instant = 0) -> CaseFacts:
    """What a row of `case_state` says whose times are counted from `epoch`."""
    return CaseFacts(
        cast(str | None, row[0]), cast(str | None, row[1]), cast(str, row[2]), cast(str, row[3]), _at(epoch, row[4]),
        _at(epoch, row[5]), _at(epoch, row[6]), cast(bool, row[7]), _at(epoch, row[8]), cast(str | None, row[9]),
        _at(epoch, row[10]), _at(epoch, row[11]), cast(str | None, row[12]), _at(epoch, row[13]),
        cast(str | None, row[14]), cast(float | None, row[15]), cast(float | None, row[16]),
        cast(float | None, row[17]), _at(epoch, row[18]), cast(int, row[19]) + epoch,
    )  # fmt: skip


def clock_facts_of_rows(rows: list[list[object]]) -> list[ClockFacts]:
    """What rows of `clock` say, times as they are."""
    return [clock_facts_of_row(row) for row in rows]


def clock_facts_of_row(row: list[object], epoch: Instant = 0) -> ClockFacts:
    """What a row of `clock` says whose times are counted from `epoch`."""
    return ClockFacts(
        cast(int, row[0]), cast(str, row[1]), cast(int, row[2]) + epoch, cast(str, row[3]), cast(float, row[4]),
        cast(float, row[5]), _at(epoch, row[6]), _at(epoch, row[7]), _at(epoch, row[8]), cast(bool, row[9]),
        cast(str, row[10]), cast(bool, row[11]), cast(float | None, row[12]), cast(float | None, row[13]),
        cast(bool, row[14]),
    )  # fmt: skip


def _at(epoch: Instant, value: object) -> Instant | None:
    return None if value is None else cast(int, value) + epoch


# -- from a judgement --------------------------------------------------------------------------------------------------


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


def facts_of_application(item: str | None, department: str, at: Instant) -> CaseFacts:
    """The stored facts of a case that was applied for, and no more."""
    return waiting_facts(item, department, None, at)


def waiting_facts(item: str | None, department: str | None, change_at: Instant | None, first_at: Instant) -> CaseFacts:
    """The stored facts of a case of which nothing is known but that it was, or will be, applied for."""
    return CaseFacts(
        item, department, "applied", "none", None, None, None, False, None, None, None, None, None, None, None, None,
        None, None, change_at, first_at,
    )  # fmt: skip


def clock_facts_of(case: Judgement) -> list[ClockFacts]:
    """The stored facts of every clock, in the order of the judgement."""
    rows: list[ClockFacts] = []
    for clock in case.clocks:
        rows.append(clock_facts(len(rows), clock))
    return rows


def clock_facts(position: int, clock: Clock) -> ClockFacts:
    """The stored facts of a clock at its position."""
    ended = clock.ended
    return ClockFacts(
        position, clock.name, clock.started_at, clock.meter.unit._value_, clock.limit, clock.extended, clock.due_at,
        clock.due_at_if_refused, clock.stopped_at, ended, clock.state._value_, clock.early,
        clock.used if ended else None, clock.suspended if ended else None, clock.provisional,
    )  # fmt: skip


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
