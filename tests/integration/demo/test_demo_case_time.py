"""Case time of the demo in real rows: it stands, runs to a fixed end, and never goes back."""

import time
from datetime import date
from typing import Any

import pytest
from psycopg import Connection

from monitor.commands.demo.case_time import DatabaseCaseTime, datetime_of_moment
from monitor.simulator.working_days import DAY, day_number
from monitor.storage.case_clock import CaseClock

NOON = day_number(date(2026, 5, 11)) * DAY + 12 * 3600


@pytest.fixture
def case_time(connection: Connection[Any]) -> DatabaseCaseTime:
    return DatabaseCaseTime(connection)


def rates(connection: Connection[Any]) -> list[float]:
    clock = CaseClock()
    clock.reload(connection)
    return [row.rate for row in clock.rows]


def test_a_moment_is_civil_time_in_china() -> None:
    assert datetime_of_moment(NOON).isoformat() == "2026-05-11T04:00:00+00:00"


def test_case_time_stands_where_it_is_put(case_time: DatabaseCaseTime) -> None:
    assert not case_time.has_begun
    case_time.stand(NOON, "test")
    assert case_time.has_begun
    assert case_time.now() == NOON


def test_it_runs_to_its_end_and_stands_there_whatever_becomes_of_the_demo(
    case_time: DatabaseCaseTime, connection: Connection[Any]
) -> None:
    case_time.stand(NOON, "test")
    case_time.run(NOON, 20_000.0, NOON + 3600, "test")
    give_up = time.monotonic() + 20
    while case_time.now() < NOON + 3600 and time.monotonic() < give_up:
        assert case_time.now() >= NOON
    assert DatabaseCaseTime(connection).has_begun
    assert case_time.now() == NOON + 3600
    assert rates(connection) == [0.0, 20_000.0, 0.0]


def test_it_never_goes_back_a_moment_that_has_passed_is_now(case_time: DatabaseCaseTime) -> None:
    case_time.stand(NOON, "test")
    case_time.stand(NOON - 3600, "test")
    assert case_time.now() == NOON


def test_a_run_is_let_run_on_without_a_pause(case_time: DatabaseCaseTime, connection: Connection[Any]) -> None:
    case_time.run(NOON, 10.0, NOON + 3600, "test")
    assert case_time.stands_at() == NOON + 3600
    case_time.run_on(10.0, NOON + 7200, "test")
    assert case_time.stands_at() == NOON + 7200
    clock = CaseClock()
    clock.reload(connection)
    assert [row.rate for row in clock.rows] == [10.0, 0.0, 10.0, 0.0]
    stood = clock.rows[2].real_anchor - clock.rows[1].real_anchor
    assert stood.total_seconds() < 0.001
    assert clock.rows[2].case_anchor == clock.rows[1].case_anchor


def test_a_run_under_way_is_gone_on_with(case_time: DatabaseCaseTime, connection: Connection[Any]) -> None:
    """The demo is started again while the time of its last day still runs."""
    case_time.run(NOON, 1.0, NOON + 3600, "test")
    again = DatabaseCaseTime(connection)
    assert again.has_begun
    again.run(NOON + 1800, 50.0, NOON + 3600, "test")
    assert rates(connection) == [1.0, 0.0]
