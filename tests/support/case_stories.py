"""Telling a case in a few lines: events, items, and what the production judge says of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from monitor.domain.evaluation import evaluate_case, read_calendar, read_items, read_policy
from monitor.domain.events import event_of
from monitor.domain.instants import instant_of
from monitor.domain.judge import Judgement, Rules, judge

Fields = dict[str, Any]

AMSTERDAM: Fields = {"zone": "Europe/Amsterdam", "years": {"2026": {}}}
NEW_YORK: Fields = {"zone": "America/New_York", "years": {"2026": {}}}


def event(kind: str, at: str, **fields: Any) -> Fields:
    """Return an event of the one case told; local time unless `at` carries an offset."""
    told = {"source": "hall", "event_id": f"{kind}@{at}", "case_no": "1", "item": "permit", "kind": kind}
    return {**told, "occurred_at": at, **fields}


def suspended(at: str, days: float | None = None, **fields: Any) -> Fields:
    """Return a `suspended` with all that 行政许可法 45 asks, but planned days only where given."""
    lawful: Fields = {"reason": "听证", "notice_no": "T-1", "approver": "head"}
    return event("suspended", at, days=days, **{**lawful, **fields})


def voided(target: Fields, at: str) -> Fields:
    """Return the event that takes another one out of the judgement."""
    return event("voided", at, voids=target["event_id"])


def item(**fields: Any) -> Fields:
    """Return a version of the item that all told events name: promise 10, statutory 20, working days."""
    return {"item": "permit", "name": "许可", "department": "D1", "promised": 10, "statutory": 20, **fields}


def moment(text: str, calendar: Fields | None = None) -> datetime:
    """Read a local time of a calendar (the national one where none is given)."""
    rules = read_calendar(calendar)
    return datetime.fromisoformat(rules.zone.text(rules.zone.parse(text)))


def judged(
    events: list[Fields],
    as_of: str,
    items: list[Fields] | None = None,
    calendar: Fields | None = None,
    policy: Fields | None = None,
) -> Fields:
    """Return what `evaluate` says of the case at a local time. Fails when there is no judgement."""
    told = [item()] if items is None else items
    judgement = evaluate_case(events, told, calendar, policy or {}, moment(as_of, calendar))
    assert judgement is not None, "the case has no judgement"
    return judgement


def judgement_of(
    events: list[Fields], as_of: str, items: list[Fields] | None = None, calendar: Fields | None = None
) -> Judgement:
    """Return the judge's own object, as ladder, schedule, facts and explanation take it."""
    rules = Rules(read_items([item()] if items is None else items), read_calendar(calendar), read_policy({}))
    read = [event_of(told, rules.calendar.zone) for told in events]
    judgement = judge(read, rules, instant_of(moment(as_of, calendar)))
    assert judgement is not None, "the case has no judgement"
    return judgement


def clock(judgement: Fields, name: str) -> Fields:
    """Return one clock of a judgement; fails when there is none or more than one."""
    (found,) = [one for one in judgement["clocks"] if one["name"] == name]
    return dict(found)


def due(judgement: Fields, name: str = "promise") -> str | None:
    """Return the due time of a clock as local date and time, without offset."""
    at = clock(judgement, name)["due_at"]
    return None if at is None else str(at)[:16]


def codes(judgement: Fields) -> list[str]:
    """Return the anomaly codes in order."""
    return [anomaly["code"] for anomaly in judgement["anomalies"]]


def clock_names(judgement: Fields) -> list[str]:
    """Return the names of the clocks in order."""
    return [one["name"] for one in judgement["clocks"]]
