"""Figures over HTTP: the metric contract for a period, and the cases, items or departments behind each figure."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query

from monitor.api.case_answers import case_rows
from monitor.api.days import Day
from monitor.api.hall_reading import HallCode, OpenHall, Reading
from monitor.api.model_base import Model, Name
from monitor.api.models import CasePage, Figure, FigureList
from monitor.api.paging import pack_cursor, unpack_cursor
from monitor.api.problem_answers import problem_answers
from monitor.api.problems import ProblemError
from monitor.domain.figure_declarations import FIGURES
from monitor.domain.figure_readings import FigureReading, Period
from monitor.domain.figures import FigureId, Population, Text
from monitor.domain.instants import date_of
from monitor.storage.figure_cases import (
    FigureCasePosition,
    FigureMemberPosition,
    Part,
    read_figure_cases,
    read_figure_members,
)
from monitor.storage.figures import FigureScope, read_figures
from monitor.storage.halls import HallFacts
from monitor.storage.names import bilingual, read_names
from monitor.storage.silence import read_data_as_of

router = APIRouter(prefix="/api/v1", tags=["figures"])

From = Annotated[
    Day | None, Query(alias="from", description="First local day; default: the first of `to`'s month, or of this one.")
]
To = Annotated[
    Day | None, Query(description="First local day after it; default: the month's end, with `from` alone: tomorrow.")
]
Departments = Annotated[list[str] | None, Query(alias="department", description="Of these departments; repeatable.")]
EarlierDay = Annotated[Day | None, Query(description="Day to compare the registry with.")]
FigurePath = Annotated[str, Path(description="Id of the figure.")]
PartQuery = Annotated[Part, Query(description="Which side of the division.")]
CursorQuery = Annotated[str | None, Query(description="`next_cursor` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=100)]


class FigureItem(Model):
    """An item behind a figure of the registry, as in force on the figure's day; limits in `unit`."""

    kind: Literal["item"] = "item"
    code: str
    name: Name
    department: str
    department_name: Name | None
    unit: Literal["working_days", "calendar_days", "working_hours"]
    promised: float | None
    promised_earlier: float | None
    statutory: float | None
    in_hall: bool
    accept_and_decide: bool


class FigureDepartment(Model):
    """A department behind a figure of the registry, as in force on the figure's day."""

    kind: Literal["department"] = "department"
    code: str
    name: Name
    in_hall: bool
    set_up: Literal["stand_alone", "co_located", "delegated"] | None
    mid_level_post: bool
    mid_level_filled: bool


class FigureMembers(Model):
    """One page of the items (by code) or departments (in registry order) behind a figure; no cursor at the end."""

    day: date
    members: list[FigureItem | FigureDepartment]
    total: int
    next_cursor: str | None


@router.get("/figures", summary="All figures of a period", responses=problem_answers(404, 421, 422, 503))
def get_figures(
    reading: Reading,
    begin: From = None,
    to: To = None,
    department: Departments = None,
    earlier_from: Annotated[Day | None, Query(description="First local day of the period to compare with.")] = None,
    earlier_to: Annotated[
        Day | None, Query(description="First local day after it; default: the period before.")
    ] = None,
    earlier_day: EarlierDay = None,
    hall: HallCode = None,
) -> FigureList:
    """Every figure with numerator, denominator, n, what was left out, and the same of an earlier period.

    Figures of cases are those of the period, figures of the registry those of its last day (or of today). They are
    compared with the hall's baseline (where its registry names none: the period before), or with the one given; the
    registry with `earlier_day`, else the last day of that.
    """
    with reading.open(hall) as opened:
        scope = _scope(opened, begin, to, department)
        earlier = _earlier(opened.hall, scope.period, earlier_from, earlier_to)
        earlier_day = earlier_day or (earlier.last_day if earlier == _baseline(opened.hall) else None)
        readings = read_figures(opened.connection, scope, earlier=earlier, earlier_day=earlier_day)
        asked = {"department": department or [], "hall": [hall] if hall else []}
        return FigureList(
            as_of=opened.judged_at.astimezone(opened.hall.local.info),
            data_as_of=opened.local_time(read_data_as_of(opened.connection, opened.hall.hall_id, department)),
            figures=[_figure(found, _cases_url(found, asked)) for found in readings],
        )


@router.get(
    "/figures/{figure}/cases", summary="The cases behind a figure", responses=problem_answers(404, 421, 422, 503)
)
def get_figure_cases(
    reading: Reading,
    figure: FigurePath,
    part: PartQuery = Part.DENOMINATOR,
    begin: From = None,
    to: To = None,
    department: Departments = None,
    cursor: CursorQuery = None,
    limit: Limit = 50,
    hall: HallCode = None,
) -> CasePage:
    """A page of the cases in a figure's numerator or denominator: overdue and running first, then late, then newest.

    For a sum (speed-up) both parts list the cases whose days are summed.
    """
    wanted = _find_figure(figure)
    if FIGURES[wanted].population is not Population.CASES:
        raise _other_list(wanted, "members", f"It counts {FIGURES[wanted].population}, not cases")
    with reading.open(hall) as opened:
        scope = _scope(opened, begin, to, department)
        order = f"{wanted}/{part}"
        after = unpack_cursor(order, cursor, FigureCasePosition)
        page = read_figure_cases(opened.connection, scope, wanted, part, after=after, limit=limit)
        following = None if page.ended is None else pack_cursor(order, page.ended)
        return CasePage(cases=case_rows(opened, page.case_ids), total=page.total, next_cursor=following)


@router.get(
    "/figures/{figure}/members",
    summary="The items or departments behind a figure of the registry",
    responses=problem_answers(404, 421, 422, 503),
)
def get_figure_members(
    reading: Reading,
    figure: FigurePath,
    part: PartQuery = Part.DENOMINATOR,
    begin: From = None,
    to: To = None,
    earlier_day: EarlierDay = None,
    department: Departments = None,
    cursor: CursorQuery = None,
    limit: Limit = 50,
    hall: HallCode = None,
) -> FigureMembers:
    """A page of the items or departments that a figure of the registry counts."""
    wanted = _find_figure(figure)
    if FIGURES[wanted].population is Population.CASES:
        raise _other_list(wanted, "cases", "It counts cases")
    with reading.open(hall) as opened:
        scope = _scope(opened, begin, to, department)
        day = earlier_day or scope.registry_day(_period_of_day(scope.period).before)
        order = f"{wanted}/{part}"
        after = unpack_cursor(order, cursor, FigureMemberPosition)
        page = read_figure_members(opened.connection, scope, wanted, part, earlier_day=day, after=after, limit=limit)
        rows = page.members
        of_items = FIGURES[wanted].population is Population.ITEMS
        return FigureMembers(
            day=scope.registry_day(),
            members=_items(opened, rows) if of_items else [_department(row) for row in rows],
            total=page.total,
            next_cursor=None if page.ended is None else pack_cursor(order, page.ended),
        )


# -- what is asked for -------------------------------------------------------------------------------------------------


def _scope(opened: OpenHall, begin: date | None, to: date | None, departments: list[str] | None) -> FigureScope:
    today = date_of(opened.hall.local.day(opened.moment))
    this_month = Period.month_of(today)
    if begin is None:
        begin = this_month.begin if to is None else Period.month_of(to - timedelta(days=1)).begin
        to = to or this_month.end
    return FigureScope(opened.hall, _period(begin, to or today + timedelta(days=1)), opened.judged_at, departments)


def _period_of_day(period: Period) -> Period:
    """A registry figure is answered as one day; asked for by that day alone, it is compared as its month is."""
    return Period.month_of(period.begin) if period.begin == period.last_day else period


def _earlier(hall: HallFacts, period: Period, begin: date | None, to: date | None) -> Period:
    if begin is None and to is None:
        return _baseline(hall) or period.before
    if begin is None or to is None:
        raise ProblemError(
            422, "bad-period", "Half a period", "Give `earlier_from` and `earlier_to` together, or neither of them."
        )
    return _period(begin, to)


def _baseline(hall: HallFacts) -> Period | None:
    """The hall's period before the reform; None where its registry names none."""
    if hall.baseline_from is None or hall.baseline_to is None:
        return None
    return Period(hall.baseline_from, hall.baseline_to)


def _period(begin: date, to: date) -> Period:
    try:
        return Period(begin, to)
    except ValueError as error:
        raise ProblemError(
            422, "bad-period", "The period is empty", f"{error}; let `to` be later than `from`."
        ) from error


def _find_figure(figure: str) -> FigureId:
    try:
        return FigureId(figure)
    except ValueError as error:
        known = ", ".join(FigureId)
        detail = f"There is no figure {figure}. Figures are: {known}."
        raise ProblemError(404, "unknown-figure", "There is no such figure", detail) from error


def _other_list(figure: FigureId, list_name: str, why: str) -> ProblemError:
    detail = f"{why}: read /api/v1/figures/{figure}/{list_name} instead."
    return ProblemError(404, "other-list", "The figure has another list", detail)


# -- what is answered --------------------------------------------------------------------------------------------------


def _figure(found: FigureReading, cases_url: str | None) -> Figure:
    declaration, measure, shown = found.declaration, found.measure, found.period
    counted = measure if measure is not None and measure.n else None
    if found.day is not None:
        shown = Period(found.day, found.day + timedelta(days=1))
    return Figure(
        id=declaration.id,
        name=_name(declaration.name),
        value=found.value,
        numerator=None if counted is None else counted.numerator,
        denominator=None if counted is None else counted.denominator,
        n=0 if measure is None else measure.n,
        excluded=0 if measure is None else measure.excluded,
        decimals=declaration.decimals,
        formula=_name(declaration.formula_text),
        period_from=None if shown is None else shown.begin,
        period_to=None if shown is None else shown.end,
        earlier_value=found.earlier_value,
        earlier_label=None if found.earlier_label is None else _name(found.earlier_label),
        change_points=found.change_points,
        cases_url=cases_url,
    )


def _cases_url(found: FigureReading, asked: dict[str, list[str]]) -> str | None:
    """Where the cases are; a figure of the registry has no cases, its members are at `/figures/{id}/members`."""
    if found.period is None:
        return None
    query = urlencode({"from": found.period.begin, "to": found.period.end, **asked}, doseq=True)
    return f"/api/v1/figures/{found.declaration.id}/cases?{query}"


def _items(opened: OpenHall, rows: list[dict[str, object]]) -> list[FigureItem]:
    departments = [str(row["department"]) for row in rows]
    names = read_names(opened.connection, opened.hall, opened.judged_at, departments=departments)
    return [
        FigureItem.model_validate(_named(row) | {"department_name": names.department(str(row["department"]))})
        for row in rows
    ]


def _department(row: dict[str, object]) -> FigureDepartment:
    return FigureDepartment.model_validate({key: value for key, value in _named(row).items() if key != "position"})


def _named(row: dict[str, object]) -> dict[str, object]:
    """A row with `name` in both languages instead of its two columns."""
    rest = {key: value for key, value in row.items() if key not in ("name_zh", "name_en")}
    return rest | {"name": bilingual(str(row["name_zh"]), str(row["name_en"]))}


def _name(text: Text) -> Name:
    return Name(zh=text.zh, en=text.en)
