"""Figures of the registry, loaded as an operator loads it: the report's numbers, on both sides of the reform."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from monitor.domain.claims import examine_claim
from monitor.domain.figure_declarations import FIGURES
from monitor.domain.figure_readings import FigureReading, Period
from monitor.domain.figures import FigureId, percent_text
from monitor.domain.items import Unit
from monitor.domain.registry import Record, merge
from monitor.domain.registry_change import difference
from monitor.storage.figure_cases import FigureMemberPosition, Part, read_figure_members
from monitor.storage.figures import FigureScope, read_figures
from monitor.storage.halls import find_hall
from monitor.storage.registry import apply_change, read_registry
from tests.support.databases import DatabaseServer
from tests.support.reformed_city import DAY_BEFORE, REFORM, reformed_city
from tests.support.registry_rows import make_department, make_hall, make_item, place
from tests.support.small_hall import add_case, add_source, set_day

AS_OF = datetime(2026, 11, 23, 2, tzinfo=UTC)
NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))
JUNE = Period(date(2026, 6, 1), date(2026, 7, 1))


def load(connection: Connection[Any], hall: str, records: Iterator[Record] | list[Record]) -> None:
    stored = read_registry(connection, hall)
    change = difference(stored, merge(stored, [place(record) for record in records]))
    apply_change(connection, hall, change, loaded_at=AS_OF)


@pytest.fixture(scope="module")
def city(database_server: DatabaseServer, database_template: str) -> Iterator[Connection[Any]]:
    """The reformed city's registry; the tests here only read it."""
    url = database_server.create(database_template)
    with closing(psycopg.connect(url, autocommit=True)) as opened:
        load(opened, "city", reformed_city())
        yield opened
    database_server.drop(url)


def read(
    connection: Connection[Any], period: Period = NOVEMBER, departments: list[str] | None = None, hall: str = "city"
) -> dict[FigureId, FigureReading]:
    scope = FigureScope(find_hall(connection, hall), period, AS_OF, departments)
    return {reading.declaration.id: reading for reading in read_figures(connection, scope, earlier_day=DAY_BEFORE)}


def shown(reading: FigureReading) -> str:
    return percent_text(reading.value, reading.declaration.decimals)


@pytest.mark.parametrize(
    ("figure", "numerator", "denominator", "percent", "earlier"),
    [
        (FigureId.DEPARTMENT_PRESENCE, 36, 39, "92.3 %", (32, 39)),
        (FigureId.ITEM_PRESENCE, 629, 675, "93.2 %", (417, 675)),
        (FigureId.ACCEPT_AND_DECIDE_RATE, 567, 629, "90.1 %", (217, 417)),
        (FigureId.SET_UP_STAND_ALONE, 9, 32, "28 %", (9, 32)),
        (FigureId.SET_UP_CO_LOCATED, 17, 32, "53 %", (17, 32)),
        (FigureId.SET_UP_DELEGATED, 6, 32, "19 %", (6, 32)),
        (FigureId.MID_LEVEL_PRESENCE, 25, 29, "86.2 %", (5, 29)),
    ],
)
def test_the_reports_figures_and_their_earlier_values_come_out_of_the_registry(
    city: Connection[Any], figure: FigureId, numerator: int, denominator: int, percent: str, earlier: tuple[int, int]
) -> None:
    reading = read(city)[figure]
    assert reading.measure is not None
    assert reading.earlier_measure is not None
    assert (reading.measure.numerator, reading.measure.denominator, reading.measure.n) == (
        numerator,
        denominator,
        denominator,
    )
    assert shown(reading) == percent
    assert (reading.earlier_measure.numerator, reading.earlier_measure.denominator) == earlier
    assert reading.day == date(2026, 11, 23), "November is not over: the registry of today"
    assert reading.earlier_label is not None
    assert reading.earlier_label.en == f"2026-06-30 ({earlier[0]}/{earlier[1]})"


def test_the_reports_93_1_percent_of_629_items_is_flagged_as_impossible(city: Connection[Any]) -> None:
    reading = read(city)[FigureId.ITEM_PRESENCE]
    assert reading.measure is not None
    counted = int(reading.measure.numerator), int(reading.measure.denominator)
    assert not examine_claim(*counted, "93.1", 1).possible
    assert not examine_claim(counted[0], None, "93.1", 1).possible
    assert examine_claim(*counted, "93.2", 1).possible


def test_the_promised_speed_up_rises_by_30_points_and_the_promises_were_cut_by_half(city: Connection[Any]) -> None:
    promised = read(city)[FigureId.SPEEDUP_PROMISED]
    assert (promised.value, promised.earlier_value, promised.change_points) == (0.7, 0.4, 30.0)
    cut = read(city)[FigureId.SPEEDUP_PROMISE_CUT]
    assert cut.value == 0.5
    assert cut.measure is not None
    assert (cut.measure.numerator, cut.measure.denominator, cut.measure.n) == (6.0 * 675, 12.0 * 675, 675)


def test_a_period_that_is_over_is_read_with_the_registry_of_its_last_day(city: Connection[Any]) -> None:
    before = read(city, JUNE)
    assert before[FigureId.DEPARTMENT_PRESENCE].day == DAY_BEFORE
    assert shown(before[FigureId.ACCEPT_AND_DECIDE_RATE]) == "52.0 %"
    first_day = read(city, Period(REFORM, REFORM + timedelta(days=1)))
    assert shown(first_day[FigureId.DEPARTMENT_PRESENCE]) == "92.3 %"


def test_a_department_sees_its_own_items_and_itself(city: Connection[Any]) -> None:
    own = read(city, departments=["d07"])
    itself = own[FigureId.DEPARTMENT_PRESENCE].measure
    assert itself is not None
    assert itself.denominator == 1
    items = own[FigureId.ITEM_PRESENCE].measure
    assert items is not None
    assert items.denominator == sum(1 for number in range(675) if number % 36 == 7)


def test_the_actual_speed_up_of_70_against_40_percent_is_30_points(connection: Connection[Any]) -> None:
    load(connection, "city", [make_hall("city"), make_department()])
    hall = find_hall(connection, "city")
    source_id = add_source(connection, hall.hall_id, "s", [])
    for month, used in ((JUNE, (4, 20)), (NOVEMBER, (2, 10))):
        for number, days in enumerate(used):
            decided_at = datetime(month.begin.year, month.begin.month, 9 + number, 3, tzinfo=UTC)
            add_case(
                connection, hall.hall_id, source_id, f"{month.begin}-{number}", department="d01", decided_at=decided_at,
                used_days=days, statutory_days=20,
            )  # fmt: skip
            counters = {"decided": 1, "speedup_cases": 1, "used_days": days, "statutory_days": 20}
            set_day(connection, hall.hall_id, "d01", decided_at.date(), **counters)
    scope = FigureScope(hall, NOVEMBER, AS_OF)
    for directly in (False, True):
        actual, mean, *_ = read_figures(connection, scope, earlier=JUNE, directly=directly)
        assert (actual.value, actual.earlier_value, actual.change_points) == (0.7, 0.4, 30.0)
        assert (mean.value, mean.earlier_value) == (0.7, 0.4)
        assert actual.earlier_label is not None
        assert actual.earlier_label.zh == "2026-06-01 至 2026-06-30（24/40，n = 2）"


def test_items_without_both_limits_or_in_other_units_are_left_out_and_counted_as_left_out(
    connection: Connection[Any],
) -> None:
    rows: list[Record] = [
        make_hall("city"),
        make_department(),
        make_item("a", promised=6.0, statutory=20.0),
        make_item("b", promised=None, statutory=20.0),
        make_item("c", promised=6.0, statutory=None),
        make_item("d", promised=6.0, statutory=20.0, unit=Unit.CALENDAR_DAYS),
        make_item("e", promised=1.0, statutory=20.0, valid_to=date(2026, 1, 1)),
        make_item("f", valid_from=date(2027, 1, 1), promised=1.0, statutory=20.0),
    ]
    load(connection, "city", rows)
    promised = read(connection)[FigureId.SPEEDUP_PROMISED]
    assert promised.measure is not None
    assert (promised.measure.n, promised.measure.excluded, promised.value) == (1, 3, 0.7)


def test_a_registry_without_items_gives_null(connection: Connection[Any]) -> None:
    load(connection, "city", [make_hall("city")])
    for reading in read(connection).values():
        assert reading.value is None
        assert reading.change_points is None


@pytest.mark.parametrize("figure", [figure for figure, declared in FIGURES.items() if declared.is_dated])
@pytest.mark.parametrize("part", list(Part))
def test_the_list_behind_a_registry_figure_has_as_many_rows_as_were_counted(
    city: Connection[Any], figure: FigureId, part: Part
) -> None:
    reading = read(city)[figure]
    assert reading.measure is not None
    scope = FigureScope(find_hall(city, "city"), NOVEMBER, AS_OF)
    page = read_figure_members(city, scope, figure, part, earlier_day=DAY_BEFORE, limit=1000)
    is_sum = figure in (FigureId.SPEEDUP_PROMISED, FigureId.SPEEDUP_PROMISE_CUT)
    wanted = reading.measure.n if is_sum or part is Part.DENOMINATOR else reading.measure.numerator
    assert (len(page.members), page.total, page.ended) == (wanted, wanted, None)
    assert len({member["code"] for member in page.members}) == wanted


@pytest.mark.parametrize("figure", [FigureId.ITEM_PRESENCE, FigureId.DEPARTMENT_PRESENCE])
def test_registry_lists_page_in_order_without_loss_or_repetition(city: Connection[Any], figure: FigureId) -> None:
    scope = FigureScope(find_hall(city, "city"), NOVEMBER, AS_OF)
    whole = read_figure_members(city, scope, figure, Part.DENOMINATOR, limit=1000).members
    found: list[dict[str, Any]] = []
    after: FigureMemberPosition | None = None
    while True:
        page = read_figure_members(city, scope, figure, Part.DENOMINATOR, after=after, limit=13)
        found += page.members
        after = page.ended
        if after is None:
            break
    assert found == whole
    order = [(member.get("position", 0), member["code"]) for member in whole]
    assert order == sorted(order)


def test_an_item_in_a_list_shows_its_limits_and_its_earlier_promise(city: Connection[Any]) -> None:
    scope = FigureScope(find_hall(city, "city"), NOVEMBER, AS_OF, ["d03"])
    figure = FigureId.SPEEDUP_PROMISE_CUT
    page = read_figure_members(city, scope, figure, Part.DENOMINATOR, earlier_day=DAY_BEFORE, limit=1)
    (item,) = page.members
    assert item["code"] == "i003"
    assert (item["promised"], item["statutory"], item["promised_earlier"]) == (6.0, 20.0, 12.0)


def test_two_halls_keep_their_figures_apart(city: Connection[Any]) -> None:
    load(city, "small", [make_hall("small"), make_department(), make_item()])
    assert shown(read(city, hall="small")[FigureId.ITEM_PRESENCE]) == "100.0 %"
    assert shown(read(city)[FigureId.ITEM_PRESENCE]) == "93.2 %"
