"""What the API answers: the shapes that pages, terminals and other systems may rely on."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from monitor.api.model_base import Model, Name
from monitor.api.silence_models import FeedCard, HallWarning, Outage

Light = Literal["none", "green", "reminder", "yellow", "red"]
ClockState = Literal["running", "standing", "met", "breached", "void"]
CardLevel = Literal["reminder", "yellow", "red"]


# ---- the board: snapshot over /ws, then deltas ------------------------------------------------------------------


class CaseTime(Model):
    """Case time and how fast it runs: now = case_anchor + (real now − real_anchor) × rate."""

    case_anchor: datetime
    real_anchor: datetime
    rate: float = Field(description="Case seconds per real second; 1 in production.")
    server_now: datetime = Field(
        description="Real time at the server when this was made: clients correct their own clock by it."
    )
    day_kind: Literal["working_day", "weekend", "holiday", "make_up_workday"]
    day_name: Name | None = Field(description="Name of the holiday, if it is one.")
    opening: str = Field(description="Today's opening time, HH:MM, local.")
    closing: str


class Hall(Model):
    """The hall a board shows."""

    code: str
    name: Name
    zone: str
    demo: bool = Field(description="True: every page is marked 演示数据.")


class SourceHealth(Model):
    """One feeding system. `unconfirmed` = its events came, but no heartbeat yet; `unknown` = it was never heard of.

    An `archive` is read in once and says nothing of today; it is never anything but current.
    """

    code: str
    name: Name
    state: Literal["current", "silent", "unconfirmed", "unknown"]
    archive: bool
    complete_until: datetime | None
    last_event_at: datetime | None
    departments: list[str]


class DepartmentTile(Model):
    """One department's cell on the wall, in registry order.

    `light` is the worst light of its open cases; unknown instead of green while a source that feeds it is not heard.
    """

    code: str
    name: Name
    position: int
    in_hall: bool
    light: Literal["unknown", "green", "reminder", "yellow", "red"]
    open: int
    standing: int
    reminder: int
    yellow: int
    red: int
    data_as_of: datetime | None
    silent: bool = Field(description="A source that feeds it is not heard: of it only what was last known is told.")


class Figure(Model):
    """One figure of the metric contract. `value` is null when the population is empty: never 0 % or 100 %."""

    id: str
    name: Name
    value: float | None = Field(description="Share (0.7 = 70 %), half-up rounded to `decimals` only for display.")
    numerator: float | None
    denominator: float | None
    n: int = Field(description="How many cases or items stand in the denominator.")
    excluded: int = Field(description="How many were left out by the contract's exclusions.")
    decimals: int
    formula: Name
    period_from: date | None = None
    period_to: date | None = Field(default=None, description="Exclusive.")
    earlier_value: float | None = None
    earlier_label: Name | None = None
    change_points: float | None = Field(default=None, description="value − earlier_value in percentage points.")
    cases_url: str | None = Field(default=None, description="Where the list behind the figure is.")


class BoardNumbers(Model):
    """The six numbers of the header; they equal the sums of the tiles."""

    accepted_today: int
    decided_today: int
    early_today: int
    open: int
    standing: int
    due_today: int
    due_today_open: int
    overdue_open: int = Field(description="Open cases whose promise or statutory limit is breached.")
    yellow_open: int
    red_open: int
    cards_today: dict[CardLevel, int]
    speedup_month: Figure


class DueDay(Model):
    """What falls due on one of the next ten working days."""

    day: date
    promise: int
    statutory: int


class TrendPoint(Model):
    """Actual speed-up of one month."""

    month: str = Field(description="YYYY-MM")
    value: float | None
    n: int


class CardNotice(Model):
    """A card as it comes, or as it is revoked."""

    card_id: int
    source: str
    case_no: str
    item: str | None
    item_name: Name | None
    department: str | None
    clock: str
    level: CardLevel
    generation: int
    state: Literal[
        "issued", "acknowledged", "answered", "accepted", "sent_back", "appealed", "upheld", "revoked", "closed"
    ]
    expected_at: datetime
    issued_at: datetime
    due_at: datetime | None
    reason: str
    revoked_at: datetime | None
    revoke_reason: str | None


class Board(Model):
    """Everything the live page shows at one sequence number."""

    hall: Hall
    case_time: CaseTime
    as_of: datetime = Field(description="Case time up to which the engine has judged everything.")
    data_as_of: datetime | None = Field(description="Oldest `complete_until` of the sources that are not silent.")
    sources: list[SourceHealth]
    numbers: BoardNumbers
    departments: list[DepartmentTile]
    due_days: list[DueDay]
    trend: list[TrendPoint]
    cards: list[CardNotice] = Field(description="The newest 30.")
    feed_cards: list[FeedCard] = Field(description="Of the sources that are silent now.")
    outages: list[Outage] = Field(description="Of the last 24 hours, newest first.")
    warnings: list[HallWarning]


class Snapshot(Model):
    """First message on /ws, and after a resync."""

    type: Literal["snapshot"] = "snapshot"
    seq: int
    board: Board
    resync_reason: str | None = Field(default=None, description="Why a resume was not possible, or null.")


class Delta(Model):
    """What changed with sequence number `seq`.

    Absent parts did not change; departments, cards and sources replace by key (code, card_id, code), all other parts
    replace the whole part.
    """

    type: Literal["delta"] = "delta"
    seq: int
    as_of: datetime
    case_time: CaseTime | None = None
    numbers: BoardNumbers | None = None
    departments: list[DepartmentTile] | None = None
    sources: list[SourceHealth] | None = None
    due_days: list[DueDay] | None = None
    trend: list[TrendPoint] | None = None
    cards: list[CardNotice] | None = None
    cards_more: int = Field(
        default=0, description="Cards of this change beyond the listed ones; the list is at /api/v1/cards."
    )
    feed_cards: list[FeedCard] | None = None
    outages: list[Outage] | None = None
    warnings: list[HallWarning] | None = None


class Heartbeat(Model):
    """Every 2 s when nothing else is sent: the page knows that silence is not health."""

    type: Literal["heartbeat"] = "heartbeat"
    seq: int
    as_of: datetime
    data_as_of: datetime | None


# ---- cases ------------------------------------------------------------------------------------------------------


class CaseRow(Model):
    """A line of a list of cases; lists start with what fails."""

    source: str
    case_no: str
    item: str | None
    item_name: Name | None
    department: str | None
    department_name: Name | None
    status: str
    light: Light
    accepted_at: datetime | None
    promise_due_at: datetime | None
    statutory_due_at: datetime | None
    decided_at: datetime | None
    remaining: float | None = Field(
        description="Of the promise clock (of the statutory where there is no promise), in its unit; negative when "
        "overdue."
    )
    unit: Literal["working_days", "calendar_days", "working_hours"] | None
    overdue_days: int
    standing: bool
    clock: Literal["promise", "statutory"] | None = Field(
        default=None, description="The clock that `remaining`, `overdue_days`, `used`, `limit` and `early` speak of."
    )
    used: float | None = None
    limit: float | None = Field(default=None, description="With what it was extended by, in `unit`.")
    early: bool = False
    ended: bool = Field(
        default=False,
        description="This clock runs no more: the case is closed, or was reported up while it is still open. Nothing "
        "remains of it, and `overdue_days` no longer grows.",
    )
    used_days: float | None = Field(default=None, description="Of the statutory clock of a decided case.")
    statutory_days: float | None = Field(default=None, description="The statutory limit without extension.")
    data_as_of: datetime | None = Field(
        default=None, description="Set while the case's source is silent: what is shown is what was known then."
    )


class CasePage(Model):
    """One page of cases; `next_cursor` null at the end."""

    cases: list[CaseRow]
    total: int
    next_cursor: str | None


class Clock(Model):
    """One clock of the judgement, as in the time rules."""

    name: str
    started_at: datetime
    limit: float
    unit: Literal["working_days", "calendar_days", "working_hours"]
    extended: float
    suspended: float
    used: float
    remaining: float
    due_at: datetime | None
    due_at_if_refused: datetime | None
    stopped_at: datetime | None
    state: ClockState
    early: bool
    overdue_days: int
    provisional: bool


class AnomalyFound(Model):
    """One finding; `title` in both languages, `article` the rule it rests on."""

    code: str
    event_id: str | None
    detail: str
    title: Name
    article: str | None


class CaseEvent(Model):
    """One event of the case as it stands in the log; `voided` when taken out of the judgement."""

    event_id: str
    kind: str
    occurred_at: datetime
    recorded_at: datetime | None
    department: str | None = None
    window: str | None = None
    handler: str | None = None
    step: str | None = None
    reason: str | None = None
    days: float | None = None
    legal_basis: str | None = None
    notice_no: str | None = None
    approver: str | None = None
    result: str | None = None
    voids: str | None = None
    voided: bool = False


class CardStep(Model):
    """One state change of a card."""

    step_no: int
    from_state: str | None
    to_state: str
    actor: str
    reason: str
    expected_at: datetime
    observed_at: datetime


class CardStory(Model):
    """A card with every step of its life."""

    card: CardNotice
    steps: list[CardStep]


class NextChange(Model):
    """What time alone will do next, if nothing is sent."""

    at: datetime
    what: Name


class CaseDetail(Model):
    """The case page."""

    hall: Hall
    source: str
    case_no: str
    item: str | None
    item_name: Name | None
    item_kind: str | None
    item_valid_from: date | None
    department: str | None
    department_name: Name | None
    status: str
    light: Light
    accepted_at: datetime | None
    accepted_claimed_at: datetime | None
    deemed: bool
    as_of: datetime
    data_as_of: datetime | None = Field(
        default=None, description="Set while the case's source is silent: what is shown is what was known then."
    )
    calendar: str = Field(description="Which calendar version judged it, in words.")
    clocks: list[Clock]
    anomalies: list[AnomalyFound]
    events: list[CaseEvent]
    cards: list[CardStory]
    next_changes: list[NextChange]


class ExplainedDay(Model):
    """One day of one clock: what it is, whether it counts, and why."""

    day: date
    day_kind: Literal["working_day", "weekend", "holiday", "make_up_workday", "closure"]
    day_name: Name | None = Field(description="Name of the holiday or closure.")
    counted: bool
    number: float | None = Field(
        description="Which counted day it is: 1, 2, … (hours: cumulative hours at its closing)."
    )
    suspended: bool
    start_day: bool
    due_day: bool
    why: Name = Field(description="One sentence with the article or notice.")


class ExplainedClock(Model):
    """A clock day by day, from its start day to the later of its due day and its end."""

    name: str
    started_at: datetime
    limit: float
    unit: Literal["working_days", "calendar_days", "working_hours"]
    due_at: datetime | None
    due_at_if_refused: datetime | None
    stopped_at: datetime | None
    state: ClockState
    days: list[ExplainedDay]


class Explanation(Model):
    """All clocks of a case, day by day."""

    as_of: datetime
    today: date
    clocks: list[ExplainedClock]


class CardPage(Model):
    """One page of cards, newest first."""

    cards: list[CardNotice]
    total: int
    next_cursor: str | None


class FigureList(Model):
    """All figures of the contract for a period and scope."""

    as_of: datetime
    data_as_of: datetime | None = Field(
        default=None, description="Set while a source is silent that feeds what is counted: complete up to here."
    )
    figures: list[Figure]


class Problem(Model):
    """RFC 9457 problem details: what, where, what to do."""

    type: str
    title: str
    status: int
    detail: str
    instance: str | None = None


# ---- intake -----------------------------------------------------------------------------------------------------


class Refusal(Model):
    """An event that was not applied."""

    line: int = Field(description="1-based line (NDJSON) or element (array) of the request.")
    event_id: str | None
    verdict: Literal["conflicting", "rejected"]
    reason: str = Field(description="Stable code.")
    detail: str = Field(description="What is wrong, where, and what to do.")


class IntakeReceipt(Model):
    """The answer to POST /api/v1/events; every event of the request is in one of the four counts."""

    receipt_id: int
    batch_no: int | None = Field(description="Null when nothing new was accepted.")
    accepted: int
    duplicate: int
    conflicting: int
    rejected: int
    refusals: list[Refusal]
