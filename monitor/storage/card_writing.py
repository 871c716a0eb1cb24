"""Cards as the engine issues, moves, revokes and closes them; one row of `card_step` for each change of state."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Cursor

from monitor.storage.copying import array_of, copy_rows
from monitor.storage.sql_blocks import sql_block

CARD_COLUMNS = (
    "card_id", "hall_id", "case_id", "clock", "level", "generation", "department", "item", "state", "expected_at",
    "issued_at", "due_at", "recipient", "reply_due_at", "reason",
)  # fmt: skip
_CARD_TYPES = (
    "int8", "int4", "int8", "text", "text", "int4", "text", "text", "text", "int8",
    "int8", "int8", "text", "int8", "text",
)  # fmt: skip


class CardRow(NamedTuple):
    """A card as the engine needs it to reconcile."""

    card_id: int
    case_id: int
    clock: str
    level: str
    generation: int
    state: str
    expected_at: datetime
    due_at: datetime | None


class CardUpdate(NamedTuple):
    """A card's change of state, or of the moment that the rule names."""

    card_id: int
    from_state: str
    to_state: str
    reason: str
    expected_at: datetime
    due_at: datetime | None
    revoked_at: datetime | None


def select_cards_of_cases(cursor: Cursor[Any], case_ids: Sequence[int]) -> list[CardRow]:
    """Every card of some cases, oldest first."""
    found = cursor.execute(sql_block("select_cards_of_cases"), {"case_ids": array_of(case_ids)}, binary=True)
    return [CardRow._make(row) for row in found]


def draw_card_ids(cursor: Cursor[Any], cards: int) -> list[int]:
    """New card ids."""
    return [row[0] for row in cursor.execute(sql_block("draw_card_ids"), {"cards": cards})]


def insert_cards(cursor: Cursor[Any], rows: Sequence[Sequence[Any]]) -> None:
    """New cards, in the order of CARD_COLUMNS; times as `wire_time` gives them."""
    copy_rows(cursor, "card", CARD_COLUMNS, _CARD_TYPES, rows)


def insert_first_steps(cursor: Cursor[Any], rows: Iterable[Sequence[Any]]) -> None:
    """The first step of new cards: (card_id, to_state, reason, expected_at, observed_at), times as by `wire_time`."""
    columns = ("card_id", "step_no", "from_state", "to_state", "actor", "reason", "expected_at", "observed_at")
    types = ("int8", "int4", "text", "text", "text", "text", "int8", "int8")
    steps = ((card_id, 1, None, to_state, "engine", *rest) for card_id, to_state, *rest in rows)
    copy_rows(cursor, "card_step", columns, types, steps)


def update_cards(cursor: Cursor[Any], updates: Sequence[CardUpdate], observed_at: datetime) -> None:
    """Apply changes and write their steps."""
    if not updates:
        return
    fields = {
        "card_ids": [update.card_id for update in updates],
        "states": [update.to_state for update in updates],
        "from_states": [update.from_state for update in updates],
        "to_states": [update.to_state for update in updates],
        "reasons": [update.reason for update in updates],
        "expected_ats": [update.expected_at for update in updates],
        "due_ats": [update.due_at for update in updates],
        "revoked_ats": [update.revoked_at for update in updates],
        "revoke_reasons": [update.reason if update.revoked_at else None for update in updates],
        "observed_at": observed_at,
    }
    cursor.execute(sql_block("update_card_states"), fields)
    cursor.execute(sql_block("insert_card_steps"), fields)
