"""Two connections of one engine: what either has done stands, and no other engine comes between them."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import closing

import psycopg
import pytest
from psycopg import Connection

from monitor.engine import hands, likeness, turning
from monitor.engine.hands import Hand, Hands
from monitor.engine.service import EngineBusyError, hall_engine
from monitor.engine.shut_cases import ShutCase
from monitor.storage.cohorts import Cohort
from monitor.storage.database import connect
from monitor.storage.fold import hold_second_hand
from tests.support.driven_hall import DrivenHall

CASES = 40


@pytest.fixture
def herd(driven_hall: DrivenHall, monkeypatch: pytest.MonkeyPatch) -> DrivenHall:
    """A hall of cases that fall due together, of which even few are shared."""
    monkeypatch.setattr(hands, "SHARED_FROM", 2)
    monkeypatch.setattr(likeness, "DAYS_ALIKE", -2)  # each is a cohort of its own
    driven_hall.send(
        *(
            {"case_no": f"c{number}", "kind": "accepted", "occurred_at": f"2026-09-17T10:{number:02}", "item": "I1"}
            for number in range(CASES)
        )
    )
    driven_hall.run("2026-09-17T11:00")
    return driven_hall


def yellow_cards(hall: DrivenHall) -> tuple[int, int]:
    """How many, and of how many cases."""
    return hall.rows("select count(*), count(distinct case_id) from card where level = 'yellow'")[0]


def test_either_does_a_half_in_a_transaction_of_its_own(herd: DrivenHall) -> None:
    herd.run("2026-09-23T17:01")
    assert yellow_cards(herd) == (CASES, CASES)
    written = herd.rows("select count(*) from card where level = 'yellow' group by xmin order by 1")
    assert written == [(CASES / 2,), (CASES / 2,)]
    told = herd.rows(
        "select sum(jsonb_array_length(body -> 'cards') + (body ->> 'cards_more')::int) from feed"
        " where body ? 'cards_more' and starts_with(body ->> 'as_of', '2026-09-23T17:01')"
    )
    assert told == [(2 * CASES,)], "a reminder and a yellow card each"
    assert herd.replay().differences == []


def test_few_cases_are_done_by_the_first_alone(driven_hall: DrivenHall) -> None:
    driven_hall.send({"case_no": "c1", "kind": "accepted", "occurred_at": "2026-09-17T10:00", "item": "I1"})
    driven_hall.run("2026-09-17T10:01")
    assert not driven_hall.engine.hands.are_needed([Cohort(1, True, False, 1), Cohort(2, True, False, 1)])
    assert driven_hall.run("2026-09-23T17:01").cards == 2


def test_the_second_connection_ends_with_the_cycle(herd: DrivenHall) -> None:
    herd.run("2026-09-23T17:01")
    with herd.connection.transaction():  # waits for its end, or fails
        hold_second_hand(herd.connection, herd.hall_id)


def test_no_engine_takes_over_while_the_second_connection_of_another_is_there(herd: DrivenHall) -> None:
    """The first may be lost while the second is in the middle of its half: what that commits must not be overtaken."""
    herd.engine.connection.close()
    with closing(connect(herd.url)) as second:
        with second.transaction():
            second.execute("select pg_advisory_lock(7311, %s)", [herd.hall_id])
        with pytest.raises(EngineBusyError), hall_engine(herd.url, herd.hall_id):
            pass
        with second.transaction():
            second.execute("select pg_advisory_unlock(7311, %s)", [herd.hall_id])
        with hall_engine(herd.url, herd.hall_id) as engine:
            assert engine.hall.hall_id == herd.hall_id


def test_what_the_other_has_done_stands_when_one_is_lost(herd: DrivenHall, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second connection breaks in the middle of its half: the first half stands, the next cycle does the rest."""
    move = turning.Turning.passes

    def lose(self: turning.Turning, case: ShutCase) -> bool:
        if threading.current_thread().name.startswith("second-hand"):
            _end(herd.connection, self.cursor.connection)
        return move(self, case)

    monkeypatch.setattr(turning.Turning, "passes", lose)
    with pytest.raises(psycopg.OperationalError):
        herd.run("2026-09-23T17:01")
    assert yellow_cards(herd) == (CASES / 2, CASES / 2)
    monkeypatch.undo()
    herd.run("2026-09-23T17:02")
    assert yellow_cards(herd) == (CASES, CASES)
    assert herd.replay().differences == []


def _end(observer: Connection, connection: Connection) -> None:
    observer.execute("select pg_terminate_backend(%s, 5000)", [connection.info.backend_pid])
    observer.commit()


def test_where_one_fails_the_other_is_still_ended(driven_hall: DrivenHall) -> None:
    done: list[list[int]] = []
    is_begun = threading.Event()

    def work(hand: Hand, share: Sequence[Cohort]) -> int:
        if share[0].cohort_id == 1:
            assert is_begun.wait(10)
            raise ArithmeticError("the first half")
        is_begun.set()
        hand.connection.execute("select pg_sleep(0.2)")
        done.append([cohort.cohort_id for cohort in share])
        return len(share)

    both = Hands(driven_hall.engine.connection, driven_hall.hall_id, driven_hall.url)
    with both, pytest.raises(ArithmeticError):
        both.share([Cohort(number, True, False, 5 - number) for number in (1, 2, 3, 4)], work)
    assert done == [[3, 4]], "either half has about as many cases"
