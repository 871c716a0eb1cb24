"""Figures of cases: counters, cases themselves and the judge's word agree; lists are the cases that were counted."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from psycopg import Connection

from monitor.domain.clocks import Clock, ClockState
from monitor.domain.figure_declarations import FIGURES
from monitor.domain.figure_readings import FigureReading, Period
from monitor.domain.figures import FigureId, Measure, Population, Weighting
from monitor.domain.instants import Instant, date_of, instant_of
from monitor.domain.items import Unit
from monitor.domain.judge import Judgement, Status
from monitor.engine.replay import replay
from monitor.storage.cards import CardFilter, count_cards, select_cards
from monitor.storage.case_lists import CaseFilter, count_cases
from monitor.storage.figure_cases import FigureCasePosition, Part, read_figure_cases
from monitor.storage.figures import FigureScope, read_figure, read_figures
from monitor.storage.replay import read_speedups
from tests.support.judged_hall import AS_OF, JudgedHall, make_judged_hall

QUARTER = Period(date(2026, 1, 1), date(2026, 4, 1))
MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))
APRIL = Period(date(2026, 4, 1), date(2026, 5, 1))
ONE_DAY = Period(date(2026, 3, 10), date(2026, 3, 11))
HALF_MONTHS = Period(date(2026, 1, 20), date(2026, 2, 11))
MONTHS_AND_HALVES = Period(date(2026, 1, 20), date(2026, 4, 11))
NEVER = Period(date(2025, 1, 1), date(2025, 2, 1))
CASE_FIGURES = [figure for figure, declared in FIGURES.items() if declared.population is Population.CASES]

SCOPES = [
    (QUARTER, None),
    (MARCH, None),
    (APRIL, None),
    (ONE_DAY, None),
    (HALF_MONTHS, None),
    (MONTHS_AND_HALVES, None),
    (NEVER, None),
    (QUARTER, ["d02"]),
    (APRIL, ["d01", "d03"]),
    (QUARTER, [""]),
    (APRIL, ["nobody"]),
]


@dataclass(frozen=True)
class Told:
    """What the judge's own word makes of a figure: the cases on both sides, and the measure."""

    numerator: set[str]
    denominator: set[str]
    measure: Measure


class Oracle:
    """Computes every figure of cases from judgements in memory, case by case, in the plainest way."""

    def __init__(self, judged: JudgedHall, period: Period, departments: list[str] | None) -> None:
        self.zone = judged.hall.local
        self.period = period
        self.cases = {
            number: case
            for number, case in judged.judgements.items()
            if departments is None or (case.department or "") in departments
        }
        self.decided = self.select(lambda case: self.is_within(_decided_at(case)))

    def select(self, holds: Callable[[Judgement], bool]) -> set[str]:
        return {number for number, case in self.cases.items() if holds(case)}

    def is_within(self, at: Instant | None) -> bool:
        return at is not None and self.period.begin <= date_of(self.zone.day(at)) < self.period.end

    def tell(self, figure: FigureId) -> Told:
        match figure:
            case FigureId.SPEEDUP_ACTUAL | FigureId.SPEEDUP_ACTUAL_MEAN:
                return self.speedup(figure)
            case FigureId.EARLY_SHARE_OF_ACCEPTED:
                accepted = self.select(lambda case: self.is_within(case.accepted_at))
                early = self.stopped("promise", lambda clock: clock.early)
                return Told(early, accepted, Measure(len(early), len(accepted), len(accepted)))
            case FigureId.ON_TIME_RATE:
                return self.share("promise", lambda clock: clock.state is ClockState.MET)
            case FigureId.EARLY_RATE:
                return self.share("promise", lambda clock: clock.early)
            case FigureId.OVERDUE_RATE:
                return self.overdue("promise")
            case FigureId.STATUTORY_OVERDUE_RATE:
                return self.overdue("statutory")
            case FigureId.SAME_DAY_RATE:
                same = {number for number in self.decided if self.is_same_day(self.cases[number])}
                return Told(same, self.decided, Measure(len(same), len(self.decided), len(self.decided)))
            case _:
                raise AssertionError(figure)

    def share(self, name: str, holds: Callable[[Clock], bool]) -> Told:
        stopped, hits = self.stopped(name, lambda _: True), self.stopped(name, holds)
        return Told(hits, stopped, Measure(len(hits), len(stopped), len(stopped), len(self.decided) - len(stopped)))

    def overdue(self, name: str) -> Told:
        stopped = self.stopped(name, lambda _: True)
        late = self.stopped(name, lambda clock: clock.state is ClockState.BREACHED)
        running = self.select(lambda case: self.is_running_late(case, name))
        late |= running
        both = stopped | running
        return Told(late, both, Measure(len(late), len(both), len(both), len(self.decided) - len(stopped)))

    def stopped(self, name: str, holds: Callable[[Clock], bool]) -> set[str]:
        def is_one(case: Judgement) -> bool:
            clock = case.clock(name)
            return clock is not None and clock.stopped_at == _decided_at(case) and holds(clock)

        return {number for number in self.decided if is_one(self.cases[number])}

    def is_running_late(self, case: Judgement, name: str) -> bool:
        clock = case.clock(name)
        if clock is None or clock.ended or not case.is_open or clock.due_at is None:
            return False
        return clock.due_at < instant_of(AS_OF) and date_of(self.zone.day(clock.due_at)) < self.period.end

    def is_same_day(self, case: Judgement) -> bool:
        decided_at = _decided_at(case)
        return (
            case.accepted_at is not None
            and decided_at is not None
            and self.zone.day(case.accepted_at) == self.zone.day(decided_at)
        )

    def speedup(self, figure: FigureId) -> Told:
        counted: dict[str, tuple[float, float]] = {}
        for number in self.decided:
            case = self.cases[number]
            clock, decided = case.clock("statutory"), case.admission.decided
            if clock is None or decided is None or case.status not in (Status.DECIDED, Status.DELIVERED):
                continue
            in_days = clock.unit is Unit.WORKING_DAYS and clock.stopped_at == decided.occurred_at
            if in_days and decided.result != "refused":
                counted[number] = (0.0 if self.is_same_day(case) else clock.used, clock.limit)
        if figure is FigureId.SPEEDUP_ACTUAL_MEAN:
            ratios = {number: used / limit for number, (used, limit) in counted.items() if limit > 0}
            members, sums = set(ratios), (sum(ratios.values()), float(len(ratios)))
        else:
            members = set(counted)
            sums = (sum(used for used, _ in counted.values()), sum(limit for _, limit in counted.values()))
        return Told(members, members, Measure(*sums, len(members), len(self.decided) - len(members)))


def _decided_at(case: Judgement) -> Instant | None:
    decided = case.admission.decided
    return None if decided is None else decided.occurred_at


@pytest.fixture(scope="module")
def connection(module_connection: Connection[Any]) -> Connection[Any]:
    """One database for all tests here."""
    return module_connection


@pytest.fixture(scope="module")
def judged(connection: Connection[Any]) -> JudgedHall:
    return make_judged_hall(connection, cases=400, seed=20260415)


def measures(readings: list[FigureReading]) -> dict[FigureId, Measure | None]:
    return {reading.declaration.id: reading.measure for reading in readings}


def test_counters_cases_and_judgements_give_the_same_numbers(connection: Connection[Any], judged: JudgedHall) -> None:
    for period, departments in SCOPES:
        scope = FigureScope(judged.hall, period, AS_OF, departments)
        counted, direct = (
            measures(read_figures(connection, scope)),
            measures(read_figures(connection, scope, directly=True)),
        )
        assert counted == direct, (period, departments)
        oracle = Oracle(judged, period, departments)
        for figure in CASE_FIGURES:
            told, found = oracle.tell(figure).measure, counted[figure]
            assert found is not None
            assert (found.n, found.excluded) == (told.n, told.excluded), (figure, period, departments)
            assert (found.numerator, found.denominator) == pytest.approx((told.numerator, told.denominator)), figure


def test_the_random_hall_puts_something_on_both_sides_of_every_figure(
    connection: Connection[Any], judged: JudgedHall
) -> None:
    """Guards the test above: a figure that nothing reaches would be equal for no reason."""
    for reading in read_figures(connection, FigureScope(judged.hall, QUARTER, AS_OF)):
        if reading.declaration.population is Population.CASES:
            assert reading.measure is not None
            assert 0 < reading.measure.numerator < reading.measure.denominator, reading.declaration.id
            if reading.declaration.exclusions is not None:
                assert reading.measure.excluded > 0, reading.declaration.id


@pytest.mark.parametrize("part", list(Part))
@pytest.mark.parametrize("figure", CASE_FIGURES)
def test_the_list_behind_a_figure_holds_exactly_the_cases_that_were_counted(
    connection: Connection[Any], judged: JudgedHall, figure: FigureId, part: Part
) -> None:
    for period, departments in SCOPES:
        scope = FigureScope(judged.hall, period, AS_OF, departments)
        told = Oracle(judged, period, departments).tell(figure)
        wanted = told.numerator if part is Part.NUMERATOR else told.denominator
        page = read_figure_cases(connection, scope, figure, part, limit=1000)
        listed = judged.numbers(connection, page.case_ids)
        assert len(listed) == len(set(listed)), "no case twice"
        assert set(listed) == wanted, (period, departments)
        assert page.total == len(wanted)
        assert page.ended is None


@pytest.mark.parametrize("figure", [FigureId.OVERDUE_RATE, FigureId.EARLY_SHARE_OF_ACCEPTED, FigureId.SPEEDUP_ACTUAL])
def test_pages_follow_each_other_without_loss_or_repetition(
    connection: Connection[Any], judged: JudgedHall, figure: FigureId
) -> None:
    scope = FigureScope(judged.hall, QUARTER, AS_OF)
    whole = read_figure_cases(connection, scope, figure, Part.DENOMINATOR, limit=1000).case_ids
    for size in (1, 7, len(whole)):
        found: list[int] = []
        after: FigureCasePosition | None = None
        while True:
            page = read_figure_cases(connection, scope, figure, Part.DENOMINATOR, after=after, limit=size)
            assert len(page.case_ids) <= size
            found += page.case_ids
            after = page.ended
            if after is None:
                break
        assert found == whole


def test_the_list_of_overdue_starts_with_what_fails_and_still_runs(
    connection: Connection[Any], judged: JudgedHall
) -> None:
    scope = FigureScope(judged.hall, QUARTER, AS_OF)
    page = read_figure_cases(connection, scope, FigureId.OVERDUE_RATE, Part.DENOMINATOR, limit=1000)
    cases = [judged.judgements[number] for number in judged.numbers(connection, page.case_ids)]
    clocks = [case.clock("promise") for case in cases]
    groups = [
        0 if not clock.ended else 1 if clock.state is ClockState.BREACHED else 2
        for clock in clocks
        if clock is not None
    ]
    assert groups == sorted(groups)
    assert set(groups) == {0, 1, 2}
    running = [clock.due_at for clock in clocks if clock is not None and not clock.ended]
    assert running == sorted(running, key=lambda due: due or 0), "the longest overdue first"


def test_one_figure_alone_equals_itself_among_all(connection: Connection[Any], judged: JudgedHall) -> None:
    scope = FigureScope(judged.hall, QUARTER, AS_OF)
    everything = measures(read_figures(connection, scope))
    for figure in FIGURES:
        if figure is not FigureId.SPEEDUP_PROMISE_CUT:
            assert read_figure(connection, scope, figure).measure == everything[figure]
    with pytest.raises(ValueError, match="compares two days"):
        read_figure(connection, scope, FigureId.SPEEDUP_PROMISE_CUT)


def test_the_earlier_period_is_read_like_the_period_itself_and_the_change_is_in_points(
    connection: Connection[Any], judged: JudgedHall
) -> None:
    compared = read_figures(connection, FigureScope(judged.hall, MARCH, AS_OF), earlier=MARCH.before)
    alone = measures(read_figures(connection, FigureScope(judged.hall, MARCH.before, AS_OF)))
    for reading in compared:
        if reading.declaration.population is Population.CASES:
            assert reading.earlier_measure == alone[reading.declaration.id]
            assert reading.earlier_period == Period(date(2026, 2, 1), date(2026, 3, 1))
    speedup = compared[0]
    assert speedup.declaration.id is FigureId.SPEEDUP_ACTUAL
    assert speedup.value is not None
    assert speedup.earlier_value is not None
    assert speedup.change_points == pytest.approx((speedup.value - speedup.earlier_value) * 100)
    assert speedup.earlier_label is not None
    assert speedup.earlier_label.en.startswith("2026-02-01 – 2026-02-28 (")


def test_nothing_decided_gives_null_and_no_list(connection: Connection[Any], judged: JudgedHall) -> None:
    scope = FigureScope(judged.hall, NEVER, AS_OF, ["d01"])
    for reading in read_figures(connection, scope):
        if reading.declaration.population is Population.CASES:
            assert reading.value is None, reading.declaration.id


def test_a_figure_of_sums_lists_the_same_cases_on_both_sides() -> None:
    sums = [figure for figure in CASE_FIGURES if FIGURES[figure].weighting is not Weighting.EQUAL]
    assert sums == [FigureId.SPEEDUP_ACTUAL, FigureId.SPEEDUP_ACTUAL_MEAN]


@pytest.mark.parametrize("departments", [None, ["d02"], ["d01", "d03"], [""], ["nobody"]])
def test_the_total_of_all_cases_by_counters_is_that_of_the_cases(
    connection: Connection[Any], judged: JudgedHall, departments: list[str] | None
) -> None:
    [(one_by_one,)] = connection.execute(
        "select count(*) from case_state where %(d)s::text[] is null or coalesce(department, '') = any(%(d)s)",
        {"d": departments},
    ).fetchall()
    assert count_cases(connection, judged.hall.hall_id, CaseFilter(departments=departments)) == one_by_one
    assert (one_by_one > 0) == (departments != ["nobody"])


@pytest.mark.parametrize("departments", [None, ["d02"], ["d01", "d03"], [""]])
@pytest.mark.parametrize("levels", [None, ["red"], ["yellow", "reminder"]])
@pytest.mark.parametrize("states", [None, ["issued"], ["revoked", "closed"]])
def test_the_total_of_cards_by_counters_is_that_of_the_cards(
    connection: Connection[Any],
    judged: JudgedHall,
    departments: list[str] | None,
    levels: list[str] | None,
    states: list[str] | None,
) -> None:
    hall_id, wanted = judged.hall.hall_id, CardFilter(departments=departments, levels=levels, states=states)
    found = select_cards(connection, hall_id, wanted, limit=10_000)
    assert count_cards(connection, hall_id, wanted) == len(found)
    assert found or departments == [""] or states is not None


def test_counters_of_months_and_cards_are_those_of_days_and_cards(
    connection: Connection[Any], judged: JudgedHall
) -> None:
    """And a counter that is wrong is found, in either of them."""
    hall_id = judged.hall.hall_id
    with connection.transaction():
        assert replay(connection, hall_id).differences == []
    for change, table in (
        ("update department_month set decided = decided + 1", "department_month"),
        ("update department_cards set cards = cards + 1", "department_cards"),
        ("update card_day set cards = cards - 1", "card_day"),
    ):
        with connection.transaction(force_rollback=True):
            connection.execute(change.encode())
            assert {found.where.split()[0] for found in replay(connection, hall_id).differences} == {table}


def test_counters_by_limit_are_those_of_the_cases(connection: Connection[Any], judged: JudgedHall) -> None:
    rows = read_speedups(connection, judged.hall.hall_id)
    assert len({row["statutory_days"] for row in rows}) > 2
    for row in rows:
        assert (row["cases"], row["used_days"]) == (row["cases_counted"], row["used_days_counted"])
