"""The log case by case, and what is stored of each case, for the replay that holds one against the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.rows import dict_row

from monitor.domain.events import Event
from monitor.domain.instants import Instant, instant_of
from monitor.storage.sql_blocks import sql_block


class LoggedCase(NamedTuple):
    """All events of one case as the log holds them."""

    source_id: int
    case_no: str
    events: list[Event]


class LogCounts(NamedTuple):
    """Events in the log, ids entered, events that batches account for: all three must be equal."""

    events: int
    identities: int
    accepted: int


def read_log(connection: Connection[Any], hall_id: int) -> Iterator[LoggedCase]:
    """Every case of a hall's log that has been handed to the engine; must be read within one transaction."""
    connection.execute(sql_block("declare_log_cursor"), {"hall_id": hall_id})
    for (source_id, case_no), rows in groupby(_rows(connection), key=lambda row: (row[0], row[3])):
        yield LoggedCase(source_id, case_no, [_event(row) for row in rows])
    connection.execute("close replayed_log")


def _rows(connection: Connection[Any]) -> Iterator[tuple[Any, ...]]:
    with connection.cursor(binary=True) as cursor:
        fetch = sql_block("fetch_log_rows")
        while rows := cursor.execute(fetch).fetchall():
            yield from rows


def _event(row: tuple[Any, ...]) -> Event:
    (_source_id, source, event_id, case_no, kind, occurred_at, recorded_at, item, department, window, handler, step,
     reason, days, legal_basis, notice_no, approver, result, voids, due_claimed, applicant_ref) = row  # fmt: skip
    return Event(
        source, event_id, case_no, kind, instant_of(occurred_at), _instant(recorded_at), item, department, window,
        handler, step, reason, days, legal_basis, notice_no, approver, result, voids, _instant(due_claimed),
        applicant_ref,
    )  # fmt: skip


def _instant(moment: datetime | None) -> Instant | None:
    return None if moment is None else instant_of(moment)


def count_log(connection: Connection[Any], hall_id: int) -> LogCounts:
    """How many events the log, the identities and the batches hold."""
    row = connection.execute(sql_block("count_log"), {"hall_id": hall_id}).fetchone()
    assert row is not None
    return LogCounts(*map(int, row))


def count_due_cases(connection: Connection[Any], hall_id: int, as_of: datetime) -> int:
    """How many cases wait to be judged at `as_of`."""
    row = connection.execute(sql_block("count_due_cases"), {"hall_id": hall_id, "as_of": as_of}).fetchone()
    assert row is not None
    return int(row[0])


def count_case_states(connection: Connection[Any], hall_id: int) -> int:
    """How many cases have facts."""
    row = connection.execute(sql_block("count_case_states"), {"hall_id": hall_id}).fetchone()
    assert row is not None
    return int(row[0])


def _select(connection: Connection[Any], block: str, **fields: Any) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(sql_block(block), fields).fetchall()


def read_stored_states(connection: Connection[Any], keys: Sequence[tuple[int, str]]) -> list[dict[str, Any]]:
    """The facts of cases, by (source_id, case_no)."""
    return _select(connection, "select_stored_states", **_key_fields(keys))


def read_stored_files(connection: Connection[Any], keys: Sequence[tuple[int, str]]) -> list[dict[str, Any]]:
    """The packed working sets of cases, by (source_id, case_no)."""
    return _select(connection, "select_stored_files", **_key_fields(keys))


def _key_fields(keys: Sequence[tuple[int, str]]) -> dict[str, Any]:
    return {"source_ids": [source_id for source_id, _ in keys], "case_nos": [case_no for _, case_no in keys]}


def read_stored_parts(connection: Connection[Any], case_ids: Sequence[int]) -> dict[str, list[dict[str, Any]]]:
    """Clocks, findings, standing and held cards of cases."""
    ids = list(case_ids)
    return {
        "clocks": _select(connection, "select_stored_clocks", case_ids=ids),
        "anomalies": _select(connection, "select_stored_anomalies", case_ids=ids),
        "cards": _select(connection, "select_standing_cards", case_ids=ids),
        "held": _select(connection, "select_held_cards", case_ids=ids),
    }


def read_counters(connection: Connection[Any], hall_id: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows of `department_day` and `department_load`."""
    return (
        _select(connection, "select_department_days", hall_id=hall_id),
        _select(connection, "select_department_loads", hall_id=hall_id),
    )


def read_speedups(connection: Connection[Any], hall_id: int) -> list[dict[str, Any]]:
    """The rows of `department_speedup`, with `cases_counted` and `used_days_counted` from the facts of the cases."""
    return _select(connection, "select_speedups", hall_id=hall_id)


def read_months(connection: Connection[Any], hall_id: int) -> list[dict[str, Any]]:
    """The rows of `department_month`."""
    return _select(connection, "select_department_months", hall_id=hall_id)


def read_counted_cards(connection: Connection[Any], hall_id: int) -> list[dict[str, Any]]:
    """What `department_cards` and `card_day` hold (`kept`), beside what they count (`counted`)."""
    return _select(connection, "select_counted_cards", hall_id=hall_id)
