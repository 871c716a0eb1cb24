"""Cohorts: cases that are alike to time and calendar share what these move."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Cursor

from monitor.domain.instants import DAY, Instant
from monitor.storage.copying import array_of, copy_rows, moment
from monitor.storage.sql_blocks import sql_block

COHORT_COLUMNS = (
    "cohort_id", "hall_id", "likeness", "is_open", "ordinary", "carded", "department", "light", "promise_due_at",
    "promise_state", "statutory_due_at", "statutory_state", "next_change_at", "calendar_version", "cards_not_before",
)  # fmt: skip
_COHORT_TYPES = (
    "int8", "int4", "bytea", "bool", "bool", "bool", "text", "text", "int8",
    "text", "int8", "text", "int8", "int4", "int8",
)  # fmt: skip

LIKE_STARTS_LIE_WITHIN = 31 * DAY
"""Clocks of alike cases start in the same stretch of a day; after closing it ends when the hall opens next. A case that
began further away would be judged by itself.
"""


class Cohort(NamedTuple):
    """A cohort with the number of its cases. `ordinary`: time and calendars move it without looking into files;
    `carded`: its cases have cards.
    """

    cohort_id: int
    ordinary: bool
    carded: bool
    cases: int


class NamedStart(NamedTuple):
    """The event of a kind that started a clock of each case of a cohort, of one of them at `started_at`."""

    cohort_id: int
    clock: str
    kind: str
    started_at: Instant


def select_cohorts_by_likeness(cursor: Cursor[Any], hall_id: int, likenesses: Sequence[bytes]) -> dict[bytes, int]:
    """The ids of the cohorts that cases of some likenesses may join; unknown ones are absent."""
    fields = {"hall_id": hall_id, "likenesses": list(likenesses)}
    return dict(cursor.execute(sql_block("select_cohorts_by_likeness"), fields, binary=True).fetchall())


def draw_cohort_ids(cursor: Cursor[Any], cohorts: int) -> list[int]:
    """New cohort ids."""
    return [row[0] for row in cursor.execute(sql_block("draw_cohort_ids"), {"cohorts": cohorts})]


def insert_cohorts(cursor: Cursor[Any], rows: Iterable[Sequence[Any]]) -> None:
    """New cohorts in the order of COHORT_COLUMNS, times as `wire_time` gives them."""
    copy_rows(cursor, "cohort", COHORT_COLUMNS, _COHORT_TYPES, rows)


def select_due_cohorts(cursor: Cursor[Any], hall_id: int, as_of: datetime, cohorts: int) -> list[Cohort]:
    """At most `cohorts` cohorts whose next change is due at `as_of`, earliest first."""
    fields = {"hall_id": hall_id, "as_of": as_of, "cohorts": cohorts}
    return list(map(Cohort._make, cursor.execute(sql_block("select_due_cohorts"), fields)))


def select_cohorts_of_calendar(
    cursor: Cursor[Any], hall_id: int, calendar_version: int, after: int, cohorts: int
) -> list[Cohort]:
    """At most `cohorts` cohorts that follow a calendar, in order of id after `after`."""
    fields = {"hall_id": hall_id, "calendar_version": calendar_version, "after": after, "cohorts": cohorts}
    return list(map(Cohort._make, cursor.execute(sql_block("select_cohorts_of_calendar"), fields)))


def select_examples(cursor: Cursor[Any], cohort_ids: Sequence[int]) -> dict[int, int]:
    """One case of each of some cohorts: case ids by cohort ids. One that all cases have left is absent."""
    return dict(cursor.execute(sql_block("select_examples"), {"cohort_ids": array_of(cohort_ids)}).fetchall())


def select_cases_of_cohorts(cursor: Cursor[Any], cohort_ids: Sequence[int]) -> list[int]:
    """The ids of all cases of some cohorts, ascending."""
    return _case_ids(cursor, "select_cases_of_cohorts", cohort_ids)


def select_unclear_starts(cursor: Cursor[Any], starts: Sequence[NamedStart]) -> list[int]:
    """Cases of cohorts of which the log does not plainly say which event started a clock."""
    if not starts:
        return []
    fields = {
        "cohort_ids": array_of(start.cohort_id for start in starts), "clocks": [start.clock for start in starts],
        "kinds": [start.kind for start in starts], **span_of_log(starts),
    }  # fmt: skip
    return [row[0] for row in cursor.execute(sql_block("select_unclear_starts"), fields)]


def span_of_log(starts: Sequence[NamedStart]) -> dict[str, datetime | None]:
    """Between which moments events of the log started some clocks of all cases of their cohorts."""
    moments = [start.started_at for start in starts]
    return {
        "earliest": moment(min(moments) - LIKE_STARTS_LIE_WITHIN) if moments else None,
        "latest": moment(max(moments) + LIKE_STARTS_LIE_WITHIN) if moments else None,
    }


def set_cases_apart(cursor: Cursor[Any], cohort_ids: Sequence[int], case_ids: Sequence[int]) -> list[tuple[int, int]]:
    """Give cases of some cohorts that have a card which was revoked or is held, and those of some ids, cohorts of their
    own, not ordinary ones; gives each with the cohort that it has left.
    """
    fields = {"cohort_ids": array_of(cohort_ids), "case_ids": array_of(case_ids)}
    return cursor.execute(sql_block("set_cases_apart"), fields).fetchall()


def _case_ids(cursor: Cursor[Any], block: str, cohort_ids: Sequence[int]) -> list[int]:
    return [row[0] for row in cursor.execute(sql_block(block), {"cohort_ids": array_of(cohort_ids)})]


def give_calendar_version(
    cursor: Cursor[Any], cohort_ids: Sequence[int], calendar_version: int, first_changed: datetime
) -> set[int]:
    """Those of some cohorts that are all due before `first_changed` get a calendar version; gives their ids."""
    fields = {"cohort_ids": array_of(cohort_ids), "after": calendar_version, "first_changed": first_changed}
    return {row[0] for row in cursor.execute(sql_block("give_calendar_version"), fields)}


def delete_cohorts(cursor: Cursor[Any], cohort_ids: Sequence[int]) -> None:
    """Forget cohorts that all their cases have left."""
    cursor.execute(sql_block("delete_cohorts"), {"cohort_ids": array_of(cohort_ids)})


def select_deserted_cohorts(cursor: Cursor[Any], hall_id: int, after: int, cohorts: int) -> list[int]:
    """At most `cohorts` cohorts that all their cases have left, in order of id after `after`."""
    fields = {"hall_id": hall_id, "after": after, "cohorts": cohorts}
    return [row[0] for row in cursor.execute(sql_block("select_deserted_cohorts"), fields)]
