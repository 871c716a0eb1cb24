"""Registers the hall a profile describes, so far as it is missing, and finds the source the events are sent as."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal, cast

from psycopg import Connection

from monitor.domain.registry import (
    DepartmentRecord,
    Feed,
    HallRecord,
    ItemRecord,
    Place,
    Placed,
    Record,
    SourceRecord,
    WindowRecord,
    merge,
)
from monitor.domain.registry_change import difference
from monitor.intake.importing.profile import HallPlan, ItemPlan, Naming, Profile
from monitor.intake.sender import Sender
from monitor.storage.importing import ImportSource, find_import_source, give_hall_its_rules
from monitor.storage.registry import apply_change, lock_registry, read_registry


class RegistrationError(ValueError):
    """The source cannot be used or made; the text says why and what to do."""


def register_source(connection: Connection[Any], profile: Profile, code: str, loaded_at: datetime) -> Sender:
    """The sender of a source; hall, departments, items, windows and source of the profile are made where missing.

    What is registered already stays as it is, the operator's changes included. One transaction; `loaded_at` is case
    time. Raises RegistrationError.
    """
    with connection.transaction():
        lock_registry(connection)
        known = find_import_source(connection, code)
        if profile.hall is not None:
            if known is not None and known.hall_code != profile.hall.naming.code:
                raise RegistrationError(
                    f"the source {code} belongs to the hall {known.hall_code}, not to {profile.hall.naming.code} of "
                    f"the profile {profile.name}: give a code of its own with --source."
                )
            _register(connection, profile.hall, _source_record(profile, profile.hall, code), loaded_at)
            known = find_import_source(connection, code)
    if known is None:
        raise RegistrationError(
            f"there is no source {code}, and the profile {profile.name} describes no hall to make it in: "
            "load it with `e-supervision registry load`, or name one that is registered with --source."
        )
    return _sender(known)


def _register(connection: Connection[Any], hall: HallPlan, source: SourceRecord, loaded_at: datetime) -> None:
    stored = read_registry(connection, hall.naming.code)
    known = {(row.record.table, row.record.key()[0]) for row in stored}
    missing = [row for row in _rows(hall, source) if (row.record.table, row.record.key()[0]) not in known]
    change = difference(stored, merge(stored, missing))
    if not change:
        return
    applied = apply_change(connection, hall.naming.code, change, loaded_at=loaded_at)
    if stored.hall_code() is None:
        give_hall_its_rules(connection, applied.hall_id, hall.policy, hall.calendar, loaded_at)


def _rows(hall: HallPlan, source: SourceRecord) -> Iterator[Placed[Record]]:
    place = Place("profile", 0)
    naming = hall.naming
    yield Placed(
        HallRecord(naming.code, naming.name_zh, naming.name_en, hall.zone, demo=False, region_code=None), place
    )
    for position, department in enumerate(hall.departments, 1):
        yield Placed(_department_record(department, position), place)
    for item in hall.items:
        yield Placed(_item_record(item), place)
    for window in hall.windows:
        named = window.naming
        yield Placed(WindowRecord(None, None, named.code, named.name_zh, named.name_en, window.department), place)
    yield Placed(source, place)


def _department_record(department: Naming, position: int) -> DepartmentRecord:
    return DepartmentRecord(
        valid_from=None,
        valid_to=None,
        code=department.code,
        position=position,
        name_zh=department.name_zh,
        name_en=department.name_en,
        set_up=None,
        in_hall=True,
        mid_level_post=False,
        mid_level_filled=False,
        successors=(),
    )


def _item_record(item: ItemPlan) -> ItemRecord:
    version = item.version
    return ItemRecord(
        valid_from=version.valid_from,
        valid_to=None,
        code=item.naming.code,
        name_zh=item.naming.name_zh,
        name_en=item.naming.name_en,
        department=version.department or "",
        kind=version.kind,
        unit=version.unit,
        counting=version.counting,
        roll=version.roll,
        promised=version.promised,
        statutory=version.statutory,
        acceptance=version.acceptance,
        delivery=version.delivery,
        steps=dict(version.steps),
        decision_steps=version.decision_steps,
        in_hall=True,
        accept_and_decide=False,
    )


def _source_record(profile: Profile, hall: HallPlan, code: str) -> SourceRecord:
    named = profile.source
    name_zh, name_en = (named.name_zh, named.name_en) if named is not None else (code, code)
    departments = tuple(department.code for department in hall.departments)
    return SourceRecord(code, name_zh, name_en, hall.zone, Feed.ARCHIVE, departments)


def _sender(known: ImportSource) -> Sender:
    feed = cast("Literal['live', 'archive']", known.feed)
    return Sender(known.source_id, known.code, known.hall_id, known.zone, feed)
