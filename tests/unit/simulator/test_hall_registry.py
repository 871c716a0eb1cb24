"""The simulated hall has the seed's numbers, now and before the reform, and its files load without a warning."""

from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from monitor.domain.items import ItemKind, Unit
from monitor.domain.registry import DepartmentRecord, HallRecord, ItemRecord, Placed, Record, Registry, SetUp
from monitor.domain.registry_check import check_registry
from monitor.intake.registry_files import read_registry_files
from monitor.simulator.departments import REFORM
from monitor.simulator.registry import SimulatedHall, registry_records
from monitor.simulator.registry_files import write_registry

NOW, BEFORE = date(2026, 5, 11), REFORM - timedelta(days=1)


Versioned = TypeVar("Versioned", DepartmentRecord, ItemRecord)


def in_force(records: list[Record], kind: type[Versioned], on: date) -> list[Versioned]:
    found: dict[str, Versioned] = {}
    for record in records:
        if isinstance(record, kind) and (record.valid_from or date.min) <= on < (record.valid_to or date.max):
            newest = found.get(record.code)
            if newest is None or (newest.valid_from or date.min) < (record.valid_from or date.min):
                found[record.code] = record
    return list(found.values())


@pytest.mark.parametrize(
    ("on", "departments", "items", "at_window", "mid_level"), [(NOW, 36, 629, 567, 25), (BEFORE, 32, 417, 217, 5)]
)
def test_presence_figures_come_out_now_and_before_the_reform(
    hall: SimulatedHall, on: date, departments: int, items: int, at_window: int, mid_level: int
) -> None:
    records = registry_records(hall)
    every = in_force(records, DepartmentRecord, on)
    all_items = in_force(records, ItemRecord, on)
    assert (len(every), sum(department.in_hall for department in every)) == (39, departments)
    assert (sum(d.mid_level_post for d in every), sum(d.mid_level_filled for d in every)) == (29, mid_level)
    assert (len(all_items), sum(item.in_hall for item in all_items)) == (675, items)
    assert sum(item.in_hall and item.accept_and_decide for item in all_items) == at_window


def test_32_departments_are_reformed_in_three_ways_and_none_was_before(hall: SimulatedHall) -> None:
    records = registry_records(hall)
    set_ups = [department.set_up for department in in_force(records, DepartmentRecord, NOW)]
    wanted = (SetUp.STAND_ALONE, SetUp.CO_LOCATED, SetUp.DELEGATED)
    assert [set_ups.count(set_up) for set_up in wanted] == [9, 17, 6]
    assert {department.set_up for department in in_force(records, DepartmentRecord, BEFORE)} == {None}


def test_promises_are_far_below_the_law_now_and_were_not_before(hall: SimulatedHall) -> None:
    def promised_speedup(on: date) -> float:
        items = [
            item
            for item in in_force(registry_records(hall), ItemRecord, on)
            if item.unit is Unit.WORKING_DAYS and item.statutory is not None and item.promised is not None
        ]
        return 1 - sum(item.promised or 0 for item in items) / sum(item.statutory or 0 for item in items)

    assert 0.5 < promised_speedup(NOW) < 0.7
    assert 0.2 < promised_speedup(BEFORE) < 0.35


def test_every_kind_of_item_stands_in_the_hall(hall: SimulatedHall) -> None:
    kinds = {item.versions[-1].kind for items in hall.items_at.values() for item in items}
    assert kinds == set(ItemKind)


def test_no_person_has_two_roles_and_every_item_in_the_hall_has_one_who_examines_and_another_who_approves(
    hall: SimulatedHall,
) -> None:
    for code, staff in hall.staff.items():
        people = [*staff.receptionists, *staff.examiners, *staff.approvers]
        assert len(people) == len(set(people))
        for item in hall.items_at[code]:
            assert staff.examiner_of(item) != staff.approver_of(item)


def test_the_written_folder_reads_back_as_the_same_registry_without_any_problem(
    hall: SimulatedHall, tmp_path: Path
) -> None:
    records = registry_records(hall)
    write_registry(records, tmp_path)
    files = read_registry_files(tmp_path)
    rows: list[Placed[Record]] = list(files.rows)
    assert list(files.problems) == []
    assert check_registry(Registry(rows), rows) == []
    assert {(row.record.table, row.record.key()): row.record for row in rows} == {
        (record.table, record.key()): record for record in records
    }


def test_the_hall_is_marked_as_a_demonstration_and_every_department_in_it_has_its_source(hall: SimulatedHall) -> None:
    (record,) = [record for record in registry_records(hall) if isinstance(record, HallRecord)]
    assert (record.name_zh, record.demo) == ("示范市行政服务中心", True)
    assert len(hall.sources) == len(set(hall.sources)) == 36
