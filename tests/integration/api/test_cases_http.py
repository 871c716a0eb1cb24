"""Lists of cases and the case page over HTTP: what fails first, judged while it is read, in the hall's own time."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from monitor.api.models import CaseDetail, CasePage, Explanation
from tests.support.asking import asking
from tests.support.driven_hall import DrivenHall
from tests.support.small_hall import add_hall, add_item


@pytest.fixture
def client(driven_hall: DrivenHall) -> Iterator[httpx.Client]:
    with asking(driven_hall.url) as opened:
        yield opened


def tell(case_no: str, *kinds: str, item: str = "I1", **fields: Any) -> list[dict[str, Any]]:
    """Events of one case: `kind@local time`."""
    told = []
    for text in kinds:
        kind, _, moment = text.partition("@")
        told.append({"case_no": case_no, "item": item, "kind": kind, "occurred_at": moment, **fields})
    return told


def get_page(client: httpx.Client, query: str = "") -> CasePage:
    answer = client.get(f"/api/v1/cases{query}")
    assert answer.status_code == 200, answer.text
    return CasePage.model_validate(answer.json())


@pytest.fixture
def five_cases(driven_hall: DrivenHall) -> DrivenHall:
    """As of 10 March 10:00: one red, one yellow, one near its due day, one fresh, one decided."""
    driven_hall.send(
        *tell("red", "accepted@2026-01-20T10:00"),
        *tell("yellow", "accepted@2026-02-27T10:00"),
        *tell("near", "accepted@2026-03-05T10:00"),
        *tell("fresh", "accepted@2026-03-10T09:30"),
        *tell("done", "accepted@2026-03-02T09:30", "decided@2026-03-04T11:00", result="granted"),
    )
    driven_hall.run("2026-03-10T10:00")
    return driven_hall


def test_a_list_starts_with_what_fails(five_cases: DrivenHall, client: httpx.Client) -> None:
    page = get_page(client)
    assert [(row.case_no, row.light) for row in page.cases] == [
        ("red", "red"), ("yellow", "yellow"), ("near", "reminder"), ("fresh", "green"),
    ]  # fmt: skip
    assert (page.total, page.next_cursor) == (4, None)
    yellow, near = page.cases[1], page.cases[2]
    assert (yellow.remaining, yellow.overdue_days, yellow.unit) == (
        -3,
        3,
        "working_days",
    )  # 28 February is a make-up workday
    assert (near.remaining, near.overdue_days) == (2, 0)
    assert near.item_name is not None
    assert (near.item_name.zh, near.department) == ("I1许可", "D1")
    assert near.department_name is not None
    assert near.department_name.zh == "D1局"


def test_a_row_names_its_clock_and_says_when_nothing_of_it_is_left(
    driven_hall: DrivenHall, client: httpx.Client
) -> None:
    """A decided case was shown with days left, and one reported up too late stood first for weeks as if it ran."""
    add_item(driven_hall.connection, driven_hall.hall_id, "UP", "D1", kind="reported_up")
    driven_hall.connection.commit()
    driven_hall.send(
        *tell("done", "accepted@2026-03-02T09:30", "decided@2026-03-04T11:00", result="granted"),
        *tell("reported late", "accepted@2026-02-25T10:00", "reported_up@2026-03-05T10:00", item="UP"),
        *tell("running", "accepted@2026-02-25T10:00"),
    )
    driven_hall.run("2026-03-10T10:00")
    done = get_page(client, "?status=decided").cases[0]
    assert (done.clock, done.used, done.limit, done.early, done.ended) == ("promise", 2, 5, True, True)
    rows = {row.case_no: row for row in get_page(client).cases}
    stopped, running = rows["reported late"], rows["running"]
    assert (stopped.light, stopped.status, stopped.ended, stopped.overdue_days) == ("yellow", "accepted", True, 2)
    assert (running.light, running.ended, running.overdue_days) == ("yellow", False, 5)  # both due on 3 March


def test_pages_follow_each_other_by_cursor(five_cases: DrivenHall, client: httpx.Client) -> None:
    seen, query = [], "?limit=1"
    while True:
        page = get_page(client, query)
        seen += [row.case_no for row in page.cases]
        assert page.total == 4
        if page.next_cursor is None:
            break
        query = f"?limit=1&cursor={page.next_cursor}"
    assert seen == ["red", "yellow", "near", "fresh"]


@pytest.mark.parametrize("sort", ["failing", "newest"])
def test_a_page_beyond_the_last_case_is_never_promised(five_cases: DrivenHall, client: httpx.Client, sort: str) -> None:
    page = get_page(client, f"?sort={sort}&limit=100")
    assert page.next_cursor is None
    assert len(get_page(client, f"?sort={sort}&limit={page.total}").cases) == page.total


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?light=red&light=yellow", ["red", "yellow"]),
        ("?light=green", ["fresh"]),
        ("?department=D1&item=I1&status=accepted", ["red", "yellow", "near", "fresh"]),
        ("?department=elsewhere", []),
        ("?item=elsewhere", []),
        ("?status=decided", ["done"]),
        ("?status=decided&sort=failing", ["done"]),
        ("?status=withdrawn", []),
        ("?q=don", ["done"]),
        ("?q=%25", []),
        ("?q=%00", ["red", "yellow", "near", "fresh"]),
    ],
)
def test_filters(five_cases: DrivenHall, client: httpx.Client, query: str, expected: list[str]) -> None:
    page = get_page(client, query)
    assert ([row.case_no for row in page.cases], page.total) == (expected, len(expected))


def test_the_newest_are_those_heard_of_last(five_cases: DrivenHall, client: httpx.Client) -> None:
    five_cases.send(*tell("late comer", "accepted@2026-03-10T10:00"))
    five_cases.run("2026-03-10T10:01")
    page = get_page(client, "?sort=newest&limit=1")
    assert [row.case_no for row in page.cases] == ["late comer"]
    rest = get_page(client, f"?sort=newest&cursor={page.next_cursor}")
    assert {row.case_no for row in rest.cases} == {"red", "yellow", "near", "fresh", "done"}


def test_decided_cases_come_by_their_decision(five_cases: DrivenHall, client: httpx.Client) -> None:
    five_cases.send(*tell("quick", "accepted@2026-03-01T09:30", "decided@2026-03-02T11:00", result="granted"))
    five_cases.run("2026-03-10T10:01")
    page = get_page(client, "?status=decided&sort=newest&limit=1")
    assert [row.case_no for row in page.cases] == ["done"]
    assert [row.case_no for row in get_page(client, f"?status=decided&cursor={page.next_cursor}").cases] == ["quick"]


@pytest.mark.parametrize("cursor", ["x", "AAAA", "é", "gaJmYWlsaW5n", "a" * 3000])
def test_a_cursor_from_nowhere_is_refused_with_a_remedy(
    five_cases: DrivenHall, client: httpx.Client, cursor: str
) -> None:
    answer = client.get("/api/v1/cases", params={"cursor": cursor})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert "next_cursor" in answer.json()["detail"]


def test_a_cursor_of_another_order_is_refused(five_cases: DrivenHall, client: httpx.Client) -> None:
    cursor = get_page(client, "?limit=1").next_cursor
    assert client.get(f"/api/v1/cases?sort=newest&cursor={cursor}").status_code == 422


@pytest.mark.parametrize("query", ["?light=purple", "?limit=0", "?limit=101", "?sort=best", "?status=lost"])
def test_a_filter_that_does_not_exist_is_refused(driven_hall: DrivenHall, client: httpx.Client, query: str) -> None:
    answer = client.get(f"/api/v1/cases{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


def test_an_unknown_hall_is_named_with_those_that_exist(driven_hall: DrivenHall, client: httpx.Client) -> None:
    answer = client.get("/api/v1/cases?hall=NOWHERE")
    assert answer.status_code == 404
    assert "DEMO" in answer.json()["detail"]


def get_case(client: httpx.Client, case_no: str, source: str = "S1") -> CaseDetail:
    answer = client.get(f"/api/v1/cases/{source}/{quote(case_no, safe='')}")
    assert answer.status_code == 200, answer.text
    return CaseDetail.model_validate(answer.json())


def test_the_case_page_tells_clocks_findings_events_cards_and_what_comes(
    five_cases: DrivenHall, client: httpx.Client
) -> None:
    case = get_case(client, "near")
    assert (case.status, case.light, case.item_kind, case.deemed) == ("accepted", "reminder", "promise", False)
    promise = next(clock for clock in case.clocks if clock.name == "promise")
    assert (promise.used, promise.remaining, promise.state, promise.limit) == (3, 2, "running", 5)
    raw = client.get("/api/v1/cases/S1/near").json()
    assert raw["accepted_at"] == "2026-03-05T10:00:00+08:00"
    assert next(clock for clock in raw["clocks"] if clock["name"] == "promise")["due_at"] == "2026-03-12T17:00:00+08:00"
    assert [event.kind for event in case.events] == ["accepted"]
    assert [story.card.level for story in case.cards] == ["reminder"]
    assert [step.to_state for step in case.cards[0].steps] == ["issued"]
    assert [change.at.isoformat() for change in case.next_changes] == sorted(
        change.at.isoformat() for change in case.next_changes
    )
    assert "黄牌" in case.next_changes[1].what.zh
    assert case.calendar.startswith("national")


def test_findings_have_titles_and_the_article_they_rest_on(five_cases: DrivenHall, client: httpx.Client) -> None:
    found = {anomaly.code: anomaly for anomaly in get_case(client, "red").anomalies}
    assert found["A06"].title.zh == "超法定时限"
    assert found["A06"].article == "行政许可法第42条"


def test_a_voided_event_stays_on_the_page_and_is_marked(driven_hall: DrivenHall, client: httpx.Client) -> None:
    driven_hall.send(*tell("twice", "accepted@2026-03-02T10:00", "accepted@2026-03-03T10:00"))
    driven_hall.send({"case_no": "twice", "kind": "voided", "occurred_at": "2026-03-04T10:00", "voids": "e1"})
    driven_hall.run("2026-03-05T10:00")
    case = get_case(client, "twice")
    assert [(event.event_id, event.voided) for event in case.events] == [("e1", True), ("e2", False), ("e3", False)]
    assert case.accepted_at is not None
    assert case.accepted_at.day == 3


def test_a_case_of_which_nothing_is_left_still_shows_its_events(driven_hall: DrivenHall, client: httpx.Client) -> None:
    driven_hall.send(*tell("gone", "accepted@2026-03-02T10:00"))
    driven_hall.send({"case_no": "gone", "kind": "voided", "occurred_at": "2026-03-04T10:00", "voids": "e1"})
    driven_hall.run("2026-03-05T10:00")
    case = get_case(client, "gone")
    assert (case.light, case.clocks, [event.voided for event in case.events]) == ("none", [], [True, False])
    assert get_page(client, "?sort=newest").total == 0


@pytest.mark.parametrize("case_no", ["申请〔2026〕1号", "A/B", "A/explanation/B", "a b?c#d%2F", "..", "x.html"])
def test_case_numbers_may_hold_anything(driven_hall: DrivenHall, client: httpx.Client, case_no: str) -> None:
    driven_hall.send(*tell(case_no, "accepted@2026-03-02T10:00"))
    driven_hall.run("2026-03-03T10:00")
    if case_no != "..":  # every client resolves the dots itself, before anything is sent
        assert get_case(client, case_no).case_no == case_no
        explained = client.get(f"/api/v1/cases/S1/{quote(case_no, safe='')}/explanation")
        assert Explanation.model_validate(explained.json()).clocks
    assert [row.case_no for row in get_page(client, f"?q={quote(case_no)}").cases] == [case_no]


@pytest.mark.parametrize("path", ["S1/none", "none/fresh", "S1/%00", "S1/none/explanation"])
def test_an_unknown_case_is_a_problem_with_a_remedy(driven_hall: DrivenHall, client: httpx.Client, path: str) -> None:
    answer = client.get(f"/api/v1/cases/{path}")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-case")
    assert "q=" in answer.json()["detail"]


def test_a_case_of_another_hall_is_not_shown(five_cases: DrivenHall, client: httpx.Client) -> None:
    add_hall(five_cases.connection, "NEXT")
    five_cases.connection.commit()
    assert client.get("/api/v1/cases/S1/fresh?hall=DEMO").status_code == 200
    assert client.get("/api/v1/cases/S1/fresh?hall=NEXT").status_code == 404


def test_the_explanation_counts_day_by_day_to_the_due_time(driven_hall: DrivenHall, client: httpx.Client) -> None:
    add_item(driven_hall.connection, driven_hall.hall_id, "I10", "D1", promised=10)
    driven_hall.connection.commit()
    law = {"reason": "专家评审", "days": 5, "approver": "a", "legal_basis": "45", "notice_no": "n"}
    driven_hall.send(
        *tell("K", "received@2026-09-15T10:00", "accepted@2026-09-16T10:12", item="I10"),
        *tell("K", "suspended@2026-09-18T10:00", item="I10", **law),
        *tell("K", "resumed@2026-09-23T10:00", item="I10"),
    )
    driven_hall.run("2026-10-10T10:00")
    answer = client.get("/api/v1/cases/S1/K/explanation").json()
    explanation = Explanation.model_validate(answer)
    promise = next(clock for clock in explanation.clocks if clock.name == "promise")
    counted = [day for day in promise.days if day.counted]
    assert [day.number for day in counted] == list(range(1, 11))
    assert [day.day.isoformat() for day in promise.days if day.due_day] == ["2026-10-12"]
    assert answer["today"] == "2026-10-10"
    due = next(clock for clock in answer["clocks"] if clock["name"] == "promise")
    assert (due["due_at"], due["due_at_if_refused"]) == ("2026-10-12T17:00:00+08:00", "2026-09-30T17:00:00+08:00")


def test_what_is_read_agrees_with_what_is_stored(five_cases: DrivenHall, client: httpx.Client) -> None:
    """Edge case 41: list and engine told a breach differently; here both come from one judge at one moment."""
    stored = {
        case_no: (light, due)
        for case_no, light, due in five_cases.rows("select case_no, light::text, promise_due_at from case_state")
    }
    for row in get_page(client, "?sort=newest").cases:
        case = get_case(client, row.case_no)
        promise = next(clock for clock in case.clocks if clock.name == "promise")
        assert (case.light, promise.due_at) == (row.light, row.promise_due_at) == stored[row.case_no]
        told = next(clock for clock in case.clocks if clock.name == row.clock)
        assert row.clock == ("statutory" if case.light == "red" else "promise"), "a line tells of what made its light"
        assert (told.remaining, told.overdue_days) == (row.remaining, row.overdue_days)
