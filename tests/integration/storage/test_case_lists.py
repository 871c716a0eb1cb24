"""Lists of cases start with what fails, page by key without loss or repetition, and stay cheap at volume."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from psycopg import Connection

from monitor.domain.events import Event
from monitor.storage.case_lists import (
    BEFORE_ALL_TIME,
    CaseFilter,
    FailingPosition,
    NumberPosition,
    TimeOrder,
    count_cases_by_number,
    count_failing_cases,
    select_cases_by_number,
    select_cases_by_time,
    select_failing_cases,
    select_newest_cases,
)
from monitor.storage.cases import read_case_facts, read_case_file
from monitor.storage.packed_events import unpack_events
from tests.support.cohorts import put_in_cohorts
from tests.support.query_plans import run_plan
from tests.support.small_hall import add_case, add_hall, add_source, set_load

DUE = datetime.fromisoformat("2026-03-04T17:00:00+08:00")
LIGHTS = ("red", "yellow", "reminder", "green", "none")


@pytest.fixture
def hall_id(connection: Connection[Any]) -> int:
    return add_hall(connection)


@pytest.fixture
def source_id(connection: Connection[Any], hall_id: int) -> int:
    return add_source(connection, hall_id, "S", ["A", "B"])


class Cases:
    """Adds cases with their counters, as the engine keeps both."""

    def __init__(self, connection: Connection[Any], hall_id: int, source_id: int) -> None:
        self.connection, self.hall_id, self.source_id = connection, hall_id, source_id
        self.loads: dict[str, dict[str, int]] = {}

    def add(self, case_no: str, light: str, due: datetime | None, department: str | None = "A", **state: Any) -> int:
        state |= {"light": light, "promise_due_at": due, "department": department}
        if state.get("closed_at") is None:
            load = self.loads.setdefault(department or "", dict.fromkeys((*LIGHTS, "open"), 0))
            load["open"] += 1
            load["green" if light == "none" else light] += 1
        return add_case(self.connection, self.hall_id, self.source_id, case_no, **state)

    def count(self) -> None:
        for department, load in self.loads.items():
            set_load(self.connection, self.hall_id, department, **{k: n for k, n in load.items() if k != "none"})


@pytest.fixture
def cases(connection: Connection[Any], hall_id: int, source_id: int) -> Cases:
    return Cases(connection, hall_id, source_id)


def page_through(connection: Connection[Any], hall_id: int, wanted: CaseFilter, size: int) -> list[int]:
    seen: list[int] = []
    after: FailingPosition | None = None
    while page := select_failing_cases(connection, hall_id, wanted, after=after, limit=size):
        assert len(page) <= size
        seen += [position.case_id for position in page]
        after = page[-1]
    return seen


def test_the_worst_light_comes_first_then_the_earliest_due(
    connection: Connection[Any], hall_id: int, cases: Cases
) -> None:
    green = cases.add("1", "green", DUE - timedelta(days=9))
    late = cases.add("2", "yellow", DUE, "B")
    later = cases.add("3", "yellow", DUE - timedelta(days=1), "A")
    undue = cases.add("4", "yellow", None)
    worst = cases.add("5", "red", DUE + timedelta(days=9), None)
    cases.add("6", "red", DUE, closed_at=DUE)
    cases.count()
    assert page_through(connection, hall_id, CaseFilter(), 50) == [worst, later, late, undue, green]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_pages_lose_and_repeat_nothing_among_equal_due_times(
    connection: Connection[Any], hall_id: int, cases: Cases, size: int
) -> None:
    order = []
    for light in LIGHTS:
        for due in (DUE, DUE + timedelta(days=1), None):
            order += [cases.add(f"{light}{due}{n}", light, due, ("A", "B", None)[n % 3]) for n in range(4)]
    cases.count()
    assert page_through(connection, hall_id, CaseFilter(), size) == order


def test_filters_hold_on_every_page_and_in_the_total(connection: Connection[Any], hall_id: int, cases: Cases) -> None:
    wanted = {}
    for number in range(12):
        department, item = "AB"[number % 2], "PQ"[number // 2 % 2]
        status = "suspended" if number % 3 == 0 else "accepted"
        case_id = cases.add(str(number), LIGHTS[number % 4], DUE, department, item=item, status=status)
        wanted[case_id] = (department, item, status, LIGHTS[number % 4])
    cases.count()
    for filters, column, value in (
        (CaseFilter(departments=["A"]), 0, "A"),
        (CaseFilter(item="Q"), 1, "Q"),
        (CaseFilter(statuses=["suspended"]), 2, "suspended"),
        (CaseFilter(lights=["yellow"]), 3, "yellow"),
    ):
        expected = {case_id for case_id, facts in wanted.items() if facts[column] == value}
        assert set(page_through(connection, hall_id, filters, 2)) == expected != set(wanted)
        assert count_failing_cases(connection, hall_id, filters) == len(expected)


def test_cases_without_a_department_have_a_code_of_their_own(
    connection: Connection[Any], hall_id: int, cases: Cases
) -> None:
    unnamed, named = cases.add("1", "none", None, None), cases.add("2", "green", DUE, "A")
    cases.count()
    assert page_through(connection, hall_id, CaseFilter(departments=[""]), 9) == [unnamed]
    assert page_through(connection, hall_id, CaseFilter(departments=["A"]), 9) == [named]
    assert count_failing_cases(connection, hall_id, CaseFilter(lights=["none"])) == 1


def test_another_hall_is_never_shown(connection: Connection[Any], hall_id: int, cases: Cases) -> None:
    cases.add("1", "red", DUE)
    cases.count()
    other = add_hall(connection, "NEXT")
    assert page_through(connection, other, CaseFilter(), 9) == []
    assert select_newest_cases(connection, other, CaseFilter(), limit=9) == []
    assert select_cases_by_number(connection, other, "1", CaseFilter(), limit=9) == []


def test_the_newest_are_those_heard_of_last_open_or_not(
    connection: Connection[Any], hall_id: int, cases: Cases
) -> None:
    first = cases.add("1", "green", DUE, closed_at=DUE, status="decided")
    second, third = cases.add("2", "red", DUE), cases.add("3", "green", DUE)
    assert select_newest_cases(connection, hall_id, CaseFilter(), limit=2) == [third, second]
    assert select_newest_cases(connection, hall_id, CaseFilter(), before_id=second, limit=2) == [first]
    assert select_newest_cases(connection, hall_id, CaseFilter(statuses=["decided"]), limit=2) == [first]
    assert select_newest_cases(connection, hall_id, CaseFilter(open=True, lights=["red"]), limit=2) == [second]


def test_decided_cases_come_by_their_decision_the_newest_first(
    connection: Connection[Any], hall_id: int, cases: Cases
) -> None:
    times = [DUE, DUE + timedelta(hours=1), DUE]
    decided = [
        cases.add(str(n), "green", DUE, closed_at=at, decided_at=at, status="decided") for n, at in enumerate(times)
    ]
    cases.add("open", "red", DUE)
    wanted = CaseFilter(statuses=["decided", "delivered"])
    first = select_cases_by_time(connection, hall_id, TimeOrder.DECIDED, wanted, limit=2)
    rest = select_cases_by_time(connection, hall_id, TimeOrder.DECIDED, wanted, after=first[-1], limit=2)
    assert [position.case_id for position in first + rest] == [decided[1], decided[2], decided[0]]


def test_cases_are_found_by_the_beginning_of_their_number(
    connection: Connection[Any], hall_id: int, cases: Cases
) -> None:
    for case_no in ("2026-10", "2026-1", "2026-9", "2027-1", "2026-1%", "申请-1"):
        cases.add(case_no, "green", DUE)
    cases.source_id = add_source(connection, hall_id, "T", [])
    cases.add("2026-1", "green", DUE)

    def find(beginning: str, after: NumberPosition | None = None, limit: int = 99) -> list[tuple[int, NumberPosition]]:
        return select_cases_by_number(connection, hall_id, beginning, CaseFilter(), after=after, limit=limit)

    everything = find("2026-1")
    assert [position.case_no for _, position in everything] == ["2026-1", "2026-1%", "2026-10", "2026-1"]
    assert count_cases_by_number(connection, hall_id, "2026-1", CaseFilter()) == 4
    assert find("2026-1%") == everything[1:2]
    assert len(find("申请")) == 1
    paged: list[tuple[int, NumberPosition]] = []
    while page := find("2026-1", paged[-1][1] if paged else None, 1):
        paged += page
    assert paged == everything


def test_facts_come_in_the_order_asked_for(connection: Connection[Any], hall_id: int, cases: Cases) -> None:
    first, second = cases.add("1", "red", DUE), cases.add("2", "green", None)
    facts = read_case_facts(connection, [second, 999, first])
    assert [(fact.case_id, fact.source, fact.case_no) for fact in facts] == [(second, "S", "2"), (first, "S", "1")]
    assert facts[1].promise_due_at == DUE


def test_a_case_file_gives_back_every_event(connection: Connection[Any], hall_id: int, source_id: int) -> None:
    events = [
        Event("S", "e1", "K/1 号", "received", 1_000_000),
        Event("S", "e2", "K/1 号", "accepted", 2_000_000, 3_000_000, item="P"),
    ]
    packed = b"".join(msgspec.msgpack.encode(event) for event in events)
    case_id = add_case(connection, hall_id, source_id, "K/1 号", packed=packed)
    connection.execute("update case_file set event_count = 2 where case_id = %s", [case_id])
    found = read_case_file(connection, "S", "K/1 号")
    assert found is not None
    assert unpack_events(found.events, found.event_count) == events
    assert read_case_file(connection, "S", "K/1") is None
    assert read_case_file(connection, "T", "K/1 号") is None


# -- volume ------------------------------------------------------------------------------------------------------------

MANY = 20_000


@pytest.fixture
def many_cases(connection: Connection[Any], hall_id: int, source_id: int) -> int:
    """20,000 open cases of 20 departments, most of them green and all due in one instant."""
    places = {"hall": hall_id, "source": source_id, "due": DUE, "many": MANY}
    connection.execute(
        """
        with file as (
            insert into case_file (hall_id, source_id, case_no, events, event_count, last_occurred_at)
            select %(hall)s, %(source)s, 'N-' || lpad(n::text, 8, '0'), '', 0, now() from generate_series(1, %(many)s) n
            returning case_id, case_no
        )
        insert into judged_case (case_id, hall_id, source_id, case_no, department, status, light, deemed,
            promise_due_at, calendar_version, first_event_at)
        select case_id, %(hall)s, %(source)s, case_no, 'D' || case_id %% 20, 'accepted',
            case when case_id %% 100 = 0 then 'red' else 'green' end::case_light, false, %(due)s, 1, now()
        from file
        """,
        places,
    )
    for number in range(20):
        set_load(connection, hall_id, f"D{number}", open=MANY // 20, green=MANY // 20)
    put_in_cohorts(connection)
    connection.execute("analyze judged_case, cohort, case_file, department_load, source")
    return hall_id


FEW = 500


def test_a_page_of_failing_cases_touches_few_rows(connection: Connection[Any], many_cases: int) -> None:
    fields = {
        "hall_id": many_cases,
        "departments": [f"D{number}" for number in range(20)],
        "unnamed": False,
        "light": "red",
        "after_due": BEFORE_ALL_TIME,
        "after_cohort": 0,
        "after_id": 0,
        "limit": 10,
        "item": None,
        "statuses": None,
    }
    plan = run_plan(connection, "select_failing_due", fields)
    assert "case_in_cohort" in plan.indexes
    assert plan.whole_tables <= {"cohort"}, "of some dozen"
    assert plan.rows_touched < 3 * FEW


def test_a_page_of_the_newest_cases_touches_few_rows(connection: Connection[Any], many_cases: int) -> None:
    fields = {"hall_id": many_cases, "before_id": MANY // 2, "limit": 50, **CaseFilter().fields()}
    plan = run_plan(connection, "select_newest_cases", fields)
    assert plan.whole_tables == frozenset()
    assert plan.rows_touched <= FEW


def test_a_search_by_number_touches_few_rows(connection: Connection[Any], many_cases: int) -> None:
    numbers = {"first_no": "N-0000", "last_no": "N-0000\U0010ffff", "after_source": 0, "after_no": ""}
    fields = {"hall_id": many_cases, "limit": 50, **numbers, **CaseFilter().fields()}
    plan = run_plan(connection, "select_cases_by_number", fields)
    assert "judged_case" not in plan.whole_tables
    assert "case_file" not in plan.whole_tables
    assert plan.rows_touched <= FEW


def test_the_total_of_open_cases_is_read_from_counters(connection: Connection[Any], many_cases: int) -> None:
    assert count_failing_cases(connection, many_cases, CaseFilter()) == MANY
    plan = run_plan(connection, "select_case_departments", {"hall_id": many_cases})
    assert plan.rows_touched <= 20


def test_a_page_in_the_middle_of_equal_due_times_goes_on_where_it_ended(
    connection: Connection[Any], many_cases: int
) -> None:
    first = select_failing_cases(connection, many_cases, CaseFilter(lights=["green"]), limit=100)
    second = select_failing_cases(connection, many_cases, CaseFilter(lights=["green"]), after=first[-1], limit=100)
    numbers = [position.case_id for position in first + second]
    assert numbers == sorted(set(numbers))
    assert first[-1].due_at == DUE.astimezone(UTC)
