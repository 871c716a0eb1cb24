"""The lists behind a figure: its cases with what fails first, or its items and departments, paged by key."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

from msgspec import Meta
from psycopg import Connection
from psycopg.rows import dict_row

from monitor.domain.figure_declarations import FIGURES
from monitor.domain.figures import FigureId, Population, Weighting
from monitor.domain.instants import datetime_of
from monitor.storage.figures import FigureScope, name_departments, read_figure
from monitor.storage.sql_blocks import sql_block


class Part(StrEnum):
    """Which side of the division a list shows."""

    NUMERATOR = "numerator"
    DENOMINATOR = "denominator"


@dataclass(frozen=True, slots=True)
class FigureCasePosition:
    """Where a page of cases ended: the stretch of the list, and moment, number and cohort of its last case; cohort 0
    among decided cases.
    """

    stretch: Annotated[int, Meta(ge=0)]
    at: Annotated[datetime, Meta(tz=True)]
    case_id: Annotated[int, Meta(ge=0, le=(1 << 63) - 1)]
    cohort_id: Annotated[int, Meta(ge=0, le=(1 << 63) - 1)] = 0


@dataclass(frozen=True, slots=True)
class FigureMemberPosition:
    """Where a page of items or departments ended; items are in the order of their codes, all at `position` 0."""

    position: int
    code: str


@dataclass(frozen=True, slots=True)
class FigureCasePage:
    """Case ids of one page, in order; `total` of the whole list; `ended` None where nothing follows."""

    case_ids: list[int]
    total: int
    ended: FigureCasePosition | None


@dataclass(frozen=True, slots=True)
class FigureMemberPage:
    """Items or departments of one page as rows by column; `total` of the whole list; `ended` None at its end."""

    members: list[dict[str, Any]]
    total: int
    ended: FigureMemberPosition | None


@dataclass(frozen=True, slots=True)
class _Stretch:
    """One stretch of a list: a block and what it selects. The stretches of a list follow each other, failing first."""

    block: str
    clock: str = "promise"
    filters: dict[str, bool] = field(default_factory=dict)


def _decided(clock: str = "promise", **filters: bool) -> _Stretch:
    return _Stretch("select_figure_decided", clock, filters)


def _late(clock: str = "promise", **filters: bool) -> _Stretch:
    return _Stretch("select_figure_late", clock, filters)


def _late_first(clock: str = "promise", **filters: bool) -> tuple[_Stretch, ...]:
    return _late(clock, **filters), _decided(clock, not_late=True, **filters)


def _running(clock: str) -> _Stretch:
    return _Stretch(f"select_figure_running_{clock}", clock)


_EARLY = (_decided(early=True),)
_COUNTED = _late_first("statutory", counted=True)
_LIMITED = _late_first("statutory", limited=True)
_STOPPED = _late_first(stopped=True)

_STRETCHES: dict[FigureId, dict[Part, tuple[_Stretch, ...]]] = {
    FigureId.SPEEDUP_ACTUAL: {Part.NUMERATOR: _COUNTED, Part.DENOMINATOR: _COUNTED},
    FigureId.SPEEDUP_ACTUAL_MEAN: {Part.NUMERATOR: _LIMITED, Part.DENOMINATOR: _LIMITED},
    FigureId.EARLY_SHARE_OF_ACCEPTED: {
        Part.NUMERATOR: _EARLY,
        Part.DENOMINATOR: (_Stretch("select_figure_accepted"),),
    },
    FigureId.ON_TIME_RATE: {Part.NUMERATOR: (_decided(stopped=True, not_late=True),), Part.DENOMINATOR: _STOPPED},
    FigureId.EARLY_RATE: {Part.NUMERATOR: _EARLY, Part.DENOMINATOR: _STOPPED},
    FigureId.OVERDUE_RATE: {
        Part.NUMERATOR: (_running("promise"), _late()),
        Part.DENOMINATOR: (_running("promise"), *_STOPPED),
    },
    FigureId.STATUTORY_OVERDUE_RATE: {
        Part.NUMERATOR: (_running("statutory"), _late("statutory")),
        Part.DENOMINATOR: (_running("statutory"), *_late_first("statutory", stopped=True)),
    },
    FigureId.SAME_DAY_RATE: {Part.NUMERATOR: (_decided(same_day=True),), Part.DENOMINATOR: _late_first()},
}

_AMONG: dict[FigureId, dict[Part, str]] = {
    FigureId.SPEEDUP_PROMISED: {Part.NUMERATOR: "limits", Part.DENOMINATOR: "limits"},
    FigureId.SPEEDUP_PROMISE_CUT: {Part.NUMERATOR: "both_promises", Part.DENOMINATOR: "both_promises"},
    FigureId.DEPARTMENT_PRESENCE: {Part.NUMERATOR: "in_hall", Part.DENOMINATOR: "all"},
    FigureId.ITEM_PRESENCE: {Part.NUMERATOR: "in_hall", Part.DENOMINATOR: "all"},
    FigureId.ACCEPT_AND_DECIDE_RATE: {Part.NUMERATOR: "accept_and_decide", Part.DENOMINATOR: "in_hall"},
    FigureId.SET_UP_STAND_ALONE: {Part.NUMERATOR: "stand_alone", Part.DENOMINATOR: "offices"},
    FigureId.SET_UP_CO_LOCATED: {Part.NUMERATOR: "co_located", Part.DENOMINATOR: "offices"},
    FigureId.SET_UP_DELEGATED: {Part.NUMERATOR: "delegated", Part.DENOMINATOR: "offices"},
    FigureId.MID_LEVEL_PRESENCE: {Part.NUMERATOR: "posts_filled", Part.DENOMINATOR: "posts"},
}

_NO_FILTER = dict.fromkeys(("stopped", "early", "not_late", "counted", "limited", "same_day"), False)


# -- cases -------------------------------------------------------------------------------------------------------------


def read_figure_cases(
    connection: Connection[Any],
    scope: FigureScope,
    figure: FigureId,
    part: Part,
    *,
    after: FigureCasePosition | None = None,
    limit: int,
) -> FigureCasePage:
    """Read one page of the cases behind a figure of cases: running overdue first, then breached, then the newest.

    For a sum (speed-up) both parts list the cases whose days are summed. Raises ValueError for a figure of the registry
    (`read_figure_members`).
    """
    if figure not in _STRETCHES:
        raise ValueError(f"{figure} counts {FIGURES[figure].population}, not cases: read its members")
    stretches = _STRETCHES[figure][part]
    found: list[FigureCasePosition] = []
    for number in range(0 if after is None else after.stretch, len(stretches)):
        rows = _select_stretch(connection, scope, stretches[number], after, limit + 1 - len(found))
        found += [FigureCasePosition(number, at, case_id, cohort_id) for case_id, at, cohort_id in rows]
        after = None
        if len(found) > limit:
            break
    page = found[:limit]
    ended = page[-1] if len(found) > limit else None
    return FigureCasePage([case.case_id for case in page], _count_listed(connection, scope, figure, part), ended)


def _select_stretch(
    connection: Connection[Any],
    scope: FigureScope,
    stretch: _Stretch,
    after: FigureCasePosition | None,
    limit: int,
) -> list[tuple[int, datetime, int]]:
    begin_at, end_at = scope.bounds(scope.period)
    running = stretch.block.startswith("select_figure_running")
    # Newest first begins at the end of the period, longest overdue first at the beginning of time.
    at = (datetime_of(0) if running else end_at) if after is None else after.at
    case_id = 0 if after is None else after.case_id
    fields: dict[str, Any] = {
        "hall_id": scope.hall.hall_id,
        "zone": scope.hall.zone,
        "clock": stretch.clock,
        "begin_at": begin_at,
        "due_before": min(end_at, scope.as_of),
        "departments": name_departments(connection, scope) if running else scope.listed(),
        "before_at": at,
        "before_id": case_id,
        "after_at": at,
        "after_cohort": 0 if after is None else after.cohort_id,
        "after_id": case_id,
        "limit": limit,
        **_NO_FILTER,
        **stretch.filters,
    }
    return connection.execute(sql_block(stretch.block), fields, prepare=False).fetchall()


def _count_listed(connection: Connection[Any], scope: FigureScope, figure: FigureId, part: Part) -> int:
    measure = read_figure(connection, scope, figure).measure
    if measure is None:
        return 0
    summed = FIGURES[figure].weighting is not Weighting.EQUAL
    return measure.n if summed or part is Part.DENOMINATOR else int(measure.numerator)


# -- registry ----------------------------------------------------------------------------------------------------------


def read_figure_members(
    connection: Connection[Any],
    scope: FigureScope,
    figure: FigureId,
    part: Part,
    *,
    earlier_day: date | None = None,
    after: FigureMemberPosition | None = None,
    limit: int,
) -> FigureMemberPage:
    """Read one page of the items (by code) or departments (in registry order) behind a figure of the registry.

    Items carry code, name_zh, name_en, department, unit, in_hall, accept_and_decide, promised, statutory and
    promised_earlier (on `earlier_day`); departments code, name_zh, name_en, position, in_hall, set_up, mid_level_post
    and mid_level_filled. Raises ValueError for a figure of cases (`read_figure_cases`).
    """
    if figure not in _AMONG:
        raise ValueError(f"{figure} counts cases: read its cases")
    of_items = FIGURES[figure].population is Population.ITEMS
    fields = {
        "hall_id": scope.hall.hall_id,
        "day": scope.registry_day(),
        "earlier_day": earlier_day,
        "departments": scope.listed(),
        "among": _AMONG[figure][part],
    }
    block = "select_figure_items" if of_items else "select_figure_departments"
    with connection.cursor(row_factory=dict_row) as executed:
        rows = executed.execute(sql_block(block), fields, prepare=False).fetchall()
    # A registry is some hundred rows: the page is cut here, behind the key of the last row shown.
    left = [row for row in rows if after is None or _place(row) > (after.position, after.code)]
    page = left[:limit]
    ended = FigureMemberPosition(*_place(page[-1])) if len(left) > len(page) and page else None
    return FigureMemberPage(page, len(rows), ended)


def _place(row: dict[str, Any]) -> tuple[int, str]:
    return row.get("position", 0), row["code"]
