"""Reads the part of a profile that says whose log it is and by which rules its cases are judged."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from monitor.domain.calendars import BadCalendar, calendar_content
from monitor.domain.instants import zone_named
from monitor.domain.items import ItemVersion, Policy
from monitor.intake.importing.profile import HallPlan, ItemPlan, Naming, WindowPlan
from monitor.intake.importing.profile_part import Part

_LIMITS = ("promised", "statutory", "acceptance", "delivery")
_ITEM_KEYS = ("department", "kind", "unit", "counting", "roll", *_LIMITS, "steps", "decision_steps", "valid_from")


def read_zone(part: Part) -> str:
    """The IANA zone of a table."""
    name = part.text("zone")
    try:
        zone_named(name)
    except ValueError as error:
        if name:
            part.complain("zone", str(error))
        return "UTC"
    return name


def read_naming(part: Part) -> Naming:
    """`code`, `name_zh`, `name_en`."""
    code = part.text("code")
    return Naming(code, part.text("name_zh", code), part.text("name_en", code))


def read_hall(part: Part, zone: str) -> HallPlan:
    """Read the table `hall` with its departments, windows, items, calendar and policy."""
    naming = read_naming(part)
    departments = tuple(read_named(table) for table in part.parts("department"))
    if not departments:
        part.complain("department", "is missing: a hall has at least one [[hall.department]]")
    codes = {department.code for department in departments}
    windows = tuple(_read_window(table, codes) for table in part.parts("window"))
    items = tuple(_read_item(table, codes) for table in part.parts("item"))
    calendar = _read_calendar(part.part("calendar"), zone)
    policy = _read_policy(part.part("policy"))
    part.finish()
    return HallPlan(naming, zone, departments, windows, items, calendar, policy)


def read_named(part: Part) -> Naming:
    """A part that holds a code and names and nothing else."""
    naming = read_naming(part)
    part.finish()
    return naming


def _read_department(part: Part, codes: set[str]) -> str:
    code = part.text("department")
    if code and code not in codes:
        part.complain("department", f"{code} is not among the hall's departments: {', '.join(sorted(codes)) or 'none'}")
    return code


def _read_window(part: Part, codes: set[str]) -> WindowPlan:
    window = WindowPlan(read_naming(part), _read_department(part, codes))
    part.finish()
    return window


def _read_item(part: Part, codes: set[str]) -> ItemPlan:
    naming = read_naming(part)
    _read_department(part, codes)
    fields = {name: part.take(name) for name in _ITEM_KEYS if part.has(name)}
    for name in _LIMITS:
        limit = fields.get(name)
        if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int | float) or limit < 0):
            part.complain(name, f"is {limit!r}: a limit is a number of days or hours ≥ 0")
            del fields[name]
    try:
        version = msgspec.convert({"item": naming.code, "name": naming.name_zh, **fields}, ItemVersion)
    except msgspec.ValidationError as error:
        part.complain("", f"{error}: write it as the I of the evaluate contract does")
        version = ItemVersion(naming.code)
    part.known.update(_ITEM_KEYS)
    part.finish()
    return ItemPlan(naming, version)


def _read_calendar(part: Part, zone: str) -> dict[str, Any]:
    """A layer in place of the national calendar: `holidays` are dates with names, `years` those they are known of."""
    years = part.take("years") or []
    notice = part.text("notice")
    calendar: dict[str, Any] = {
        "zone": zone,
        "opening": part.text("opening", "09:00"),
        "closing": part.text("closing", "17:00"),
        "fixed_holidays": list(part.texts("fixed_holidays")),
        "years": {},
        "version": notice,
    }
    if not isinstance(years, list) or not all(isinstance(year, int) and 1900 <= year <= 2999 for year in years):
        part.complain("years", f"is {years!r}: list the years whose holidays are all named below, as [2015, 2016]")
        years = []
    calendar["years"] = {str(year): {"holidays": [], "workdays": [], "names": {}} for year in years}
    for key in ("holidays", "workdays"):
        for day, name in (part.mapping(key) or {}).items():
            year = calendar["years"].get(day[:4])
            if year is None or not _is_date(day):
                part.complain(f"{key}.{day}", 'no date of one of `years`: write it as "2015-01-01" = "New Year"')
                continue
            year[key].append(day)
            year["names"][day] = [name, name, notice]
    part.finish()
    try:
        calendar_content([calendar])
    except BadCalendar as error:
        part.complain("", str(error))
    return calendar


def _read_policy(part: Part) -> Policy:
    part.known.update(Policy.__struct_fields__)
    part.finish()
    try:
        return msgspec.convert(dict(part.content), Policy)
    except msgspec.ValidationError as error:
        part.complain("", f"{error}: write it as the P of the evaluate contract does")
        return Policy()


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
