"""Suspensions of one case: which are considered, when they run, what they cover."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tests.support.day_by_day.events import Event
from tests.support.day_by_day.working_days import WorkingDays

# 行政许可法 45. The page names the list and gives no spelling: Chinese words or their English names.
CHINESE_REASONS = {"听证", "招标", "拍卖", "检验", "检测", "检疫", "鉴定", "专家评审"}
ENGLISH_REASONS = {"hearing", "tender", "auction", "inspection", "testing", "quarantine", "appraisal", "expert_review"}
CLOSED_LIST = CHINESE_REASONS | ENGLISH_REASONS


def planned_days(suspended: Event) -> float | None:
    """Return the planned length, p > 0, or None."""
    return suspended.days if suspended.days > 0 else None


def planned_end(suspended: Event, credit: str, calendar: WorkingDays) -> date | None:
    """Return the p-th working day after day(s); None without p, or where the policy `full` ignores p."""
    p = planned_days(suspended)
    if p is None or credit == "full":
        return None
    return calendar.working_day_after(calendar.day(suspended.at), p)


def formal_faults(suspended: Event) -> list[str]:
    """Name what art. 45 asks of the suspension itself and is not there."""
    faults = []
    if suspended.get("reason") not in CLOSED_LIST:
        faults.append("reason_not_listed")
    if suspended.get("notice_no") is None:
        faults.append("no_notice")
    if planned_days(suspended) is None:
        faults.append("no_planned_days")
    if suspended.get("approver") is None:
        faults.append("no_approver")
    return faults


@dataclass(eq=False)
class Suspension:
    """One considered, not swallowed suspension."""

    number: int
    begun: Event
    valid: bool
    planned_end: date | None
    calendar: WorkingDays
    resumed: Event | None = None
    superseded: Event | None = None
    cut: Event | None = None
    decided: Event | None = None

    def ended_by(self) -> Event | None:
        """Return what ended it: resumed, else the decision, ending refusal or withdrawal while unresumed."""
        ends = [event for event in (self.resumed, self.decided, self.cut) if event is not None]
        return min(ends, key=lambda event: event.place) if ends else None

    def runs_at(self, instant: datetime) -> bool:
        """Say whether it runs: begun, not ended, and without planned end or not past its planned day."""
        if not self.valid or self.begun.at > instant or self.ended_by() is not None:
            return False
        return self.planned_end is None or self.calendar.day(instant) <= self.planned_end

    def covers(self, day: date) -> bool:
        """Say whether it covers a day: day(s) < d ≤ day(e), at the latest the planned end."""
        if not self.valid or day <= self.calendar.day(self.begun.at):
            return False
        if self.planned_end is not None and day > self.planned_end:
            return False
        ended = self.ended_by()
        return ended is None or day <= self.calendar.day(ended.at)

    def hours(self) -> tuple[datetime, datetime | None] | None:
        """Return the covered interval [s, e) for working hours, e at most closing of the last planned day."""
        if not self.valid:
            return None
        ended = self.ended_by()
        ends = [] if ended is None else [ended.at]
        if self.planned_end is not None:
            ends.append(self.calendar.closes(self.planned_end))
        return (self.begun.at, min(ends) if ends else None)

    def is_endless(self) -> bool:
        """Say whether nothing known ends it."""
        return self.valid and self.planned_end is None and self.ended_by() is None


@dataclass
class Suspensions:
    """The considered ones, and the events that were none."""

    considered: list[Suspension]
    swallowed: list[Event]
    unconsidered: list[Event]
    resumed_without: list[Event]


def find_suspensions(
    judged: list[Event],
    policy: dict[str, Any],
    calendar: WorkingDays,
    invalid: set[str],
    ending_refusal: Event | None,
) -> Suspensions:
    """Go through the case and pair each `suspended` with what ends it.

    Literal reading of X03: a `resumed` is without suspension when every considered suspension before it already has a
    `resumed`; the first one after a decision, a refusal or a planned end is therefore none.
    """
    found = Suspensions([], [], [], [])
    credit = policy.get("suspension_credit", "capped")
    last: Suspension | None = None
    unresumed = False
    closed = False
    for event in judged:
        if event.kind == "suspended":
            if closed:
                found.unconsidered.append(event)
            elif last is not None and last.runs_at(event.at):
                found.swallowed.append(event)
            else:
                if last is not None and unresumed:
                    last.superseded = event
                number = len(found.considered) + 1
                end = planned_end(event, credit, calendar)
                last = Suspension(number, event, event.id not in invalid, end, calendar)
                found.considered.append(last)
                unresumed = True
        elif event.kind == "resumed":
            if last is None or not unresumed:
                found.resumed_without.append(event)
            else:
                last.resumed = event
                unresumed = False
        elif event.kind == "decided" and not closed:
            closed = True
            for suspension in found.considered:
                suspension.decided = event
        elif event is ending_refusal or event.kind == "withdrawn":
            for suspension in found.considered:
                suspension.cut = suspension.cut or event
            closed = True
    return found
