"""Explanation: any clock day by day, counted or not and why, made by the same arithmetic that judges.

Whether a day counts is read off the meter itself (what `used` gains on that day); this module only adds the reason.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from monitor.domain.calendars import DayKind, WorkingCalendar
from monitor.domain.clocks import Clock
from monitor.domain.instants import Day, Instant
from monitor.domain.items import Counting, Unit
from monitor.domain.judge import Judgement
from monitor.domain.suspensions import Suspension

_STATE_COUNCIL = re.compile(r"国务院办公厅 (\d{4}-\d{2}-\d{2}) 通知")


class Words(NamedTuple):
    """A sentence in the two languages of the product."""

    zh: str
    en: str


class ExplainedDay(NamedTuple):
    """One day of one clock. `number` is which counted day it is (hours: hours used up to its end)."""

    day: Day
    kind: DayKind
    name: Words | None
    counted: bool
    number: float | None
    suspended: bool
    start_day: bool
    due_day: bool
    why: Words


def explain_clock(case: Judgement, clock: Clock) -> list[ExplainedDay]:
    """Every day from the clock's start day to the later of its due day and its end (or `as_of` while it runs)."""
    calendar = clock.meter.calendar
    first = calendar.zone.day(clock.started_at)
    due_day = clock.due_day()
    last = max(calendar.zone.day(clock.end), first if due_day is None else due_day)
    return [_explain_day(case, clock, day, first, due_day) for day in range(first, last + 1)]


def _explain_day(case: Judgement, clock: Clock, day: Day, first: Day, due_day: Day | None) -> ExplainedDay:
    calendar = clock.meter.calendar
    used_before, suspended_before = clock.meter.measure(clock.covers, _end_of(calendar, day - 1))
    used, suspended = clock.meter.measure(clock.covers, _end_of(calendar, day))
    counted, is_suspended = used > used_before, suspended > suspended_before
    kind, named = calendar.kind(day), calendar.name(day)
    suspension = _covering(case, clock, day) if is_suspended else None
    return ExplainedDay(
        day=day,
        kind=kind,
        name=None if named is None else Words(named.name_zh, named.name_en),
        counted=counted,
        number=round(used, 2) if counted else None,
        suspended=is_suspended,
        start_day=day == first,
        due_day=day == due_day,
        why=_why(clock, day, kind, counted, suspension, is_start=day == first, is_due=day == due_day),
    )


def _end_of(calendar: WorkingCalendar, day: Day) -> Instant:
    """The last instant of a local day, also on the days of 23 and 25 hours."""
    return calendar.zone.instant(day + 1, 0) - 1


def _covering(case: Judgement, clock: Clock, day: Day) -> Suspension:
    """The first suspension that touches a day of which some time was found suspended: the clock's covers are theirs."""
    return next(
        suspension
        for suspension in case.walk.suspensions
        if (cover := suspension.cover(clock.meter.calendar)) is not None and cover.after <= day <= cover.until
    )


def _why(
    clock: Clock, day: Day, kind: DayKind, counted: bool, suspension: Suspension | None, *, is_start: bool, is_due: bool
) -> Words:
    parts: list[Words] = []
    if suspension is not None:
        parts.append(_suspended(suspension))
    elif is_start and not counted:
        parts.append(_start_day(clock))
    else:
        parts.append(_day_itself(clock, kind, day))
    if is_due and clock.due_at is not None:
        parts.append(_due(clock))
    return Words(" · ".join(part.zh for part in parts), " · ".join(part.en for part in parts))


def _suspended(suspension: Suspension) -> Words:
    event = suspension.event
    reason = event.reason or "?"
    zh, en = f"特别程序：{reason}（行政许可法第45条）", f"special procedure: {reason} (Licensing Law art. 45)"
    if suspension.planned_days is not None:
        zh, en = f"{zh}，计划 {suspension.planned_days:g} 日", f"{en}, {suspension.planned_days:g} days planned"
    if not event.notice_no:
        zh, en = f"{zh}，未见书面告知", f"{en}, no written notice on record"
    return Words(zh, en)


def _start_day(clock: Clock) -> Words:
    if clock.unit is Unit.WORKING_HOURS:
        return Words("当日无工作时间可计", "no opening hours left to count on this day")
    return Words("开始当日不计入（民法典第201条）", "the start day does not count (Civil Code art. 201)")


def _day_itself(clock: Clock, kind: DayKind, day: Day) -> Words:
    named = clock.meter.calendar.name(day)
    if clock.unit is Unit.CALENDAR_DAYS:
        return Words("按自然日计", "calendar days count every day")
    if kind is DayKind.WEEKEND:
        return Words("周末不计（行政许可法第82条）", "weekend, not counted (Licensing Law art. 82)")
    if kind is DayKind.HOLIDAY:
        zh, en, notice = ("节假日", "holiday", "") if named is None else named_parts(clock.meter.calendar, day)
        return Words(
            f"{zh}不计{notice and f'（{notice}）'}", f"{en}, not counted{notice and f' ({notice_in_english(notice)})'}"
        )
    if kind is DayKind.MAKE_UP_WORKDAY:
        zh, en, notice = (
            ("调休上班", "make-up workday", "") if named is None else named_parts(clock.meter.calendar, day)
        )
        return Words(f"{zh}{notice and f'（{notice}）'}", f"{en}{notice and f' ({notice_in_english(notice)})'}")
    if clock.meter.counting is Counting.START_COUNTED and day == clock.meter.last_uncounted_day + 1:
        return Words("工作日（该机关开始当日计入）", "working day (this authority counts the start day)")
    return Words("工作日", "working day")


def named_parts(calendar: WorkingCalendar, day: Day) -> tuple[str, str, str]:
    """Names and notice of a named day."""
    named = calendar.name(day)
    return ("", "", "") if named is None else (named.name_zh, named.name_en, named.notice)


def notice_in_english(notice: str) -> str:
    """The title of a built-in notice in English; a loaded one has no other than its own."""
    return _STATE_COUNCIL.sub(r"State Council notice of \1", notice)


def _due(clock: Clock) -> Words:
    assert clock.due_at is not None
    shown = clock.meter.calendar.zone.text(clock.due_at)[11:16]
    if clock.state.value == "breached":
        return Words(f"{shown} 到期，已超期", f"due at {shown}, breached")
    return Words(f"{shown} 到期", f"due at {shown}")
