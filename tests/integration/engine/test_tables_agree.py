"""What SQL says of the tables is what the judge says of the cases: counters, breaches, cards, hours, clocks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC
from typing import Any

import msgspec
import psycopg
import pytest
from psycopg import Connection

from monitor.domain.events import Event
from monitor.domain.instants import datetime_of
from monitor.domain.judge import Judgement, judge
from monitor.storage.fold import LOAD_COUNTERS
from monitor.storage.rules import read_hall_rules, read_rules_version
from tests.support.databases import DatabaseServer
from tests.support.random_hall import FINAL, RECORDED, instant, plan_hall, random_hall

CASES = 80


class JudgedCases:
    """A hall of random cases in the tables, and the judge's own word on each, by case number."""

    def __init__(self, connection: Connection[Any], judgements: dict[str, Judgement]) -> None:
        self.connection = connection
        self.judgements = judgements

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query.encode()).fetchall()


@pytest.fixture(scope="module")
def hall(database_server: DatabaseServer, database_template: str) -> Iterator[JudgedCases]:
    url = database_server.create(database_template)
    plan = plan_hall("TABLES", 11, CASES)
    with random_hall(url, plan) as made:
        made.send(plan.events)
        made.engine.cycle(FINAL)
        rules = read_hall_rules(made.connection, made.hall_id, read_rules_version(made.connection)).rules
        made.connection.commit()
    by_case: dict[str, list[Event]] = {}
    for event in plan.events:
        recorded = msgspec.structs.replace(event, recorded_at=instant(RECORDED))
        by_case.setdefault(event.case_no, []).append(recorded)
    judged = {case_no: judge(events, rules, instant(FINAL)) for case_no, events in by_case.items()}
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        yield JudgedCases(connection, {case_no: case for case_no, case in judged.items() if case is not None})
    database_server.drop(url)


def test_a_breach_in_the_tables_is_a_breach_of_the_judge(hall: JudgedCases) -> None:
    """Edge case 41: the breach flag differed between engine and warehouse."""
    stored = hall.rows("select case_no, name from clock join case_file using (case_id) where state = 'breached'")
    judged = [
        (case_no, clock.name)
        for case_no, case in hall.judgements.items()
        for clock in case.clocks
        if clock.state == "breached"
    ]
    assert sorted(stored) == sorted(judged)
    assert len(judged) > 20


def test_every_breached_clock_has_its_card_and_no_other_clock_has_one(hall: JudgedCases) -> None:
    """Edge case 41: the same for cards: yellow, or red for the statutory limit, and nothing else stands."""
    breached = hall.rows(
        "select case_id, name, case when name = 'statutory' then 'red' else 'yellow' end from clock"
        " where state = 'breached' order by 1, 2"
    )
    carded = hall.rows(
        "select case_id, clock, level::text from card where level <> 'reminder' and state <> 'revoked' order by 1, 2"
    )
    assert carded == breached


def test_the_light_of_a_case_follows_from_its_clocks(hall: JudgedCases) -> None:
    """Edge case 41: and for lights."""
    wrong = hall.rows(
        "select case_no, light::text, promise_state, statutory_state from case_state where (light = 'red') <>"
        " coalesce(statutory_state = 'breached', false) or (light = 'yellow') <>"
        " (coalesce(promise_state = 'breached', false) and not coalesce(statutory_state = 'breached', false))"
    )
    assert wrong == []


def test_hours_in_the_tables_leave_out_what_is_no_working_time(hall: JudgedCases) -> None:
    """Edge case 42: business minutes ignored holidays; ours are the judge's, clock by clock."""
    stored = {
        (case_no, name): (used, suspended)
        for case_no, name, used, suspended in hall.rows(
            "select case_no, name, used, suspended from clock join case_file using (case_id) where ended"
        )
    }
    judged = {
        (case_no, clock.name): (clock.used, clock.suspended)
        for case_no, case in hall.judgements.items()
        for clock in case.clocks
        if clock.ended
    }
    assert stored == judged


def test_every_clock_of_every_judgement_is_in_the_tables_with_its_due_time(hall: JudgedCases) -> None:
    """Edge case 43: agreements were dropped from the model, and a breach was the maximum over segments."""
    stored = hall.rows("select case_no, position, name, due_at from clock join case_file using (case_id)")
    judged = [
        (case_no, position, clock.name, None if clock.due_at is None else datetime_of(clock.due_at, UTC))
        for case_no, case in hall.judgements.items()
        for position, clock in enumerate(case.clocks)
    ]
    assert sorted(stored, key=str) == sorted(((*row[:3], row[3]) for row in judged), key=str)


def test_the_load_is_what_a_count_of_open_cases_gives(hall: JudgedCases) -> None:
    counted = hall.rows(
        "select coalesce(department, ''), count(*), count(*) filter (where status = 'suspended'),"
        " count(*) filter (where light in ('green', 'none')), count(*) filter (where light = 'reminder'),"
        " count(*) filter (where light = 'yellow'), count(*) filter (where light = 'red'),"
        " count(*) filter (where exists (select from clock c where c.case_id = s.case_id and c.name = 'promise'"
        "   and not c.ended and c.state = 'breached')),"
        " count(*) filter (where exists (select from clock c where c.case_id = s.case_id and c.name = 'statutory'"
        "   and not c.ended and c.state = 'breached'))"
        " from case_state s where closed_at is null group by 1 order by 1"
    )
    columns = ", ".join(LOAD_COUNTERS)
    assert hall.rows(f"select department, {columns} from department_load where open > 0 order by 1") == counted


def test_the_days_are_what_a_count_of_cases_gives(hall: JudgedCases) -> None:
    zone = hall.rows("select zone from hall")[0][0]
    of_case = (
        f"coalesce(department, '') as department, (%s at time zone '{zone}')::date as day,"
        " case when %s then 1 else 0 end as amount"
    )
    stopped = "promise_state is not null and exists (select from clock c where c.case_id = s.case_id and c.name = "
    stopped += "'promise' and c.stopped_at = s.decided_at)"
    for column, moment, condition in (
        ("received", "received_at", "true"),
        ("accepted", "accepted_at", "true"),
        ("decided", "decided_at", "true"),
        ("promise_stopped", "decided_at", stopped),
        ("promise_met", "decided_at", f"{stopped} and promise_state = 'met'"),
        ("speedup_cases", "decided_at", "used_days is not null"),
    ):
        counted = hall.rows(
            f"select department, day, sum(amount) from (select {of_case % (moment, condition)} from case_state s"
            f" where {moment} is not null) c group by 1, 2 having sum(amount) > 0 order by 1, 2"
        )
        stored = hall.rows(f"select department, day, {column} from department_day where {column} > 0 order by 1, 2")
        assert stored == counted, column


def test_the_working_set_holds_every_event_of_the_log_once(hall: JudgedCases) -> None:
    assert hall.rows(
        "select case_no from (select case_no, count(*) as logged from event group by 1) e"
        " join case_file using (case_no) where logged <> event_count"
    ) == []  # fmt: skip
    assert hall.rows("select count(distinct case_no) from event") == hall.rows("select count(*) from case_file")
