"""What keeps a hall from being supervised as it should be, told plainly for as long as it lasts."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from psycopg import Connection

from monitor.storage.halls import HallFacts
from monitor.storage.sql_blocks import sql_block


class WarningCode(StrEnum):
    """Which warning: no working time ahead, so that no limit runs; or a calendar that cannot be read."""

    NO_WORKING_TIME = "no_working_time"
    CALENDAR_UNUSABLE = "calendar_unusable"


TEXTS = {
    WarningCode.NO_WORKING_TIME: (
        "工作日历在今后 30 天内没有任何工作时间：时限不会走动，也不会发牌。请检查并重新加载工作日历。",
        (
            "The working calendar has no working time in the next 30 days: no limit runs and no card is issued. "
            "Check it and load it anew."
        ),
    ),
    WarningCode.CALENDAR_UNUSABLE: (
        "新加载的工作日历无法使用，仍按此前的日历监察。请改正后重新加载。",
        "The calendar loaded last cannot be used; supervision goes on by the one before. Correct it and load it anew.",
    ),
}


def set_warning(connection: Connection[Any], hall_id: int, code: WarningCode, detail: str, as_of: datetime) -> None:
    """Open a warning, or change the words of an open one."""
    fields = {"hall_id": hall_id, "code": code.value, "detail": detail, "as_of": as_of}
    connection.execute(sql_block("insert_warning"), fields)


def end_warning(connection: Connection[Any], hall_id: int, code: WarningCode, as_of: datetime) -> None:
    """Close a warning, if it is open."""
    connection.execute(sql_block("end_warning"), {"hall_id": hall_id, "code": code.value, "as_of": as_of})


def read_warnings(connection: Connection[Any], hall: HallFacts) -> list[dict[str, Any]]:
    """The open warnings of a hall in the shape of `HallWarning`, JSON-ready."""
    rows = connection.execute(sql_block("select_open_warnings"), {"hall_id": hall.hall_id}).fetchall()
    return [
        {"code": code, "text": _text(WarningCode(code)), "detail": detail, "since": hall.time_text(since)}
        for code, detail, since in rows
    ]


def _text(code: WarningCode) -> dict[str, str]:
    zh, en = TEXTS[code]
    return {"zh": zh, "en": en}
