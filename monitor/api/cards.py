"""Cards over HTTP: the newest first, with filters."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from monitor.api.hall_reading import HallCode, Reading
from monitor.api.models import CardLevel, CardNotice, CardPage
from monitor.api.paging import pack_cursor, unpack_cursor
from monitor.api.problem_answers import problem_answers
from monitor.storage.cards import CardFilter, CardPosition, card_notices, count_cards, select_cards

CardState = Literal[
    "issued", "acknowledged", "answered", "accepted", "sent_back", "appealed", "upheld", "revoked", "closed"
]
ORDER = "cards"

router = APIRouter(prefix="/api/v1", tags=["cards"])


@router.get("/cards", summary="Cards, newest first", responses=problem_answers(404, 421, 422, 503))
def get_cards(
    reading: Reading,
    level: Annotated[list[CardLevel] | None, Query(description="Of these levels; may be repeated.")] = None,
    department: Annotated[list[str] | None, Query(description="Of these departments; may be repeated.")] = None,
    state: Annotated[list[CardState] | None, Query(description="In these states; may be repeated.")] = None,
    reason: Annotated[list[str] | None, Query(description="Issued for these reasons; may be repeated.")] = None,
    expected_after: Annotated[AwareDatetime | None, Query(description="Whose moment came after this one.")] = None,
    expected_until: Annotated[AwareDatetime | None, Query(description="Whose moment came not after this one.")] = None,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    hall: HallCode = None,
) -> CardPage:
    """A page of cards (牌): reminders, yellow and red ones, with what became of each."""
    after = unpack_cursor(ORDER, cursor, CardPosition)
    wanted = CardFilter(department, level, state, reason, expected_after, expected_until)
    with reading.open(hall) as opened:
        hall_id = opened.hall.hall_id
        rows = select_cards(opened.connection, hall_id, wanted, after=after, limit=limit + 1)
        page = rows[:limit]
        ended = CardPosition(page[-1]["issued_at"], page[-1]["card_id"]) if len(rows) > limit else None
        notices = card_notices(opened.connection, opened.hall, opened.judged_at, page)
        return CardPage(
            cards=[CardNotice.model_validate(notice) for notice in notices],
            total=count_cards(opened.connection, hall_id, wanted),
            next_cursor=None if ended is None else pack_cursor(ORDER, ended),
        )
