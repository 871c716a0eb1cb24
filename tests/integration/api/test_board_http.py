"""Board and cards over HTTP, as the engine left them."""

from collections.abc import Iterator

import httpx
import pytest

from monitor.api.models import Board, CardPage
from tests.support.asking import asking
from tests.support.driven_hall import DrivenHall


@pytest.fixture
def client(driven_hall: DrivenHall) -> Iterator[httpx.Client]:
    with asking(driven_hall.url) as opened:
        yield opened


def accept_cases(hall: DrivenHall, count: int, moment: str) -> None:
    hall.send(*({"case_no": f"K{n}", "item": "I1", "kind": "accepted", "occurred_at": moment} for n in range(count)))


def get_cards(client: httpx.Client, query: str = "") -> CardPage:
    answer = client.get(f"/api/v1/cards{query}")
    assert answer.status_code == 200, answer.text
    return CardPage.model_validate(answer.json())


def test_the_board_tells_what_the_engine_judged(driven_hall: DrivenHall, client: httpx.Client) -> None:
    accept_cases(driven_hall, 3, "2026-03-02T10:00")
    driven_hall.run("2026-03-10T10:00")
    answer = client.get("/api/v1/board")
    board = Board.model_validate(answer.json())
    assert answer.json()["as_of"] == "2026-03-10T10:00:00+08:00"
    assert (board.numbers.open, board.numbers.yellow_open, board.numbers.overdue_open) == (3, 3, 3)
    assert board.numbers.cards_today["yellow"] + board.numbers.cards_today["reminder"] == len(board.cards)
    assert [(tile.code, tile.open, tile.yellow) for tile in board.departments] == [("D1", 3, 3)]
    assert len(board.due_days) == 10
    assert board.due_days[0].day.isoformat() == "2026-03-10"
    assert board.hall.demo


def test_a_hall_that_nobody_reports_for_is_unknown_not_green(driven_hall: DrivenHall, client: httpx.Client) -> None:
    board = Board.model_validate(client.get("/api/v1/board").json())
    assert [(source.code, source.state) for source in board.sources] == [("S1", "unknown")]
    assert [tile.light for tile in board.departments] == ["unknown"]
    assert board.data_as_of is None


def test_cards_come_newest_first_and_page_by_cursor(driven_hall: DrivenHall, client: httpx.Client) -> None:
    accept_cases(driven_hall, 3, "2026-03-02T10:00")
    driven_hall.run("2026-03-05T10:00")
    driven_hall.run("2026-03-10T10:00")
    whole = get_cards(client)
    assert whole.total == len(whole.cards) > 3
    assert [card.card_id for card in whole.cards] == sorted((card.card_id for card in whole.cards), reverse=True)
    paged, query = [], "?limit=2"
    while True:
        page = get_cards(client, query)
        paged += page.cards
        if page.next_cursor is None:
            break
        query = f"?limit=2&cursor={page.next_cursor}"
    assert paged == whole.cards


def test_cards_are_filtered(driven_hall: DrivenHall, client: httpx.Client) -> None:
    accept_cases(driven_hall, 2, "2026-03-02T10:00")
    driven_hall.run("2026-03-10T10:00")
    yellow = get_cards(client, "?level=yellow")
    assert {card.level for card in yellow.cards} == {"yellow"}
    assert yellow.total == 2
    assert get_cards(client, "?level=red").cards == []
    assert get_cards(client, "?department=D1").total == get_cards(client).total
    assert get_cards(client, "?department=D2").total == 0
    assert get_cards(client, "?state=revoked").total == 0
    assert client.get("/api/v1/cards?level=purple").status_code == 422
