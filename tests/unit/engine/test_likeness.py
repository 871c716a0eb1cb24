"""What makes cases alike names every fact that time and calendar may ask; of a new one somebody has to say so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from monitor.domain.calendars import CalendarContent, WorkingCalendar
from monitor.domain.facts import CLOCK_COLUMNS, FACT_COLUMNS, CaseFacts, ClockFacts
from monitor.domain.instants import DAY, HOUR, Instant, instant_of
from monitor.engine.likeness import BYTES, Likeness
from tests.support.stored_parts import changed

NOT_ASKED_OF_A_CASE = {
    "received_at", "accepted_claimed_at", "result", "used_days", "statutory_days", "suspended_days", "first_event_at",
}  # fmt: skip
"""They count for a day or a mean, before and after alike; no rule of time or calendar looks at them."""
NOT_ASKED_OF_A_CLOCK = {"stopped_at", "early", "used", "suspended"}
"""What its end has fixed."""

CALENDAR = WorkingCalendar(CalendarContent())
AS_OF = instant_of(datetime.fromisoformat("2026-11-26T12:00:00+08:00"))
ACCEPTED_AT = instant_of(datetime.fromisoformat("2026-11-25T10:00:00+08:00"))
CLOCK = ClockFacts(
    0, "promise", ACCEPTED_AT, "working_days", 5.0, 0.0, AS_OF + DAY, None, None, False, "running", False, None,
    None, False,
)  # fmt: skip
FACTS = CaseFacts(
    "I1", "D1", "accepted", "green", ACCEPTED_AT, ACCEPTED_AT, None, False, None, None, None, AS_OF + DAY, "running",
    AS_OF + 5 * DAY, "running", None, None, None, AS_OF + DAY, ACCEPTED_AT,
)  # fmt: skip
BESIDE: dict[str, Any] = {
    "calendar_version": 3,
    "cards_not_before": None,
    "ordinary": True,
    "accepted": True,
    "carded": False,
}


def likeness(calendar_version: int = 3) -> Likeness:
    return Likeness(CALENDAR, calendar_version, AS_OF)


def digest(facts: CaseFacts = FACTS, clock: ClockFacts = CLOCK, source_id: int = 1, **beside: Any) -> bytes:
    return likeness().digest(source_id, facts, [clock], **{**BESIDE, **beside})


def others(columns: tuple[str, ...], row: tuple[object, ...]) -> Iterator[tuple[str, Any]]:
    """Of each column another value."""
    for name, value in zip(columns, row, strict=True):
        if isinstance(value, bool):
            yield name, not value
        elif isinstance(value, (int, float)):
            yield name, value + 10 * DAY
        elif name in ("used", "suspended") or name.endswith("_days"):
            yield name, 7.0
        else:
            yield name, AS_OF if name.endswith("_at") or name == "due_at_if_refused" else f"{value}x"


@pytest.mark.parametrize(("name", "other"), list(others(FACT_COLUMNS, FACTS.row())))
def test_every_fact_of_a_case_makes_it_another_or_is_known_not_to_be_asked(name: str, other: Any) -> None:
    assert (digest(changed(FACTS, **{name: other})) == digest()) == (name in NOT_ASKED_OF_A_CASE)


@pytest.mark.parametrize(("name", "other"), list(others(CLOCK_COLUMNS, CLOCK.row())))
def test_every_fact_of_a_clock_makes_it_another_or_is_known_not_to_be_asked(name: str, other: Any) -> None:
    assert (digest(clock=changed(CLOCK, **{name: other})) == digest()) == (name in NOT_ASKED_OF_A_CLOCK)


@pytest.mark.parametrize(
    ("name", "other"),
    [("calendar_version", 4), ("cards_not_before", AS_OF), ("ordinary", False), ("accepted", False), ("carded", True)],
)
def test_what_stands_beside_the_facts_makes_it_another(name: str, other: Any) -> None:
    assert digest(**{name: other}) != digest()


def test_another_source_is_asked_by_itself() -> None:
    assert digest(source_id=2) != digest()
    assert len(digest()) == BYTES


def started(at: Instant, unit: str = "working_days") -> tuple[CaseFacts, ClockFacts]:
    return changed(FACTS, accepted_at=at), changed(CLOCK, started_at=at, unit=unit)


@pytest.mark.parametrize(
    ("hour", "is_alike"), [(-2, False), (-1, True), (0, True), (6.999, True), (7, True), (7.001, False), (24, False)]
)
def test_of_a_start_the_stretch_of_the_day_is_asked(hour: float, is_alike: bool) -> None:
    """It began at ten; offices open at nine and close at five."""
    assert (digest(*started(ACCEPTED_AT + round(hour * HOUR))) == digest()) == is_alike


def test_a_limit_in_hours_counts_from_its_very_instant() -> None:
    assert digest(*started(ACCEPTED_AT + 1, "working_hours")) != digest(*started(ACCEPTED_AT, "working_hours"))


def test_long_ago_to_come_and_by_another_calendar_only_the_same_instant_is_alike() -> None:
    for at in (ACCEPTED_AT - 200 * DAY, AS_OF + DAY):
        assert digest(*started(at)) == digest(*started(at))
        assert digest(*started(at)) != digest(*started(at + 1))
    facts, clock = started(ACCEPTED_AT + 1)
    by_another = [likeness(4).digest(1, *pair, **BESIDE) for pair in ((FACTS, [CLOCK]), (facts, [clock]))]
    assert by_another[0] != by_another[1]
