"""Files that stay shut while time or a calendar moves the facts of their cases, and are brought up when opened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from typing import Any

import pytest

from monitor.engine import turning
from monitor.storage import fold as tables
from monitor.storage.fold import CaseFileRow
from monitor.storage.recalculation import insert_recalculation
from tests.integration.engine.test_recalculation import CLOSED_ON_TUESDAY, load
from tests.support.driven_hall import DrivenHall, at
from tests.support.small_hall import add_item


def accept(hall: DrivenHall, *case_nos: str) -> None:
    hall.send(
        *(
            {"case_no": case_no, "kind": "accepted", "occurred_at": "2026-09-17T10:00", "item": "I1"}
            for case_no in case_nos
        )
    )
    hall.run("2026-09-17T10:01")


def decide(hall: DrivenHall, case_no: str, occurred_at: str) -> None:
    hall.send({"case_no": case_no, "kind": "decided", "occurred_at": occurred_at, "result": "granted"})
    hall.run(occurred_at)


def files(hall: DrivenHall) -> list[tuple[object, ...]]:
    return hall.rows("select judged from case_file order by case_id")


def behind(hall: DrivenHall) -> list[str]:
    return [case_no for (case_no,) in hall.rows("select case_no from case_state where file_behind order by case_no")]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The cases whose file is opened, as it happens."""
    found: list[str] = []

    def noting(read: Callable[..., list[CaseFileRow]]) -> Callable[..., list[CaseFileRow]]:
        def note(*values: Any) -> list[CaseFileRow]:
            rows = read(*values)
            found.extend(row.case_no for row in rows)
            return rows

        return note

    for name in ("select_case_files_by_id", "select_case_files_by_key"):
        monkeypatch.setattr(tables, name, noting(getattr(tables, name)))
    return found


def test_a_herd_opens_no_file_and_leaves_every_one_as_it_was(driven_hall: DrivenHall, opened: list[str]) -> None:
    accept(driven_hall, "c1", "c2", "c3")
    before = files(driven_hall)
    driven_hall.run("2026-09-23T17:01")
    assert opened == []
    assert files(driven_hall) == before
    assert behind(driven_hall) == ["c1", "c2", "c3"]
    assert driven_hall.rows("select level::text, count(*) from card group by 1 order by 1") == [
        ("reminder", 3), ("yellow", 3),
    ]  # fmt: skip
    assert driven_hall.rows("select count(*) from anomaly where code = 'A05'") == [(3,)]
    assert driven_hall.replay().differences == []


def test_the_next_event_of_a_case_goes_on_from_what_time_has_made_of_it(driven_hall: DrivenHall) -> None:
    accept(driven_hall, "c1", "c2")
    driven_hall.run("2026-09-23T17:01")
    decide(driven_hall, "c1", "2026-09-24T10:00")
    assert behind(driven_hall) == ["c2"]
    assert driven_hall.rows("select light::text, promise_state, status::text from case_state where case_no = 'c1'") == [
        ("yellow", "breached", "decided")
    ]
    cards = driven_hall.rows(
        "select level::text, state::text, count(*) from card join case_file using (case_id) where case_no = 'c1'"
        " group by 1, 2 order by 1"
    )
    assert cards == [("reminder", "closed", 1), ("yellow", "issued", 1)]
    assert driven_hall.replay().differences == []


def test_a_quiet_event_keeps_what_time_has_made_of_a_case(driven_hall: DrivenHall) -> None:
    accept(driven_hall, "c1")
    driven_hall.run("2026-09-22T09:01")  # the reminder has come
    driven_hall.send({"case_no": "c1", "kind": "step_started", "step": "review", "occurred_at": "2026-09-22T10:00"})
    driven_hall.run("2026-09-22T10:00")
    driven_hall.run("2026-09-23T17:01")
    decide(driven_hall, "c1", "2026-09-24T10:00")
    assert driven_hall.rows("select count(*) from card where level = 'yellow'") == [(1,)]
    assert driven_hall.replay().differences == []


def findings(hall: DrivenHall) -> list[tuple[object, ...]]:
    """What is found of the cases, in order, with the kind of the event that each names."""
    return hall.rows(
        "select f.case_no, a.detail, e.kind::text from anomaly a join case_file f using (case_id)"
        " join event e using (event_id) order by f.case_no, a.position"
    )


def test_a_statutory_breach_after_a_promise_breach_opens_no_file(driven_hall: DrivenHall, opened: list[str]) -> None:
    """Both findings name the acceptance: their order is known."""
    accept(driven_hall, "c1")
    driven_hall.run("2026-09-23T17:01")
    driven_hall.run("2026-10-30T10:00")
    assert opened == []
    assert driven_hall.rows("select level::text from card order by card_id") == [("reminder",), ("yellow",), ("red",)]
    assert findings(driven_hall) == [("c1", "promise breached", "accepted"), ("c1", "statutory breached", "accepted")]
    assert driven_hall.replay().differences == []


def start_step(hall: DrivenHall, step: str, occurred_at: str, *case_nos: str) -> None:
    hall.send(
        *(
            {"case_no": case_no, "kind": "step_started", "step": step, "occurred_at": occurred_at}
            for case_no in case_nos
        )
    )


@pytest.fixture
def hall_of_steps(driven_hall: DrivenHall) -> DrivenHall:
    """The hall with an item of two steps with limits."""
    add_item(driven_hall.connection, driven_hall.hall_id, "I2", "D1", steps={"审查": 2, "核准": 2})
    insert_recalculation(
        driven_hall.connection,
        driven_hall.hall_id,
        at("2026-09-17T08:00").astimezone(UTC),
        "operator",
        "items",
        "I2",
        {},
    )
    driven_hall.connection.commit()
    driven_hall.run("2026-09-17T09:00")
    driven_hall.send(
        *(
            {"case_no": case_no, "kind": "accepted", "occurred_at": "2026-09-17T10:00", "item": "I2"}
            for case_no in ("c1", "c2")
        )
    )
    return driven_hall


def test_a_step_that_is_late_opens_no_file_nor_does_the_promise_after_it(
    hall_of_steps: DrivenHall, opened: list[str]
) -> None:
    """The log says which event started the step; the finding about the promise comes to stand before it."""
    start_step(hall_of_steps, "审查", "2026-09-17T11:00", "c1", "c2")
    hall_of_steps.run("2026-09-17T11:01")
    opened.clear()
    hall_of_steps.run("2026-09-21T17:01")
    assert findings(hall_of_steps) == [(case_no, "step:审查 breached", "step_started") for case_no in ("c1", "c2")]
    assert hall_of_steps.replay().differences == []
    hall_of_steps.run("2026-09-23T17:01")
    assert findings(hall_of_steps) == [
        (case_no, *found)
        for case_no in ("c1", "c2")
        for found in (("promise breached", "accepted"), ("step:审查 breached", "step_started"))
    ]
    assert hall_of_steps.replay().differences == []
    hall_of_steps.run("2026-10-30T10:00")
    assert opened == []
    assert [detail for _, detail, _ in findings(hall_of_steps)][:3] == [
        "promise breached", "statutory breached", "step:审查 breached",
    ]  # fmt: skip
    assert hall_of_steps.replay().differences == []
    decide(hall_of_steps, "c1", "2026-11-02T10:00")
    assert hall_of_steps.replay().differences == []


def test_a_late_step_that_began_in_the_instant_of_another_event_is_judged_by_its_file(
    hall_of_steps: DrivenHall, opened: list[str]
) -> None:
    """Which of the two the finding names only the events tell."""
    start_step(hall_of_steps, "审查", "2026-09-17T11:00", "c1", "c2")
    hall_of_steps.send({"case_no": "c2", "kind": "rated", "occurred_at": "2026-09-17T11:00"})
    hall_of_steps.run("2026-09-17T11:01")
    opened.clear()
    hall_of_steps.run("2026-09-21T17:01")
    assert opened == ["c2"]
    assert [detail for _, detail, _ in findings(hall_of_steps)] == ["step:审查 breached"] * 2
    assert hall_of_steps.replay().differences == []


def test_a_second_late_step_is_judged_by_the_file(hall_of_steps: DrivenHall, opened: list[str]) -> None:
    """Two findings about steps have an order which the events decide."""
    start_step(hall_of_steps, "核准", "2026-09-17T11:00", "c1")
    start_step(hall_of_steps, "审查", "2026-09-17T11:30", "c1")
    hall_of_steps.run("2026-09-17T11:31")
    opened.clear()
    hall_of_steps.run("2026-09-21T17:01")
    assert opened == ["c1"]
    assert [detail for _, detail, _ in findings(hall_of_steps)] == ["step:核准 breached", "step:审查 breached"]
    assert hall_of_steps.replay().differences == []


def test_a_calendar_moves_due_times_with_every_file_shut(driven_hall: DrivenHall, opened: list[str]) -> None:
    accept(driven_hall, "c1", "c2")
    load(driven_hall, CLOSED_ON_TUESDAY, "2026-09-17T11:00")
    driven_hall.run("2026-09-17T11:01")
    assert opened == []
    assert driven_hall.rows("select distinct promise_due_at, cards_not_before from case_state") == [
        (at("2026-09-24T17:00"), at("2026-09-17T11:00"))
    ]
    assert driven_hall.replay().differences == []
    driven_hall.run("2026-09-24T17:01")
    decide(driven_hall, "c1", "2026-09-25T10:00")
    assert driven_hall.rows("select count(*), count(distinct case_id) from card where level = 'yellow'") == [(2, 2)]
    assert driven_hall.replay().differences == []


def test_a_load_that_changes_no_rule_touches_no_case(driven_hall: DrivenHall, opened: list[str]) -> None:
    """Names of departments, say: rows and files stay as they are."""
    accept(driven_hall, "c1")
    before = driven_hall.rows(
        "select j.xmin, j.ctid, k.xmin, k.ctid from judged_case j join cohort k using (cohort_id)"
    )
    moment = at("2026-09-17T10:05").astimezone(UTC)
    insert_recalculation(driven_hall.connection, driven_hall.hall_id, moment, "operator", "items", "names", {})
    driven_hall.connection.execute("update rules_version set version = version + 1")
    driven_hall.connection.commit()
    driven_hall.run("2026-09-17T10:06")
    assert (
        driven_hall.rows("select j.xmin, j.ctid, k.xmin, k.ctid from judged_case j join cohort k using (cohort_id)")
        == before
    )
    assert opened == []
    assert driven_hall.rows("select done_at is not null from recalculation") == [(True,)]
    assert driven_hall.replay().differences == []


def test_a_case_with_a_card_is_opened_when_a_calendar_moves_it(driven_hall: DrivenHall, opened: list[str]) -> None:
    accept(driven_hall, "c1")
    driven_hall.run("2026-09-21T09:01")
    load(driven_hall, CLOSED_ON_TUESDAY, "2026-09-21T10:00")
    driven_hall.run("2026-09-21T10:01")
    assert opened == ["c1"]
    assert driven_hall.replay().differences == []


def test_a_file_that_is_opened_and_found_right_is_behind_no_longer(driven_hall: DrivenHall) -> None:
    """A finding was written twice, for the file had kept its judgement of before: found by the random halls."""
    accept(driven_hall, "c1")
    driven_hall.run("2026-09-23T17:01")
    moment = at("2026-09-23T17:05").astimezone(UTC)
    insert_recalculation(driven_hall.connection, driven_hall.hall_id, moment, "operator", "items", "another", {})
    add_item(driven_hall.connection, driven_hall.hall_id, "I2", "D1")
    driven_hall.connection.execute("update rules_version set version = version + 1")
    driven_hall.connection.commit()
    driven_hall.run("2026-09-23T17:06")
    assert behind(driven_hall) == []
    decide(driven_hall, "c1", "2026-09-24T10:00")
    assert driven_hall.rows("select code from anomaly where code = 'A05'") == [("A05",)]
    assert driven_hall.replay().differences == []


def test_a_case_that_cannot_be_moved_by_its_rows_is_opened(
    driven_hall: DrivenHall, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_values: object, **_named: object) -> bool:
        raise ArithmeticError("a rule that fails on rows")

    accept(driven_hall, "c1")
    monkeypatch.setattr(turning.Turning, "passes", stumble)
    driven_hall.run("2026-09-23T17:01")
    assert opened == ["c1"]
    assert driven_hall.replay().differences == []
