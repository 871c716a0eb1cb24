"""A calendar loaded while cases run: due times move, cards follow, nothing is issued for a moment before the load."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import Any

import pytest

from monitor.domain.instants import instant_of
from monitor.engine.casework import CaseWork
from monitor.engine.fold import Fold
from monitor.engine.recalculation import calendar_with_load, preview_calendar
from monitor.engine.verdict import Verdict, judge_case
from monitor.storage.recalculation import insert_calendar_version, insert_recalculation
from monitor.storage.rules import RulesCache
from tests.support.driven_hall import DrivenHall, at

CLOSED_ON_TUESDAY = {"years": {"2026": {"holidays": ["2026-09-22"], "workdays": []}}}
OPEN_ON_SATURDAY = {"years": {"2026": {"holidays": [], "workdays": ["2026-09-19"]}}}


def load(hall: DrivenHall, content: dict[str, Any], loaded_at: str) -> None:
    moment = at(loaded_at).astimezone(UTC)
    insert_calendar_version(hall.connection, "hall", hall.hall_id, moment, "operator", "通告", content)
    insert_recalculation(hall.connection, hall.hall_id, moment, "operator", "calendar", "通告", {})
    hall.connection.commit()


def accept(hall: DrivenHall, case_no: str, occurred_at: str) -> None:
    hall.send({"case_no": case_no, "kind": "accepted", "occurred_at": occurred_at, "item": "I1"})


def test_a_closure_moves_due_times_later_and_takes_back_the_card_it_makes_wrong(driven_hall: DrivenHall) -> None:
    accept(driven_hall, "c1", "2026-09-17T10:00")
    driven_hall.run("2026-09-23T17:30")
    assert driven_hall.rows("select light::text from case_state") == [("yellow",)]
    load(driven_hall, CLOSED_ON_TUESDAY, "2026-09-23T17:40")
    driven_hall.run("2026-09-23T17:41")
    assert driven_hall.rows("select light::text, promise_due_at from case_state") == [
        ("reminder", at("2026-09-24T17:00"))
    ]
    assert driven_hall.rows("select level::text, revoke_reason from card where state = 'revoked'") == [
        ("yellow", "calendar")
    ]
    assert driven_hall.replay().differences == []


def test_no_card_is_issued_for_a_moment_before_the_load(driven_hall: DrivenHall) -> None:
    accept(driven_hall, "c1", "2026-09-17T10:00")
    driven_hall.run("2026-09-23T10:00")
    load(driven_hall, OPEN_ON_SATURDAY, "2026-09-23T10:01")
    driven_hall.run("2026-09-23T10:02")
    assert driven_hall.rows("select light::text, promise_due_at from case_state") == [
        ("yellow", at("2026-09-22T17:00"))
    ]
    assert driven_hall.rows("select count(*) from card where level = 'yellow'") == [(0,)]
    assert driven_hall.replay().differences == []


def test_what_fell_due_before_the_load_keeps_its_card(driven_hall: DrivenHall) -> None:
    accept(driven_hall, "c1", "2026-09-17T10:00")
    driven_hall.run("2026-09-23T16:59")
    load(driven_hall, {"years": {"2026": {"holidays": ["2026-12-24"], "workdays": []}}}, "2026-09-23T17:05")
    driven_hall.run("2026-09-23T17:06")
    assert driven_hall.rows("select state::text from card where level = 'yellow'") == [("issued",)]


def test_a_closed_case_keeps_its_verdict_and_its_calendar_version(driven_hall: DrivenHall) -> None:
    accept(driven_hall, "c1", "2026-09-17T10:00")
    driven_hall.send({"case_no": "c1", "kind": "decided", "occurred_at": "2026-09-23T16:00", "result": "refused"})
    driven_hall.run("2026-09-23T16:30")
    load(driven_hall, OPEN_ON_SATURDAY, "2026-09-24T10:00")
    driven_hall.run("2026-09-24T10:01")
    driven_hall.send({"case_no": "c1", "kind": "rated", "occurred_at": "2026-09-24T11:00"})
    driven_hall.run("2026-09-24T11:01")
    assert driven_hall.rows("select promise_state, calendar_version from case_state") == [("met", 0)]
    assert driven_hall.replay().differences == []


def test_the_preview_counts_what_would_move_and_writes_nothing(driven_hall: DrivenHall) -> None:
    for number in range(3):
        accept(driven_hall, f"c{number}", "2026-09-17T10:00")
    accept(driven_hall, "late", "2026-09-22T10:00")
    driven_hall.run("2026-09-22T11:00")
    connection = driven_hall.connection
    calendar = calendar_with_load(connection, driven_hall.hall_id, "hall", OPEN_ON_SATURDAY)
    rules = RulesCache().get(connection, driven_hall.hall_id)
    found = preview_calendar(connection, rules, calendar, instant_of(at("2026-09-22T11:00")))
    connection.rollback()
    assert (found.cases, found.earlier, found.later) == (4, 6, 0)  # promise and statutory of three cases
    assert driven_hall.rows("select count(*) from calendar_version") == [(0,)]


def test_a_hall_that_replaces_the_national_calendar_is_left_alone_by_national_loads(driven_hall: DrivenHall) -> None:
    own = {"zone": "Asia/Shanghai", "replaces": True, "years": {"2026": {"holidays": [], "workdays": []}}}
    load(driven_hall, own, "2026-09-17T08:00")
    moment = at("2026-09-17T08:01").astimezone(UTC)
    closed = {"years": {"2026": {"holidays": ["2026-09-18"], "workdays": []}}}
    insert_calendar_version(driven_hall.connection, "national", None, moment, "operator", "通知", closed)
    driven_hall.connection.commit()
    accept(driven_hall, "c1", "2026-09-17T10:00")
    driven_hall.run("2026-09-17T10:01")
    assert driven_hall.rows("select promise_due_at from case_state") == [(at("2026-09-24T17:00"),)]


def test_an_archive_is_judged_but_not_carded(driven_hall: DrivenHall) -> None:
    driven_hall.connection.execute("update source set feed = 'archive'")
    driven_hall.connection.commit()
    driven_hall.send(
        {"case_no": "c1", "kind": "accepted", "occurred_at": "2026-03-02T10:00", "item": "I1"},
        recorded_at="2026-09-17T10:00",
    )
    driven_hall.run("2026-09-17T10:01")
    assert driven_hall.rows("select light::text from case_state") == [("red",)]
    assert driven_hall.rows("select code from anomaly order by code") == [("A05",), ("A06",)]
    assert driven_hall.rows("select count(*) from card") == [(0,)]
    assert driven_hall.replay().differences == []


def count_judged(hall: DrivenHall, content: dict[str, Any], loaded_at: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Load a calendar, let the engine follow; gives how many cases were judged anew with all their events."""
    judged: list[str] = []

    def count(events: Any, *rest: Any, **named: Any) -> Verdict:
        judged.append(events[0].case_no)
        return judge_case(events, *rest, **named)

    load(hall, content, loaded_at)
    with monkeypatch.context() as patch:
        patch.setattr("monitor.engine.fold.judge_case", count)
        hall.run(loaded_at)
    assert hall.replay().differences == []
    return len(judged)


def test_where_only_days_to_come_change_due_times_are_moved_without_judging(
    driven_hall: DrivenHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The closure of the next working day, as of all after it, changes nothing that has happened."""
    accept(driven_hall, "c1", "2026-09-17T10:00")
    accept(driven_hall, "c2", "2026-09-18T10:00")
    driven_hall.run("2026-09-21T10:00")
    assert count_judged(driven_hall, CLOSED_ON_TUESDAY, "2026-09-21T10:01", monkeypatch) == 0
    assert driven_hall.rows("select promise_due_at, calendar_version from case_state order by case_no") == [
        (at("2026-09-24T17:00"), 1), (at("2026-09-28T17:00"), 1),
    ]  # fmt: skip
    assert driven_hall.rows("select distinct cards_not_before from case_state") == [(at("2026-09-21T10:01"),)]


def test_where_today_or_a_day_before_changes_every_case_is_judged(
    driven_hall: DrivenHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept(driven_hall, "c1", "2026-09-17T10:00")
    driven_hall.run("2026-09-22T10:00")
    assert count_judged(driven_hall, CLOSED_ON_TUESDAY, "2026-09-22T10:01", monkeypatch) == 1


def test_where_an_item_was_loaded_with_the_calendar_every_case_is_judged(
    driven_hall: DrivenHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept(driven_hall, "c1", "2026-09-17T10:00")
    driven_hall.run("2026-09-21T10:00")
    driven_hall.connection.execute("update item_version set statutory = 10")
    assert count_judged(driven_hall, CLOSED_ON_TUESDAY, "2026-09-21T10:01", monkeypatch) == 1
    assert driven_hall.rows("select distinct limit_value from clock where name = 'statutory'") == [(10.0,)]


def test_a_case_that_ends_before_the_first_changed_day_only_takes_the_calendars_number(
    driven_hall: DrivenHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A notice for next year: of what is due before it nothing else is written; what is due later is moved; no file is
    opened, and the next event of either case goes on from what is stored.
    """
    accept(driven_hall, "before", "2026-09-17T10:00")
    accept(driven_hall, "after", "2026-09-22T10:00")
    driven_hall.run("2026-09-22T10:00")
    read: list[int] = []
    load_files = Fold._load

    def note_read(fold: Fold, case_ids: Sequence[int]) -> list[CaseWork]:
        read.extend(case_ids)
        return load_files(fold, case_ids)

    monkeypatch.setattr(Fold, "_load", note_read)
    closed = {"years": {"2026": {"holidays": ["2026-10-23"], "workdays": []}}}
    load(driven_hall, closed, "2026-09-22T10:01")
    driven_hall.run("2026-09-22T10:02")
    rows = driven_hall.rows(
        "select case_no, calendar_version, cards_not_before is null from case_state order by case_no"
    )
    assert rows == [("after", 1, False), ("before", 1, True)]
    assert read == []
    assert driven_hall.replay().differences == []
    for case_no in ("before", "after"):
        driven_hall.send(
            {"case_no": case_no, "kind": "decided", "occurred_at": "2026-09-22T11:00", "result": "refused"}
        )
    driven_hall.run("2026-09-22T11:01")
    assert driven_hall.rows("select distinct calendar_version, closed_at is null from case_state") == [(1, False)]
    assert driven_hall.replay().differences == []


def test_a_suspended_case_is_looked_at_whatever_day_changes(driven_hall: DrivenHall) -> None:
    """Its planned end moves with days on which no clock is due."""
    accept(driven_hall, "c1", "2026-09-17T10:00")
    planned = {"kind": "suspended", "reason": "听证", "notice_no": "T-1", "approver": "head", "days": 30}
    driven_hall.send({"case_no": "c1", "occurred_at": "2026-09-18T10:00", **planned})
    driven_hall.run("2026-09-18T10:01")
    load(driven_hall, {"years": {"2026": {"holidays": ["2026-10-28"], "workdays": []}}}, "2026-09-18T10:02")
    driven_hall.run("2026-09-18T10:03")
    assert driven_hall.rows("select calendar_version from case_state") == [(1,)]
    assert driven_hall.replay().differences == []
