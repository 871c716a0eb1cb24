"""Figures over HTTP: numbers, comparison and the way to the list behind; mistakes are answered with advice."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest

from monitor.api.figures import FigureMembers
from monitor.api.models import CasePage, Figure, FigureList
from monitor.api.paging import pack_cursor
from monitor.domain.figures import FigureId
from monitor.storage.figure_cases import FigureCasePosition
from tests.support.asking import asking
from tests.support.driven_hall import DrivenHall
from tests.support.small_hall import add_department, add_item, insert

MARCH = "from=2026-03-01&to=2026-04-01"
AT = datetime(2026, 3, 20, 9, tzinfo=UTC)


@pytest.fixture
def client(driven_hall: DrivenHall) -> Iterator[httpx.Client]:
    with asking(driven_hall.url) as opened:
        yield opened


def tell(case_no: str, *kinds: str, **fields: Any) -> list[dict[str, Any]]:
    """Events of one case: `kind@local time`."""
    told = []
    for text in kinds:
        kind, _, moment = text.partition("@")
        told.append({"case_no": case_no, "item": "I1", "kind": kind, "occurred_at": moment, **fields})
    return told


@pytest.fixture
def four_cases(driven_hall: DrivenHall) -> DrivenHall:
    """As of 31 March 10:00: decided after 2 and after 8 working days in March, after 4 in February; one overdue."""
    driven_hall.send(
        *tell("early", "accepted@2026-03-02T10:00", "decided@2026-03-04T11:00", result="granted"),
        *tell("late", "accepted@2026-03-02T10:00", "decided@2026-03-12T11:00", result="granted"),
        *tell("before", "accepted@2026-02-02T10:00", "decided@2026-02-06T11:00", result="granted"),
        *tell("overdue", "accepted@2026-03-16T10:00"),
    )
    driven_hall.run("2026-03-31T10:00")
    return driven_hall


def get_figures(client: httpx.Client, query: str = "") -> dict[str, Figure]:
    answer = client.get(f"/api/v1/figures?{query}")
    assert answer.status_code == 200, answer.text
    listed = FigureList.model_validate(answer.json()).figures
    assert [figure.id for figure in listed] == list(FigureId)
    return {figure.id: figure for figure in listed}


def get_cases(client: httpx.Client, figure: str, query: str) -> CasePage:
    answer = client.get(f"/api/v1/figures/{figure}/cases?{query}")
    assert answer.status_code == 200, answer.text
    return CasePage.model_validate(answer.json())


def test_a_figure_shows_its_numbers_its_comparison_and_where_its_cases_are(
    four_cases: DrivenHall, client: httpx.Client
) -> None:
    speedup = get_figures(client, MARCH)["speedup_actual"]
    assert (speedup.numerator, speedup.denominator, speedup.n, speedup.excluded) == (10.0, 40.0, 2, 0)
    assert (speedup.value, speedup.earlier_value, speedup.change_points) == (0.75, 0.8, -5.0)
    assert speedup.earlier_label is not None
    assert speedup.earlier_label.en == "2026-02-01 – 2026-02-28 (4/20, n = 1)"
    assert speedup.name.zh == "办理提速率"
    assert speedup.cases_url is not None
    answer = client.get(speedup.cases_url)
    assert [row["case_no"] for row in answer.json()["cases"]] == ["late", "early"]


def test_rates_count_the_clocks_a_decision_stopped_and_the_running_overdue(
    four_cases: DrivenHall, client: httpx.Client
) -> None:
    found = get_figures(client, MARCH)
    assert (found["on_time_rate"].numerator, found["on_time_rate"].denominator) == (1, 2)
    assert (found["overdue_rate"].numerator, found["overdue_rate"].denominator) == (2, 3)
    assert found["statutory_overdue_rate"].value == 0.0
    assert found["same_day_rate"].value == 0.0


def test_the_cases_behind_a_figure_come_with_what_fails_first(four_cases: DrivenHall, client: httpx.Client) -> None:
    page = get_cases(client, "overdue_rate", f"part=denominator&{MARCH}")
    assert [row.case_no for row in page.cases] == ["overdue", "late", "early"]
    assert (page.total, page.next_cursor) == (3, None)
    overdue = page.cases[0]
    assert (overdue.light, overdue.remaining, overdue.overdue_days) == ("yellow", -6, 6)
    assert [row.case_no for row in get_cases(client, "on_time_rate", f"part=numerator&{MARCH}").cases] == ["early"]


def test_pages_of_a_figures_cases_follow_each_other(four_cases: DrivenHall, client: httpx.Client) -> None:
    seen, query = [], f"limit=1&{MARCH}"
    while True:
        page = get_cases(client, "overdue_rate", query)
        seen += [row.case_no for row in page.cases]
        if page.next_cursor is None:
            break
        query = f"limit=1&{MARCH}&cursor={page.next_cursor}"
    assert seen == ["overdue", "late", "early"]


@pytest.mark.parametrize(
    "position",
    [
        FigureCasePosition(-1, AT, 1),
        FigureCasePosition(0, AT, 1 << 63),
        FigureCasePosition(0, AT.replace(tzinfo=None), 1),
    ],
)
def test_a_made_up_place_in_a_list_is_refused(
    four_cases: DrivenHall, client: httpx.Client, position: FigureCasePosition
) -> None:
    cursor = pack_cursor("overdue_rate/denominator", position)
    answer = client.get(f"/api/v1/figures/overdue_rate/cases?{MARCH}&cursor={cursor}")
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (422, "bad-cursor")


def test_a_cursor_of_another_figures_list_is_refused(four_cases: DrivenHall, client: httpx.Client) -> None:
    cursor = pack_cursor("overdue_rate/denominator", FigureCasePosition(0, AT, 1))
    assert client.get(f"/api/v1/figures/overdue_rate/cases?{MARCH}&cursor={cursor}").status_code == 200
    assert client.get(f"/api/v1/figures/on_time_rate/cases?{MARCH}&cursor={cursor}").status_code == 422


def test_without_dates_the_period_is_the_month_the_engine_has_judged(
    four_cases: DrivenHall, client: httpx.Client
) -> None:
    speedup = get_figures(client)["speedup_actual"]
    assert (str(speedup.period_from), str(speedup.period_to)) == ("2026-03-01", "2026-04-01")
    since = get_figures(client, "from=2026-02-01")["speedup_actual"]
    assert (str(since.period_to), since.n) == ("2026-04-01", 3)
    until = get_figures(client, "to=2026-03-05")["speedup_actual"]
    assert (str(until.period_from), until.n) == ("2026-03-01", 1)


def test_a_department_without_cases_has_no_figures_of_cases_and_never_0_or_100_percent(
    four_cases: DrivenHall, client: httpx.Client
) -> None:
    found = get_figures(client, f"{MARCH}&department=D9")
    on_time = found["on_time_rate"]
    assert (on_time.value, on_time.numerator, on_time.denominator, on_time.n) == (None, None, None, 0)
    assert on_time.cases_url == "/api/v1/figures/on_time_rate/cases?from=2026-03-01&to=2026-04-01&department=D9"
    assert get_figures(client, f"{MARCH}&department=D1")["on_time_rate"].n == 2


def test_a_given_earlier_period_and_day_replace_the_period_before(four_cases: DrivenHall, client: httpx.Client) -> None:
    query = f"{MARCH}&earlier_from=2026-03-01&earlier_to=2026-03-05&earlier_day=2026-01-31"
    found = get_figures(client, query)
    assert found["speedup_actual"].earlier_value == 0.9
    presence = found["department_presence"]
    assert presence.earlier_label is not None
    assert presence.earlier_label.zh == "2026-01-31（1/1）"
    assert (str(presence.period_from), str(presence.period_to)) == ("2026-03-31", "2026-04-01")


def test_the_items_and_departments_behind_a_registry_figure_are_listed(
    driven_hall: DrivenHall, client: httpx.Client
) -> None:
    hall_id = driven_hall.hall_id
    add_department(driven_hall.connection, hall_id, "D2", 2, in_hall=False, set_up="delegated")
    add_item(driven_hall.connection, hall_id, "I2", "D2", in_hall=False, promised=None)
    driven_hall.connection.commit()
    driven_hall.run("2026-03-31T10:00")
    items = FigureMembers.model_validate(client.get("/api/v1/figures/item_presence/members").json())
    assert [(item.code, item.in_hall) for item in items.members] == [("I1", True), ("I2", False)]
    assert items.total == 2
    numerator = client.get("/api/v1/figures/item_presence/members?part=numerator").json()
    assert [item["code"] for item in numerator["members"]] == ["I1"]
    assert numerator["members"][0]["department_name"] == {"zh": "D1局", "en": "Bureau D1"}
    offices = FigureMembers.model_validate(client.get("/api/v1/figures/set_up_delegated/members").json())
    assert [office.code for office in offices.members] == ["D2"]
    assert get_figures(client)["item_presence"].cases_url is None


def test_a_cut_of_promises_lists_the_promise_of_the_day_it_is_compared_with(
    driven_hall: DrivenHall, client: httpx.Client
) -> None:
    item = {"name_zh": "I1许可", "promised": 2, "valid_from": date(2026, 3, 1)}
    insert_version = {"hall_id": driven_hall.hall_id, "code": "I1", "department": "D1", "kind": "promise"}
    values = {**insert_version, "unit": "working_days", "statutory": 20, **item}
    insert(driven_hall.connection, "item_version", "code", **values)
    driven_hall.connection.commit()
    driven_hall.run("2026-03-31T10:00")
    cut = get_figures(client)["speedup_promise_cut"]
    assert (cut.numerator, cut.denominator, cut.value) == (2.0, 5.0, 0.6)
    path = f"/api/v1/figures/speedup_promise_cut/members?from={cut.period_from}&to={cut.period_to}"
    (member,) = client.get(path).json()["members"]
    assert (member["promised"], member["promised_earlier"]) == (2.0, 5.0)


@pytest.mark.parametrize(
    ("path", "status", "problem", "advice"),
    [
        ("figures?from=2026-03-01&to=2026-03-01", 422, "bad-period", "later than `from`"),
        ("figures?earlier_from=2026-03-01", 422, "bad-period", "together"),
        ("figures?hall=nowhere", 404, "unknown-hall", "nowhere"),
        ("figures/speed/cases", 404, "unknown-figure", "speedup_actual"),
        ("figures/item_presence/cases", 404, "other-list", "/figures/item_presence/members"),
        ("figures/on_time_rate/members", 404, "other-list", "/figures/on_time_rate/cases"),
        ("figures/on_time_rate/cases?cursor=abc", 422, "bad-cursor", "next_cursor"),
        ("figures/item_presence/members?cursor=abc", 422, "bad-cursor", "next_cursor"),
        ("figures?from=0001-01-01", 422, "invalid", "1990"),
        ("figures/on_time_rate/cases?limit=0", 422, "invalid", "limit"),
    ],
)
def test_a_mistake_is_answered_with_problem_details_that_say_what_to_do(
    four_cases: DrivenHall, client: httpx.Client, path: str, status: int, problem: str, advice: str
) -> None:
    answer = client.get(f"/api/v1/{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert problem in answer.json()["type"]
    assert advice in answer.text


def test_as_of_is_what_the_engine_has_judged_in_the_halls_time(four_cases: DrivenHall, client: httpx.Client) -> None:
    assert client.get("/api/v1/figures").json()["as_of"] == "2026-03-31T10:00:00+08:00"
