"""Case time as a row of the database: fixed once made, known to every process, never turned back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from monitor.storage.case_clock import CaseClock, CaseTimeError, set_case_time

NINE = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def read_clock(connection: Connection[Any]) -> CaseClock:
    clock = CaseClock()
    clock.reload(connection)
    return clock


def test_an_empty_table_is_real_time(connection: Connection[Any]) -> None:
    assert read_clock(connection).rows == ()


def test_a_row_made_by_one_is_read_by_another(connection: Connection[Any], database_url: str) -> None:
    made = set_case_time(connection, NINE, 480.0, "demo")
    with psycopg.connect(database_url) as other:
        clock = read_clock(other)
    assert clock.rows == (made,)
    assert clock.at(made.real_anchor + timedelta(seconds=60)) == NINE + timedelta(hours=8)


def test_it_takes_effect_a_little_later_so_that_all_know_it_in_time(connection: Connection[Any]) -> None:
    before = datetime.now(UTC)
    made = set_case_time(connection, NINE, 1.0, "demo")
    assert made.real_anchor > before
    assert read_clock(connection).at(before) == before


def test_who_reads_an_earlier_state_does_not_set_the_clock_of_all_threads_back(
    connection: Connection[Any], database_url: str
) -> None:
    """Found by the demo: a page read its one state while intake had heard of the morning, and a night's events were
    refused as of the future.
    """
    first = set_case_time(connection, NINE, 0.0, "driven", datetime.now(UTC))
    clock = CaseClock()
    with psycopg.connect(database_url) as page:
        page.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        clock.reload(page)
        morning = NINE + timedelta(days=1)
        made = set_case_time(connection, morning, 0.0, "driven", first.real_anchor + timedelta(microseconds=1))
        clock.reload(connection)
        clock.reload(page)
    assert clock.rows == (first, made)
    assert clock.at(made.real_anchor) == morning


def test_everybody_who_listens_is_told(connection: Connection[Any], database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as listener:
        listener.execute("listen case_clock")
        set_case_time(connection, NINE, 0.0, "driven")
        told = list(listener.notifies(timeout=60, stop_after=1))
    assert [notice.channel for notice in told] == ["case_clock"]


def test_time_driven_by_hand_stands_until_it_is_moved(connection: Connection[Any]) -> None:
    first = set_case_time(connection, NINE, 0.0, "driven", datetime.now(UTC))
    second = set_case_time(
        connection, NINE + timedelta(days=1), 0.0, "driven", first.real_anchor + timedelta(microseconds=1)
    )
    clock = read_clock(connection)
    assert clock.at(first.real_anchor) == NINE
    assert clock.at(second.real_anchor + timedelta(days=400)) == NINE + timedelta(days=1)


def test_two_rows_made_in_one_breath_follow_each_other(connection: Connection[Any]) -> None:
    first = set_case_time(connection, NINE, 0.0, "driven", datetime.now(UTC) + timedelta(minutes=1))
    second = set_case_time(connection, NINE + timedelta(hours=1), 0.0, "driven")
    assert second.real_anchor > first.real_anchor


def test_a_change_of_rate_does_not_jump(connection: Connection[Any]) -> None:
    start = datetime.now(UTC)
    set_case_time(connection, NINE, 60.0, "demo", start)
    changed = set_case_time(connection, None, 0.0, "pause", start + timedelta(seconds=30))
    assert changed.case_anchor == NINE + timedelta(minutes=30)


def test_case_time_is_never_turned_back(connection: Connection[Any]) -> None:
    first = set_case_time(connection, NINE, 60.0, "demo", datetime.now(UTC))
    with pytest.raises(CaseTimeError, match="would go back"):
        set_case_time(connection, NINE - timedelta(seconds=1), 1.0, "back")
    with pytest.raises(CaseTimeError, match="is fixed"):
        set_case_time(connection, NINE + timedelta(days=1), 1.0, "before", first.real_anchor)
    assert read_clock(connection).rows == (first,)


@pytest.mark.parametrize("rate", [-1.0, float("nan"), float("inf")])
def test_an_impossible_rate_is_refused(connection: Connection[Any], rate: float) -> None:
    with pytest.raises(CaseTimeError, match="no rate of case time"):
        set_case_time(connection, NINE, rate, "demo")


def test_a_time_without_zone_is_refused(connection: Connection[Any]) -> None:
    with pytest.raises(CaseTimeError, match="has no zone"):
        set_case_time(connection, NINE.replace(tzinfo=None), 1.0, "demo")
