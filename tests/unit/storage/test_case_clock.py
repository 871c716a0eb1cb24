"""Case time is real time where no row says otherwise, and jumps, runs or stands as rows say."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.storage.case_clock import REAL_TIME, CaseClock, CaseClockRow

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def row(seconds: float, case_hours: float, rate: float) -> CaseClockRow:
    return CaseClockRow(START + timedelta(seconds=seconds), START + timedelta(hours=case_hours), rate, "test")


def real(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_without_rows_case_time_is_real_time() -> None:
    clock = CaseClock()
    assert clock.at(START) == START
    assert clock.current_row() == REAL_TIME
    before = datetime.now(UTC)
    assert before <= clock.now() <= datetime.now(UTC)


def test_before_the_first_row_it_is_real_time_and_from_its_instant_on_the_row_holds() -> None:
    clock = CaseClock([row(10, 5, 60)])
    assert clock.at(real(9.999999)) == real(9.999999)
    assert clock.at(real(10)) == START + timedelta(hours=5)
    assert clock.at(real(70)) == START + timedelta(hours=6)


def test_rows_follow_one_another_whatever_the_order_they_come_in() -> None:
    clock = CaseClock([row(20, 9, 0), row(10, 5, 60)])
    assert clock.at(real(15)) == START + timedelta(hours=5, minutes=5)
    assert clock.at(real(20)) == clock.at(real(2000)) == START + timedelta(hours=9)


def test_case_time_is_aware_and_in_utc() -> None:
    east = datetime.fromisoformat("2026-03-02T09:00:00+08:00")
    clock = CaseClock([CaseClockRow(START, east, 2.0, "test")])
    assert clock.at(real(1)).tzinfo == UTC


def test_the_real_moment_of_a_case_moment() -> None:
    clock = CaseClock([row(10, 5, 60), row(20, 9, 0), row(40, 10, 3600)])
    after = real(10)
    assert clock.real_time_of(START + timedelta(hours=5, minutes=2), after) == real(12)
    assert clock.real_time_of(START + timedelta(hours=5), real(15)) == real(15)  # reached already
    assert clock.real_time_of(START + timedelta(hours=8), after) == real(20)  # jumped over
    assert clock.real_time_of(START + timedelta(hours=9.5), after) == real(40)  # stands at nine, then jumps to ten
    assert clock.real_time_of(START + timedelta(hours=12), after) == real(42)


def test_a_clock_that_stands_never_gets_there() -> None:
    clock = CaseClock([row(10, 5, 0)])
    assert clock.real_time_of(START + timedelta(hours=6), real(11)) is None


@given(
    st.lists(st.tuples(st.integers(0, 100), st.integers(0, 50), st.sampled_from([0.0, 0.5, 1.0, 60.0])), max_size=4),
    st.integers(-5, 120),
    st.integers(-5, 60),
)
def test_the_real_moment_is_the_first_at_which_case_time_has_come(
    given_rows: list[tuple[int, int, float]], after: int, case_hours: int
) -> None:
    distinct = {seconds: row(seconds, hours, rate) for seconds, hours, rate in given_rows}
    clock = CaseClock(list(distinct.values()))
    wanted = START + timedelta(hours=case_hours)
    found = clock.real_time_of(wanted, real(after))
    if found is None:
        assert all(clock.at(real(after + step)) < wanted for step in range(0, 400_000, 997))
        return
    assert clock.at(found) >= wanted - timedelta(microseconds=60)  # a microsecond of real time is up to 60 of case time
    for step in range(1, 20):
        earlier = found - (found - real(after)) * step / 20 - timedelta(microseconds=1)
        assert earlier < real(after) or clock.at(earlier) < wanted
