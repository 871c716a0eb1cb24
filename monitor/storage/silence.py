"""Sources that fall silent: their feed cards, one row a state change, and the cards held until they speak again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection, Cursor
from psycopg.rows import dict_row

from monitor.storage.copying import copy_rows
from monitor.storage.halls import HallFacts
from monitor.storage.names import bilingual
from monitor.storage.sql_blocks import sql_block

_MOST_OPEN = 1_000
"""More sources than any hall has."""


class ListenedSource(NamedTuple):
    """A live source that has ever sent a heartbeat; `state` is that of its open feed card."""

    source_id: int
    code: str
    complete_until: datetime
    received_at: datetime
    feed_card_id: int | None
    state: str | None


class FeedCardChange(NamedTuple):
    """A feed card's change of state: when it was expected, when the engine saw it."""

    from_state: str | None
    state: str
    reason: str
    expected_at: datetime
    observed_at: datetime


def read_listened_sources(connection: Connection[Any], hall_id: int) -> tuple[list[ListenedSource], bool]:
    """The sources that are listened to, and whether any card of the hall is held."""
    rows = connection.execute(sql_block("select_listened_sources"), {"hall_id": hall_id}).fetchall()
    return [ListenedSource(*row[:-1]) for row in rows], any(row[-1] for row in rows)


def silent_codes(connection: Connection[Any], hall_id: int) -> frozenset[str]:
    """Codes of the sources that have an open feed card."""
    return frozenset(code for code, _, _ in _silent(connection, hall_id))


def read_data_age(connection: Connection[Any], hall_id: int) -> dict[str, datetime]:
    """Up to when what is known of each silent source's cases is complete, by its code."""
    return {row[0]: row[1] for row in _silent(connection, hall_id)}


def read_data_as_of(
    connection: Connection[Any], hall_id: int, departments: Collection[str] | None = None
) -> datetime | None:
    """Up to when figures of these departments (None: all) are complete; None where every source is heard."""
    heard = [
        complete_until
        for _, complete_until, fed in _silent(connection, hall_id)
        if departments is None or not fed or not set(departments).isdisjoint(fed)
    ]
    return min(heard, default=None)


def _silent(connection: Connection[Any], hall_id: int) -> list[tuple[str, datetime, list[str]]]:
    rows = connection.execute(sql_block("select_silent_sources"), {"hall_id": hall_id})
    return [(code, complete_until, fed) for code, complete_until, fed in rows]


# -- feed cards ----------------------------------------------------------------------------------------------------


def insert_feed_card(
    cursor: Cursor[Any], hall_id: int, source_id: int, heard_until: datetime, change: FeedCardChange
) -> int:
    """A source has fallen silent; gives the number of its card."""
    fields = {"hall_id": hall_id, "source_id": source_id, "heard_until": heard_until, **change._asdict()}
    row = cursor.execute(sql_block("insert_feed_card"), fields).fetchone()
    assert row is not None
    cursor.execute(sql_block("insert_feed_card_step"), {"feed_card_id": row[0], **change._asdict()})
    return int(row[0])


def change_feed_card(cursor: Cursor[Any], feed_card_id: int, change: FeedCardChange) -> None:
    """Pass a feed card to another state, with its step."""
    closed_at = change.observed_at if change.state == "closed" else None
    fields = {"feed_card_id": feed_card_id, "closed_at": closed_at, **change._asdict()}
    cursor.execute(sql_block("update_feed_card"), fields)
    cursor.execute(sql_block("insert_feed_card_step"), fields)


def read_open_feed_cards(connection: Connection[Any], hall: HallFacts) -> list[dict[str, Any]]:
    """The feed cards of the sources that are silent now, newest first, in the shape of `FeedCard`, JSON-ready."""
    rows = select_feed_cards(connection, hall.hall_id, open_only=True, limit=_MOST_OPEN)
    return [describe_feed_card(hall, row) for row in rows]


def select_feed_cards(
    connection: Connection[Any], hall_id: int, *, open_only: bool = False, before_id: int | None = None, limit: int
) -> list[dict[str, Any]]:
    """A page of feed cards as rows, newest first, behind a number."""
    fields = {"hall_id": hall_id, "open_only": open_only, "before_id": before_id, "limit": limit}
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(sql_block("select_feed_cards"), fields).fetchall()


def count_feed_cards(connection: Connection[Any], hall_id: int) -> int:
    """How many feed cards a hall has had."""
    row = connection.execute(sql_block("count_feed_cards"), {"hall_id": hall_id}).fetchone()
    return 0 if row is None else int(row[0])


def read_feed_card_steps(
    connection: Connection[Any], hall: HallFacts, feed_card_ids: Collection[int]
) -> dict[int, list[dict[str, Any]]]:
    """Every step of some feed cards in the shape of `CardStep`, by the card's number."""
    told: dict[int, list[dict[str, Any]]] = defaultdict(list)
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(sql_block("select_feed_card_steps"), {"feed_card_ids": list(feed_card_ids)}).fetchall()
    for row in rows:
        times = {name: hall.time_text(row[name]) for name in ("expected_at", "observed_at")}
        told[row.pop("feed_card_id")].append({**row, **times})
    return told


def describe_feed_card(hall: HallFacts, row: dict[str, Any]) -> dict[str, Any]:
    """A row of `feed_card` in the shape of `FeedCard`, JSON-ready."""
    return {
        "feed_card_id": row["feed_card_id"],
        "source": row["source"],
        "source_name": bilingual(row["name_zh"], row["name_en"]),
        "departments": row["departments"],
        "state": row["state"],
        "data_as_of": hall.time_text(row["heard_until"]),
        "expected_at": hall.time_text(row["expected_at"]),
        "issued_at": hall.time_text(row["issued_at"]),
        "closed_at": hall.known_time_text(row["closed_at"]),
        "cards_held": row["held"],
    }


# -- held cards ----------------------------------------------------------------------------------------------------


def replace_held_cards(cursor: Cursor[Any], case_ids: Sequence[int], rows: Iterable[Sequence[Any]]) -> None:
    """The held cards of some cases: (case_id, hall_id, source_id, clock, level, expected_at, held_at)."""
    cursor.execute(sql_block("delete_held_cards"), {"case_ids": list(case_ids)})
    columns = ("case_id", "hall_id", "source_id", "clock", "level", "expected_at", "held_at")
    copy_rows(
        cursor, "held_card", columns, ("int8", "int4", "int4", "text", "text", "timestamptz", "timestamptz"), rows
    )


def select_released_case_ids(cursor: Cursor[Any], hall_id: int, holding: dict[int, datetime], limit: int) -> list[int]:
    """Cases whose held cards may be decided anew; `holding`: the sources that still hold, and what they have told."""
    fields = {
        "hall_id": hall_id, "source_ids": list(holding), "complete_untils": list(holding.values()), "cases": limit,
    }  # fmt: skip
    return [row[0] for row in cursor.execute(sql_block("select_released_case_ids"), fields)]
