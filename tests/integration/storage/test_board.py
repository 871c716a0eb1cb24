"""The board's parts are read from registry and counters, in the shapes of the API, whole or cut to departments."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from psycopg import Connection
from pydantic import TypeAdapter

from monitor.api.models import BoardNumbers, CardNotice, DepartmentTile, DueDay, Hall, SourceHealth, TrendPoint
from monitor.storage.board import (
    data_as_of,
    read_board,
    read_due_days,
    read_numbers,
    read_sources,
    read_tiles,
    read_trend,
)
from monitor.storage.cards import read_card_notices, read_newest_cards
from monitor.storage.halls import HallError, find_hall, read_engine_as_of, read_hall
from tests.support.small_hall import (
    add_card,
    add_case,
    add_department,
    add_hall,
    add_item,
    add_source,
    insert,
    set_day,
    set_load,
)

AS_OF = datetime.fromisoformat("2026-03-02T00:30:00+08:00")  # still 1 March in UTC
TODAY = date(2026, 3, 2)
HEARD = datetime.fromisoformat("2026-03-02T00:29:00+08:00")


@pytest.fixture
def hall_id(connection: Connection[Any]) -> int:
    """Departments A and B in the hall, C not; two sources, one for each of A and B."""
    hall_id = add_hall(connection)
    add_department(connection, hall_id, "B", 1)
    add_department(connection, hall_id, "A", 2)
    add_department(connection, hall_id, "C", 3, in_hall=False)
    add_source(connection, hall_id, "SA", ["A"], complete_until=HEARD)
    add_source(connection, hall_id, "SB", ["B"], complete_until=datetime.fromisoformat("2026-03-01T20:00:00+08:00"))
    return hall_id


def tiles(connection: Connection[Any], hall_id: int, **options: Any) -> dict[str, DepartmentTile]:
    found = TypeAdapter(list[DepartmentTile]).validate_python(read_tiles(connection, hall_id, AS_OF, **options))
    assert len({tile.position for tile in found}) == len(found)
    assert found == sorted(found, key=lambda tile: tile.position)
    return {tile.code: tile for tile in found}


def test_every_in_hall_department_has_a_tile_in_registry_order(connection: Connection[Any], hall_id: int) -> None:
    found = tiles(connection, hall_id)
    assert list(found) == ["B", "A"]
    assert [(tile.light, tile.open, tile.name.zh) for tile in found.values()] == [
        ("green", 0, "B局"),
        ("green", 0, "A局"),
    ]


def test_departments_with_cases_appear_even_outside_the_hall_and_the_registry(
    connection: Connection[Any], hall_id: int
) -> None:
    for code in ("C", "Z", "Y", ""):
        set_load(connection, hall_id, code, open=1)
    found = tiles(connection, hall_id)
    assert list(found) == ["B", "A", "C", "", "Y", "Z"]
    assert [found[code].in_hall for code in found] == [True, True, False, False, False, False]
    assert (found["Z"].name.zh, found["Z"].name.en) == ("Z", "Z")
    assert found[""].name.zh == "未标明部门"


def test_no_tile_for_unnamed_departments_once_no_case_is_without_one(connection: Connection[Any], hall_id: int) -> None:
    set_load(connection, hall_id, "", open=0)
    assert "" not in tiles(connection, hall_id)


def test_a_tile_keeps_its_place_when_only_some_are_asked_for(connection: Connection[Any], hall_id: int) -> None:
    for code in ("Z", "Y"):
        set_load(connection, hall_id, code, open=1)
    everyone = tiles(connection, hall_id)
    assert tiles(connection, hall_id, departments=["A", "Z"]) == {"A": everyone["A"], "Z": everyone["Z"]}


@pytest.mark.parametrize(
    ("load", "light"),
    [
        ({"open": 9, "green": 9}, "green"),
        ({"open": 9, "green": 8, "reminder": 1}, "reminder"),
        ({"open": 9, "reminder": 8, "yellow": 1}, "yellow"),
        ({"open": 9, "yellow": 8, "red": 1}, "red"),
    ],
)
def test_the_light_is_the_worst_of_the_open_cases(
    connection: Connection[Any], hall_id: int, load: dict[str, int], light: str
) -> None:
    set_load(connection, hall_id, "A", **load)
    assert tiles(connection, hall_id)["A"].light == light


def test_a_silent_source_makes_its_departments_unknown_and_no_others(connection: Connection[Any], hall_id: int) -> None:
    set_load(connection, hall_id, "A", open=1, red=1)
    found = tiles(connection, hall_id, silent={"SB"})
    assert (found["A"].light, found["B"].light) == ("red", "unknown")
    assert found["B"].data_as_of == datetime.fromisoformat("2026-03-01T20:00:00+08:00")


def test_silence_takes_the_place_of_green_and_hides_nothing_worse(connection: Connection[Any], hall_id: int) -> None:
    """Pulling the cable of its system must not make a department's red cases look merely unknown."""
    set_load(connection, hall_id, "A", open=2, green=2)
    set_load(connection, hall_id, "B", open=2, green=1, red=1)
    found = tiles(connection, hall_id, silent={"SA", "SB"})
    assert (found["A"].light, found["A"].silent) == ("unknown", True)
    assert (found["B"].light, found["B"].silent) == ("red", True)
    assert {tile.silent for tile in tiles(connection, hall_id).values()} == {False}


def test_a_department_nobody_has_ever_reported_for_is_unknown(connection: Connection[Any], hall_id: int) -> None:
    add_department(connection, hall_id, "D", 4)
    add_department(connection, hall_id, "E", 5)
    add_source(connection, hall_id, "SD", ["D"])
    found = tiles(connection, hall_id)
    assert (found["D"].light, found["D"].data_as_of) == ("unknown", None)
    assert found["E"].light == "unknown"


def test_a_department_is_not_green_while_one_of_the_sources_that_feed_it_is_not_heard(
    connection: Connection[Any], hall_id: int
) -> None:
    """What the window system tells of is well; what the portal would tell of nobody knows."""
    add_source(connection, hall_id, "SA2", ["A"])
    found = tiles(connection, hall_id)
    assert (found["A"].light, found["A"].silent) == ("unknown", True)
    assert (found["B"].light, found["B"].silent) == ("green", False)


def test_a_source_that_names_no_departments_and_was_never_heard_of_hides_no_light(
    connection: Connection[Any], hall_id: int
) -> None:
    add_source(connection, hall_id, "NEW", [])
    assert {tile.light for tile in tiles(connection, hall_id).values()} == {"green"}
    found = tiles(connection, hall_id, silent={"NEW"})
    assert {tile.light for tile in found.values()} == {"unknown"}, "it was heard of, whatever its cases may name"


def test_an_archive_makes_nothing_green_that_another_source_should_tell_of(
    connection: Connection[Any], hall_id: int
) -> None:
    """A newcomer's fresh hall was green, though its windows had never spoken: an archive of it was registered."""
    add_department(connection, hall_id, "D", 4)
    add_department(connection, hall_id, "E", 5)
    add_source(connection, hall_id, "LOG", ["D", "E"], feed="archive")
    add_source(connection, hall_id, "SD", ["D"])
    found = tiles(connection, hall_id)
    assert (found["D"].light, found["D"].silent) == ("unknown", True)
    assert (found["E"].light, found["E"].silent) == ("green", False)
    assert tiles(connection, hall_id, silent=["SA"])["A"].light == "unknown"


def test_an_archive_without_declared_departments_feeds_whoever_its_cases_name(connection: Connection[Any]) -> None:
    hall_id = add_hall(connection, "OLD")
    add_source(connection, hall_id, "LOG", [], feed="archive")
    set_load(connection, hall_id, "General", open=3)
    assert tiles(connection, hall_id)["General"].light == "green"
    assert read_sources(connection, hall_id)[0]["state"] == "current"


def test_a_department_that_no_longer_exists_has_no_tile_unless_cases_are_left(
    connection: Connection[Any], hall_id: int
) -> None:
    add_department(connection, hall_id, "OLD", 4, valid_to=TODAY)
    assert "OLD" not in tiles(connection, hall_id)
    set_load(connection, hall_id, "OLD", open=1)
    found = tiles(connection, hall_id)["OLD"]
    assert (found.in_hall, found.name.zh, found.position) == (False, "OLD局", 4)


def test_the_name_in_force_on_the_local_day_is_shown(connection: Connection[Any], hall_id: int) -> None:
    renamed = {"in_hall": True, "name_zh": "新A局", "name_en": ""}
    insert(connection, "department_version", "code", hall_id=hall_id, code="A", valid_from=TODAY, **renamed)
    assert tiles(connection, hall_id)["A"].name.model_dump() == {"zh": "新A局", "en": "新A局"}


def test_numbers_are_those_of_the_local_day_and_equal_the_sums_of_the_tiles(
    connection: Connection[Any], hall_id: int
) -> None:
    set_load(connection, hall_id, "A", open=10, standing=1, reminder=2, yellow=3, red=1)
    set_load(connection, hall_id, "Z", open=5, standing=2, reminder=0, yellow=1, red=0)
    set_day(connection, hall_id, "A", TODAY, accepted=4, decided=3, promise_early=2, promise_due=9, promise_due_open=6)
    set_day(connection, hall_id, "Z", TODAY, accepted=1)
    set_day(connection, hall_id, "A", date(2026, 3, 1), accepted=100, decided=100, promise_due=100)
    numbers = BoardNumbers.model_validate(read_numbers(connection, hall_id, AS_OF))
    found = tiles(connection, hall_id).values()
    assert (numbers.accepted_today, numbers.decided_today, numbers.early_today) == (5, 3, 2)
    assert (numbers.due_today, numbers.due_today_open) == (9, 6)
    assert numbers.open == sum(tile.open for tile in found) == 15
    assert numbers.standing == sum(tile.standing for tile in found) == 3
    assert numbers.yellow_open == sum(tile.yellow for tile in found) == 4
    assert numbers.red_open == sum(tile.red for tile in found) == 1
    assert numbers.overdue_open == 5


def test_numbers_of_one_department_hold_nothing_of_another(connection: Connection[Any], hall_id: int) -> None:
    for code, amount in (("A", 1), ("B", 1000)):
        set_load(connection, hall_id, code, open=amount, yellow=amount)
        counted = {"accepted": amount, "speedup_cases": amount, "used_days": amount, "statutory_days": 2 * amount}
        set_day(connection, hall_id, code, TODAY, promise_due_open=amount, **counted)
        case_id = add_case(connection, hall_id, insert_source(connection, hall_id, code), f"{code}-1")
        add_card(connection, hall_id, case_id, AS_OF, department=code)
    numbers = read_numbers(connection, hall_id, AS_OF, ["A"])
    assert (numbers["open"], numbers["accepted_today"], numbers["speedup_month"]["n"]) == (1, 1, 1)
    assert numbers["cards_today"] == {"reminder": 0, "yellow": 1, "red": 0}
    assert read_due_days(connection, hall_id, [TODAY], ["A"])[0]["promise"] == 1
    assert read_trend(connection, hall_id, AS_OF, ["A"])[-1]["n"] == 1
    assert [card["case_no"] for card in read_newest_cards(connection, hall_id, AS_OF, ["A"])] == ["A-1"]


def insert_source(connection: Connection[Any], hall_id: int, department: str) -> int:
    return add_source(connection, hall_id, f"FEED-{department}", [department], complete_until=HEARD)


def test_the_speed_up_of_the_month_is_weighted_by_days(connection: Connection[Any], hall_id: int) -> None:
    set_day(connection, hall_id, "A", TODAY, decided=3, speedup_cases=2, used_days=6, statutory_days=40)
    set_day(connection, hall_id, "B", date(2026, 3, 1), decided=1, speedup_cases=1, used_days=9, statutory_days=10)
    set_day(connection, hall_id, "B", date(2026, 2, 28), decided=1, speedup_cases=1, used_days=50, statutory_days=50)
    figure = BoardNumbers.model_validate(read_numbers(connection, hall_id, AS_OF)).speedup_month
    assert (figure.value, figure.n, figure.excluded) == (0.7, 3, 1)
    assert (figure.numerator, figure.denominator) == (15, 50)
    assert (figure.period_from, figure.period_to) == (date(2026, 3, 1), date(2026, 4, 1))


def test_an_empty_month_has_no_speed_up(connection: Connection[Any], hall_id: int) -> None:
    figure = BoardNumbers.model_validate(read_numbers(connection, hall_id, AS_OF)).speedup_month
    assert (figure.value, figure.n, figure.denominator) == (None, 0, None)


def test_the_period_ends_with_the_year_in_december(connection: Connection[Any], hall_id: int) -> None:
    december = datetime.fromisoformat("2026-12-31T12:00:00+08:00")
    assert read_numbers(connection, hall_id, december)["speedup_month"]["period_to"] == "2027-01-01"


def test_cards_of_today_are_those_issued_on_the_local_day(connection: Connection[Any], hall_id: int) -> None:
    case_id = add_case(connection, hall_id, insert_source(connection, hall_id, "A"), "A-1")
    for minute, clock in (("2026-03-01T23:59:59+08:00", "a"), ("2026-03-02T00:00:00+08:00", "b")):
        add_card(connection, hall_id, case_id, datetime.fromisoformat(minute), clock=clock)
    add_card(connection, hall_id, case_id, AS_OF, clock="c", level="red")
    cards = read_numbers(connection, hall_id, AS_OF)["cards_today"]
    assert cards == {"reminder": 0, "yellow": 1, "red": 1}


def test_due_days_come_in_order_with_days_on_which_nothing_is_due(connection: Connection[Any], hall_id: int) -> None:
    set_day(connection, hall_id, "A", date(2026, 3, 4), promise_due=9, promise_due_open=3, statutory_due_open=1)
    set_day(connection, hall_id, "Z", date(2026, 3, 4), promise_due_open=2)
    days = [date(2026, 3, 4), TODAY, date(2026, 3, 3)]
    found = TypeAdapter(list[DueDay]).validate_python(read_due_days(connection, hall_id, days))
    assert [(due.day.day, due.promise, due.statutory) for due in found] == [(2, 0, 0), (3, 0, 0), (4, 5, 1)]


def test_the_trend_has_24_months_and_null_where_nothing_was_decided(connection: Connection[Any], hall_id: int) -> None:
    set_day(connection, hall_id, "A", date(2024, 4, 1), speedup_cases=1, used_days=3, statutory_days=4)
    set_day(connection, hall_id, "A", date(2024, 3, 31), speedup_cases=1, used_days=9, statutory_days=10)
    set_day(connection, hall_id, "A", TODAY, speedup_cases=2, used_days=1, statutory_days=2)
    trend = TypeAdapter(list[TrendPoint]).validate_python(read_trend(connection, hall_id, AS_OF))
    assert [trend[0].month, trend[-1].month, len(trend)] == ["2024-04", "2026-03", 24]
    assert [(point.value, point.n) for point in (trend[0], trend[1], trend[-1])] == [(0.25, 1), (None, 0), (0.5, 2)]


def test_the_newest_cards_come_first_with_names_and_local_times(connection: Connection[Any], hall_id: int) -> None:
    add_item(connection, hall_id, "P1", "A")
    case_id = add_case(connection, hall_id, insert_source(connection, hall_id, "A"), "A-1")
    older = add_card(connection, hall_id, case_id, HEARD, clock="promise", item="P1", department="A")
    twins = [add_card(connection, hall_id, case_id, AS_OF, clock=clock) for clock in ("statutory", "delivery")]
    cards = TypeAdapter(list[CardNotice]).validate_python(read_newest_cards(connection, hall_id, AS_OF))
    assert [card.card_id for card in cards] == [twins[1], twins[0], older]
    assert cards[2].item_name is not None
    assert cards[2].item_name.zh == "P1许可"
    assert read_newest_cards(connection, hall_id, AS_OF)[2]["issued_at"] == "2026-03-02T00:29:00+08:00"
    assert read_newest_cards(connection, hall_id, AS_OF, limit=1)[0]["card_id"] == twins[1]
    assert [card["card_id"] for card in read_card_notices(connection, hall_id, AS_OF, [older])] == [older]


def test_sources_tell_how_far_their_data_is_complete(connection: Connection[Any], hall_id: int) -> None:
    add_source(connection, hall_id, "SC", ["C"])
    found = TypeAdapter(list[SourceHealth]).validate_python(read_sources(connection, hall_id, silent={"SB"}))
    assert [(source.code, source.state) for source in found] == [("SA", "current"), ("SB", "silent"), ("SC", "unknown")]
    assert found[0].complete_until == HEARD


def test_a_source_whose_events_came_before_any_heartbeat_is_unconfirmed_not_unheard(
    connection: Connection[Any], hall_id: int
) -> None:
    """The header said that no data had been received, above cases that had just come."""
    add_case(connection, hall_id, add_source(connection, hall_id, "SC", ["C"]), "C-1")
    add_source(connection, hall_id, "SD", ["C"])
    add_case(connection, hall_id, add_source(connection, hall_id, "SE", ["C"], complete_until=HEARD), "E-1")
    set_load(connection, hall_id, "C", open=1, green=1)
    found = {source["code"]: source["state"] for source in read_sources(connection, hall_id)}
    assert (found["SC"], found["SD"], found["SE"]) == ("unconfirmed", "unknown", "current")
    unconfirmed_only = read_sources(connection, hall_id, silent={"SA", "SB", "SE"})
    assert data_as_of(unconfirmed_only) is None, "nothing tells up to when its data is complete"
    assert tiles(connection, hall_id, silent={"SA", "SB", "SE"})["C"].light == "unknown"


def test_data_age_is_that_of_the_oldest_source_that_is_not_silent(connection: Connection[Any], hall_id: int) -> None:
    assert data_as_of(read_sources(connection, hall_id)) == "2026-03-01T20:00:00+08:00"
    assert data_as_of(read_sources(connection, hall_id, silent={"SB"})) == "2026-03-02T00:29:00+08:00"
    assert data_as_of(read_sources(connection, hall_id, silent={"SA", "SB"})) is None


def test_sources_of_some_departments_name_no_others(connection: Connection[Any], hall_id: int) -> None:
    add_source(connection, hall_id, "SHARED", ["A", "B"], complete_until=HEARD)
    found = read_sources(connection, hall_id, ["A"])
    assert [(source["code"], source["departments"]) for source in found] == [("SA", ["A"]), ("SHARED", ["A"])]


def test_a_board_holds_every_part(connection: Connection[Any], hall_id: int) -> None:
    set_load(connection, hall_id, "A", open=1)
    board = read_board(connection, read_hall(connection, hall_id), AS_OF, due_days=[TODAY], silent={"SB"})
    assert Hall.model_validate(board["hall"]).code == "DEMO"
    assert board["as_of"] == "2026-03-02T00:30:00+08:00"
    assert board["data_as_of"] == "2026-03-02T00:29:00+08:00"
    assert board["numbers"]["open"] == 1
    assert [tile["light"] for tile in board["departments"]] == ["unknown", "green"]
    assert set(board) == {
        "hall", "as_of", "data_as_of", "sources", "numbers", "departments", "due_days", "trend", "cards", "feed_cards",
        "outages", "warnings",
    }  # fmt: skip


def test_the_first_hall_is_meant_when_none_is_named(connection: Connection[Any], hall_id: int) -> None:
    add_hall(connection, "NEXT")
    assert find_hall(connection).hall_id == hall_id
    assert find_hall(connection, "NEXT").code == "NEXT"
    with pytest.raises(HallError, match=r"There is no hall NOWHERE. Registered: DEMO, NEXT"):
        find_hall(connection, "NOWHERE")


def test_an_empty_installation_says_what_to_do(connection: Connection[Any]) -> None:
    with pytest.raises(HallError, match="registry load"):
        find_hall(connection)


def test_the_engine_has_judged_nothing_before_its_first_cycle(connection: Connection[Any], hall_id: int) -> None:
    assert read_engine_as_of(connection, hall_id) is None
    insert(connection, "engine_state", "hall_id", hall_id=hall_id, as_of=AS_OF)
    assert read_engine_as_of(connection, hall_id) == AS_OF.astimezone(UTC)
