"""The rules a hall judges by, as its tables hold them: items, calendar layers, policy; cached until a load."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from psycopg import Connection

from monitor.domain.calendars import BadCalendar, WorkingCalendar, calendar_content, national_layer
from monitor.domain.item_history import ItemCatalogue
from monitor.domain.items import ItemVersion, Policy
from monitor.domain.judge import Rules
from monitor.storage.sql_blocks import sql_block

LAYERS = ("national", "province", "city", "hall")
"""Layers of a working calendar; a later one's word on a day wins."""

BUILT_IN = 0
"""The calendar version of the built-in national calendar alone."""

# msgspec works a type out at its first use, and crashes where two threads do so at the same time: done here, once.
for _type in (ItemVersion, Policy):
    msgspec.json.Decoder(_type)


@dataclass(frozen=True)
class SourceFeed:
    """A source by its code; `archive` = its recording times are no evidence of late entry."""

    code: str
    archive: bool


@dataclass(frozen=True)
class HallRules:
    """The rules of one hall at one `version`; `calendar_version` names the newest calendar load in them.

    `unusable`: why the calendar loaded last is not that one, where it makes no calendar.
    """

    hall_id: int
    version: int
    calendar_version: int
    rules: Rules
    sources: Mapping[int, SourceFeed]
    unusable: str | None = None

    def is_archive(self, source_id: int) -> bool:
        """Whether a source feeds history: judged without recording times, and without cards."""
        feed = self.sources.get(source_id)
        return feed is not None and feed.archive

    @property
    def calendar(self) -> WorkingCalendar:
        """The hall's working calendar."""
        return self.rules.calendar


class RulesCache:
    """Rules by hall, read anew when `rules_version` has risen. One per connection or thread."""

    def __init__(self) -> None:
        self._halls: dict[int, HallRules] = {}
        self._calendars: dict[tuple[int, int], WorkingCalendar] = {}

    def get(self, connection: Connection[Any], hall_id: int) -> HallRules:
        """The rules in force now."""
        version = read_rules_version(connection)
        held = self._halls.get(hall_id)
        if held is None or held.version != version:
            held = self._halls[hall_id] = read_hall_rules(connection, hall_id, version)
        return held

    def at_calendar(self, connection: Connection[Any], held: HallRules, calendar_version: int) -> Rules:
        """The rules with an earlier calendar version: a closed case keeps the one it was judged by."""
        if calendar_version == held.calendar_version:
            return held.rules
        key = held.hall_id, calendar_version
        if key not in self._calendars:
            self._calendars[key] = _read_usable_calendar(connection, held.hall_id, calendar_version)[0]
        return Rules(held.rules.items, self._calendars[key], held.rules.policy)


def read_rules_version(connection: Connection[Any]) -> int:
    """The version that every load raises."""
    row = connection.execute(sql_block("select_rules_version")).fetchone()
    assert row is not None
    return int(row[0])


def read_hall_rules(connection: Connection[Any], hall_id: int, version: int) -> HallRules:
    """Read items, calendar, policy and sources of a hall."""
    calendar, calendar_version, unusable = _read_usable_calendar(connection, hall_id, None)
    policy = connection.execute(sql_block("select_hall_policy"), {"hall_id": hall_id}).fetchone()
    if policy is None:
        raise LookupError(f"there is no hall {hall_id}: load its registry first")
    sources = connection.execute(sql_block("select_source_feeds"), {"hall_id": hall_id}).fetchall()
    return HallRules(
        hall_id,
        version,
        calendar_version,
        Rules(read_item_catalogue(connection, hall_id), calendar, msgspec.convert(policy[0], Policy)),
        {source_id: SourceFeed(code, feed == "archive") for source_id, code, feed in sources},
        unusable,
    )


def _read_usable_calendar(
    connection: Connection[Any], hall_id: int, up_to: int | None
) -> tuple[WorkingCalendar, int, str | None]:
    """The newest calendar of a hall, up to a version, that is one; and why a newer load makes none.

    A load that cannot be used must not end the supervision by what was there before it.
    """
    problem = None
    version = up_to
    while version is None or version >= BUILT_IN:
        try:
            return *read_calendar_layers(connection, hall_id, version), problem
        except BadCalendar as error:
            problem = problem or str(error)
            version = (read_newest_calendar_version(connection, hall_id) if version is None else version) - 1
    raise BadCalendar(problem or f"hall {hall_id} has no calendar: load one with `e-supervision calendar load`")


def read_newest_calendar_version(connection: Connection[Any], hall_id: int) -> int:
    """The newest calendar load that applies to a hall; 0 where there is none."""
    row = connection.execute(sql_block("select_newest_calendar_version"), {"hall_id": hall_id}).fetchone()
    assert row is not None
    return int(row[0])


def read_item_catalogue(connection: Connection[Any], hall_id: int) -> ItemCatalogue:
    """Every version of every item of a hall."""
    rows = connection.execute(sql_block("select_item_versions"), {"hall_id": hall_id})
    return ItemCatalogue(_item_version(row) for row in rows)


def _item_version(row: tuple[Any, ...]) -> ItemVersion:
    code, valid_from, name, department, kind, unit, counting, roll, promised, statutory, acceptance, delivery, *rest = (
        row
    )
    steps, decision_steps = rest
    described = {
        "item": code, "name": name, "department": department, "kind": kind, "unit": unit, "counting": counting,
        "roll": roll, "promised": promised, "statutory": statutory, "acceptance": acceptance, "delivery": delivery,
        "steps": steps, "decision_steps": decision_steps, "valid_from": valid_from,
    }  # fmt: skip
    return msgspec.convert(described, ItemVersion)


def read_calendar_layers(connection: Connection[Any], hall_id: int, up_to: int | None) -> tuple[WorkingCalendar, int]:
    """The calendar of a hall up to a version (None: the newest), and that version; built-in where nothing is loaded."""
    layers, newest = _read_layers(connection, hall_id, up_to)
    return WorkingCalendar(calendar_content(_in_order(connection, hall_id, layers))), newest


def read_layers_with_load(
    connection: Connection[Any], hall_id: int, layer: str, load: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """A hall's layers as they would be with one more load, lowest authority last."""
    layers, _ = _read_layers(connection, hall_id, None)
    layers[layer] = merge_load(layers.get(layer, {}), load)
    return _in_order(connection, hall_id, layers)


def _read_layers(connection: Connection[Any], hall_id: int, up_to: int | None) -> tuple[dict[str, dict[str, Any]], int]:
    rows = connection.execute(sql_block("select_calendar_layers"), {"hall_id": hall_id, "up_to": up_to}).fetchall()
    layers: dict[str, dict[str, Any]] = {"national": national_layer()}
    newest = BUILT_IN
    for calendar_version, layer, content, notice in rows:
        newest = max(newest, calendar_version)
        layers[layer] = merge_load(layers.get(layer, {}), {"version": notice, **content})
    return layers, newest


def _in_order(connection: Connection[Any], hall_id: int, layers: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """National → province → city → hall; the hall's own zone holds unless a layer names another."""
    merged = [layers[layer] for layer in LAYERS if layer in layers]
    # A layer that replaces does not stand on those below it: a hall may follow another country's calendar.
    last = max((place for place, layer in enumerate(merged) if layer.get("replaces")), default=0)
    merged = merged[last:]
    hall = connection.execute(sql_block("select_hall_policy"), {"hall_id": hall_id}).fetchone()
    zone = {} if hall is None else {"zone": hall[1]}
    return [{**merged[0], **zone}, *merged[1:]]


def merge_load(held: Mapping[str, Any], load: Mapping[str, Any]) -> dict[str, Any]:
    """One layer after another load of it: a year that the load names replaces the layer's earlier word on that year.

    A load with `replaces: true` replaces the whole layer (a hall that does not follow the national calendar).
    """
    if load.get("replaces"):
        return dict(load)
    return {**held, **load, "years": {**held.get("years", {}), **load.get("years", {})}}
