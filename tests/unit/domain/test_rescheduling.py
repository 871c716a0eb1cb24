"""A calendar with other days to come: what is moved is stored as judging anew would, over thousands of lives."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from random import Random

import pytest

from monitor.domain.calendars import (
    ALWAYS,
    NEVER,
    CalendarContent,
    WorkingCalendar,
    first_difference,
    national_calendar,
)
from monitor.domain.events import Event
from monitor.domain.instants import Instant, date_of, day_of
from monitor.domain.judge import Rules
from monitor.engine.record import pack_record
from monitor.engine.verdict import judge_case, move_case
from tests.support.ordinary_lives import ordinary_lives
from tests.support.random_cases import random_cases
from tests.support.stored_parts import copy_of

BLOCK = 400
BLOCKS = 5
LONG_BLOCKS = 60


def other_calendar(calendar: WorkingCalendar, as_of: Instant, rng: Random) -> WorkingCalendar:
    """The same up to today; then days are closed, opened, or their years published or no longer."""
    content, today = calendar.content, calendar.zone.day(as_of)
    days = {date_of(today + 1 + rng.randrange(30)) for _ in range(rng.randrange(1, 6))}
    years = content.published_years
    if rng.random() < 0.3:
        coming = {year for year in range(date_of(today).year + 1, date_of(today).year + 4) if rng.random() < 0.5}
        years = years ^ coming
    changed = rng.choice(["holidays", "workdays"])
    other = replace(content, published_years=years, **{changed: getattr(content, changed) ^ days})
    assert first_difference(content, other) > today
    return WorkingCalendar(other)


def move(events: list[Event], rules: Rules, as_of: Instant, rng: Random) -> str:
    """Judge by one calendar, then move to another; hold it against the judge and say what became of it."""
    before = judge_case(events, rules, as_of, 3, None).record
    other = Rules(rules.items, other_calendar(rules.calendar, as_of, rng), rules.policy)
    anew = judge_case(events, other, as_of, 4, None)
    moved = move_case(copy_of(before), events, other, as_of, 4)
    if moved is None:
        return "judged"
    assert pack_record(moved.record) == pack_record(anew.record)
    assert (moved.facts, moved.cards) == (anew.facts, anew.cards)
    return "left" if before.clocks == moved.record.clocks else "moved"


@pytest.mark.parametrize(
    "block",
    [*range(BLOCKS), *(pytest.param(block, marks=pytest.mark.long) for block in range(BLOCKS, LONG_BLOCKS))],
)
def test_what_a_calendar_moves_is_stored_as_judging_anew_would(block: int) -> None:
    became = {"moved": 0, "left": 0, "judged": 0}
    for life in ordinary_lives(range(block * BLOCK, (block + 1) * BLOCK)):
        rng = Random(life.seed)
        known = rng.randrange(1, len(life.arrivals) + 1)
        events = [event for event, _ in life.arrivals[:known]]
        became[move(events, life.rules, life.arrivals[known - 1][1], rng)] += 1
    assert became["moved"] > BLOCK / 8
    assert became["left"] > BLOCK / 8


def test_the_wildest_histories_are_moved_rightly_or_judged() -> None:
    became = [move(case.events, case.rules, case.as_of, case.rng) for case in random_cases(range(50_000, 51_500))]
    assert became.count("moved") + became.count("left") > 10


def test_calendars_differ_from_the_first_day_on_that_either_names_alone() -> None:
    content = national_calendar().content
    first = date(2026, 11, 3)
    assert first_difference(content, content) == NEVER
    assert first_difference(content, replace(content, names={}, version="other words")) == NEVER
    later = {date(2026, 12, 24), first}
    assert first_difference(content, replace(content, holidays=content.holidays | later)) == day_of(first)
    assert first_difference(replace(content, workdays=content.workdays | {first}), content) == day_of(first)
    unpublished = replace(content, published_years=content.published_years - {2026})
    assert first_difference(content, unpublished) == day_of(date(2026, 1, 1))


@pytest.mark.parametrize(
    "change",
    [
        {"zone": "Asia/Urumqi"},
        {"opening": time(10)},
        {"closing": time(18)},
        {"fixed_holidays": frozenset({"05-01"})},
    ],
)
def test_other_hours_or_fixed_holidays_make_every_day_another(change: dict[str, object]) -> None:
    content = CalendarContent()
    assert first_difference(content, replace(content, **change)) == ALWAYS  # type: ignore[arg-type]
