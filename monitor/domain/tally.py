"""What a case adds to the counters of its department, from its facts and clocks."""

from __future__ import annotations

from typing import Final

import msgspec

from monitor.domain.facts import CaseFacts, ClockFacts
from monitor.domain.instants import Day, Instant, Zone

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
_PROMISE_STOPPED: Final = COUNTERS.index("promise_stopped")
_PROMISE_MET: Final = COUNTERS.index("promise_met")
_PROMISE_DUE_OPEN: Final = COUNTERS.index("promise_due_open")
_PROMISE_BREACHED_OPEN: Final = COUNTERS.index("promise_breached_open")
_STATUTORY_STOPPED: Final = COUNTERS.index("statutory_stopped")
_STATUTORY_MET: Final = COUNTERS.index("statutory_met")
_STATUTORY_DUE_OPEN: Final = COUNTERS.index("statutory_due_open")
_STATUTORY_BREACHED_OPEN: Final = COUNTERS.index("statutory_breached_open")

Tally = list[str | int | float | None]
"""The department, and then for each counter that the case moves: the local day (None for the load), the number of its
column, the amount. No two are of the same day and column. Empty where it counts for nothing.
"""


_encode: Final = msgspec.msgpack.Encoder().encode


def packed_tally(facts: CaseFacts, clocks: list[ClockFacts], zone: Zone) -> bytes:
    """What one case adds to the counters as it is stored: many cases of one moment count for the same."""
    return _encode(tally_of(facts, clocks, zone))


def tally_of(facts: CaseFacts, clocks: list[ClockFacts], zone: Zone) -> Tally:
    """What one case adds to `department_day` and `department_load`."""
    tally: Tally = [facts.department or ""]
    received_at, accepted_at, decided_at = facts.received_at, facts.accepted_at, facts.decided_at
    decided_on = None if decided_at is None else zone.day(decided_at)
    if received_at is not None:
        _add(tally, zone.day(received_at), _RECEIVED)
    if accepted_at is not None:
        accepted_on = zone.day(accepted_at)
        _add(tally, accepted_on, _ACCEPTED)
        if accepted_on == decided_on:
            _add(tally, decided_on, _SAME_DAY)
    if decided_on is not None:
        _add(tally, decided_on, _DECIDED)
        _count_speedup(tally, decided_on, facts)
    for clock in clocks:
        if clock.name == "promise":
            _count_main_clock(tally, clock, decided_at, zone, _PROMISE_STOPPED, _PROMISE_MET, _PROMISE_DUE_OPEN)
            _count_promise(tally, clock, decided_at, zone)
        elif clock.name == "statutory":
            _count_main_clock(tally, clock, decided_at, zone, _STATUTORY_STOPPED, _STATUTORY_MET, _STATUTORY_DUE_OPEN)
    if facts.closed_at is None:
        _count_load(tally, facts, clocks)
    return tally if len(tally) > 1 else []


def _add(tally: Tally, day: Day | None, number: int) -> None:
    tally.append(day)
    tally.append(number)
    tally.append(1)


def _count_speedup(tally: Tally, decided_on: Day, facts: CaseFacts) -> None:
    used, statutory = facts.used_days, facts.statutory_days
    if used is None or statutory is None:
        return
    _add(tally, decided_on, _SPEEDUP_CASES)
    if used:
        tally += [decided_on, _USED, used]
    if statutory:
        tally += [decided_on, _LIMIT, statutory]


def _count_main_clock(
    tally: Tally, clock: ClockFacts, decided_at: Instant | None, zone: Zone, stopped: int, met: int, due_open: int
) -> None:
    if decided_at is not None and clock.stopped_at == decided_at:
        day = zone.day(decided_at)
        _add(tally, day, stopped)
        if clock.state == "met":
            _add(tally, day, met)
    due_at = clock.due_at
    if due_at is not None and not clock.ended:
        _add(tally, zone.day(due_at), due_open)


def _count_promise(tally: Tally, clock: ClockFacts, decided_at: Instant | None, zone: Zone) -> None:
    if clock.early and decided_at is not None and clock.stopped_at == decided_at:
        _add(tally, zone.day(decided_at), _PROMISE_EARLY)
    if clock.due_at is not None and clock.state != "void":
        _add(tally, zone.day(clock.due_at), _PROMISE_DUE)


def _count_load(tally: Tally, facts: CaseFacts, clocks: list[ClockFacts]) -> None:
    _add(tally, None, _OPEN)
    if facts.status == "suspended":
        _add(tally, None, _STANDING)
    _add(tally, None, _LIGHTS[facts.light])
    for clock in clocks:
        if clock.state == "breached" and not clock.ended:
            if clock.name == "promise":
                _add(tally, None, _PROMISE_BREACHED_OPEN)
            elif clock.name == "statutory":
                _add(tally, None, _STATUTORY_BREACHED_OPEN)
