"""What a registry must not say, what it may say with a warning, and where the finding points."""

from datetime import date
from typing import Any

import pytest

from monitor.domain.items import ItemKind, Unit
from monitor.domain.registry import (
    STORED,
    AuthorisationRecord,
    Feed,
    HandlerRecord,
    Placed,
    Power,
    Record,
    RegionLevel,
    RegionRecord,
    Registry,
    SourceRecord,
    WindowRecord,
    merge,
)
from monitor.domain.registry_check import RegistryProblem, Severity, check_registry, has_errors
from tests.support.registry_rows import make_department, make_hall, make_item, place

NEW_YEAR = date(2026, 1, 1)
JULY = date(2026, 7, 1)


def check(*records: Record, stored: Registry | None = None) -> list[RegistryProblem]:
    rows = [place(record, line) for line, record in enumerate(records, start=2)]
    return check_registry(merge(stored or Registry(), rows), rows)


def only(problems: list[RegistryProblem]) -> RegistryProblem:
    assert len(problems) == 1, problems
    return problems[0]


def test_a_sound_registry_has_no_problems() -> None:
    assert check(make_hall(), make_department(), make_item()) == []


def test_a_repeated_key_is_an_error_that_names_the_first_line() -> None:
    problem = only(check(make_department(), make_item(), make_item(promised=5.0)))
    assert (problem.severity, problem.place.file, problem.place.line) == (Severity.ERROR, "items.csv", 4)
    assert "line 3" in problem.what


def test_the_same_code_with_another_valid_from_is_a_version_not_a_repetition() -> None:
    assert check(make_department(), make_item(), make_item(valid_from=JULY)) == []


@pytest.mark.parametrize(
    ("records", "file", "column"),
    [
        ((make_item(department="ghost"),), "items.csv", "department"),
        (
            (WindowRecord(code="w1", name_zh="窗", name_en="", department="ghost", valid_from=None, valid_to=None),),
            "windows.csv",
            "department",
        ),
        (
            (HandlerRecord(code="h1", department="ghost", name=None, valid_from=None, valid_to=None),),
            "handlers.csv",
            "department",
        ),
        (
            (
                SourceRecord(
                    code="s", name_zh="源", name_en="", zone="Asia/Shanghai", feed=Feed.LIVE, departments=("ghost",)
                ),
            ),
            "sources.csv",
            "departments",
        ),
        ((make_department(valid_to=JULY, successors=("ghost",)),), "departments.csv", "successors"),
    ],
)
def test_an_unknown_department_is_an_error_where_it_is_named(
    records: tuple[Record, ...], file: str, column: str
) -> None:
    problem = only(check(*records))
    assert (problem.severity, problem.place.file, problem.column) == (Severity.ERROR, file, column)
    assert "ghost" in problem.what
    assert "departments.csv" in problem.to_do


def test_a_department_that_is_stored_already_is_known() -> None:
    stored = Registry([Placed(make_department(), STORED)])
    assert check(make_item(), stored=stored) == []


def test_an_authorisation_of_an_unknown_handler_for_an_unknown_item_is_two_errors() -> None:
    authorisation = AuthorisationRecord(
        handler="h9", item="i9", power=Power.APPROVE, letter_no="1", seal_no=None, valid_from=None, valid_to=None
    )
    assert [problem.column for problem in check(authorisation)] == ["handler", "item"]


def test_versions_that_overlap_are_an_error_at_the_later_one() -> None:
    problem = only(
        check(make_department(), make_item(valid_to=date(2026, 8, 1)), make_item(valid_from=JULY, promised=5.0))
    )
    assert (problem.place.line, problem.column) == (4, "valid_from")
    assert "2026-08-01" in problem.what


def test_versions_that_touch_and_open_ones_that_are_followed_do_not_overlap() -> None:
    assert check(make_department(), make_item(valid_to=JULY), make_item(valid_from=JULY)) == []
    assert check(make_department(), make_item(), make_item(valid_from=JULY)) == []


def test_an_end_put_before_a_stored_later_version_points_at_the_line_that_was_read() -> None:
    stored = Registry([Placed(make_department(), STORED), Placed(make_item(valid_from=JULY), STORED)])
    problem = only(check(make_item(valid_to=date(2026, 9, 1)), stored=stored))
    assert (problem.place.file, problem.column) == ("items.csv", "valid_to")


@pytest.mark.parametrize("ends", [JULY, NEW_YEAR])
def test_a_version_that_ends_on_or_before_its_first_day_is_an_error(ends: date) -> None:
    problem = only(check(make_department(), make_item(valid_from=JULY, valid_to=ends)))
    assert (problem.severity, problem.column) == (Severity.ERROR, "valid_to")


@pytest.mark.parametrize(
    ("fields", "column"),
    [
        ({"acceptance": 6.0}, "acceptance"),
        ({"statutory": 21.0}, "statutory"),
        ({"kind": ItemKind.JOINT, "statutory": 46.0}, "statutory"),
        ({"unit": Unit.CALENDAR_DAYS, "statutory": 29.0}, "statutory"),
        ({"delivery": 11.0}, "delivery"),
        ({"promised": 21.0}, "promised"),
        ({"steps": {"审查": 6.0, "核准": 5.0}}, "steps"),
        ({"steps": {"审查": 1.0}, "decision_steps": ("核准",)}, "decision_steps"),
        ({"in_hall": False, "accept_and_decide": True}, "accept_and_decide"),
    ],
)
def test_limits_the_law_does_not_expect_are_warned_of_and_do_not_forbid(fields: dict[str, Any], column: str) -> None:
    problems = check(make_department(), make_item(**fields))
    problem = only(problems)
    assert (problem.severity, problem.column, problem.place.line) == (Severity.WARNING, column, 3)
    assert not has_errors(problems)


@pytest.mark.parametrize(
    "fields",
    [
        {"acceptance": 5.0, "statutory": 20.0, "delivery": 10.0, "promised": 20.0},
        {"kind": ItemKind.JOINT, "statutory": 45.0},
        {"unit": Unit.CALENDAR_DAYS, "statutory": 28.0},
        {"steps": {"审查": 6.0, "核准": 4.0, "现场": None}, "decision_steps": ("审查", "核准")},
    ],
)
def test_limits_exactly_as_long_as_the_law_allows_are_not_warned_of(fields: dict[str, Any]) -> None:
    assert check(make_department(), make_item(**fields)) == []


def test_an_item_that_outlives_its_merged_department_is_warned_of_with_the_heirs() -> None:
    problem = only(
        check(make_department(valid_to=JULY, successors=("d02",)), make_department("d02", position=2), make_item())
    )
    assert (problem.severity, problem.column) == (Severity.WARNING, "department")
    assert "d02" in problem.to_do


def test_successors_without_an_end_and_a_department_that_succeeds_itself_are_errors() -> None:
    found = check(make_department(successors=("d01",)))
    assert [(problem.severity, problem.column) for problem in found] == [
        (Severity.ERROR, "successors"),
        (Severity.ERROR, "valid_to"),
    ]


def test_two_positions_of_one_department_are_an_error() -> None:
    problem = only(check(make_department(valid_to=JULY), make_department(valid_from=JULY, position=2)))
    assert (problem.column, problem.place.line) == ("position", 3)


def test_an_unknown_time_zone_is_an_error_of_hall_and_source() -> None:
    assert only(check(make_hall(zone="Mars/Base"))).column == "zone"


def test_a_region_below_one_of_its_own_level_is_an_error() -> None:
    city = RegionRecord(code="C", name_zh="市", name_en="City", level=RegionLevel.CITY, parent_code=None)
    county = RegionRecord(code="X", name_zh="县", name_en="County", level=RegionLevel.COUNTY, parent_code="C")
    other = RegionRecord(code="D", name_zh="市", name_en="City", level=RegionLevel.CITY, parent_code="C")
    assert check(city, county) == []
    assert only(check(city, other)).column == "parent_code"


def test_a_new_name_of_a_handler_reaches_the_stored_versions() -> None:
    older = HandlerRecord(code="h1", department="d01", name="旧名", valid_from=None, valid_to=JULY)
    newer = HandlerRecord(code="h1", department="d01", name="新名", valid_from=JULY, valid_to=None)
    merged = merge(Registry([Placed(older, STORED)]), [place(newer)])
    assert [handler.name for handler in merged.records(HandlerRecord)] == ["新名", "新名"]


def test_a_hall_and_a_region_below_unknown_regions_are_errors_where_these_are_named() -> None:
    county = RegionRecord(code="X", name_zh="县", name_en="County", level=RegionLevel.COUNTY, parent_code="ghost")
    problems = check(make_hall(region_code="nowhere"), county)
    assert [(problem.place.file, problem.column) for problem in problems] == [
        ("hall.csv", "region_code"),
        ("regions.csv", "parent_code"),
    ]
    assert ["nowhere" in problems[0].what, "ghost" in problems[1].what] == [True, True]


def test_a_second_hall_is_an_error_that_names_the_first() -> None:
    problem = only(check(make_hall(), make_hall("other")))
    assert (problem.severity, problem.place.line, problem.column) == (Severity.ERROR, 3, "code")
    assert "other, beside test" in problem.what


def test_a_mid_level_post_that_is_filled_but_not_there_is_warned_of() -> None:
    problem = only(check(make_department(mid_level_filled=True)))
    assert (problem.severity, problem.column) == (Severity.WARNING, "mid_level_filled")
    assert check(make_department(mid_level_post=True, mid_level_filled=True)) == []


def test_the_code_of_the_hall_is_known_once_a_row_names_it() -> None:
    assert Registry().hall_code() is None
    assert Registry([place(make_hall("h7"))]).hall_code() == "h7"
