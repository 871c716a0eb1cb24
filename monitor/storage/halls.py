"""Halls as readers need them: name, zone, and how far the engine has judged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from monitor.domain.instants import Zone, instant_of, zone_named
from monitor.storage.sql_blocks import sql_block


class HallError(LookupError):
    """No such hall; the text says which there are and what to do."""


@dataclass(frozen=True)
class HallFacts:
    """One hall; `zone` is the IANA name of its civil time."""

    hall_id: int
    code: str
    name_zh: str
    name_en: str
    zone: str
    demo: bool
    baseline_from: date | None = None
    baseline_to: date | None = None

    @cached_property
    def local(self) -> Zone:
        """The hall's civil time."""
        return zone_named(self.zone)

    def time_text(self, moment: datetime) -> str:
        """RFC 3339 with the offset of the hall's zone."""
        return self.local.text(instant_of(moment))

    def known_time_text(self, moment: datetime | None) -> str | None:
        """RFC 3339 with the offset of the hall's zone; an unknown moment stays None."""
        return None if moment is None else self.time_text(moment)

    def describe(self) -> dict[str, Any]:
        """The hall in the shape of `Hall` of the API."""
        name = {"zh": self.name_zh, "en": self.name_en}
        return {"code": self.code, "name": name, "zone": self.zone, "demo": self.demo}


def read_halls(connection: Connection[Any]) -> list[HallFacts]:
    """Read every hall, in the order in which they were registered."""
    with connection.cursor(row_factory=class_row(HallFacts)) as cursor:
        return cursor.execute(sql_block("select_halls")).fetchall()


def read_hall(connection: Connection[Any], hall_id: int) -> HallFacts:
    """Read one hall. Raises HallError."""
    with connection.cursor(row_factory=class_row(HallFacts)) as cursor:
        hall = cursor.execute(sql_block("select_hall"), {"hall_id": hall_id}).fetchone()
    if hall is None:
        raise HallError(
            f"There is no hall with the id {hall_id}: load its registry with `e-supervision registry load`."
        )
    return hall


def find_hall(connection: Connection[Any], code: str | None = None) -> HallFacts:
    """Find a hall by its code; without one, the only or first. Raises HallError."""
    halls = read_halls(connection)
    if not halls:
        raise HallError("No hall is registered yet: load one with `e-supervision registry load DIR`.")
    if code is None:
        return halls[0]
    for hall in halls:
        if hall.code == code:
            return hall
    raise HallError(f"There is no hall {code}. Registered: {', '.join(hall.code for hall in halls)}.")


def read_engine_as_of(connection: Connection[Any], hall_id: int) -> datetime | None:
    """Read the case time up to which everything in a hall has been judged; None before the engine's first cycle."""
    row = connection.execute(sql_block("select_engine_as_of"), {"hall_id": hall_id}).fetchone()
    return None if row is None else row[0]


def read_judging_at(connection: Connection[Any], hall_id: int) -> datetime | None:
    """Read the case time of the newest judgement; judging a case at it gives what is stored. None before the first."""
    row = connection.execute(sql_block("select_judging_at"), {"hall_id": hall_id}).fetchone()
    return None if row is None else row[0]
