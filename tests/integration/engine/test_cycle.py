"""One cycle: what it folds, by which rules, at which moment; and what a cycle broken off leaves to the next."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from monitor.domain.events import Event
from monitor.domain.instants import instant_of
from monitor.engine.service import EngineBusyError, hall_engine
from monitor.intake.acceptance import accept
from monitor.intake.parsing import ParsedBatch
from monitor.intake.sender import Sender
from monitor.storage.fold import read_engine_state
from monitor.storage.recalculation import insert_calendar_version, insert_recalculation
from tests.support.driven_hall import DrivenHall, at
from tests.support.small_hall import add_item, add_source


def accepted(case_no: str, occurred_at: str, item: str = "I1") -> dict[str, Any]:
    return {"case_no": case_no, "kind": "accepted", "occurred_at": occurred_at, "item": item}


def decided(case_no: str, occurred_at: str) -> dict[str, Any]:
    return {"case_no": case_no, "kind": "decided", "occurred_at": occurred_at, "result": "refused"}


def utc(text: str) -> datetime:
    return at(text).astimezone(UTC)


def load_rules(hall: DrivenHall) -> None:
    """As any load of a registry does at its end."""
    hall.connection.execute("update rules_version set version = version + 1")
    hall.connection.commit()


def engine_moments(hall: DrivenHall) -> tuple[datetime, datetime | None]:
    state = read_engine_state(hall.connection, hall.hall_id)
    hall.connection.commit()
    assert state is not None
    return state.as_of, state.judging_at


# -- what is folded, and when it ends -----------------------------------------------------------------------


def test_a_cycle_fires_what_is_due_though_new_batches_never_stop_coming(driven_hall: DrivenHall) -> None:
    """Under steady load the fold never came to an end, and no card was issued until the windows paused."""
    driven_hall.send(accepted("c0", "2026-09-17T10:00"))
    driven_hall.run("2026-09-17T10:01")
    driven_hall.send(accepted("c1", "2026-09-23T16:00"))
    more = iter(range(2, 40))

    def send_another() -> bool:
        driven_hall.send(accepted(f"c{next(more)}", "2026-09-23T16:00"))
        return False

    done = driven_hall.engine.cycle(utc("2026-09-23T17:01"), send_another)
    assert done.batches == 1
    assert driven_hall.rows("select level::text from card order by card_id") == [("reminder",), ("yellow",)]
    assert driven_hall.run("2026-09-23T17:02").batches >= 1
    assert driven_hall.rows("select count(*) from unfolded_batch") == [(0,)]


def test_a_decision_in_the_log_before_closing_is_not_cut_off_by_the_due_time(driven_hall: DrivenHall) -> None:
    """The engine comes back after closing: what was taken in before is folded before anything is fired."""
    driven_hall.send(accepted("c1", "2026-09-17T10:00"))
    driven_hall.run("2026-09-17T10:01")
    driven_hall.send(decided("c1", "2026-09-23T16:59"))
    driven_hall.run("2026-09-23T17:30")
    assert driven_hall.rows("select level::text from card where level <> 'reminder'") == []
    assert driven_hall.rows("select promise_state from case_state") == [("met",)]


def test_an_idle_cycle_moves_the_moment_and_tells_nothing(driven_hall: DrivenHall) -> None:
    driven_hall.run("2026-09-17T10:00")
    told = driven_hall.rows("select count(*) from feed")
    done = driven_hall.run("2026-09-17T10:05")
    assert (done.idle, driven_hall.rows("select count(*) from feed")) == (True, told)
    assert engine_moments(driven_hall) == (utc("2026-09-17T10:05"), utc("2026-09-17T10:05"))


# -- by which rules -----------------------------------------------------------------------


def test_events_of_a_source_registered_a_moment_ago_are_judged_by_its_feed(driven_hall: DrivenHall) -> None:
    """An archive imported while the service ran: its first events were taken for late ones, for ever."""
    driven_hall.run("2026-09-17T10:00")
    source_id = add_source(driven_hall.connection, driven_hall.hall_id, "OLD", [], feed="archive")
    load_rules(driven_hall)
    event = Event("OLD", "a1", "k1", "accepted", instant_of(at("2026-03-02T10:00")), item="I1")
    accept(
        driven_hall.connection, Sender(source_id, "OLD", driven_hall.hall_id), ParsedBatch([event], [1]),
        utc("2026-09-17T10:00"),
    )  # fmt: skip
    driven_hall.run("2026-09-17T10:01")
    assert driven_hall.rows("select code from anomaly order by code") == [("A05",), ("A06",)]
    assert driven_hall.rows("select count(*) from card") == [(0,)]
    assert driven_hall.replay().differences == []


def test_a_whole_case_of_an_item_loaded_a_moment_ago_is_judged_by_that_item(driven_hall: DrivenHall) -> None:
    """Opened and closed between two cycles, the item loaded just before: it stayed an unknown item (X01)."""
    driven_hall.run("2026-09-17T10:00")
    add_item(driven_hall.connection, driven_hall.hall_id, "I2", "D1", promised=3)
    load_rules(driven_hall)
    driven_hall.send(accepted("c1", "2026-09-17T10:01", "I2"), decided("c1", "2026-09-17T10:02"))
    driven_hall.run("2026-09-17T10:03")
    assert driven_hall.rows("select code from anomaly") == []
    assert driven_hall.rows("select promise_state, department from case_state") == [("met", "D1")]
    assert driven_hall.replay().differences == []


# -- broken off, begun again -----------------------------------------------------------------------


def test_a_cycle_broken_off_after_its_fold_is_finished_by_the_next_engine(driven_hall: DrivenHall) -> None:
    driven_hall.send(accepted("c1", "2026-09-17T10:00"))
    driven_hall.run("2026-09-17T10:01")
    driven_hall.send(accepted("c2", "2026-09-23T16:00"))
    driven_hall.engine.cycle(utc("2026-09-23T17:01"), lambda: True)
    assert engine_moments(driven_hall) == (utc("2026-09-17T10:01"), utc("2026-09-23T17:01"))
    begin_again(driven_hall)
    driven_hall.run("2026-09-23T17:02")
    assert driven_hall.rows("select level::text from card order by card_id") == [("reminder",), ("yellow",)]
    assert engine_moments(driven_hall) == (utc("2026-09-23T17:02"), utc("2026-09-23T17:02"))
    assert driven_hall.replay().differences == []


def test_an_engine_never_judges_at_a_moment_before_its_last_judgement(driven_hall: DrivenHall) -> None:
    """The machine's clock stepped back while the engine was down: cases judged since were held against an earlier
    moment, at which their breach had not come yet.
    """
    driven_hall.run("2026-09-17T10:01")
    driven_hall.send(accepted("c1", "2026-09-17T10:00"))
    driven_hall.engine.cycle(utc("2026-09-23T17:01"), lambda: True)
    begin_again(driven_hall)
    driven_hall.run("2026-09-23T16:59")
    assert engine_moments(driven_hall) == (utc("2026-09-23T17:01"), utc("2026-09-23T17:01"))
    assert driven_hall.rows("select promise_state from case_state") == [("breached",)]
    assert driven_hall.replay().differences == []


def begin_again(hall: DrivenHall) -> None:
    """A new engine on the same session: nothing it had in memory is left."""
    hall.engine = type(hall.engine)(hall.engine.connection, hall.engine.hall)


def test_a_second_engine_is_refused_while_the_first_lives(driven_hall: DrivenHall) -> None:
    with pytest.raises(EngineBusyError, match="is being judged by a running service"), refused(driven_hall):
        pass


def test_a_second_engine_may_hold_another_hall(driven_hall: DrivenHall) -> None:
    other = driven_hall.rows(
        "insert into hall (code, name_zh, name_en) values ('OTHER', '另厅', 'Other') returning hall_id"
    )
    with hall_engine(driven_hall.url, other[0][0]) as engine:
        engine.cycle(utc("2026-09-17T10:00"))
    assert driven_hall.rows("select count(*) from engine_state") == [(1,)]


def refused(hall: DrivenHall) -> Any:
    return hall_engine(hall.url, hall.hall_id)


# -- rules loaded while the engine was down -----------------------------------------------------------------------


def load_calendar(hall: DrivenHall, loaded_at: str, holidays: list[str], workdays: list[str]) -> None:
    content = {"years": {"2026": {"holidays": holidays, "workdays": workdays}}}
    insert_calendar_version(hall.connection, "hall", hall.hall_id, utc(loaded_at), "operator", "通告", content)
    insert_recalculation(hall.connection, hall.hall_id, utc(loaded_at), "operator", "calendar", "通告", {})
    hall.connection.commit()


def test_an_engine_that_comes_back_to_new_rules_folds_before_it_follows_them(driven_hall: DrivenHall) -> None:
    """A decision waited in the log; the new calendar was followed first, and a card issued that nothing called for."""
    driven_hall.send(accepted("c1", "2026-09-17T10:00"))
    driven_hall.run("2026-09-21T10:00")
    load_calendar(driven_hall, "2026-09-22T10:00", ["2026-12-24"], [])
    driven_hall.send(decided("c1", "2026-09-23T16:00"))
    begin_again(driven_hall)
    driven_hall.run("2026-09-24T10:00")
    assert driven_hall.rows("select level::text, state::text from card") == [("reminder", "closed")]
    assert driven_hall.rows("select done_at from recalculation") == [(at("2026-09-24T10:00"),)]
    assert driven_hall.replay().differences == []


def test_an_engine_that_comes_back_to_new_rules_issues_no_card_for_a_moment_before_them(
    driven_hall: DrivenHall,
) -> None:
    """By the new calendar alone the promise of two had passed before its load; an event touches one of them."""
    driven_hall.send(*(accepted(f"c{number}", "2026-09-17T10:00") for number in range(2)))
    driven_hall.send(accepted("c2", "2026-09-18T10:00"))
    driven_hall.run("2026-09-19T10:00")
    load_calendar(driven_hall, "2026-09-23T10:00", [], ["2026-09-19"])
    driven_hall.send({"case_no": "c1", "kind": "received", "occurred_at": "2026-09-17T09:00"})
    begin_again(driven_hall)
    driven_hall.run("2026-09-23T10:05")
    assert driven_hall.rows("select case_no, promise_due_at, light::text from case_state order by case_no") == [
        ("c0", at("2026-09-22T17:00"), "yellow"),
        ("c1", at("2026-09-22T17:00"), "yellow"),
        ("c2", at("2026-09-23T17:00"), "reminder"),
    ]
    assert driven_hall.rows("select count(*) from card where level = 'yellow'") == [(0,)]
    driven_hall.run("2026-09-23T17:01")
    carded = driven_hall.rows("select case_no from card join case_file using (case_id) where level = 'yellow'")
    assert carded == [("c2",)]
    assert driven_hall.replay().differences == []


def test_rules_are_followed_to_the_end_by_the_next_engine(driven_hall: DrivenHall) -> None:
    """Killed before it had followed the load, the engine is followed by one that does."""
    driven_hall.send(*(accepted(f"c{number}", "2026-09-17T10:00") for number in range(3)))
    driven_hall.run("2026-09-17T10:01")
    load_calendar(driven_hall, "2026-09-17T11:00", ["2026-09-18"], [])
    driven_hall.engine.cycle(utc("2026-09-17T11:01"), lambda: True)
    begin_again(driven_hall)
    driven_hall.run("2026-09-17T11:02")
    assert driven_hall.rows("select distinct promise_due_at from case_state") == [(at("2026-09-24T17:00"),)]
    assert driven_hall.replay().differences == []


def test_no_card_comes_and_goes_for_a_day_that_rules_loaded_meanwhile_close(driven_hall: DrivenHall) -> None:
    """The day of the promise was declared a holiday while the engine was down: a yellow card was issued and revoked."""
    driven_hall.send(accepted("c1", "2026-09-17T10:00"))
    driven_hall.run("2026-09-17T10:01")
    load_calendar(driven_hall, "2026-09-22T10:00", ["2026-09-23"], [])
    begin_again(driven_hall)
    driven_hall.run("2026-09-24T10:00")
    assert driven_hall.rows("select level::text, state::text, issued_at from card") == [
        ("reminder", "issued", at("2026-09-24T10:00"))
    ]
    assert driven_hall.rows("select promise_due_at, light::text from case_state") == [
        (at("2026-09-24T17:00"), "reminder")
    ]
    assert driven_hall.replay().differences == []


def test_each_of_two_loads_is_followed_at_its_own_moment(driven_hall: DrivenHall) -> None:
    """A Saturday opened on Monday, closed again on Thursday: what was decided between keeps the first calendar, what
    was breached on Tuesday by the first is breached on Wednesday by the second.
    """
    driven_hall.send(accepted("c1", "2026-09-17T10:00"))
    driven_hall.run("2026-09-18T10:00")
    load_calendar(driven_hall, "2026-09-21T10:00", [], ["2026-09-19"])
    driven_hall.send(accepted("c2", "2026-09-22T11:00"), decided("c2", "2026-09-22T12:00"))
    load_calendar(driven_hall, "2026-09-24T10:00", [], [])
    begin_again(driven_hall)
    driven_hall.run("2026-09-25T10:00")
    versions = [version for (version,) in driven_hall.rows("select calendar_version from calendar_version order by 1")]
    assert driven_hall.rows("select case_no, calendar_version from case_state order by case_no") == [
        ("c1", versions[1]),
        ("c2", versions[0]),
    ]
    assert driven_hall.rows("select level::text, state::text, expected_at from card where level = 'yellow'") == [
        ("yellow", "issued", at("2026-09-23T17:00"))
    ]
    assert driven_hall.replay().differences == []
