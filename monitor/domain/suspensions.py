"""Suspensions (特别程序, 停钟): what each covers, when it runs, and its check against 行政许可法 art. 45."""

from __future__ import annotations

from math import ceil

from monitor.domain.calendars import WorkingCalendar
from monitor.domain.counting import FOREVER, NEVER, Cover
from monitor.domain.events import Event
from monitor.domain.instants import Day, Instant
from monitor.domain.items import Policy, SuspensionCredit, Validity

LAWFUL_REASONS: dict[str, tuple[str, ...]] = {
    "听证": ("hearing",),
    "招标": ("tender", "tendering", "bidding"),
    "拍卖": ("auction",),
    "检验": ("inspection",),
    "检测": ("testing", "test"),
    "检疫": ("quarantine",),
    "鉴定": ("appraisal", "identification", "authentication"),
    "专家评审": ("expert_review", "expert review"),
}
"""The closed list of art. 45, Chinese as in the law, with the English words sources use."""
_LAWFUL = frozenset(LAWFUL_REASONS) | {word for words in LAWFUL_REASONS.values() for word in words}


def is_lawful_reason(reason: str | None) -> bool:
    """Whether a reason is one of the eight of art. 45."""
    return reason is not None and reason.strip().lower() in _LAWFUL


class Suspension:
    """One considered suspension. `end` is its resumption or what else ended it; None while unresumed."""

    __slots__ = (
        "capped_end",
        "end",
        "ended_by",
        "event",
        "number",
        "planned_days",
        "planned_end",
        "start_day",
        "valid",
    )

    def __init__(self, number: int, event: Event, calendar: WorkingCalendar, policy: Policy) -> None:
        self.number = number
        self.event = event
        self.start_day: Day = calendar.zone.day(event.occurred_at)
        self.planned_days: float | None = event.days if event.days else None
        self.planned_end: Day | None = None
        if self.planned_days is not None:
            self.planned_end = calendar.nth_after(self.start_day, ceil(self.planned_days))
        capped = policy.suspension_credit is SuspensionCredit.CAPPED
        self.capped_end: Day | None = self.planned_end if capped else None
        self.end: Instant | None = None
        self.ended_by: Event | None = None
        self.valid = True

    def has_formal_faults(self) -> list[str]:
        """What art. 45 asks for and this suspension's record lacks, as stable tokens."""
        faults = []
        if not is_lawful_reason(self.event.reason):
            faults.append("reason_not_listed")
        if not self.event.notice_no:
            faults.append("no_notice")
        if self.planned_days is None:
            faults.append("no_planned_days")
        if not self.event.approver:
            faults.append("no_approver")
        return faults

    def finish(self, by: Event) -> None:
        """End it by a resumption, a decision, an ending refusal, a withdrawal or the next suspension."""
        self.end = by.occurred_at
        self.ended_by = by

    def runs_at(self, instant: Instant, calendar: WorkingCalendar) -> bool:
        """Whether it runs: begun, not resumed, and without planned end or with day(t) ≤ planned end."""
        if not self.valid or self.end is not None:
            return False
        return self.capped_end is None or calendar.zone.day(instant) <= self.capped_end

    def cover(self, calendar: WorkingCalendar) -> Cover | None:
        """What it takes out of a clock, or None when it is not valid (policy `strict`)."""
        if not self.valid:
            return None
        until, end = FOREVER, NEVER
        if self.end is not None:
            until, end = calendar.zone.day(self.end), self.end
        if self.capped_end is not None and self.capped_end <= until:
            until = self.capped_end
            end = min(end, calendar.closing_at(self.capped_end))
        return Cover(self.start_day, until, self.event.occurred_at, end)


def is_strict(policy: Policy) -> bool:
    """Whether an invalid suspension covers nothing."""
    return policy.suspension_validity is Validity.STRICT
