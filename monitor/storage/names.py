"""Names of items and departments for readers, in the shape of `Name` of the API."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection

from monitor.domain.instants import date_of, instant_of
from monitor.storage.halls import HallFacts
from monitor.storage.sql_blocks import sql_block

NO_DEPARTMENT = {"zh": "未标明部门", "en": "No department named"}


@dataclass(frozen=True)
class Names:
    """What items and departments are called on one day; whoever is not in the registry has no name here."""

    items: dict[str, dict[str, str]]
    departments: dict[str, dict[str, str]]

    def item(self, code: str | None) -> dict[str, str] | None:
        """Name of an item, or None."""
        return None if code is None else self.items.get(code)

    def department(self, code: str | None) -> dict[str, str] | None:
        """Name of a department, or None."""
        return None if code is None else self.departments.get(code)


def read_names(
    connection: Connection[Any],
    hall: HallFacts,
    as_of: datetime,
    *,
    items: Iterable[str | None] = (),
    departments: Iterable[str | None] = (),
) -> Names:
    """Read what these items and departments are called on the local day of `as_of`."""
    day = date_of(hall.local.day(instant_of(as_of)))

    def read(block: str, codes: Iterable[str | None]) -> dict[str, dict[str, str]]:
        wanted = sorted({code for code in codes if code})
        if not wanted:
            return {}
        rows = connection.execute(sql_block(block), {"hall_id": hall.hall_id, "codes": wanted, "day": day})
        return {code: bilingual(zh, en) for code, zh, en in rows}

    return Names(read("select_item_names", items), read("select_department_names", departments))


def bilingual(zh: str, en: str | None) -> dict[str, str]:
    """A name in both languages; where the English one is missing, the Chinese one stands for it."""
    return {"zh": zh, "en": en or zh}
