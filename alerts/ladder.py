"""The ladder (牌警阶梯): which cards a judged case calls for, when each was due to be issued, and to whom it goes."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from monitor.domain.clocks import Clock, ClockState
from monitor.domain.instants import Instant
from monitor.domain.judge import Judgement
from monitor.domain.schedule import reminder_at, warned_clock
from monitor.domain.suspensions import Suspension


class Level(StrEnum):
    """预警, 黄牌, 红牌."""

    REMINDER = "reminder"
    YELLOW = "yellow"
    RED = "red"


class Recipient(StrEnum):
    """To whom a level goes first."""

    HANDLER = "handler"
    DEPARTMENT_HEAD = "department_head"
    BUREAU = "bureau"


class Rung(NamedTuple):
    """What one level of the default ladder asks: whom, and an answer within how many working days (None: no answer)."""

    recipient: Recipient
    reply_days: int | None


LADDER: dict[Level, Rung] = {
    Level.REMINDER: Rung(Recipient.HANDLER, None),
    Level.YELLOW: Rung(Recipient.DEPARTMENT_HEAD, 1),
    Level.RED: Rung(Recipient.BUREAU, 5),
}


class ExpectedCard(NamedTuple):
    """A card the ladder calls for. `expected_at` is the moment the rule names, whenever it became known."""

    clock: str
    level: Level
    expected_at: Instant
    due_at: Instant | None


def expected_cards(case: Judgement) -> list[ExpectedCard]:
    """Every card that a case calls for at its `as_of`; a pure fold, independent of the order of arrival.

    Promise breached: yellow; statutory breached: red; acceptance, delivery, step, suspension breached: yellow; a
    reminder two working days before the promise (or on the due day of a short one), never while the clock stands.
    """
    return [*_reminders(case), *_breaches(case)]


def _breaches(case: Judgement) -> Iterator[ExpectedCard]:
    for clock in case.clocks:
        if clock.state is ClockState.BREACHED and clock.due_at is not None:
            level = Level.RED if clock.name == "statutory" else Level.YELLOW
            yield ExpectedCard(clock.name, level, clock.due_at, clock.due_at)


def _reminders(case: Judgement) -> Iterator[ExpectedCard]:
    clock = warned_clock(case)
    if clock is None or clock.state is ClockState.VOID:
        return
    at = _first_reminded(case, clock)
    if at is not None and at <= min(clock.end, case.as_of):
        yield ExpectedCard(clock.name, Level.REMINDER, at, clock.due_at)


def _first_reminded(case: Judgement, clock: Clock) -> Instant | None:
    """When the reminder was first due while the clock ran and was known; None when it came too early or too late."""
    at = reminder_at(clock)
    if at is None or at <= clock.started_at:
        return None  # the moment lies before the clock: a reminder at acceptance would tell the handler nothing
    known_from = _known_from(case)
    at = at if known_from is None else max(at, known_from)
    for suspension in case.walk.suspensions:
        at = _after_suspension(case, suspension, at)
        if at is None:
            return None
    return at if clock.due_at is None or at <= clock.due_at else None


def _known_from(case: Judgement) -> Instant | None:
    """Deemed acceptance starts clocks in the past: they are known only from the breach of the acceptance clock on."""
    if not case.deemed:
        return None
    return next((clock.due + 1 for clock in case.admission.clocks if clock.breached and clock.due is not None), None)


def _after_suspension(case: Judgement, suspension: Suspension, at: Instant) -> Instant | None:
    """`at`, or the first instant after a suspension that runs at it; None while nothing ends the suspension."""
    if not suspension.valid or at < suspension.event.occurred_at:
        return at
    ends = suspension.end
    if suspension.capped_end is not None:
        planned = case.walk.calendar.zone.instant(suspension.capped_end + 1, 0)
        ends = planned if ends is None else min(ends, planned)
    if ends is None:
        return None
    return max(at, ends)
