"""A transaction whose cases are written in pieces while others are judged ends like one that is written at once."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import psycopg
import pytest

from monitor.engine import fold
from monitor.engine.case_writing import CaseWriting
from monitor.engine.verdict import judge_case
from monitor.storage.recalculation import insert_calendar_version, insert_recalculation
from tests.support.driven_hall import DrivenHall, at

CASES = 20
TABLES = ("case_file", "judged_case", "judged_clock", "anomaly", "card", "department_day", "department_load")


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fold, "CASES_A_PIECE", 3)


def accept_cases(hall: DrivenHall) -> None:
    hall.send(
        *(
            {"case_no": f"c{number:02}", "kind": kind, "occurred_at": f"2026-09-17T10:{number:02}", "item": "I1"}
            for number in range(CASES)
            for kind in ("received", "accepted")
        )
    )


def load_calendar(hall: DrivenHall, loaded_at: str) -> None:
    moment = at(loaded_at).astimezone(UTC)
    content = {"years": {"2026": {"holidays": ["2026-09-25"], "workdays": []}}}
    insert_calendar_version(hall.connection, "hall", hall.hall_id, moment, "operator", "通告", content)
    insert_recalculation(hall.connection, hall.hall_id, moment, "operator", "calendar", "通告", {})
    hall.connection.commit()


def rows_of(hall: DrivenHall) -> dict[str, int]:
    return {table: hall.rows(f"select count(*) from {table}")[0][0] for table in TABLES}


def fail_at_piece(monkeypatch: pytest.MonkeyPatch, number: int, error: Exception | None) -> None:
    """Break the writing of a piece: by an error of ours, or by one of the database."""
    write, pieces = CaseWriting.write, iter(range(1, 1_000))

    def broken(writing: CaseWriting, *cases: Any) -> None:
        write(writing, *cases)
        if next(pieces) == number:
            if error is not None:
                raise error
            writing.cursor.execute("select 1 / 0")

    monkeypatch.setattr(CaseWriting, "write", broken)


def test_cases_of_many_pieces_are_judged_counted_and_carded(driven_hall: DrivenHall) -> None:
    accept_cases(driven_hall)
    done = driven_hall.run("2026-09-17T11:00")
    assert (done.events, done.judged) == (2 * CASES, CASES)
    assert driven_hall.rows("select open, green from department_load") == [(CASES, CASES)]
    # Ids are drawn in the order in which the cases came: a batch is in order of event_id.
    came = "select case_no from event group by 1 order by min(event_id)"
    assert driven_hall.rows("select case_no from case_file order by case_id") == driven_hall.rows(came)
    assert driven_hall.replay().differences == []
    steps = ({"case_no": f"c{number:02}", "kind": "step_started", "step": "审查", "occurred_at": "2026-09-17T12:00"}
             for number in range(0, CASES, 2))  # fmt: skip
    decisions = ({"case_no": f"c{number:02}", "kind": "decided", "occurred_at": "2026-09-18T12:00", "result": "granted"}
                 for number in range(1, CASES, 2))  # fmt: skip
    driven_hall.send(*steps, *decisions)
    assert driven_hall.run("2026-09-18T13:00").judged == CASES // 2
    assert driven_hall.replay().differences == []
    fired = driven_hall.run("2026-09-23T17:01")
    assert (fired.fired, fired.cards) == (CASES // 2, CASES)  # a reminder and a yellow card each
    assert driven_hall.rows("select card_id from card order by expected_at, card_id") == [
        (card_id,) for card_id in range(1, CASES + 1)
    ]
    assert driven_hall.replay().differences == []


@pytest.mark.parametrize("error", [ValueError("a value that no column takes"), None])
@pytest.mark.parametrize("piece", [1, 4, 7])
def test_a_piece_that_cannot_be_written_undoes_the_transaction(
    driven_hall: DrivenHall, monkeypatch: pytest.MonkeyPatch, piece: int, error: Exception | None
) -> None:
    accept_cases(driven_hall)
    with monkeypatch.context() as broken:
        fail_at_piece(broken, piece, error)
        with pytest.raises(psycopg.errors.DivisionByZero if error is None else ValueError):
            driven_hall.run("2026-09-17T11:00")
    assert set(rows_of(driven_hall).values()) == {0}
    assert driven_hall.rows("select count(*) from unfolded_batch") == [(1,)]
    assert driven_hall.run("2026-09-17T11:00").judged == CASES
    assert driven_hall.replay().differences == []


def test_a_judgement_that_fails_undoes_what_was_being_written(
    driven_hall: DrivenHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept_cases(driven_hall)
    calls = iter(range(1, 1_000))

    def interrupted(*given: Any, **named: Any) -> Any:
        if next(calls) == 10:
            raise KeyboardInterrupt
        return judge_case(*given, **named)

    with monkeypatch.context() as broken:
        broken.setattr(fold, "judge_case", interrupted)
        with pytest.raises(KeyboardInterrupt):
            driven_hall.run("2026-09-17T11:00")
    assert set(rows_of(driven_hall).values()) == {0}
    assert driven_hall.run("2026-09-17T11:00").judged == CASES
    assert driven_hall.replay().differences == []


def test_an_earlier_calendar_is_read_while_cases_are_written(driven_hall: DrivenHall) -> None:
    accept_cases(driven_hall)
    driven_hall.run("2026-09-17T11:00")
    driven_hall.send(
        *(
            {"case_no": f"c{number:02}", "kind": "decided", "occurred_at": "2026-09-18T12:00", "result": "refused"}
            for number in range(CASES)
        )
    )
    driven_hall.run("2026-09-18T13:00")
    load_calendar(driven_hall, "2026-09-18T18:00")
    driven_hall.run("2026-09-18T18:01")
    taken_back = range(0, CASES, 3)
    driven_hall.send(
        *(
            {"case_no": f"c{number:02}", "kind": "voided", "voids": f"e{2 * CASES + 1 + number}",
             "occurred_at": "2026-09-21T09:30"}
            if number in taken_back
            else {"case_no": f"c{number:02}", "kind": "rated", "occurred_at": "2026-09-21T09:30"}
            for number in range(CASES)
        )
    )  # fmt: skip
    driven_hall.run("2026-09-21T10:00")
    assert driven_hall.rows("select count(*) from case_state where closed_at is null") == [(len(taken_back),)]
    assert driven_hall.replay().differences == []
