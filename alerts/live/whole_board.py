"""The whole board of a scope with the sequence number it belongs to, as the live channel and the API both give it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from psycopg import Connection

from alerts.live.case_time import DAYS_AHEAD, describe_case_time
from alerts.live.scope import SUMS, Scope, restrict
from monitor.domain.calendars import WorkingCalendar
from monitor.domain.instants import date_of, instant_of
from monitor.storage.board import data_as_of, read_board
from monitor.storage.case_clock import CaseClock
from monitor.storage.feed import read_feed_head
from monitor.storage.halls import HallFacts, read_engine_as_of, read_hall
from monitor.storage.silence import silent_codes
from monitor.storage.thread_rules import ThreadRules


@dataclass(frozen=True)
class BoardRead:
    """A board and the sequence number it belongs to, both of one state of the database."""

    seq: int
    board: dict[str, Any]


def read_whole_board(connection: Connection[Any], scope: Scope, rules: ThreadRules, clock: CaseClock) -> BoardRead:
    """Read a board; call it within `reading_one_state`. The position is read first, whatever comes later is a delta."""
    seq = read_feed_head(connection, scope.hall_id).seq
    hall = read_hall(connection, scope.hall_id)
    held = rules.get(connection, hall.hall_id)
    as_of = read_as_of(connection, hall, clock)
    parts = read_board(
        connection,
        hall,
        as_of,
        due_days=days_ahead(hall, held.calendar, as_of),
        silent=silent_codes(connection, hall.hall_id),
        departments=scope.departments,
    )
    parts["case_time"] = read_case_time(connection, hall, held.calendar, clock)
    board = restrict(parts, scope, {name: parts[name] for name in (*SUMS, "cards")})
    board["data_as_of"] = data_as_of(board["sources"])
    return BoardRead(seq, board)


def read_as_of(connection: Connection[Any], hall: HallFacts, clock: CaseClock) -> datetime:
    """Read how far the engine has judged; before its first cycle nothing is, and the board is empty as of now."""
    as_of = read_engine_as_of(connection, hall.hall_id)
    if as_of is None:
        clock.reload(connection)
        return clock.now()
    return as_of


def read_case_time(
    connection: Connection[Any], hall: HallFacts, calendar: WorkingCalendar, clock: CaseClock
) -> dict[str, Any]:
    """Read `CaseTime` as it is now."""
    clock.reload(connection)
    real_now = datetime.now(UTC)
    return describe_case_time(clock.row_at(real_now), calendar, hall.local, real_now)


def days_ahead(hall: HallFacts, calendar: WorkingCalendar, as_of: datetime) -> list[date]:
    """List the working days that the board looks ahead to, today being the first if it is one."""
    today = hall.local.day(instant_of(as_of))
    return [date_of(day) for day in calendar.working_days_from(today, DAYS_AHEAD)]
