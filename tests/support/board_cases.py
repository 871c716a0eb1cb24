"""Cases, their explanation, cards and figures of the browser tests' hall: the worked example of the time rules."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from monitor.api import models as m
from monitor.api.figures import FigureItem, FigureMembers
from monitor.api.model_base import Name
from tests.support.board_scene import AS_OF, DEPARTMENTS, HALL, ITEMS, ZONE, make_card, make_figure

HOLIDAYS = {
    **{date(2026, 9, day): ("中秋节", "Mid-Autumn Festival") for day in (25, 26, 27)},
    **{date(2026, 10, day): ("国庆节", "National Day") for day in range(1, 8)},
}
MAKE_UP = {date(2026, 9, 20), date(2026, 10, 10)}
NOTICE = Name(zh="国办 2025-11-04 通知", en="State Council notice of 2025-11-04")
TODAY = date(2026, 10, 10)


def moment(day: date, hour: int = 17, minute: int = 0) -> datetime:
    """A local moment of the hall."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE)


def make_row(number: int) -> m.CaseRow:
    """Row `number` of the failing list: red, yellow, reminders, one standing, then green."""
    zh, en = ITEMS[number % len(ITEMS)]
    light: m.Light = "red" if number < 2 else "yellow" if number < 5 else "reminder" if number < 12 else "green"
    overdue = 3 - number if number < 2 else 1 if number < 5 else 0
    remaining = float(-overdue) if overdue else float(max(0, number - 5))
    return m.CaseRow(
        source="hall-1",
        case_no=f"330500-2026-{4217 + number:06d}",
        item=f"I{number % 6}",
        item_name=Name(zh=zh, en=en),
        department=f"D{number * 5 % 36:02d}",
        department_name=Name(zh=DEPARTMENTS[number * 5 % 36][0], en=DEPARTMENTS[number * 5 % 36][1]),
        status="suspended" if number == 12 else "accepted",
        light=light,
        accepted_at=AS_OF - timedelta(days=12 + number),
        promise_due_at=moment(AS_OF.date() + timedelta(days=number - 5)),
        statutory_due_at=moment(AS_OF.date() + timedelta(days=number + 9)),
        decided_at=None,
        remaining=remaining,
        unit="working_days",
        overdue_days=overdue,
        standing=number == 12,
    )


def explain_day(day: date, number: float | None, *, due: date) -> m.ExplainedDay:
    """One day of the worked example's clocks."""
    holiday = HOLIDAYS.get(day)
    suspended = date(2026, 9, 19) <= day <= date(2026, 9, 23)
    start = day == date(2026, 9, 16)
    make_up = day in MAKE_UP
    weekend = day.weekday() >= 5 and not make_up
    if start:
        why = Name(zh="民法典 201 条：开始当日不计入", en="Civil Code art. 201: the start day does not count")
    elif holiday:
        why = Name(zh=f"{holiday[0]}，{NOTICE.zh}", en=f"{holiday[1]}, {NOTICE.en}")
    elif weekend:
        why = Name(zh="周末", en="Weekend")
    elif suspended:
        why = Name(zh="特别程序：专家评审（许可法 45 条）", en="Suspension: expert review (Licensing Law art. 45)")
    else:
        why = NOTICE if make_up else Name(zh="工作日", en="Working day")
    return m.ExplainedDay(
        day=day,
        day_kind="holiday" if holiday else "make_up_workday" if make_up else "weekend" if weekend else "working_day",
        day_name=Name(zh=holiday[0], en=holiday[1]) if holiday else None,
        counted=number is not None,
        number=number,
        suspended=suspended and not weekend and not holiday,
        start_day=start,
        due_day=day == due,
        why=why,
    )


def explain_clock(name: str, limit: float, due: date, refused: date) -> m.ExplainedClock:
    """A clock of the worked example, counted here by a walk of its own."""
    days, number, day = [], 0.0, date(2026, 9, 16)
    while day <= due:
        rest = day in HOLIDAYS or (day.weekday() >= 5 and day not in MAKE_UP)
        counts = not rest and day > date(2026, 9, 16) and not date(2026, 9, 19) <= day <= date(2026, 9, 23)
        number += counts
        days.append(explain_day(day, number if counts else None, due=due))
        day += timedelta(days=1)
    return m.ExplainedClock(
        name=name,
        started_at=moment(date(2026, 9, 16), 10, 12),
        limit=limit,
        unit="working_days",
        due_at=moment(due),
        due_at_if_refused=moment(refused),
        stopped_at=None,
        state="running",
        days=days,
    )


def make_explanation() -> m.Explanation:
    """Promise 10 and statutory 20 of the worked example as of 10-10."""
    return m.Explanation(
        as_of=moment(TODAY, 11, 5),
        today=TODAY,
        clocks=[
            explain_clock("promise", 10, date(2026, 10, 12), date(2026, 9, 30)),
            explain_clock("statutory", 20, date(2026, 10, 26), date(2026, 10, 20)),
        ],
    )


def make_clock(name: str, limit: float, due: date, refused: date) -> m.Clock:
    """The same clock in numbers."""
    return m.Clock(
        name=name,
        started_at=moment(date(2026, 9, 16), 10, 12),
        limit=limit,
        unit="working_days",
        extended=0,
        suspended=4,
        used=9,
        remaining=limit - 9,
        due_at=moment(due),
        due_at_if_refused=moment(refused),
        stopped_at=None,
        state="running",
        early=False,
        overdue_days=0,
        provisional=False,
    )


def make_events() -> list[m.CaseEvent]:
    """What happened in the worked example, with one event taken out again."""
    told: list[tuple[str, date, int, dict[str, object]]] = [
        ("received", date(2026, 9, 15), 15, {}),
        ("accepted", date(2026, 9, 16), 10, {"window": "11", "handler": "H-wang"}),
        ("suspended", date(2026, 9, 18), 9, {"reason": "专家评审", "days": 5.0, "legal_basis": "许可法 45 条"}),
        ("resumed", date(2026, 9, 23), 16, {}),
        ("step_started", date(2026, 10, 9), 9, {"step": "审查", "handler": "H-wang"}),
        ("step_finished", date(2026, 10, 9), 16, {"step": "审查", "voided": True}),
    ]
    return [
        m.CaseEvent.model_validate(
            {
                "event_id": f"e{index}",
                "kind": kind,
                "occurred_at": moment(day, hour, 12),
                "recorded_at": moment(day, hour, 13),
                **more,
            }
        )
        for index, (kind, day, hour, more) in enumerate(told)
    ]


def make_detail(case_no: str) -> m.CaseDetail:
    """The case page of the worked example."""
    return m.CaseDetail(
        hall=HALL,
        source="hall-1",
        case_no=case_no,
        item="I1",
        item_name=Name(zh="排污许可证核发", en="Pollutant discharge permit"),
        item_kind="promise",
        item_valid_from=date(2026, 3, 1),
        department="D10",
        department_name=Name(zh="环境保护局", en="Environmental Protection Bureau"),
        status="accepted",
        light="reminder",
        accepted_at=moment(date(2026, 9, 16), 10, 12),
        accepted_claimed_at=moment(date(2026, 9, 16), 10, 12),
        deemed=False,
        as_of=moment(TODAY, 11, 5),
        calendar="2026 v1",
        clocks=[
            make_clock("promise", 10, date(2026, 10, 12), date(2026, 9, 30)),
            make_clock("statutory", 20, date(2026, 10, 26), date(2026, 10, 20)),
        ],
        anomalies=[
            m.AnomalyFound(
                code="A08",
                event_id="e2",
                detail="no_notice",
                title=Name(zh="特别程序未附书面告知", en="Suspension without written notice"),
                article="行政许可法第45条",
            ),
            m.AnomalyFound(
                code="A13",
                event_id="e4",
                detail="recorded_late",
                title=Name(zh="补录", en="Recorded late"),
                article=None,
            ),
        ],
        events=make_events(),
        cards=[make_story()],
        next_changes=[
            m.NextChange(
                at=moment(date(2026, 10, 12)),
                what=Name(
                    zh="若未办结：黄牌 → 部门负责人，1 个工作日内反馈",
                    en="If undecided: yellow card to the department head",
                ),
            )
        ],
    )


def make_story() -> m.CardStory:
    """A reminder that was acknowledged."""
    card = make_card(17, level="reminder").model_copy(
        update={"issued_at": moment(date(2026, 10, 9), 9), "due_at": moment(date(2026, 10, 12))}
    )
    issued, seen = moment(date(2026, 10, 9), 9), moment(date(2026, 10, 9), 9, 20)
    return m.CardStory(
        card=card,
        steps=[
            m.CardStep(
                step_no=1,
                from_state=None,
                to_state="issued",
                actor="engine",
                reason="due",
                expected_at=issued,
                observed_at=issued,
            ),
            m.CardStep(
                step_no=2,
                from_state="issued",
                to_state="acknowledged",
                actor="王*",
                reason="周一前完成现场核查",
                expected_at=seen,
                observed_at=seen,
            ),
        ],
    )


def make_figures() -> m.FigureList:
    """Figures of every group; one has an empty population."""
    return m.FigureList(
        as_of=AS_OF,
        figures=[
            make_figure("speedup_promised", "承诺提速率", "Promised speed-up", 0.612, 629, cases=False),
            make_figure("speedup_actual", "实际提速率", "Actual speed-up", 0.70036, 18204, earlier=0.4),
            make_figure("on_time_rate", "按时办结率", "On-time rate", 0.987, 18204, earlier=0.951),
            make_figure("early_rate", "提前办结率", "Early rate", 0.912, 18204),
            make_figure("overdue_rate", "超期率", "Overdue rate", None, 0),
            make_figure(
                "department_presence", "部门进厅率", "Department presence", 36 / 39, 39, earlier=32 / 39, cases=False
            ),
            make_figure("item_presence", "事项进厅率", "Item presence", 629 / 675, 675, earlier=417 / 675, cases=False),
        ],
    )


def make_members() -> FigureMembers:
    """The items behind a figure of the registry."""
    items = [
        FigureItem(
            code=f"I{index}",
            name=Name(zh=zh, en=en),
            department=f"D{index:02d}",
            department_name=Name(zh=DEPARTMENTS[index][0], en=DEPARTMENTS[index][1]),
            unit="working_days",
            promised=5.0,
            promised_earlier=None,
            statutory=20.0,
            in_hall=True,
            accept_and_decide=index % 2 == 0,
        )
        for index, (zh, en) in enumerate(ITEMS)
    ]
    return FigureMembers(day=AS_OF.date(), members=list(items), total=len(items), next_cursor=None)
