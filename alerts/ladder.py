"""The ladder (牌警阶梯): which cards a judged case calls for, when each was due to be issued, and to whom it goes."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from monitor.domain.clocks import BREACHED, VOID
from monitor.domain.facts import ClockFacts
from monitor.domain.instants import Instant
from monitor.domain.judge import Judgement
from monitor.domain.schedule import reminded_at


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
    reminder two working days before the promise (or on the due day of a short one), never while the clock stands: a
    suspension that runs at that moment holds it back to the opening hours after its end.
    """
    cards: list[ExpectedCard] = []
    warned = case.warned
    if warned is not None and warned.state is not VOID:
        at = reminded_at(case, warned)
        if at is not None and at <= min(warned.end, case.as_of):
            cards.append(ExpectedCard(warned.name, Level.REMINDER, at, warned.due_at))
    for clock in case.clocks:
        if clock.state is BREACHED and clock.due_at is not None:
            level = Level.RED if clock.name == "statutory" else Level.YELLOW
            cards.append(ExpectedCard(clock.name, level, clock.due_at, clock.due_at))
    return cards


def breach_cards(clocks: Sequence[ClockFacts]) -> list[ExpectedCard]:
    """Those of breached clocks, from their rows in the order of the judgement."""
    cards: list[ExpectedCard] = []
    for row in clocks:
        due_at = row.due_at
        if row.state == "breached" and due_at is not None:
            level = Level.RED if row.name == "statutory" else Level.YELLOW
            cards.append(ExpectedCard(row.name, level, due_at, due_at))
    return cards
