"""The registry of a city before and after its approval reform, in the numbers of a published report.

39 departments, 36 of them in the hall (32 before); 675 items, 629 in the hall (417), 567 accepted and decided at the
window (217); offices of the 32 reformed departments 9 stand-alone, 17 co-located, 6 delegated; 29 mid-level posts, 25
filled (5); every item 20 working days by law, promised 6 (12).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from monitor.domain.registry import DepartmentRecord, ItemRecord, Record, SetUp
from tests.support.registry_rows import make_department, make_hall, make_item

REFORM = date(2026, 7, 1)
DAY_BEFORE = date(2026, 6, 30)
OFFICES = [SetUp.STAND_ALONE] * 9 + [SetUp.CO_LOCATED] * 17 + [SetUp.DELEGATED] * 6


def reformed_city() -> Iterator[Record]:
    """Every row of the registry: an open-ended version since ever, and a second one where the reform changed it."""
    yield make_hall("city")
    for number in range(39):
        yield from _department(number)
    for number in range(675):
        yield from _item(number)


def _department(number: int) -> Iterator[DepartmentRecord]:
    code = f"d{number:02d}"
    office = OFFICES[number] if number < 32 else None
    fields: dict[str, Any] = {"position": number, "set_up": office, "mid_level_post": number < 29}
    yield make_department(code, in_hall=number < 32, mid_level_filled=number < 5, **fields)
    if 32 <= number < 36 or 5 <= number < 25:
        yield make_department(code, REFORM, in_hall=True, mid_level_filled=number < 25, **fields)


def _item(number: int) -> Iterator[ItemRecord]:
    code, department = f"i{number:03d}", f"d{number % 36:02d}"
    before: dict[str, Any] = {"in_hall": number < 417, "accept_and_decide": number < 217, "promised": 12.0}
    after: dict[str, Any] = {"in_hall": number < 629, "accept_and_decide": number < 567, "promised": 6.0}
    yield make_item(code, valid_to=REFORM, department=department, statutory=20.0, **before)
    yield make_item(code, REFORM, department=department, statutory=20.0, **after)
