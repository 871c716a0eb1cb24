"""Cases that a test wrote straight into the tables, put into cohorts as the engine would have them."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

_ALIKE = """
    hall_id, closed_at is null, coalesce(ordinary, false), department, light, promise_due_at, promise_state,
    statutory_due_at, statutory_state, next_change_at, calendar_version, cards_not_before
"""


def give_cohort(connection: Connection[Any], case_id: int) -> None:
    """A case that runs gets a cohort of its own."""
    connection.execute(
        f"""
        with made as (
            insert into cohort (
                hall_id, is_open, ordinary, department, light, promise_due_at, promise_state, statutory_due_at,
                statutory_state, next_change_at, calendar_version, cards_not_before, carded
            )
            select {_ALIKE}, false from judged_case
            where case_id = %(case_id)s and (closed_at is null or next_change_at is not null)
            returning cohort_id
        )
        update judged_case set cohort_id = made.cohort_id from made where case_id = %(case_id)s
        """.encode(),
        {"case_id": case_id},
    )


def put_in_cohorts(connection: Connection[Any]) -> None:
    """Every case that runs gets a cohort, one with all that agree in what stands in its row; those before are gone."""
    with connection.transaction():
        connection.execute("delete from cohort_clock")
        connection.execute("delete from cohort")
        connection.execute("update judged_case set cohort_id = null where cohort_id is not null")
        connection.execute(
            f"""
            update judged_case j set cohort_id = running.cohort_id
            from (
                select min(case_id) over (partition by {_ALIKE}) as cohort_id, case_id
                from judged_case where closed_at is null or next_change_at is not null
            ) running where running.case_id = j.case_id
            """.encode()
        )
        connection.execute(
            f"""
            insert into cohort (
                cohort_id, hall_id, is_open, ordinary, department, light, promise_due_at, promise_state,
                statutory_due_at, statutory_state, next_change_at, calendar_version, cards_not_before, carded
            ) overriding system value
            select case_id, {_ALIKE}, false from judged_case where case_id = cohort_id
            """.encode()
        )
        connection.execute(
            "select setval(pg_get_serial_sequence('cohort', 'cohort_id'), coalesce(max(cohort_id), 0) + 1) from cohort"
        )
