"""The board over HTTP: what the first message of the live channel holds, for those who only ask now and then."""

from __future__ import annotations

from fastapi import APIRouter

from alerts.live.scope import Scope
from alerts.live.whole_board import read_whole_board
from monitor.api.hall_reading import HallCode, Reading
from monitor.api.models import Board
from monitor.api.problem_answers import problem_answers

router = APIRouter(prefix="/api/v1", tags=["board"])


@router.get("/board", summary="The board as it stands now", responses=problem_answers(404, 421, 503))
def get_board(reading: Reading, hall: HallCode = None) -> Board:
    """Everything the live page shows. Follow `/ws` instead of asking again and again: it sends only what changes."""
    with reading.open(hall) as opened:
        scope = Scope(opened.hall.hall_id)
        return Board.model_validate(read_whole_board(opened.connection, scope, reading.rules, reading.clock).board)
