"""Counters that triggers move, held against what they count: the days of the months, the cards themselves."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from monitor.domain.facts import COUNTERS
from monitor.storage.replay import read_counters

_DAYS_OF_ISSUE = """
select hall_id, (issued_at at time zone zone)::date, coalesce(department, ''), level, count(*)
from card join hall using (hall_id) group by 1, 2, 3, 4
"""
_KEPT_AND_COUNTED = {
    "department_cards": (
        "select hall_id, department, level, state, cards from department_cards where cards <> 0",
        "select hall_id, coalesce(department, ''), level, state, count(*) from card group by 1, 2, 3, 4",
    ),
    "card_day": (
        "select hall_id, day, department, level, cards from card_day where cards <> 0",
        _DAYS_OF_ISSUE,
    ),
}


def counter_differences(connection: Connection[Any], hall_id: int) -> list[str]:
    """What `department_month`, `department_cards` and `card_day` hold and should not, or should and do not."""
    found = []
    for table, (kept, counted) in _KEPT_AND_COUNTED.items():
        for held, wanted, word in ((kept, counted, "too much"), (counted, kept, "missing")):
            rows = connection.execute(f"({held}) except all ({wanted})".encode()).fetchall()
            found += [f"{table}: {word} {row}" for row in rows]
    return found + _month_differences(connection, hall_id)


def _month_differences(connection: Connection[Any], hall_id: int) -> list[str]:
    days, _ = read_counters(connection, hall_id)
    columns = [column for column in COUNTERS if days and column in days[0]]
    sums: dict[tuple[Any, ...], list[float]] = {}
    for row in days:
        key = row["department"], row["day"].replace(day=1)
        before = sums.setdefault(key, [0.0] * len(columns))
        sums[key] = [held + row[column] for held, column in zip(before, columns, strict=True)]
    listed = ", ".join(columns or ["received"])
    kept = {
        (department, month): [float(amount) for amount in amounts]
        for department, month, *amounts in connection.execute(
            f"select department, month, {listed} from department_month where hall_id = %s".encode(), [hall_id]
        )
    }
    return [f"department_month: {key} is {kept.get(key)}, its days {sums.get(key)}"
            for key in sorted(kept.keys() | sums.keys()) if kept.get(key) != sums.get(key)]  # fmt: skip
