"""What the short ways cannot tell for sure they leave to the judge: each of their doubts, made by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from monitor.domain.calendars import WorkingCalendar, national_calendar
from monitor.domain.evaluation import read_items, read_policy
from monitor.domain.events import Event, event_of
from monitor.domain.facts import ClockFacts
from monitor.domain.instants import Instant
from monitor.domain.judge import Rules
from monitor.domain.passing import OWN_START, findings_of_clocks, origins_of, origins_of_clocks, pass_time
from monitor.engine.judged_record import JudgedRecord
from monitor.engine.verdict import judge_case, move_case, pass_case
from tests.support.case_stories import event, item
from tests.support.stored_parts import changed

CALENDAR = national_calendar()
RULES = Rules(read_items([item(promised=5)]), CALENDAR, read_policy({}))
ACCEPTED, BREACHED = "2026-05-11T10:00", "2026-05-18T17:01"
VERSION = 1


def at(text: str) -> Instant:
    return CALENDAR.zone.parse(text)


def told(*events: dict[str, Any]) -> list[Event]:
    return [event_of(one, CALENDAR.zone) for one in events]


EVENTS = told(event("received", "2026-05-11T09:00"), event("accepted", ACCEPTED))


def stored(as_of: str = "2026-05-15T09:01") -> JudgedRecord:
    return judge_case(EVENTS, RULES, at(as_of), VERSION, None).record


def renamed(clocks: list[ClockFacts], **names: str) -> list[ClockFacts]:
    return [changed(clock, name=names.get(clock.name, clock.name)) for clock in clocks]


def test_a_plain_breach_is_known_without_it() -> None:
    passed = pass_case(stored(), EVENTS, RULES, at(BREACHED), VERSION)
    assert passed is not None
    assert [code for code, _, _ in passed.record.anomalies] == ["A05"]


def test_an_accepted_case_without_a_clock_to_warn_of_is_judged() -> None:
    record = stored()
    record.clocks = [clock for clock in record.clocks if clock.name == "acceptance"]
    assert pass_case(record, EVENTS, RULES, at(BREACHED), VERSION) is None


def test_the_breach_of_a_clock_that_no_single_event_starts_is_judged() -> None:
    record = stored()
    record.clocks = renamed(record.clocks, promise="suspension:1")
    assert pass_case(record, EVENTS, RULES, at(BREACHED), VERSION) is None


def test_a_breach_beside_a_clock_that_is_never_due_is_judged() -> None:
    """Beyond the year 3999 no calendar counts."""
    rules = Rules(read_items([item(promised=5, statutory=900_000)]), CALENDAR, RULES.policy)
    record = judge_case(EVENTS, rules, at("2026-05-15T09:01"), VERSION, None).record
    assert pass_case(record, EVENTS, rules, at(BREACHED), VERSION) is None


def test_the_breach_of_a_step_is_known_without_its_start_but_for_what_started_it() -> None:
    rules = Rules(read_items([item(steps={"审查": 1})]), CALENDAR, RULES.policy)
    events = told(event("accepted", ACCEPTED), event("step_started", "2026-05-11T11:00", step="审查"))
    record = judge_case(events, rules, at("2026-05-11T12:00"), VERSION, None).record
    known = origins_of(events), origins_of_clocks(events[0].event_id, events[0].occurred_at, record.clocks)
    assert record.facts is not None
    by_all, by_clocks = (
        pass_time("permit", record.facts, record.clocks, [], origins, rules, at("2026-05-12T17:01"))
        for origins in known
    )
    assert by_all is not None
    assert by_all.findings == [("A04", events[1].event_id, "step:审查 breached")]
    assert by_clocks is not None
    assert by_clocks.findings == [("A04", OWN_START, "step:审查 breached")]


def test_the_order_of_two_findings_is_known_where_at_most_one_names_a_start_of_its_own() -> None:
    rules = Rules(read_items([item(promised=1, steps={"审查": 1, "核准": 1})]), CALENDAR, RULES.policy)
    begun = [
        event("step_started", f"2026-05-11T11:{step[0]}", step=step[1]) for step in (("00", "核准"), ("01", "审查"))
    ]
    for steps, order in ((begun[:1], ["promise breached", "step:核准 breached"]), (begun, None)):
        events = told(event("accepted", ACCEPTED), *steps)
        late = judge_case(events, rules, at("2026-05-12T17:01"), VERSION, None).record
        found = findings_of_clocks(events[0].event_id, events[0].occurred_at, late.clocks)
        assert (None if found is None else [detail for _, _, detail in found]) == order


def test_what_is_found_of_a_clock_that_no_event_of_an_ordinary_case_starts_is_not_known() -> None:
    late = judge_case(EVENTS, RULES, at(BREACHED), VERSION, None).record
    assert findings_of_clocks("e1", at(ACCEPTED), late.clocks) == [("A05", "e1", "promise breached")]
    assert findings_of_clocks(None, None, late.clocks) is None
    begun_before = [changed(clock, name="step:审查") for clock in late.clocks]
    assert findings_of_clocks("e1", at(ACCEPTED), begun_before) is None
    assert findings_of_clocks("e1", at(ACCEPTED), [changed(clock, name="acceptance") for clock in late.clocks]) is None


def test_a_breach_whose_starting_event_is_not_among_the_events_is_judged() -> None:
    assert pass_case(stored(), EVENTS[:1], RULES, at(BREACHED), VERSION) is None


def test_a_finding_about_an_event_that_is_not_there_is_judged() -> None:
    record = stored()
    record.anomalies = [("A13", "an event of another case", "")]
    assert pass_case(record, EVENTS, RULES, at(BREACHED), VERSION) is None


@pytest.mark.parametrize("as_of", ["2026-05-18T17:01", "2026-06-30T09:00"])
def test_a_case_that_time_has_changed_since_is_not_moved_by_a_calendar(as_of: str) -> None:
    assert move_case(stored(), EVENTS, RULES, at(as_of), VERSION + 1) is None


def test_a_due_time_that_is_past_already_is_not_moved_by_a_calendar() -> None:
    """Only a calendar that changes days gone by could do so, and that is the judge's."""
    content = CALENDAR.content
    closed = WorkingCalendar(replace(content, holidays=content.holidays | {date(2026, 5, 14)}))
    record = stored(BREACHED)
    other = Rules(RULES.items, closed, RULES.policy)
    assert move_case(record, EVENTS, other, at(BREACHED), VERSION + 1) is None
