"""How well a source is heard: a function of what it said last, the calendar and the moment asked about."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from monitor.domain.calendars import WorkingCalendar, calendar_content, national_calendar
from monitor.domain.instants import Instant, instant_of
from monitor.domain.silence import Hearing, hearing_of, silent_a_day_from, silent_from
from monitor.domain.working_time import has_working_time

CALENDAR = national_calendar()
FRIDAY_MORNING = "2026-05-15T09:40"
LONG_MONTHS = ("01", "03", "05", "07", "08", "10", "12")


def at(text: str) -> Instant:
    return instant_of(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai")))


def hearing(complete_until: str, as_of: str, deaf_until: str | None = None) -> Hearing:
    return hearing_of(CALENDAR, at(complete_until), at(as_of), None if deaf_until is None else at(deaf_until))


@pytest.mark.parametrize(
    ("complete_until", "as_of", "expected"),
    [
        (FRIDAY_MORNING, "2026-05-15T10:10", Hearing.CURRENT),
        (FRIDAY_MORNING, "2026-05-15T10:11", Hearing.SILENT),
        ("2026-05-15T16:45", "2026-05-18T09:15", Hearing.CURRENT),
        ("2026-05-15T16:45", "2026-05-18T09:16", Hearing.SILENT),
        (FRIDAY_MORNING, "2026-05-18T09:40", Hearing.SILENT),
        (FRIDAY_MORNING, "2026-05-18T09:41", Hearing.SILENT_A_DAY),
        ("2026-05-15T17:00", "2026-05-17T23:00", Hearing.CURRENT),
    ],
)
def test_silence_is_counted_in_working_time(complete_until: str, as_of: str, expected: Hearing) -> None:
    """Over a weekend nobody is silent: 30 working minutes, then one working day (8 h of opening)."""
    assert hearing(complete_until, as_of) is expected


def test_no_source_is_blamed_for_the_time_in_which_nobody_listened() -> None:
    """The supervision was down from 10 to 14 o'clock; its sources could not have been heard, whatever they said."""
    assert hearing("2026-05-15T09:59", "2026-05-15T14:01") is Hearing.SILENT
    assert hearing("2026-05-15T09:59", "2026-05-15T14:01", "2026-05-15T14:00") is Hearing.AWAITED
    assert hearing("2026-05-15T09:59", "2026-05-15T14:31", "2026-05-15T14:00") is Hearing.SILENT
    assert hearing("2026-05-15T14:01", "2026-05-15T14:02", "2026-05-15T14:00") is Hearing.CURRENT


def test_the_moments_of_silence_are_those_at_which_it_is_reached() -> None:
    assert silent_from(CALENDAR, at("2026-05-15T16:45")) == at("2026-05-18T09:15")
    assert silent_a_day_from(CALENDAR, at("2026-05-15T16:45")) == at("2026-05-18T16:45")


def test_only_silence_has_a_feed_card() -> None:
    assert [hearing for hearing in Hearing if hearing.is_silent] == [Hearing.SILENT, Hearing.SILENT_A_DAY]


def closed_all_year() -> WorkingCalendar:
    days = [f"2026-{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 29)]
    content = {"years": {"2026": {"holidays": [*days, "2026-06-29", "2026-06-30"], "workdays": []}}}
    return WorkingCalendar(calendar_content([content]))


def test_a_calendar_without_working_time_is_told_from_a_long_holiday() -> None:
    """Edge case 60: work hours not configured, no card ever issued and nobody told."""
    assert has_working_time(CALENDAR, at("2026-09-30T17:00"))
    assert not has_working_time(closed_all_year(), at("2026-06-01T09:00"))


def test_a_calendar_that_closes_every_day_has_no_days_ahead_and_no_silence() -> None:
    """Edge case 60: the board asked for the next ten working days, and the engine died of there being none."""
    days = [f"{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 32)]
    real = [day for day in days if day[3:] <= "29" or (day[3:] == "30" and day[:2] != "02") or day[:2] in LONG_MONTHS]
    calendar = WorkingCalendar(calendar_content([{"fixed_holidays": real}]))
    today = calendar.zone.day(at("2026-06-01T09:00"))
    assert calendar.working_days_from(today, 10) == []
    assert silent_from(calendar, at("2026-06-01T09:00")) is None
    assert silent_a_day_from(calendar, at("2026-06-01T09:00")) is None
