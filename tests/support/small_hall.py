"""A small hall written straight into the tables: for tests of reading, where the engine is not what is tested."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from tests.support.cohorts import give_cohort

SINCE_EVER = date(2000, 1, 1)


def add_hall(connection: Connection[Any], code: str = "DEMO", *, zone: str = "Asia/Shanghai", demo: bool = True) -> int:
    """Add a hall and give its id."""
    return insert_numbered(
        connection, "hall", "hall_id", code=code, name_zh=f"{code}大厅", name_en=f"Hall {code}", zone=zone, demo=demo
    )


def add_department(
    connection: Connection[Any], hall_id: int, code: str, position: int, *, in_hall: bool = True, **version: Any
) -> None:
    """Add a department in force since ever."""
    insert(connection, "department", "code", hall_id=hall_id, code=code, position=position)
    named = {"valid_from": SINCE_EVER, "name_zh": f"{code}局", "name_en": f"Bureau {code}"}
    insert(
        connection, "department_version", "code", hall_id=hall_id, code=code, in_hall=in_hall, **{**named, **version}
    )


def add_item(connection: Connection[Any], hall_id: int, code: str, department: str, **version: Any) -> None:
    """Add an item in force since ever."""
    insert(connection, "item", "code", hall_id=hall_id, code=code)
    limits = {"kind": "promise", "unit": "working_days", "promised": 5, "statutory": 20, "valid_from": SINCE_EVER}
    named = {"name_zh": f"{code}许可", "name_en": f"Permit {code}", "department": department}
    insert(connection, "item_version", "code", hall_id=hall_id, code=code, **{**limits, **named, **version})


def add_source(
    connection: Connection[Any],
    hall_id: int,
    code: str,
    departments: list[str],
    *,
    feed: str = "live",
    complete_until: datetime | None = None,
) -> int:
    """Add a source and, if it has been heard of, its heartbeat; give its id."""
    source_id = insert_numbered(
        connection, "source", "source_id",
        hall_id=hall_id, code=code, name_zh=f"{code}系统", name_en=f"System {code}", departments=departments, feed=feed,
    )  # fmt: skip
    if complete_until is not None:
        insert(
            connection, "heartbeat", "source_id", source_id=source_id, complete_until=complete_until,
            received_at=complete_until, last_event_at=complete_until,
        )  # fmt: skip
    return source_id


def add_case(
    connection: Connection[Any], hall_id: int, source_id: int, case_no: str, *, packed: bytes = b"", **state: Any
) -> int:
    """Add a case with its judged facts as given and give its id."""
    first = state.setdefault("first_event_at", datetime.fromisoformat("2026-03-02T09:00:00+08:00"))
    case_id = insert_numbered(
        connection, "case_file", "case_id",
        hall_id=hall_id, source_id=source_id, case_no=case_no, events=packed, event_count=1, last_occurred_at=first,
    )  # fmt: skip
    judged = {"status": "accepted", "light": "green", "deemed": False, "calendar_version": 1}
    insert(
        connection, "judged_case", "case_id",
        **{**judged, "case_id": case_id, "hall_id": hall_id, "source_id": source_id, "case_no": case_no, **state},
    )  # fmt: skip
    give_cohort(connection, case_id)
    return case_id


def add_card(connection: Connection[Any], hall_id: int, case_id: int, issued_at: datetime, **card: Any) -> int:
    """Add an issued card and give its id."""
    issued = {"clock": "promise", "level": "yellow", "generation": 0, "state": "issued", "recipient": "department_head"}
    times = {"expected_at": issued_at, "issued_at": issued_at, "due_at": issued_at, "reason": "due"}
    return insert_numbered(
        connection, "card", "card_id", hall_id=hall_id, case_id=case_id, **{**issued, **times, **card}
    )


def set_load(connection: Connection[Any], hall_id: int, department: str, **numbers: int) -> None:
    """Write one department's counters of open cases."""
    insert(connection, "department_load", "hall_id", hall_id=hall_id, department=department, **numbers)


def set_day(connection: Connection[Any], hall_id: int, department: str, day: date, **numbers: float) -> None:
    """Write one department's counters of a day."""
    insert(connection, "department_day", "hall_id", hall_id=hall_id, department=department, day=day, **numbers)


def insert_numbered(connection: Connection[Any], table: str, number: str, **values: Any) -> int:
    """Insert one row and give the column that is its number."""
    return int(insert(connection, table, number, **values))


def insert(connection: Connection[Any], table: str, returning: str, **values: Any) -> Any:
    """Insert one row and give one of its columns."""
    fields = {name: Jsonb(value) if isinstance(value, dict) else value for name, value in values.items()}
    columns, places = ", ".join(fields), ", ".join(f"%({name})s" for name in fields)
    statement = f"insert into {table} ({columns}) values ({places}) returning {returning}"
    row = connection.execute(statement.encode(), fields).fetchone()
    assert row is not None
    return row[0]
