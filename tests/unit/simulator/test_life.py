"""What the hall does in its days: the same every time, at its hours, and with the speed-up coming out of the cases."""

from collections import Counter
from datetime import date, datetime

import pytest

from monitor.domain.evaluation import describe
from monitor.domain.events import event_of
from monitor.domain.instants import instant_of
from monitor.domain.judge import Rules, judge
from monitor.simulator.deeds import DEEDS
from monitor.simulator.forged_records import FORGERIES, PlayedCase
from monitor.simulator.items import HOURLY
from monitor.simulator.life import BEFORE_REFORM, LIVE_FROM, HallLife
from monitor.simulator.registry import SimulatedHall
from monitor.simulator.working_days import CLOSING, DAY, OPENING, WorkingDays, day_number

FIRST, LAST = date(2026, 2, 10), date(2026, 5, 31)
LONG_AFTER = instant_of(datetime.fromisoformat("2027-06-01T12:00+08:00"))


def lived(hall: SimulatedHall, first: date, last: date, *, seed: int = 7, volume: float = 0.3) -> list[PlayedCase]:
    life = HallLife(hall, seed, volume)
    return [case for day in life.days.span(day_number(first), day_number(last)) for case in life.cases(day)]


def lived_before_reform(hall: SimulatedHall, *, seed: int = 7) -> list[PlayedCase]:
    life = HallLife(hall, seed)
    days = life.days.span(*map(day_number, BEFORE_REFORM))
    return [case for day in days for case in life.cases_before_reform(day)]


@pytest.fixture(scope="module")
def four_months(hall: SimulatedHall) -> list[PlayedCase]:
    return lived(hall, FIRST, LAST)


def actual_speedup(cases: list[PlayedCase], rules: Rules, decided_in: str = "") -> tuple[float, int]:
    """1 − Σ used ÷ Σ statutory limit of the decided cases judged in working days, and how many they are."""
    used = limits = count = 0.0
    for case in cases:
        decided = [event for event in case.events if event.fields["kind"] == "decided"]
        if not decided or not decided[0].fields["occurred_at"].startswith(decided_in):
            continue
        judgement = judge([event_of(event.fields, rules.calendar.zone) for event in case.events], rules, LONG_AFTER)
        assert judgement is not None
        clocks = describe(judgement, rules.calendar.zone)["clocks"]
        statutory = next((clock for clock in clocks if clock["name"] == "statutory" and clock["stopped_at"]), None)
        if statutory is not None and statutory["unit"] == "working_days":
            used, limits, count = used + statutory["used"], limits + statutory["limit"], count + 1
    return 1 - used / limits, int(count)


def test_actual_speedup_comes_out_near_70_percent_in_every_full_month(
    four_months: list[PlayedCase], rules: Rules
) -> None:
    for month in ("2026-03", "2026-04", "2026-05"):
        speedup, cases = actual_speedup(four_months, rules, month)
        assert cases > 1500
        assert 0.66 <= speedup <= 0.74, month


@pytest.mark.parametrize("seed", [7, 8])
def test_actual_speedup_was_near_40_percent_before_the_reform(hall: SimulatedHall, rules: Rules, seed: int) -> None:
    speedup, cases = actual_speedup(lived_before_reform(hall, seed=seed), rules)
    assert cases > 500
    assert 0.37 <= speedup <= 0.43


def test_the_same_seed_lives_the_same_days_whatever_day_is_asked_for_first(hall: SimulatedHall) -> None:
    def lines(life: HallLife, day: date) -> list[bytes]:
        return [event.line() for case in life.cases(day_number(day)) for event in case.events]

    forward, alone = HallLife(hall, 5, 0.2), HallLife(hall, 5, 0.2)
    days = [date(2026, 3, 2), date(2026, 3, 3)]
    both = [lines(forward, day) for day in days]
    assert lines(alone, days[1]) == both[1]
    assert lines(HallLife(hall, 6, 0.2), days[1]) != both[1]


def test_halls_that_live_alike_share_a_mark_and_others_do_not(hall: SimulatedHall) -> None:
    marks = [HallLife(hall, seed, volume).fingerprint() for seed, volume in ((5, 0.2), (5, 0.2), (6, 0.2), (5, 0.3))]
    assert marks[0] == marks[1]
    assert len(set(marks)) == 3


def test_event_ids_and_case_numbers_are_unique_in_their_source(four_months: list[PlayedCase]) -> None:
    cases = four_months
    ids = Counter((event.source, event.event_id) for case in cases for event in case.events)
    numbers = Counter((case.events[0].source, case.events[0].fields["case_no"]) for case in cases)
    assert set(ids.values()) == {1}
    assert set(numbers.values()) == {1}


def test_a_case_belongs_to_the_source_of_its_department(hall: SimulatedHall, four_months: list[PlayedCase]) -> None:
    sources = {desk.source: desk.code for desk in hall.desks}
    for case in four_months:
        assert {sources[event.source] for event in case.events} == {event.fields["department"] for event in case.events}


def test_cases_are_received_while_windows_serve_with_a_peak_in_the_morning(four_months: list[PlayedCase]) -> None:
    days = WorkingDays()
    received = [event.occurred for case in four_months for event in case.events if event.fields["kind"] == "received"]
    assert all(days.is_working(moment // DAY) for moment in received)
    assert all(OPENING <= moment % DAY < CLOSING for moment in received)
    hours = Counter(moment % DAY // 3600 for moment in received)
    assert max(hours, key=lambda hour: hours[hour]) == 10
    assert hours[12] < hours[10] / 2


def test_what_can_miss_a_due_time_happens_before_the_last_minutes_of_a_day_or_after_them(
    four_months: list[PlayedCase],
) -> None:
    """A record that is a moment late must not look like a breach."""
    clocked = {"accepted", "refused", "corrections_requested", "decided", "delivered", "resumed", "step_finished"}
    for case in four_months:
        for event in case.events:
            if event.fields["kind"] in clocked:
                assert not CLOSING - 300 < event.occurred % DAY <= CLOSING, event


def test_items_promised_in_hours_are_taken_up_with_life_and_their_limits_run_out_at_any_minute(
    hall: SimulatedHall, four_months: list[PlayedCase], rules: Rules
) -> None:
    hourly = {item.code for item in hall.items if item.is_hourly}
    of_hours = [case for case in four_months if case.events[0].fields["item"] in hourly]
    assert len(hourly) == HOURLY
    assert min(case.events[0].occurred for case in of_hours) // DAY >= day_number(LIVE_FROM) - 3
    broken = {
        finding.since % (60 * 1_000_000) for case in of_hours for finding in case.findings if finding.code == "A05"
    }
    assert len(broken) > 5


def test_events_are_sent_when_they_happen_or_later_never_before(four_months: list[PlayedCase]) -> None:
    assert all(event.known >= event.occurred for case in four_months for event in case.events)


def test_every_kind_of_wrongdoing_is_planted_within_two_weeks_and_leads_to_its_codes(hall: SimulatedHall) -> None:
    cases = lived(hall, FIRST, date(2026, 3, 6), volume=0.05)
    committed = {
        **{deed.name: set(deed.codes) for deed in DEEDS},
        **{forgery.name: set(forgery.codes) for forgery in FORGERIES},
    }
    planted = [case for case in cases if case.deed is not None]
    assert {case.deed for case in planted} == set(committed)
    for case in planted:
        assert case.deed is not None
        assert committed[case.deed] <= {finding.code for finding in case.findings}, case.deed


def test_slow_departments_break_promises_by_themselves(hall: SimulatedHall, four_months: list[PlayedCase]) -> None:
    slow = {desk.source for desk in hall.desks if desk.tempo == "slow"}
    broken: Counter[bool] = Counter()
    total: Counter[bool] = Counter()
    for case in four_months:
        if case.deed is None:
            total[case.events[0].source in slow] += 1
            broken[case.events[0].source in slow] += any(finding.code == "A05" for finding in case.findings)
    assert broken[True] / total[True] > 4 * broken[False] / total[False] > 0


def test_before_the_reform_nothing_is_planted_and_every_case_comes_to_an_end(hall: SimulatedHall) -> None:
    for case in lived_before_reform(hall):
        assert case.deed is None
        assert {event.fields["kind"] for event in case.events} & {"decided", "refused"}
