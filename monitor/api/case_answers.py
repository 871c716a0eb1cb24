"""Cases as they are answered: rows of lists, the case page, the explanation; judged while they are read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from monitor.api.change_words import words_of_change
from monitor.api.finding_words import article_of, title_of
from monitor.api.hall_reading import OpenHall
from monitor.api.model_base import Name
from monitor.api.models import (
    AnomalyFound,
    CardStory,
    CaseDetail,
    CaseEvent,
    CaseRow,
    ExplainedClock,
    ExplainedDay,
    Explanation,
    Hall,
    NextChange,
)
from monitor.api.models import Clock as ClockAnswer
from monitor.api.problems import ProblemError
from monitor.domain.clocks import Clock, ClockState
from monitor.domain.events import Event
from monitor.domain.explain import explain_clock
from monitor.domain.facts import stored_anomalies
from monitor.domain.instants import Instant, date_of, datetime_of
from monitor.domain.items import ItemVersion
from monitor.domain.judge import Judgement
from monitor.domain.order import Voids, order_key
from monitor.domain.schedule import coming_changes
from monitor.storage.cards import read_card_stories
from monitor.storage.cases import CaseFacts, CaseFile, read_case_facts, read_case_file
from monitor.storage.names import Names, read_names
from monitor.storage.silence import read_data_age


def case_rows(opened: OpenHall, case_ids: Sequence[int]) -> list[CaseRow]:
    """Give these cases as lines of a list, in their order: stored facts, and what is left as judged now."""
    facts = read_case_facts(opened.connection, case_ids)
    names = read_names(
        opened.connection,
        opened.hall,
        opened.judged_at,
        items=[fact.item for fact in facts],
        departments=[fact.department for fact in facts],
    )
    ages = read_data_age(opened.connection, opened.hall.hall_id)
    return [_case_row(opened, fact, names, ages.get(fact.source)) for fact in facts]


def _case_row(opened: OpenHall, fact: CaseFacts, names: Names, data_as_of: datetime | None) -> CaseRow:
    _, case = opened.judge(fact.events, fact.event_count, fact.closed_at, fact.calendar_version)
    clock = None if case is None else _clock_told(case)
    shown = opened.hall.known_time_text
    return CaseRow.model_validate(
        {
            "source": fact.source,
            "case_no": fact.case_no,
            "item": fact.item,
            "item_name": names.item(fact.item),
            "department": fact.department,
            "department_name": names.department(fact.department),
            "status": fact.status,
            "light": fact.light,
            "accepted_at": shown(fact.accepted_at),
            "promise_due_at": shown(fact.promise_due_at),
            "statutory_due_at": shown(fact.statutory_due_at),
            "decided_at": shown(fact.decided_at),
            "remaining": None if clock is None else clock.remaining,
            "unit": None if clock is None else clock.unit.value,
            "overdue_days": 0 if clock is None else clock.overdue_days,
            "standing": clock is not None and clock.state is ClockState.STANDING,
            "clock": None if clock is None else clock.name,
            "used": None if clock is None else clock.used,
            "limit": None if clock is None else clock.total,
            "early": clock is not None and clock.early,
            "ended": clock is not None and clock.ended,
            "used_days": fact.used_days,
            "statutory_days": fact.statutory_days,
            "data_as_of": shown(data_as_of),
        }
    )


def _clock_told(case: Judgement) -> Clock | None:
    """The clock that a line of a list tells of: the promise, or the statutory limit where that is what is breached."""
    promise, statutory = case.clock("promise"), case.clock("statutory")
    is_red = statutory is not None and statutory.state is ClockState.BREACHED
    return statutory if is_red or promise is None else promise


def case_detail(opened: OpenHall, source: str, case_no: str) -> CaseDetail:
    """Give everything of the case page. Raises ProblemError 404."""
    file = find_case_file(opened, source, case_no)
    events, case = opened.judge(file.events, file.event_count, file.closed_at, file.calendar_version)
    item = None if case is None else case.item
    department = None if case is None else case.department
    names = read_names(opened.connection, opened.hall, opened.judged_at, items=[item], departments=[department])
    version = None if case is None else _version_shown(opened, case)
    stories = read_card_stories(opened.connection, opened.hall, opened.judged_at, file.case_id)
    return CaseDetail(
        hall=Hall.model_validate(opened.hall.describe()),
        source=source,
        case_no=case_no,
        item=item,
        item_name=_name(names.item(item)),
        item_kind=None if version is None else version.kind.value,
        item_valid_from=None if version is None else version.valid_from,
        department=department,
        department_name=_name(names.department(department)),
        # Nothing is left of a case but voids: it has no judgement, and its events are shown for what they are.
        status="applied" if case is None else case.status.value,
        light="none" if case is None else case.light.value,
        accepted_at=None if case is None else _time(opened, case.accepted_at),
        accepted_claimed_at=None if case is None else _time(opened, case.accepted_claimed_at),
        deemed=case is not None and case.deemed,
        as_of=_exact(opened, opened.moment),
        data_as_of=opened.local_time(read_data_age(opened.connection, opened.hall.hall_id).get(source)),
        calendar=_calendar_words(opened, file, case),
        clocks=[] if case is None else [_clock(opened, clock) for clock in case.clocks],
        anomalies=[] if case is None else _anomalies(case),
        events=_events(opened, events),
        cards=[CardStory.model_validate(story) for story in stories],
        next_changes=[] if case is None else _next_changes(opened, case),
    )


def case_explanation(opened: OpenHall, source: str, case_no: str) -> Explanation:
    """Give all clocks of a case day by day. Raises ProblemError 404."""
    file = find_case_file(opened, source, case_no)
    _, case = opened.judge(file.events, file.event_count, file.closed_at, file.calendar_version)
    zone = opened.hall.local
    return Explanation(
        as_of=_exact(opened, opened.moment),
        today=date_of(zone.day(opened.moment)),
        clocks=[] if case is None else [_explained_clock(opened, case, clock) for clock in case.clocks],
    )


def find_case_file(opened: OpenHall, source: str, case_no: str) -> CaseFile:
    """Find a case of the opened hall. Raises ProblemError 404."""
    file = None if "\x00" in source + case_no else read_case_file(opened.connection, source, case_no)
    if file is None or file.hall_id != opened.hall.hall_id:
        raise ProblemError(
            404,
            "unknown-case",
            "There is no such case",
            f"No event of a case {case_no} of the source {source} has been judged in {opened.hall.code}. "
            "Check both, or look for it with GET /api/v1/cases?q=.",
        )
    return file


def _version_shown(opened: OpenHall, case: Judgement) -> ItemVersion | None:
    """The item's version that promise and statutory clock take; before acceptance, that of the first event's day."""
    if case.version is not None or case.item_history is None:
        return case.version
    return case.item_history.on(opened.hall.local.day(case.events[0].occurred_at))


def _calendar_words(opened: OpenHall, file: CaseFile, case: Judgement | None) -> str:
    calendar = opened.held.calendar if case is None else case.walk.calendar
    kept = file.closed_at is not None and file.calendar_version is not None
    number = file.calendar_version if kept else opened.held.calendar_version
    return calendar.content.version + (f" · v{number}" if number else "")


def _clock(opened: OpenHall, clock: Clock) -> ClockAnswer:
    return ClockAnswer(
        name=clock.name,
        started_at=_exact(opened, clock.started_at),
        limit=clock.limit,
        unit=clock.unit.value,
        extended=clock.extended,
        suspended=clock.suspended,
        used=clock.used,
        remaining=clock.remaining,
        due_at=_time(opened, clock.due_at),
        due_at_if_refused=_time(opened, clock.due_at_if_refused),
        stopped_at=_time(opened, clock.stopped_at),
        state=clock.state.value,
        early=clock.early,
        overdue_days=clock.overdue_days,
        provisional=clock.provisional,
    )


def _anomalies(case: Judgement) -> list[AnomalyFound]:
    return [
        AnomalyFound(
            code=found.code,
            event_id=found.event_id,
            detail=found.detail,
            title=title_of(found.code),
            article=article_of(found.code),
        )
        for found in stored_anomalies(case)
    ]


def _events(opened: OpenHall, events: Sequence[Event]) -> list[CaseEvent]:
    """Every event in legal order, those of the near future as well; what a void took out is marked."""
    voided = {event.event_id for event in Voids(events, opened.moment).voided}
    return [
        CaseEvent(
            event_id=event.event_id,
            kind=event.kind,
            occurred_at=_exact(opened, event.occurred_at),
            recorded_at=_time(opened, event.recorded_at),
            department=event.department,
            window=event.window,
            handler=event.handler,
            step=event.step,
            reason=event.reason,
            days=event.days,
            legal_basis=event.legal_basis,
            notice_no=event.notice_no,
            approver=event.approver,
            result=event.result,
            voids=event.voids,
            voided=event.event_id in voided,
        )
        for event in sorted(events, key=order_key)
    ]


def _next_changes(opened: OpenHall, case: Judgement) -> list[NextChange]:
    coming = sorted(coming_changes(case), key=lambda change: change.at)
    return [NextChange(at=_exact(opened, change.at), what=words_of_change(change)) for change in coming]


def _explained_clock(opened: OpenHall, case: Judgement, clock: Clock) -> ExplainedClock:
    return ExplainedClock(
        name=clock.name,
        started_at=_exact(opened, clock.started_at),
        limit=clock.limit,
        unit=clock.unit.value,
        due_at=_time(opened, clock.due_at),
        due_at_if_refused=_time(opened, clock.due_at_if_refused),
        stopped_at=_time(opened, clock.stopped_at),
        state=clock.state.value,
        days=[
            ExplainedDay(
                day=date_of(day.day),
                day_kind=day.kind.value,
                day_name=None if day.name is None else Name(zh=day.name.zh, en=day.name.en),
                counted=day.counted,
                number=day.number,
                suspended=day.suspended,
                start_day=day.start_day,
                due_day=day.due_day,
                why=Name(zh=day.why.zh, en=day.why.en),
            )
            for day in explain_clock(case, clock)
        ],
    )


def _time(opened: OpenHall, instant: Instant | None) -> datetime | None:
    return None if instant is None else _exact(opened, instant)


def _exact(opened: OpenHall, instant: Instant) -> datetime:
    return datetime_of(instant, opened.hall.local.info)


def _name(name: dict[str, Any] | None) -> Name | None:
    return None if name is None else Name.model_validate(name)
