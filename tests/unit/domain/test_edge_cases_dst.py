"""Summer time and time zone mistakes of other systems, and what ours does (edge cases 35–40)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.domain.evaluation import read_calendar
from monitor.domain.explain import explain_clock
from monitor.domain.instants import date_of, datetime_of, day_of, instant_of
from tests.support.case_stories import (
    AMSTERDAM,
    NEW_YORK,
    Fields,
    clock,
    clock_names,
    codes,
    due,
    event,
    item,
    judged,
    judgement_of,
    suspended,
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.fixture
def machine_in_new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine's own zone is far from the calendar's."""
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        pytest.param("2026-03-10T14:30:00", "2026-05-05T14:30:00+02:00", id="into summer time"),
        pytest.param("2026-10-01T14:30:00", "2026-11-26T14:30:00+01:00", id="out of summer time"),
        pytest.param("2026-06-01T14:30:00", "2026-07-27T14:30:00+02:00", id="within summer time"),
    ],
)
def test_eight_weeks_end_at_the_same_civil_time(accepted: str, expected: str) -> None:
    """Edge case 35: the solution time was an hour wrong when summer time changed in between.

    56 calendar days with `counting` clock end at the clock time of the start, as told to the applicant.
    """
    items = [item(promised=56, unit="calendar_days", counting="clock", roll=False)]

    promise = clock(judged([event("accepted", accepted)], accepted, items, AMSTERDAM), "promise")

    assert promise["due_at"] == expected


def test_a_working_hour_is_a_real_hour_on_the_day_of_the_change() -> None:
    """Edge case 35: the hour that is skipped was counted as worked, the hour that is repeated was not.

    A hall open from 00:00 to 06:00 has five hours on the day summer time begins and seven when it ends.
    """
    sundays = {"workdays": ["2026-03-29", "2026-10-25"]}
    calendar = {**AMSTERDAM, "opening": "00:00", "closing": "06:00", "years": {"2026": sundays}}
    items = [item(promised=50, unit="working_hours")]

    used = [
        clock(judged([event("accepted", f"{day}T00:00")], f"{day}T12:00", items, calendar), "promise")["used"]
        for day in ("2026-03-27", "2026-03-29", "2026-10-25")
    ]

    assert used == [6, 5, 7]


@pytest.mark.parametrize(("zone", "calendar"), [("Europe/Amsterdam", AMSTERDAM), ("America/New_York", NEW_YORK)])
def test_opening_and_closing_stay_where_the_clock_on_the_wall_shows_them(zone: str, calendar: Fields) -> None:
    """Edge case 36: schedules and escalation windows moved by an hour after summer time changed.

    On every day of the year ours opens at nine and closes at five of local time.
    """
    working = read_calendar(calendar)
    for n in range(365):
        day = day_of(date(2026, 1, 1) + timedelta(days=n))
        shown = [
            datetime_of(at, ZoneInfo(zone)).strftime("%H:%M")
            for at in (working.opening_at(day), working.closing_at(day))
        ]
        assert shown == ["09:00", "17:00"], date_of(day)


@pytest.mark.parametrize(("month", "last"), [("03", "31"), ("10", "30"), ("11", "30")])
def test_a_limit_on_the_last_day_of_a_month_with_a_change_ends_on_that_day(month: str, last: str) -> None:
    """Edge case 37: a rule for the last day of the month took effect a day early in a month with a change of time.

    Days of ours are local dates; one of 23 or 25 hours counts as one.
    """
    accepted = f"2026-{month}-01T00:00"
    days = int(last) - 1
    for calendar in (AMSTERDAM, NEW_YORK):
        judgement = judged(
            [event("accepted", accepted)], accepted, [item(promised=days, unit="calendar_days")], calendar
        )
        assert due(judgement) == f"2026-{month}-{last}T17:00"


@pytest.mark.parametrize(
    "start", ["2026-10-25T01:30:00+02:00", "2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"]
)
def test_one_working_hour_across_the_repeated_hour_is_an_hour_later(start: str) -> None:
    """Edge case 38: one working hour added across the end of summer time gave the same instant back.

    Ours is due one real hour after the start, before, in and after the repeated hour.
    """
    calendar = {**AMSTERDAM, "opening": "00:00", "closing": "06:00", "years": {"2026": {"workdays": ["2026-10-25"]}}}

    promise = clock(
        judged([event("accepted", start)], start, [item(promised=1, unit="working_hours")], calendar), "promise"
    )

    assert utc(promise["due_at"]) - utc(start) == timedelta(hours=1)


def test_a_local_time_that_occurs_twice_is_the_earlier_and_one_that_does_not_moves_forward() -> None:
    """Edge case 38: local times inside the change were read as the same instant, or as none.

    The page of rules: twice there, the earlier one; not there, moved forward over the gap.
    """
    zone = read_calendar(AMSTERDAM).zone

    assert zone.parse("2026-10-25T02:30:00") == instant_of(utc("2026-10-25T02:30:00+02:00"))
    assert zone.parse("2026-03-29T02:30:00") == instant_of(utc("2026-03-29T03:30:00+02:00"))


@pytest.mark.parametrize(
    ("sent", "due_day"),
    [
        pytest.param("2026-10-07T15:59:59Z", "2026-10-08", id="last second of the holiday in Shanghai"),
        pytest.param("2026-10-07T16:00:00Z", "2026-10-09", id="first second of the working day"),
        pytest.param("2026-10-07T23:59:59-10:00", "2026-10-09", id="sent from Honolulu"),
    ],
)
def test_the_local_day_is_the_calendars_whatever_zone_the_sender_writes(sent: str, due_day: str) -> None:
    """Edge case 39: a holiday was clipped because company and employee were in different zones.

    An instant belongs to the date the hall's calendar shows, in whatever zone it was written.
    """
    judgement = judged([event("accepted", sent)], "2026-10-09T10:00", [item(promised=1)])

    assert due(judgement) == f"{due_day}T17:00"


def test_attendance_near_midnight_falls_on_its_own_day() -> None:
    """Edge case 39: attendance near midnight was put on the neighbouring day.

    A decision a second after midnight of the day after the due day is late by one day, one before is not the next day.
    """
    accepted = event("accepted", "2026-05-11T10:00")
    late = judged([accepted, event("decided", "2026-05-26T00:00:01")], "2026-05-27T10:00")
    same_day = judged([accepted, event("decided", "2026-05-25T23:59:59")], "2026-05-27T10:00")

    assert (clock(late, "promise")["used"], clock(same_day, "promise")["used"]) == (11, 10)
    assert [clock(one, "promise")["state"] for one in (late, same_day)] == ["breached", "breached"]


def test_the_machines_own_zone_does_not_matter(machine_in_new_york: None) -> None:
    """Edge case 39: results depended on the zone of the machine.

    The pure package never asks it: a machine in New York judges a case in Shanghai as one there does.
    """
    events = [event("accepted", "2026-09-30T10:00"), suspended("2026-10-08", 2)]

    assert datetime.now(UTC).astimezone().tzname() in ("EST", "EDT"), "the machine is where the test puts it"
    assert due(judged(events, "2026-10-09T10:00", [item(promised=5)])) == "2026-10-15T17:00"


@pytest.mark.parametrize(("calendar", "first"), [(AMSTERDAM, date(2026, 10, 20)), (NEW_YORK, date(2026, 10, 27))])
def test_every_day_across_the_end_of_summer_time_is_there_once(calendar: Fields, first: date) -> None:
    """Edge case 40: a warehouse stopped producing rows when summer time ended; another gave an id twice.

    Across the change the explanation of ours holds every local day exactly once and its counted days add up to T.
    """
    accepted = f"{first}T10:00"
    case = judgement_of([event("accepted", accepted)], accepted, [item(promised=10)], calendar)
    promise = case.clock("promise")
    assert promise is not None

    days = explain_clock(case, promise)

    assert [date_of(one.day) for one in days] == [first + timedelta(days=n) for n in range(len(days))]
    assert [one.number for one in days if one.counted] == list(range(1, 11))
    assert [one.due_day for one in days] == [False] * (len(days) - 1) + [True]


def test_clocks_begun_in_the_repeated_hour_keep_their_own_names() -> None:
    """Edge case 40: two rows with one id appeared in the repeated hour.

    Two runs of one step in it, an hour apart by real time and equal on the wall, are two clocks with two names.
    """
    events = [
        event("accepted", "2026-10-23T10:00"),
        event("step_started", "2026-10-25T02:30:00+02:00", step="审查"),
        event("step_finished", "2026-10-25T02:45:00+02:00", step="审查"),
        event("step_started", "2026-10-25T02:30:00+01:00", step="审查"),
    ]

    judgement = judged(events, "2026-10-26T10:00", [item(steps={"审查": 2})], AMSTERDAM)

    assert clock_names(judgement) == ["promise", "statutory", "step:审查", "step:审查:2"]
    assert [clock(judgement, name)["state"] for name in ("step:审查", "step:审查:2")] == ["met", "running"]
    assert "X04" not in codes(judgement)
