"""A calendar without working time, and one that cannot be used: told plainly, on the board and in the log."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from typing import Any

from structlog.testing import capture_logs

from monitor.storage.hall_warnings import read_warnings
from monitor.storage.halls import find_hall
from monitor.storage.recalculation import insert_calendar_version, insert_recalculation
from monitor.storage.rules import read_hall_rules, read_rules_version
from tests.support.driven_hall import DrivenHall, at


def load(hall: DrivenHall, content: dict[str, Any], loaded_at: str, layer: str = "hall") -> int:
    moment = at(loaded_at).astimezone(UTC)
    version = insert_calendar_version(hall.connection, layer, hall.hall_id, moment, "operator", "通告", content)
    insert_recalculation(hall.connection, hall.hall_id, moment, "operator", "calendar", "通告", {})
    hall.connection.commit()
    return version


def closed(first: str, days: int) -> dict[str, Any]:
    dates = [date.fromisoformat(first) + timedelta(days=number) for number in range(days)]
    return {"years": {"2026": {"holidays": [day.isoformat() for day in dates], "workdays": []}}}


def warnings(hall: DrivenHall) -> list[tuple[str, str]]:
    found = read_warnings(hall.connection, find_hall(hall.connection))
    hall.connection.commit()
    return [(warning["code"], warning["since"]) for warning in found]


def told(hall: DrivenHall) -> list[str]:
    rows = hall.rows("select body -> 'warnings' from feed where body ? 'warnings' order by seq desc limit 1")
    return [warning["code"] for warning in rows[0][0]]


def test_a_calendar_without_working_time_is_warned_of_until_it_is_mended(driven_hall: DrivenHall) -> None:
    """Edge case 60: work hours not configured: no card was ever issued and nobody was told."""
    driven_hall.run("2026-05-11T10:00")
    assert warnings(driven_hall) == []
    load(driven_hall, closed("2026-05-01", 120), "2026-05-11T10:01")
    with capture_logs() as logged:
        driven_hall.run("2026-05-11T10:02")
    assert warnings(driven_hall) == [("no_working_time", "2026-05-11T10:02:00+08:00")]
    assert told(driven_hall) == ["no_working_time"]
    assert "calendar_warning" in {entry["event"] for entry in logged}
    load(driven_hall, closed("2026-05-01", 5), "2026-05-11T10:03")
    driven_hall.run("2026-05-11T10:04")
    assert warnings(driven_hall) == []
    assert told(driven_hall) == []
    assert driven_hall.rows("select code, ended_at from hall_warning") == [("no_working_time", at("2026-05-11T10:04"))]


def test_a_calendar_that_cannot_be_used_does_not_end_supervision_and_is_warned_of(driven_hall: DrivenHall) -> None:
    """Edge case 60: hours that two layers give do not fit each other; the engine died of it again and again."""
    driven_hall.send({"case_no": "c1", "kind": "accepted", "occurred_at": "2026-09-17T10:00", "item": "I1"})
    driven_hall.run("2026-09-17T10:01")
    good = load(driven_hall, {"opening": "08:00", "closing": "12:00", "years": {}}, "2026-09-17T11:00", "city")
    load(driven_hall, {"opening": "13:00", "years": {}}, "2026-09-17T11:01")
    driven_hall.run("2026-09-17T11:02")
    assert warnings(driven_hall) == [("calendar_unusable", "2026-09-17T11:02:00+08:00")]
    assert driven_hall.rows("select promise_due_at, calendar_version from case_state") == [
        (at("2026-09-23T12:00"), good)
    ]
    driven_hall.engine = type(driven_hall.engine)(driven_hall.engine.connection, driven_hall.engine.hall)
    driven_hall.run("2026-09-23T12:01")
    assert driven_hall.rows("select count(*) from card where level = 'yellow'") == [(1,)]
    assert driven_hall.replay().differences == []
    load(driven_hall, {"opening": "09:00", "years": {}}, "2026-09-23T12:02")
    driven_hall.run("2026-09-23T12:03")
    assert warnings(driven_hall) == []


def test_rules_name_the_calendar_that_they_really_hold(driven_hall: DrivenHall) -> None:
    load(driven_hall, {"opening": "18:00", "years": {}}, "2026-09-17T11:01")
    rules = read_hall_rules(driven_hall.connection, driven_hall.hall_id, read_rules_version(driven_hall.connection))
    driven_hall.connection.commit()
    assert rules.calendar_version == 0
    assert rules.unusable is not None
    assert "18:00" in rules.unusable


def test_holidays_put_right_put_every_card_right(driven_hall: DrivenHall) -> None:
    """Edge case 60: holidays wrong, every card wrong. A load revokes the cards that its calendar does not call for."""
    driven_hall.send({"case_no": "c1", "kind": "accepted", "occurred_at": "2026-09-17T10:00", "item": "I1"})
    driven_hall.run("2026-09-17T10:01")
    driven_hall.run("2026-09-23T17:01")
    load(driven_hall, closed("2026-09-21", 2), "2026-09-23T18:00")
    driven_hall.run("2026-09-23T18:01")
    assert driven_hall.rows("select state::text, revoke_reason from card where level = 'yellow'") == [
        ("revoked", "calendar")
    ]
