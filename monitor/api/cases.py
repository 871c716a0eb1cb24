"""Cases over HTTP: lists that start with what fails, the case page, the day-by-day explanation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query

from monitor.api.case_answers import case_detail, case_explanation, case_rows
from monitor.api.days import Day, bounds_of
from monitor.api.hall_reading import HallCode, OpenHall, Reading
from monitor.api.models import CaseDetail, CasePage, Explanation, Light
from monitor.api.paging import pack_cursor, unpack_cursor
from monitor.api.problem_answers import problem_answers
from monitor.api.problems import ProblemError
from monitor.storage import case_lists
from monitor.storage.case_lists import (
    CaseFilter,
    FailingPosition,
    NumberPosition,
    TimeOrder,
    TimePosition,
)

OpenStatus = Literal["applied", "received", "correcting", "accepted", "suspended"]
ClosedStatus = Literal["refused", "decided", "delivered", "withdrawn"]
Order = Literal["failing", "newest"]

CLOSED: frozenset[str] = frozenset({"refused", "decided", "delivered", "withdrawn"})
DECIDED: frozenset[str] = frozenset({"decided", "delivered"})

router = APIRouter(prefix="/api/v1", tags=["cases"])

Source = Annotated[str, Path(description="Code of the feeding system.")]
CaseNumber = Annotated[str, Path(description="Case number, percent-encoded; it may hold slashes.")]


@dataclass(frozen=True)
class FirstHeard:
    """Where a page of the newest cases ended."""

    case_id: int


@dataclass(frozen=True)
class Page:
    """Case ids of one page, how many cases there are in all, and where the page ended, if it was not the last."""

    case_ids: list[int]
    total: int
    next_cursor: str | None


@router.get("/cases", summary="Cases, what fails first", responses=problem_answers(404, 421, 422, 503))
def get_cases(
    reading: Reading,
    light: Annotated[list[Light] | None, Query(description="With these lights; may be repeated.")] = None,
    department: Annotated[list[str] | None, Query(description="Of these departments; may be repeated.")] = None,
    item: Annotated[str | None, Query(description="Of this item.")] = None,
    status: Annotated[
        list[OpenStatus | ClosedStatus] | None, Query(description="In these statuses; may be repeated.")
    ] = None,
    accepted_on: Annotated[Day | None, Query(description="Accepted on this local day, whatever happened then.")] = None,
    decided_on: Annotated[Day | None, Query(description="Decided on this local day, delivered since or not.")] = None,
    due_on: Annotated[Day | None, Query(description="Promise due on this local day, done or not.")] = None,
    q: Annotated[str | None, Query(max_length=200, description="Beginning of the case number.")] = None,
    sort: Annotated[
        Order | None,
        Query(
            description="`failing`: open cases, worst light and earliest due first. `newest`: all, the latest first. "
            "The list of a day has an order of its own and takes none."
        ),
    ] = None,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    hall: HallCode = None,
) -> CasePage:
    """A page of cases.

    Without `sort`, open cases come with what fails first; where closed statuses are asked for, the newest first. A
    search by number (`q`) is answered in the order of numbers, whatever the sort. Decided cases are the newer the later
    they were decided, others the later they were first heard of. The cases of a day (`accepted_on`, `decided_on`) are
    those that the numbers of the board count, open or not, the latest of the day first; `due_on` the earliest first.
    """
    if sort is not None and (accepted_on or decided_on or due_on):
        raise _order_of_a_day(sort)
    with reading.open(hall) as opened:
        wanted = CaseFilter(
            departments=department,
            lights=light,
            item=item,
            statuses=status,
            accepted=bounds_of(accepted_on, opened.hall),
            decided=bounds_of(decided_on, opened.hall),
            due=bounds_of(due_on, opened.hall),
        )
        page = _read_page(opened, wanted, sort, (q or "").strip().replace("\x00", ""), cursor, limit)
        return CasePage(cases=case_rows(opened, page.case_ids), total=page.total, next_cursor=page.next_cursor)


@router.get(
    "/cases/{source}/{case_no:path}/explanation",
    summary="A case's clocks, day by day",
    responses=problem_answers(404, 421, 503),
)
def get_explanation(reading: Reading, source: Source, case_no: CaseNumber, hall: HallCode = None) -> Explanation:
    """Every day of every clock: what it is, whether it counts, and why, with the article or notice."""
    with reading.open(hall) as opened:
        return case_explanation(opened, source, case_no)


@router.get("/cases/{source}/{case_no:path}", summary="One case", responses=problem_answers(404, 421, 503))
def get_case(reading: Reading, source: Source, case_no: CaseNumber, hall: HallCode = None) -> CaseDetail:
    """Clocks, findings, events, the story of its cards, and what time alone will do next."""
    with reading.open(hall) as opened:
        return case_detail(opened, source, case_no)


def _read_page(
    opened: OpenHall, wanted: CaseFilter, sort: Order | None, number: str, cursor: str | None, limit: int
) -> Page:
    """The page in the order that the filter calls for."""
    closed = wanted.statuses is not None and CLOSED.issuperset(wanted.statuses)
    order = sort or ("newest" if closed else "failing")
    if number:
        return _page_by_number(opened, wanted, number, cursor, limit)
    if wanted.decided is not None:
        return _page_by_time(opened, TimeOrder.DECIDED, wanted, cursor, limit)
    if wanted.accepted is not None:
        return _page_by_time(opened, TimeOrder.ACCEPTED, wanted, cursor, limit)
    if wanted.due is not None:
        return _page_by_time(opened, TimeOrder.DUE, wanted, cursor, limit)
    if order == "failing" and not closed:
        return _page_of_failing(opened, wanted, cursor, limit)
    if wanted.statuses is not None and DECIDED.issuperset(wanted.statuses):
        return _page_by_time(opened, TimeOrder.DECIDED, wanted, cursor, limit)
    return _page_of_newest(opened, wanted, cursor, limit)


def _order_of_a_day(sort: Order) -> ProblemError:
    return ProblemError(
        422,
        "bad-order",
        "The list of a day has its own order",
        f"`sort={sort}` cannot be combined with `accepted_on`, `decided_on` or `due_on`: leave `sort` out.",
    )


def _page_of_failing(opened: OpenHall, wanted: CaseFilter, cursor: str | None, limit: int) -> Page:
    after = unpack_cursor("failing", cursor, FailingPosition)
    if after is not None and after.light not in case_lists.LIGHTS_WORST_FIRST:
        raise ProblemError(422, "bad-cursor", "The cursor does not belong to this list", f"no light {after.light!r}")
    at = opened.connection, opened.hall.hall_id
    found = case_lists.select_failing_cases(*at, wanted, after=after, limit=limit + 1)
    page = found[:limit]
    ended = pack_cursor("failing", page[-1]) if len(found) > limit else None
    return Page([position.case_id for position in page], case_lists.count_failing_cases(*at, wanted), ended)


def _page_by_time(opened: OpenHall, order: TimeOrder, wanted: CaseFilter, cursor: str | None, limit: int) -> Page:
    after = unpack_cursor(order.value, cursor, TimePosition)
    at = opened.connection, opened.hall.hall_id
    found = case_lists.select_cases_by_time(*at, order, wanted, after=after, limit=limit + 1)
    page = found[:limit]
    ended = pack_cursor(order.value, page[-1]) if len(found) > limit else None
    return Page([position.case_id for position in page], case_lists.count_cases(*at, wanted), ended)


def _page_of_newest(opened: OpenHall, wanted: CaseFilter, cursor: str | None, limit: int) -> Page:
    after = unpack_cursor("newest", cursor, FirstHeard)
    at = opened.connection, opened.hall.hall_id
    before_id = None if after is None else after.case_id
    found = case_lists.select_newest_cases(*at, wanted, before_id=before_id, limit=limit + 1)
    page = found[:limit]
    ended = pack_cursor("newest", FirstHeard(page[-1])) if len(found) > limit else None
    return Page(page, case_lists.count_cases(*at, wanted), ended)


def _page_by_number(opened: OpenHall, wanted: CaseFilter, number: str, cursor: str | None, limit: int) -> Page:
    after = unpack_cursor("number", cursor, NumberPosition)
    at = opened.connection, opened.hall.hall_id
    found = case_lists.select_cases_by_number(*at, number, wanted, after=after, limit=limit + 1)
    page = found[:limit]
    ended = pack_cursor("number", page[-1][1]) if len(found) > limit else None
    total = case_lists.count_cases_by_number(*at, number, wanted)
    return Page([case_id for case_id, _ in page], total, ended)
