"""Judging from plain JSON shapes: what `e-supervision evaluate` and `explain` do, without any database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from monitor.domain.calendars import WorkingCalendar, calendar_content, national_calendar
from monitor.domain.clocks import Clock
from monitor.domain.events import Event, event_of
from monitor.domain.instants import Instant, Zone, instant_of
from monitor.domain.item_history import ItemCatalogue
from monitor.domain.items import ItemVersion, Policy
from monitor.domain.judge import Judgement, Rules, judge


class BadRules(ValueError):
    """Items or policy that cannot be used: the text says where and what to do."""


def read_items(described: Any) -> ItemCatalogue:
    """The I of the contract: a JSON array of item versions. Raises BadRules."""
    try:
        return ItemCatalogue(msgspec.convert(described, list[ItemVersion], strict=False))
    except msgspec.ValidationError as error:
        raise BadRules(f"items: {error}: give a JSON array of item versions (see the evaluate contract)") from error


def read_policy(described: Any) -> Policy:
    """The P of the contract; absent keys are the defaults. Raises BadRules."""
    try:
        return msgspec.convert(described or {}, Policy)
    except msgspec.ValidationError as error:
        raise BadRules(f"policy: {error}") from error


def read_calendar(described: Mapping[str, Any] | None) -> WorkingCalendar:
    """The C of the contract, or the built-in national calendar. Raises BadCalendar."""
    return national_calendar() if described is None else WorkingCalendar(calendar_content([described]))


def evaluate_case(
    events: list[dict[str, Any]], items: list[dict[str, Any]], calendar: dict[str, Any] | None, policy: dict[str, Any],
    as_of: datetime,
) -> dict[str, Any] | None:  # fmt: skip
    """Judge one case given as JSON objects; the judgement as a JSON object, or None where there is none."""
    rules = Rules(read_items(items), read_calendar(calendar), read_policy(policy))
    read = [event_of(event, rules.calendar.zone) for event in events]
    judgement = judge(read, rules, instant_of(as_of))
    return None if judgement is None else describe(judgement, rules.calendar.zone)


def group_by_case(events: Iterable[Event]) -> dict[tuple[str, str], list[Event]]:
    """Events of each (source, case_no), sorted by both."""
    cases: dict[tuple[str, str], list[Event]] = {}
    for event in events:
        cases.setdefault((event.source, event.case_no), []).append(event)
    return dict(sorted(cases.items()))


def describe(judgement: Judgement, zone: Zone) -> dict[str, Any]:
    """A judgement as the contract's JSON object: nothing omitted, absent values null, times with the zone's offset."""
    return {
        "source": judgement.source,
        "case_no": judgement.case_no,
        "item": judgement.item,
        "department": judgement.department,
        "status": judgement.status.value,
        "accepted_at": _time(judgement.accepted_at, zone),
        "accepted_claimed_at": _time(judgement.accepted_claimed_at, zone),
        "deemed": judgement.deemed,
        "light": judgement.light.value,
        "clocks": [describe_clock(clock, zone) for clock in judgement.clocks],
        "anomalies": [finding._asdict() for finding in judgement.anomalies],
    }


def describe_clock(clock: Clock, zone: Zone) -> dict[str, Any]:
    """One clock as the contract's JSON object; whole numbers without decimals."""
    return {
        "name": clock.name,
        "started_at": zone.text(clock.started_at),
        "limit": _number(clock.limit),
        "unit": clock.unit.value,
        "extended": _number(clock.extended),
        "suspended": _number(clock.suspended),
        "used": _number(clock.used),
        "remaining": _number(clock.remaining),
        "due_at": _time(clock.due_at, zone),
        "due_at_if_refused": _time(clock.due_at_if_refused, zone),
        "stopped_at": _time(clock.stopped_at, zone),
        "state": clock.state.value,
        "early": clock.early,
        "overdue_days": clock.overdue_days,
        "provisional": clock.provisional,
    }


def _time(instant: Instant | None, zone: Zone) -> str | None:
    return None if instant is None else zone.text(instant)


def _number(amount: float) -> float:
    return int(amount) if amount == int(amount) else round(amount, 2)
