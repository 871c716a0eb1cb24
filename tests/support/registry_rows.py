"""Rows of a registry for tests: valid ones, with what the test cares about replaced."""

from __future__ import annotations

from datetime import date
from typing import Any

from monitor.domain.items import Counting, ItemKind, Unit
from monitor.domain.registry import DepartmentRecord, HallRecord, ItemRecord, Place, Placed, Record, SetUp


def place(record: Record, line: int = 2) -> Placed[Record]:
    """A row as if read from its table's file."""
    return Placed(record, Place(f"{record.table}.csv", line))


def make_hall(code: str = "test", **fields: Any) -> HallRecord:
    """A hall in Shanghai's zone."""
    values: dict[str, Any] = {
        "name_zh": "测试大厅",
        "name_en": "Test hall",
        "zone": "Asia/Shanghai",
        "demo": True,
        "region_code": None,
    }
    return HallRecord(code=code, **(values | fields))


def make_department(code: str = "d01", valid_from: date | None = None, **fields: Any) -> DepartmentRecord:
    """A stand-alone department in the hall, since ever."""
    values: dict[str, Any] = {
        "valid_to": None,
        "position": 1,
        "name_zh": f"部门{code}",
        "name_en": f"Department {code}",
        "set_up": SetUp.STAND_ALONE,
        "in_hall": True,
        "mid_level_post": False,
        "mid_level_filled": False,
        "successors": (),
    }
    return DepartmentRecord(code=code, valid_from=valid_from, **(values | fields))


def make_item(code: str = "i01", valid_from: date | None = None, **fields: Any) -> ItemRecord:
    """A promise item of department d01, since ever: promised 10, statutory 20 working days."""
    values: dict[str, Any] = {
        "valid_to": None,
        "name_zh": f"事项{code}",
        "name_en": f"Item {code}",
        "department": "d01",
        "kind": ItemKind.PROMISE,
        "unit": Unit.WORKING_DAYS,
        "counting": Counting.START_EXCLUDED,
        "roll": True,
        "promised": 10.0,
        "statutory": 20.0,
        "acceptance": None,
        "delivery": None,
        "steps": {},
        "decision_steps": (),
        "in_hall": True,
        "accept_and_decide": False,
    }
    return ItemRecord(code=code, valid_from=valid_from, **(values | fields))
