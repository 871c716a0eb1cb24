"""Each enum of the rules has the members of its database type, in the order that the database sorts by."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import pytest
from psycopg import Connection

from alerts.ladder import Level, Recipient
from alerts.life import CardState
from monitor.domain import facts
from monitor.domain.clocks import ClockState
from monitor.domain.events import EventKind
from monitor.domain.items import Counting, ItemKind, Unit
from monitor.domain.judge import Light, Status
from monitor.domain.outages import OutageReason
from monitor.storage.cohorts import COHORT_COLUMNS
from monitor.storage.fold import CASE_STATE_COLUMNS, CLOCK_COLUMNS, DAY_COUNTERS, LOAD_COUNTERS
from monitor.storage.hall_warnings import WarningCode

TYPES = [
    ("event_kind", EventKind),
    ("case_status", Status),
    ("case_light", Light),
    ("card_level", Level),
    ("card_state", CardState),
]
CHECKS = [
    ("judged_clock", "state", ClockState),
    ("item_version", "kind", ItemKind),
    ("item_version", "unit", Unit),
    ("item_version", "counting", Counting),
    ("outage", "reason", OutageReason),
    ("hall_warning", "code", WarningCode),
]


@pytest.mark.parametrize(("name", "enum"), TYPES, ids=[name for name, _ in TYPES])
def test_a_database_type_lists_the_members_of_its_enum(
    connection: Connection[Any], name: str, enum: type[StrEnum]
) -> None:
    labels = connection.execute(
        "select enumlabel from pg_enum where enumtypid = %s::regtype order by enumsortorder",
        [name],
    ).fetchall()
    stored = [label for (label,) in labels]
    assert sorted(stored) == sorted(member.value for member in enum)
    if enum in (Light, Level):  # `order by light desc` means the worst first
        assert stored == [member.value for member in enum]


def test_every_database_type_is_held_against_an_enum(connection: Connection[Any]) -> None:
    types = connection.execute(
        "select typname from pg_type where typtype = 'e' and typnamespace = 'public'::regnamespace"
    ).fetchall()
    assert {name for (name,) in types} == {name for name, _ in TYPES}


@pytest.mark.parametrize(("table", "column", "enum"), CHECKS, ids=[f"{table}.{column}" for table, column, _ in CHECKS])
def test_a_checked_column_allows_the_members_of_its_enum_and_nothing_else(
    connection: Connection[Any], table: str, column: str, enum: type[StrEnum]
) -> None:
    row = connection.execute(
        "select pg_get_constraintdef(c.oid) from pg_constraint c join pg_attribute a"
        " on a.attrelid = c.conrelid and c.conkey = array[a.attnum]"
        " where c.conrelid = %s::regclass and a.attname = %s and c.contype = 'c'",
        [table, column],
    ).fetchone()
    assert row is not None
    allowed = {word for number, word in enumerate(str(row[0]).split("'")) if number % 2}
    assert allowed == {member.value for member in enum}


def test_recipients_fit_the_column_that_holds_them(connection: Connection[Any]) -> None:
    row = connection.execute(
        "select data_type from information_schema.columns where table_name = 'card' and column_name = 'recipient'"
    ).fetchone()
    assert row == ("text",)
    assert {member.value for member in Recipient} <= {"handler", "reviewer", "department_head", "bureau"}


@pytest.mark.parametrize(
    ("table", "columns", "rest"),
    [
        ("judged_case", CASE_STATE_COLUMNS, ("file_behind",)),  # an earlier engine's
        ("cohort", COHORT_COLUMNS, ("moved",)),
        ("judged_clock", CLOCK_COLUMNS, ()),
        ("department_day", DAY_COUNTERS, ("hall_id", "department", "day")),
        ("department_load", LOAD_COUNTERS, ("hall_id", "department")),
    ],
)
def test_every_column_of_a_table_is_written_by_the_engine(
    connection: Connection[Any], table: str, columns: tuple[str, ...], rest: tuple[str, ...]
) -> None:
    rows = connection.execute(
        "select column_name from information_schema.columns where table_schema = 'public' and table_name = %s", [table]
    ).fetchall()
    assert {name for (name,) in rows} == {*columns, *rest}


@pytest.mark.parametrize(
    ("table", "columns"), [("judged_case", facts.FACT_COLUMNS), ("judged_clock", facts.CLOCK_COLUMNS)]
)
def test_the_columns_that_hold_times_are_those_that_the_facts_count_from_an_instant(
    connection: Connection[Any], table: str, columns: tuple[str, ...]
) -> None:
    rows = connection.execute(
        "select column_name from information_schema.columns where table_schema = 'public' and table_name = %s"
        " and data_type = 'timestamp with time zone'",
        [table],
    ).fetchall()
    assert {name for (name,) in rows} & {*columns} == {*columns} & facts.TIMES
