"""The 675 items (事项) of the hall: acts on subjects, with limits before and since the reform.

Items of the recoded departments ended with the reform and began anew under another code; those of the others have a
new version. A case from before the reform is thus judged for ever by the limits it knew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from random import Random
from typing import Any

from monitor.domain.items import Counting, ItemKind, Unit
from monitor.domain.registry import ItemRecord
from monitor.simulator.departments import REFORM, HallDepartment, hall_departments, recoded_departments
from monitor.simulator.working_days import day_number

IN_HALL_BEFORE, DECIDED_AT_WINDOW, DECIDED_AT_WINDOW_BEFORE = 417, 567, 217
"""How many items were in the hall before the reform, and accepted and decided at the window now, before."""

RELABELLED, SHORTENED = date(2026, 4, 13), (date(2026, 3, 16), date(2026, 5, 13))
"""When one item becomes an immediate one (A17), and when two others get other limits while cases run (A21)."""

HOURLY = 24
"""How many items are promised in working hours; the hall takes them up with the first day of life."""

_REGISTRY_SEED = "示范市行政服务中心"


@dataclass(frozen=True)
class Act:
    """What is asked for a subject, with the limits the law tends to give it and how often people come for it."""

    name_zh: str
    name_en: str
    statutory: tuple[int, ...]
    immediate: float
    demand: float


ACTS = (
    Act("新办", "new", (20, 20, 20, 15, 10), 0.0, 1.0),
    Act("变更", "change", (20, 15, 15, 10), 0.18, 1.3),
    Act("延续", "renewal", (20, 15, 10), 0.22, 1.2),
    Act("补办", "replacement", (5, 5, 3, 1), 0.85, 1.5),
    Act("注销", "cancellation", (10, 5, 5), 0.7, 0.8),
)


@dataclass(frozen=True)
class HallItem:
    """An item with its dated versions, oldest first. `demand` weighs it among its department's arrivals."""

    code: str
    department: str
    versions: tuple[ItemRecord, ...]
    demand: float

    @property
    def is_in_force(self) -> bool:
        """Whether it has not ended."""
        return self.versions[-1].valid_to is None

    @property
    def is_hourly(self) -> bool:
        """Whether it is promised in working hours."""
        return self.versions[-1].unit is Unit.WORKING_HOURS

    @property
    def changes_on(self) -> int | None:
        """The day on which its limits change while cases of the reformed hall run, or None."""
        newest = self.versions[-1].valid_from
        return None if newest is None or newest <= REFORM else day_number(newest)

    def on(self, day: int) -> ItemRecord:
        """The version in force on a day; before the first, the first."""
        found = self.versions[0]
        for version in self.versions[1:]:
            if version.valid_from is not None and day_number(version.valid_from) <= day:
                found = version
        return found


@cache
def hall_items() -> tuple[HallItem, ...]:
    """All items in order of department and number; the same in every run."""
    random = Random(_REGISTRY_SEED)
    drafts = [draft for department in hall_departments() for draft in _items_of(department, random)]
    departments = {department.code: department for department in hall_departments()}
    inside = [item for item in drafts if item.versions[-1].in_hall]
    could_be_before = [item for item in inside if departments[item.department].in_hall_before]
    before = set(random.sample([item.code for item in could_be_before], IN_HALL_BEFORE))
    window = set(random.sample([item.code for item in inside], DECIDED_AT_WINDOW))
    window_before = set(random.sample([code for code in sorted(before) if code in window], DECIDED_AT_WINDOW_BEFORE))
    placed = [_place(item, item.code in before, item.code in window_before, item.code in window) for item in drafts]
    return tuple(_recoded(_with_later_versions(_with_hourly(placed))))


def _items_of(department: HallDepartment, random: Random) -> Iterator[HallItem]:
    pairs = [(subject, act) for act in ACTS for subject in department.subjects][: department.items]
    for number, (subject, act) in enumerate(pairs, 1):
        since = ItemRecord(
            code=f"{department.code}-{number:03}",
            valid_from=REFORM,
            valid_to=None,
            name_zh=f"{subject.name_zh}（{act.name_zh}）",
            name_en=f"{subject.name_en} ({act.name_en})",
            department=department.code,
            in_hall=number <= department.items - department.items_outside,
            accept_and_decide=False,
            **_limits_since(act, random),
        )
        before = _before_reform(since, act, random)
        demand = act.demand * random.choice((0.4, 0.7, 1.0, 1.6)) * (1.5 if since.kind is ItemKind.IMMEDIATE else 1.0)
        yield HallItem(since.code, department.code, (before, since), demand)


def _limits_since(act: Act, random: Random) -> dict[str, Any]:
    """Kind, unit and limits since the reform."""
    draw = random.random()
    kind = ItemKind.PROMISE
    if draw < act.immediate:
        kind = ItemKind.IMMEDIATE
    elif act.name_en == "new" and random.random() < 0.24:
        kind = random.choice((ItemKind.JOINT, ItemKind.REPORTED_UP))
    statutory = random.choice((45, 40, 30)) if kind is ItemKind.JOINT else random.choice(act.statutory)
    unit = Unit.CALENDAR_DAYS if kind is ItemKind.PROMISE and random.random() < 0.05 else Unit.WORKING_DAYS
    promised = 0 if kind is ItemKind.IMMEDIATE else max(1, round(statutory * random.uniform(0.44, 0.62)))
    steps, decision_steps = _steps(kind, promised, random)
    return {
        "kind": kind,
        "unit": unit,
        "counting": Counting.START_EXCLUDED,
        "roll": True,
        "promised": float(promised),
        "statutory": None if random.random() < 0.02 else float(statutory),
        "acceptance": random.choice((None, None, None, None, 3.0, 2.0)),
        "delivery": random.choice((None, None, None, None, 5.0)),
        "steps": steps,
        "decision_steps": decision_steps,
    }


def _steps(kind: ItemKind, promised: int, random: Random) -> tuple[dict[str, float | None], tuple[str, ...]]:
    """The steps with their limits, which together stay within the promise; immediate items are decided on the spot."""
    if kind is ItemKind.IMMEDIATE:
        return {}, ()
    names = {ItemKind.JOINT: ("联合审查", "核准"), ItemKind.REPORTED_UP: ("初审", "核报")}
    first, second = names.get(kind, ("审查", "核准"))
    limited = promised >= 3 and random.random() < 0.6
    last = max(1, round(promised * 0.3))
    steps: dict[str, float | None] = {first: float(promised - last) if limited else None}
    if kind is ItemKind.PROMISE and promised >= 4 and random.random() < 0.3:
        steps["现场核查"] = None
    steps[second] = float(last) if limited else None
    return steps, (first, second)


def _before_reform(since: ItemRecord, act: Act, random: Random) -> ItemRecord:
    """The version before the reform: nothing on the spot yet, and promises not far below the law."""
    kind = ItemKind.PROMISE if since.kind is ItemKind.IMMEDIATE else since.kind
    statutory = since.statutory or float(act.statutory[0])
    promised = max(1, round(statutory * random.uniform(0.64, 0.82)))
    steps, decision_steps = _steps(kind, promised, random)
    return replace(
        since, valid_from=None, kind=kind, promised=float(promised), steps=steps, decision_steps=decision_steps
    )


def _place(item: HallItem, before: bool, window_before: bool, window: bool) -> HallItem:
    old, new = item.versions
    placed = replace(old, in_hall=before, accept_and_decide=window_before), replace(new, accept_and_decide=window)
    return replace(item, versions=placed)


def _with_hourly(items: list[HallItem]) -> list[HallItem]:
    """Promise some items in working hours (限时办结)."""
    random = Random(_REGISTRY_SEED)
    apt = [
        item.code
        for item in items
        if item.versions[-1].in_hall
        and item.versions[-1].kind is ItemKind.PROMISE
        and (item.versions[-1].promised or 0) <= 4
    ]
    chosen = set(random.sample(apt, HOURLY))
    hourly = []
    for item in items:
        if item.code in chosen:
            newest = replace(
                item.versions[-1],
                unit=Unit.WORKING_HOURS,
                promised=float(random.choice((4, 6, 8))),
                statutory=float(random.choice((24, 32, 40))),
                steps={},
                decision_steps=(),
            )
            item = replace(item, versions=(*item.versions[:-1], newest), demand=item.demand * 3)
        hourly.append(item)
    return hourly


def _with_later_versions(items: list[HallItem]) -> Iterator[HallItem]:
    """Give three items of small demand a version that begins while cases run."""
    quiet = {department.code for department in hall_departments() if 3 <= department.arrivals <= 8}
    apt = [item.code for item in items if item.department in quiet and _is_apt_for_change(item.versions[-1])]
    relabelled, *shortened = Random(_REGISTRY_SEED).sample(apt, 1 + len(SHORTENED))
    begins = dict(zip(shortened, SHORTENED, strict=True))
    for item in items:
        last = item.versions[-1]
        if item.code == relabelled:
            changed = replace(
                last, kind=ItemKind.IMMEDIATE, promised=0.0, steps={}, decision_steps=(), valid_from=RELABELLED
            )
        elif item.code in begins:
            shorter = (last.promised or 0) - 1
            changed = replace(last, promised=shorter, steps=dict.fromkeys(last.steps), valid_from=begins[item.code])
        else:
            yield item
            continue
        yield replace(item, versions=(*item.versions, changed))


def _recoded(items: Iterable[HallItem]) -> Iterator[HallItem]:
    """Give the items of recoded departments one code before the reform and another since."""
    recoded = recoded_departments()
    for item in items:
        if item.department not in recoded:
            yield item
            continue
        old, *since = item.versions
        old = replace(old, code=f"{item.code}-2019", valid_to=REFORM)
        yield replace(item, code=old.code, versions=(old,))
        yield replace(item, versions=tuple(since))


def _is_apt_for_change(version: ItemRecord) -> bool:
    return (
        version.in_hall
        and version.kind is ItemKind.PROMISE
        and version.unit is Unit.WORKING_DAYS
        and 5 <= (version.promised or 0) <= 9
    )
