"""The registry of the simulated hall: people, windows, authorisations and sources around its departments and items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

from monitor.domain.items import ItemKind
from monitor.domain.registry import (
    AuthorisationRecord,
    Feed,
    HallRecord,
    HandlerRecord,
    Power,
    Record,
    RegionLevel,
    RegionRecord,
    SourceRecord,
    WindowRecord,
)
from monitor.simulator.departments import REFORM, HallDepartment, hall_departments
from monitor.simulator.items import HallItem, hall_items

HALL_CODE = "DEMO"
ZONE = "Asia/Shanghai"

_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏"
_ORDINALS = "甲乙丙丁戊己庚辛壬癸"


@dataclass(frozen=True)
class Staff:
    """Who works for a department in the hall: at windows, examining, approving; no person has two roles."""

    windows: tuple[str, ...]
    receptionists: tuple[str, ...]
    examiners: tuple[str, ...]
    approvers: tuple[str, ...]

    def examiner_of(self, item: HallItem) -> str:
        """Who examines an item (审)."""
        return self.examiners[_number(item) % len(self.examiners)]

    def approver_of(self, item: HallItem) -> str:
        """Who approves an item (核): never the examiner."""
        return self.approvers[_number(item) % len(self.approvers)]


@dataclass(frozen=True)
class SimulatedHall:
    """The hall as the simulator knows it. `desks`: the departments with cases; `items_at`: their items in the hall.

    `items_at_before`: the items that ended with the reform and were in the hall then, of the recoded departments.
    """

    departments: tuple[HallDepartment, ...]
    items: tuple[HallItem, ...]
    staff: dict[str, Staff]
    desks: tuple[HallDepartment, ...]
    items_at: dict[str, tuple[HallItem, ...]]
    items_at_before: dict[str, tuple[HallItem, ...]]

    @property
    def sources(self) -> tuple[str, ...]:
        """Codes of all feeding systems, in registry order."""
        return tuple(desk.source for desk in self.desks)


@cache
def simulated_hall() -> SimulatedHall:
    """The hall; the same in every run."""
    departments, items = hall_departments(), hall_items()
    desks = tuple(department for department in departments if department.in_hall)
    now: dict[str, list[HallItem]] = {desk.code: [] for desk in desks}
    before: dict[str, list[HallItem]] = {desk.code: [] for desk in desks}
    for item in items:
        if item.versions[-1].in_hall:
            (now if item.is_in_force else before)[item.department].append(item)
    return SimulatedHall(
        departments=departments,
        items=items,
        staff={desk.code: _staff(desk) for desk in desks},
        desks=desks,
        items_at={code: tuple(found) for code, found in now.items()},
        items_at_before={code: tuple(found) for code, found in before.items() if found},
    )


def registry_records(hall: SimulatedHall) -> list[Record]:
    """Every row of the hall's registry, in the order of its tables."""
    return [
        *_regions(),
        HallRecord(
            HALL_CODE,
            "示范市行政服务中心",
            "Model City Administrative Service Centre",
            ZONE,
            True,
            "330500",
            baseline_from=REFORM.replace(month=4),
            baseline_to=REFORM,
        ),
        *(record for department in hall.departments for record in department.records()),
        *(version for item in hall.items for version in item.versions),
        *_windows(hall),
        *_handlers(hall),
        *_authorisations(hall),
        *(_source(desk) for desk in hall.desks),
    ]


def items_for_evaluation(hall: SimulatedHall) -> list[dict[str, object]]:
    """The items as the I of the `evaluate` contract."""
    return [
        {
            "item": version.code,
            "name": version.name_zh,
            "department": version.department,
            "kind": version.kind.value,
            "unit": version.unit.value,
            "counting": version.counting.value,
            "roll": version.roll,
            "promised": version.promised,
            "statutory": version.statutory,
            "acceptance": version.acceptance,
            "delivery": version.delivery,
            "steps": version.steps,
            "decision_steps": list(version.decision_steps),
            "valid_from": None if version.valid_from is None else version.valid_from.isoformat(),
        }
        for item in hall.items
        for version in item.versions
    ]


def _number(item: HallItem) -> int:
    return int(item.code.rsplit("-", 1)[1])


def _staff(desk: HallDepartment) -> Staff:
    windows = 1 + round(desk.arrivals / 14)
    return Staff(
        windows=_codes(desk, "W", windows),
        receptionists=_codes(desk, "R", windows + 1),
        examiners=_codes(desk, "E", 2 + round(desk.arrivals / 12)),
        approvers=_codes(desk, "A", 1 + round(desk.arrivals / 30)),
    )


def _codes(desk: HallDepartment, role: str, count: int) -> tuple[str, ...]:
    return tuple(f"{desk.code}-{role}{number}" for number in range(1, count + 1))


def _regions() -> list[RegionRecord]:
    return [
        RegionRecord("100000", "中华人民共和国", "People's Republic of China", RegionLevel.COUNTRY, None),
        RegionRecord("330000", "示范省", "Model Province", RegionLevel.PROVINCE, "100000"),
        RegionRecord("330500", "示范市", "Model City", RegionLevel.CITY, "330000"),
    ]


def _windows(hall: SimulatedHall) -> list[WindowRecord]:
    return [
        WindowRecord(
            valid_from=None,
            valid_to=None,
            code=code,
            name_zh=f"{desk.name_zh}{number}号窗口",
            name_en=f"{desk.name_en}, window {number}",
            department=desk.code,
        )
        for desk in hall.desks
        for number, code in enumerate(hall.staff[desk.code].windows, 1)
    ]


def _handlers(hall: SimulatedHall) -> list[HandlerRecord]:
    random = Random(HALL_CODE)
    return [
        HandlerRecord(valid_from=None, valid_to=None, code=code, department=desk.code, name=_name(random))
        for desk in hall.desks
        for code in _people(hall.staff[desk.code])
    ]


def _people(staff: Staff) -> Sequence[str]:
    return (*staff.receptionists, *staff.examiners, *staff.approvers)


def _name(random: Random) -> str:
    """An invented name, plainly so: a surname and one of the ten stems."""
    return random.choice(_SURNAMES) + random.choice(_ORDINALS)


def _authorisations(hall: SimulatedHall) -> list[AuthorisationRecord]:
    granted = []
    for desk in hall.desks:
        staff = hall.staff[desk.code]
        for item in hall.items_at[desk.code]:
            holders = [(staff.approver_of(item), Power.APPROVE)]
            if item.versions[0].kind is not ItemKind.IMMEDIATE:
                holders.append((staff.examiner_of(item), Power.EXAMINE))
            for handler, power in holders:
                granted.append(
                    AuthorisationRecord(
                        valid_from=None,
                        valid_to=None,
                        handler=handler,
                        item=item.code,
                        power=power,
                        letter_no=f"示授〔2025〕{desk.position:02}-{_number(item):03}",
                        seal_no=f"{desk.code}-S1" if power is Power.APPROVE else None,
                    )
                )
    return granted


def _source(desk: HallDepartment) -> SourceRecord:
    return SourceRecord(
        code=desk.source,
        name_zh=f"{desk.name_zh}业务系统",
        name_en=f"System of the {desk.name_en}",
        zone=ZONE,
        feed=Feed.LIVE,
        departments=(desk.code,),
    )
