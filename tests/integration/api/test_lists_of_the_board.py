"""Every number of the board's head stands over a list whose total is that number, at the same moment."""

from collections.abc import Iterator

import httpx
import pytest

from monitor.api.models import Board, CasePage
from tests.support.asking import asking
from tests.support.driven_hall import DrivenHall
from tests.support.working_afternoon import TODAY


@pytest.fixture
def client(driven_hall: DrivenHall) -> Iterator[httpx.Client]:
    with asking(driven_hall.url) as opened:
        yield opened


def read_board(client: httpx.Client) -> Board:
    return Board.model_validate(client.get("/api/v1/board").json())


def list_of(client: httpx.Client, query: str) -> tuple[int, set[str]]:
    """The total of a list, and the numbers of its cases, page by page."""
    numbers: list[str] = []
    cursor = ""
    while True:
        answer = client.get(f"/api/v1/cases?{query}&limit=3{cursor}")
        assert answer.status_code == 200, answer.text
        page = CasePage.model_validate(answer.json())
        numbers += [row.case_no for row in page.cases]
        if page.next_cursor is None:
            break
        cursor = f"&cursor={page.next_cursor}"
    assert len(numbers) == len(set(numbers)) == page.total
    return page.total, set(numbers)


def test_overdue_lists_yellow_and_red_together(busy_hall: DrivenHall, client: httpx.Client) -> None:
    numbers = read_board(client).numbers
    found = list_of(client, "light=yellow&light=red&sort=failing")
    assert found == (5, {"red", "yellow", "yellow outside", "yellow, standing", "reported late"})
    assert numbers.overdue_open == numbers.yellow_open + numbers.red_open == 5


def test_accepted_today_lists_the_cases_of_the_local_day_whatever_became_of_them(
    busy_hall: DrivenHall, client: httpx.Client
) -> None:
    total, found = list_of(client, f"accepted_on={TODAY}")
    assert found == {"early in the day", "at once", "outside at once", "of no item", "accepted, withdrawn"}
    assert read_board(client).numbers.accepted_today == total


def test_decided_today_lists_the_delivered_too_and_what_was_corrected_into_the_day(
    busy_hall: DrivenHall, client: httpx.Client
) -> None:
    total, found = list_of(client, f"decided_on={TODAY}")
    assert found == {"due, done today", "at once", "outside at once", "was of today"}
    assert read_board(client).numbers.decided_today == total
    assert list_of(client, "decided_on=2026-03-09")[1] == {"decided yesterday", "was of yesterday"}


def test_due_today_lists_what_was_done_and_what_is_left(busy_hall: DrivenHall, client: httpx.Client) -> None:
    numbers = read_board(client).numbers
    total, found = list_of(client, f"due_on={TODAY}")
    assert found == {"due", "due outside", "due, done early", "due, done today"}
    assert (numbers.due_today, numbers.due_today_open) == (total, 2)


def test_the_latest_of_the_day_comes_first(busy_hall: DrivenHall, client: httpx.Client) -> None:
    page = CasePage.model_validate(client.get(f"/api/v1/cases?decided_on={TODAY}").json())
    moments = [row.decided_at for row in page.cases if row.decided_at]
    assert len(moments) == 4
    assert moments == sorted(moments, reverse=True)


def test_a_day_goes_with_the_other_filters(busy_hall: DrivenHall, client: httpx.Client) -> None:
    assert list_of(client, f"decided_on={TODAY}&department=OUT")[1] == {"outside at once"}
    assert list_of(client, f"decided_on={TODAY}&status=delivered")[1] == {"at once"}
    assert list_of(client, f"decided_on={TODAY}&accepted_on={TODAY}")[1] == {"at once", "outside at once"}
    assert list_of(client, f"accepted_on={TODAY}&q=out")[1] == {"outside at once"}
    assert list_of(client, "accepted_on=2026-03-01")[0] == 0


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("accepted_on=10.3.2026", "accepted_on"),
        ("decided_on=2026-02-30", "decided_on"),
        ("accepted_on=1989-12-31", "accepted_on"),
        (f"accepted_on={TODAY}&sort=failing", "sort"),
        (f"decided_on={TODAY}&sort=newest", "sort"),
    ],
)
def test_a_day_that_is_none_or_an_order_beside_it_is_refused_by_name(
    driven_hall: DrivenHall, client: httpx.Client, query: str, named: str
) -> None:
    answer = client.get(f"/api/v1/cases?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert named in answer.json()["detail"]


def test_a_cursor_of_one_day_list_is_none_of_another(busy_hall: DrivenHall, client: httpx.Client) -> None:
    cursor = client.get(f"/api/v1/cases?accepted_on={TODAY}&limit=1").json()["next_cursor"]
    assert client.get(f"/api/v1/cases?decided_on={TODAY}&cursor={cursor}").status_code == 422
