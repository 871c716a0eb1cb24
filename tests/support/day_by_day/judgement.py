"""The judgement of one case, in the shape of the page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.support.day_by_day.case import Case
from tests.support.day_by_day.findings import find_anomalies
from tests.support.day_by_day.working_days import WorkingDays


def judge_day_by_day(
    events: list[dict[str, Any]],
    items: list[dict[str, Any]],
    calendar: dict[str, Any] | None,
    policy: dict[str, Any],
    as_of: datetime,
) -> dict[str, Any] | None:
    """Judge the events of one case as of an aware instant; None where nothing but `voided` is left.

    All shapes are those of the `evaluate` contract. Of an anomaly code and event_id are meant for comparison, for A08
    and A10 also the reason token in `detail`; which event a code carries is written in `findings`.
    """
    days = WorkingDays(calendar)
    case = Case(events, items, days, policy, as_of.astimezone(UTC))
    if not case.judged:
        return None
    status = status_of(case)
    return {
        "source": events[0]["source"],
        "case_no": events[0]["case_no"],
        "item": case.item,
        "department": department_of(case),
        "status": status,
        "accepted_at": days.write(case.legal_acceptance.at if case.legal_acceptance else None),
        "accepted_claimed_at": days.write(case.accepted.at if case.accepted else None),
        "deemed": case.deemed,
        "light": light_of(case, status),
        "clocks": [clock.describe() for clock in case.clocks()],
        "anomalies": [
            {"code": code, "event_id": event.id, "detail": detail} for event, code, detail in find_anomalies(case)
        ],
    }


def department_of(case: Case) -> str | None:
    """Return the department of the item's version at legal acceptance (else at the first event), else an event's."""
    first_day = case.calendar.day(case.judged[0].at)
    version = case.version_at_acceptance() or case.versions.on(first_day)
    department: str | None = version.department or case.first_named("department")
    return department


def status_of(case: Case) -> str:
    """Return the first status that holds."""
    if case.withdrawal is not None:
        return "withdrawn"
    if case.decision is not None:
        return "delivered" if case.first_later(case.decision, "delivered") else "decided"
    if case.ending_refusal is not None or (case.first("refused") and case.legal_acceptance is None):
        return "refused"
    if any(suspension.runs_at(case.as_of) for suspension in case.suspensions.considered):
        return "suspended"
    if case.legal_acceptance is not None:
        return "accepted"
    requests = case.all_of("corrections_requested")
    if requests and case.first_later(requests[-1], "corrections_supplied") is None:
        return "correcting"
    return "received" if case.first("received") else "applied"


def light_of(case: Case, status: str) -> str:
    """Return red, yellow, reminder, green or none."""
    if case.statutory is not None and case.statutory.is_breached():
        return "red"
    if case.promise is not None and case.promise.is_breached():
        return "yellow"
    watched = case.promise or case.statutory
    if watched is None or status in ("withdrawn", "refused"):
        return "none"
    if status in ("suspended", "accepted") and watched.should_remind():
        return "reminder"
    return "green"
