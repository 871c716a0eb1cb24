"""Cards as they are shown: notices, pages of them, and the story of one case's cards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from monitor.storage.halls import HallFacts, read_hall
from monitor.storage.names import read_names
from monitor.storage.sql_blocks import sql_block

NEWEST_CARDS = 30
"""How many cards the board shows."""
COUNTED_BY = frozenset({"departments", "levels", "states"})
"""What the counters of cards know."""


@dataclass(frozen=True)
class CardFilter:
    """Which cards are wanted; None means all. Cards without a department stand under the code ''."""

    departments: Collection[str] | None = None
    levels: Collection[str] | None = None
    states: Collection[str] | None = None
    reasons: Collection[str] | None = None
    expected_after: datetime | None = None
    expected_until: datetime | None = None

    def fields(self) -> dict[str, Any]:
        """The filter as SQL parameters."""
        named = {
            "departments": self.departments, "levels": self.levels, "states": self.states, "reasons": self.reasons,
        }  # fmt: skip
        lists = {name: None if values is None else list(values) for name, values in named.items()}
        return {**lists, "expected_after": self.expected_after, "expected_until": self.expected_until}


@dataclass(frozen=True)
class CardPosition:
    """Where a page of cards ended: the issue and number of its last card."""

    issued_at: datetime
    card_id: int


def read_newest_cards(
    connection: Connection[Any],
    hall_id: int,
    as_of: datetime,
    departments: Collection[str] | None = None,
    limit: int = NEWEST_CARDS,
) -> list[dict[str, Any]]:
    """Read the newest cards of a hall in the shape of `CardNotice`, JSON-ready, named as on the day of `as_of`."""
    rows = select_cards(connection, hall_id, CardFilter(departments=departments), limit=limit)
    return card_notices(connection, read_hall(connection, hall_id), as_of, rows)


def read_card_notices(
    connection: Connection[Any], hall_id: int, as_of: datetime, card_ids: Collection[int]
) -> list[dict[str, Any]]:
    """Read these cards, newest first, in the shape of `CardNotice`, JSON-ready: what a delta of the feed carries."""
    with connection.cursor(row_factory=dict_row) as cursor:
        fields = {"hall_id": hall_id, "card_ids": list(card_ids)}
        rows = cursor.execute(sql_block("select_cards_by_id"), fields).fetchall()
    return card_notices(connection, read_hall(connection, hall_id), as_of, rows)


def select_cards(
    connection: Connection[Any], hall_id: int, wanted: CardFilter, *, after: CardPosition | None = None, limit: int
) -> list[dict[str, Any]]:
    """Select a page of cards as rows, newest first, behind the position `after`.

    Never prepared: with filters that may be null, a plan made for all their values scans what the index would skip.
    """
    fields = {
        "hall_id": hall_id,
        "before_at": after and after.issued_at,
        "before_id": after and after.card_id,
        "limit": limit,
        **wanted.fields(),
    }
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(sql_block("select_cards_newest"), fields, prepare=False).fetchall()


def count_cards(connection: Connection[Any], hall_id: int, wanted: CardFilter) -> int:
    """Count the cards that pass a filter: by counters where neither reasons nor moments are named, else one by one."""
    fields = {"hall_id": hall_id, **wanted.fields()}
    named = {name for name, value in wanted.fields().items() if value is not None}
    block = "sum_cards" if named <= COUNTED_BY else "count_cards"
    row = connection.execute(sql_block(block), fields, prepare=False).fetchone()
    return 0 if row is None else int(row[0])


def read_card_stories(
    connection: Connection[Any], hall: HallFacts, as_of: datetime, case_id: int
) -> list[dict[str, Any]]:
    """Read a case's cards with every step of their lives, in the shape of `CardStory`, JSON-ready."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(sql_block("select_cards_of_case"), {"case_id": case_id}).fetchall()
        card_ids = [row["card_id"] for row in rows]
        steps = cursor.execute(sql_block("select_card_steps"), {"card_ids": card_ids}).fetchall()
    told: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for step in steps:
        times = {name: hall.time_text(step[name]) for name in ("expected_at", "observed_at")}
        told[step.pop("card_id")].append({**step, **times})
    notices = card_notices(connection, hall, as_of, rows)
    return [{"card": notice, "steps": told[notice["card_id"]]} for notice in notices]


def card_notices(
    connection: Connection[Any], hall: HallFacts, as_of: datetime, rows: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Give rows of cards the shape of `CardNotice`: items named, times as RFC 3339 in the hall's zone."""
    names = read_names(connection, hall, as_of, items=[row["item"] for row in rows])
    return [
        {
            **row,
            "item_name": names.item(row["item"]),
            "expected_at": hall.time_text(row["expected_at"]),
            "issued_at": hall.time_text(row["issued_at"]),
            "due_at": hall.known_time_text(row["due_at"]),
            "revoked_at": hall.known_time_text(row["revoked_at"]),
        }
        for row in rows
    ]
