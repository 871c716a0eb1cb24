"""A hall on a working afternoon with cases of every kind that the board's numbers count, or must not count."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.driven_hall import DrivenHall
from tests.support.small_hall import add_department, add_item

TODAY = "2026-03-10"
NOW = f"{TODAY}T16:00"


def tell(case_no: str, *kinds: str, item: str = "I1", **fields: Any) -> list[dict[str, Any]]:
    """Events of one case: `kind@local time`."""
    told = []
    for text in kinds:
        kind, _, moment = text.partition("@")
        result = {"result": "granted"} if kind == "decided" else {}
        told.append({"case_no": case_no, "item": item, "kind": kind, "occurred_at": moment, **result, **fields})
    return told


@pytest.fixture
def busy_hall(driven_hall: DrivenHall) -> DrivenHall:
    """10 March, 16:00: cases of a department in the hall, of one outside and of none, decided, delivered, corrected."""
    add_department(driven_hall.connection, driven_hall.hall_id, "OUT", 2, in_hall=False)
    add_item(driven_hall.connection, driven_hall.hall_id, "I2", "OUT")
    add_item(driven_hall.connection, driven_hall.hall_id, "UP", "D1", kind="reported_up")
    driven_hall.connection.commit()
    driven_hall.send(
        *tell("red", "accepted@2026-01-20T10:00"),
        *tell("yellow", "accepted@2026-02-27T10:00"),
        *tell("yellow outside", "accepted@2026-02-27T10:00", item="I2"),
        *tell("yellow, standing", "accepted@2026-02-25T10:00", "suspended@2026-03-09T10:00"),
        *tell("reported late", "accepted@2026-02-25T10:00", "reported_up@2026-03-06T10:00", item="UP"),
        *tell("due", "accepted@2026-03-03T10:00"),
        *tell("due outside", "accepted@2026-03-03T10:00", item="I2"),
        *tell("due, done early", "accepted@2026-03-03T10:00", "decided@2026-03-04T10:00", "delivered@2026-03-05T10:00"),
        *tell("due, done today", "accepted@2026-03-03T10:00", "decided@2026-03-10T10:00"),
        *tell("due, withdrawn", "accepted@2026-03-03T10:00", "withdrawn@2026-03-06T10:00"),
        *tell("due, standing", "accepted@2026-03-03T10:00", "suspended@2026-03-09T10:00"),
        *tell("early in the day", f"accepted@{TODAY}T00:10"),
        *tell("late the day before", "accepted@2026-03-09T23:50"),
        *tell("at once", f"accepted@{TODAY}T09:00", f"decided@{TODAY}T09:20", f"delivered@{TODAY}T09:30"),
        *tell("outside at once", f"accepted@{TODAY}T09:00", f"decided@{TODAY}T09:30", item="I2"),
        *tell("of no item", f"accepted@{TODAY}T09:10", item="I9"),
        *tell("accepted, withdrawn", f"accepted@{TODAY}T09:00", f"withdrawn@{TODAY}T11:00"),
        *tell("decided yesterday", "accepted@2026-03-05T09:00", "decided@2026-03-09T17:00"),
        *tell("refused", f"received@{TODAY}T09:00", f"refused@{TODAY}T10:00"),
    )
    driven_hall.run(f"{TODAY}T15:00")
    correct_late(driven_hall)
    driven_hall.run(NOW)
    return driven_hall


def correct_late(hall: DrivenHall) -> None:
    """Two decisions told too late: one of today that was of yesterday, one of yesterday that was of today."""
    wrong = {"was of yesterday": f"{TODAY}T10:00", "was of today": "2026-03-09T10:00"}
    right = {"was of yesterday": "2026-03-09T10:00", "was of today": f"{TODAY}T10:00"}
    for case_no, moment in wrong.items():
        hall.send(
            *tell(case_no, "accepted@2026-03-05T10:00"),
            {"case_no": case_no, "kind": "decided", "occurred_at": moment, "result": "granted", "event_id": case_no},
        )
    hall.run(f"{TODAY}T15:30")
    for case_no, moment in right.items():
        hall.send(
            {"case_no": case_no, "kind": "voided", "voids": case_no, "occurred_at": f"{TODAY}T15:40"},
            *tell(case_no, f"decided@{moment}"),
        )
