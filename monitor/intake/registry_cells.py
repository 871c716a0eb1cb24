"""One cell of a registry file: its text turned into the value a record wants."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from functools import partial

from monitor.domain.items import Counting, ItemKind, Unit
from monitor.domain.registry import Feed, Power, RegionLevel, SetUp, Table

CellReader = Callable[[str], object]
"""Takes the trimmed text of a cell (empty = null) and gives the field's value. Raises CellError."""

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_SEPARATOR = re.compile(r"[;；]")
_EQUALS = re.compile(r"[=＝]")
_LONGEST_LIMIT = 10_000


class CellError(ValueError):
    """A cell that cannot be read: `what` is wrong, and what `to_do`."""

    def __init__(self, what: str, to_do: str) -> None:
        super().__init__(f"{what}: {to_do}")
        self.what = what
        self.to_do = to_do


def read_text(text: str) -> str:
    """Text that may be empty."""
    return text


def read_required(text: str) -> str:
    """Text that may not be empty."""
    if not text:
        raise CellError("the cell is empty", "it must be filled in")
    return text


def read_nullable(text: str) -> str | None:
    """Text, or None for an empty cell."""
    return text or None


def read_whole_number(text: str) -> int:
    """A whole number from 0 to a million."""
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise CellError(f"{text!r} is no whole number", "write digits only, such as 12")
    return int(text)


def read_limit(text: str) -> float | None:
    """A limit: a number ≥ 0, or None for an empty cell."""
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number < _LONGEST_LIMIT:
        raise CellError(f"{text!r} is no limit", f"write a number from 0 to {_LONGEST_LIMIT}, or leave it empty")
    return number


def read_date(text: str) -> date | None:
    """An ISO date, or None for an empty cell."""
    if not text:
        return None
    try:
        if _ISO_DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError as error:
        raise CellError(f"{text} is no date of the calendar ({error})", "correct month and day") from error
    raise CellError(f"{text!r} is no ISO date", "write YYYY-MM-DD, such as 2026-01-31, or leave it empty")


def read_yes_no(default: bool | None, text: str) -> bool:
    """`yes` or `no`; an empty cell means `default`, unless that is None."""
    if not text and default is not None:
        return default
    match text.lower():
        case "yes":
            return True
        case "no":
            return False
        case _:
            raise CellError(f"{text!r} is neither yes nor no", "write yes or no")


def read_choice(kind: type[StrEnum], default: StrEnum | None, text: str) -> StrEnum:
    """One of the enum's values; an empty cell means `default`, unless that is None."""
    if not text and default is not None:
        return default
    try:
        return kind(text)
    except ValueError as error:
        raise CellError(f"{text!r} is unknown", f"use one of {', '.join(kind)}") from error


def read_nullable_choice(kind: type[StrEnum], text: str) -> StrEnum | None:
    """One of the enum's values, or None for an empty cell."""
    return read_choice(kind, None, text) if text else None


def read_list(text: str) -> tuple[str, ...]:
    """Texts separated by semicolons, in order, each once."""
    parts = [part.strip() for part in _SEPARATOR.split(text) if part.strip()]
    repeated = sorted({part for part in parts if parts.count(part) > 1})
    if repeated:
        raise CellError(f"{', '.join(repeated)} stands twice", "name each once")
    return tuple(parts)


def read_steps(text: str) -> dict[str, float | None]:
    """Steps and their limits, `审查=5;现场核查=`: no number = a step without a limit of its own."""
    steps: dict[str, float | None] = {}
    for part in read_list(text):
        name, *limit = (piece.strip() for piece in _EQUALS.split(part, maxsplit=1))
        if not name:
            raise CellError(f"{part!r} names no step", "write 审查=5;现场核查=")
        if name in steps:
            raise CellError(f"the step {name} stands twice", "name each once")
        steps[name] = read_limit(limit[0] if limit else "")
    return steps


_YES = partial(read_yes_no, True)
_NO = partial(read_yes_no, False)


def read_zone(text: str) -> str:
    """The name of a time zone; empty = Asia/Shanghai."""
    return text or "Asia/Shanghai"


OPTIONAL_COLUMNS: dict[Table, frozenset[str]] = {Table.HALL: frozenset({"baseline_from", "baseline_to"})}
"""Columns that a file may leave out."""

COLUMNS: dict[Table, dict[str, CellReader]] = {
    Table.REGIONS: {
        "code": read_required,
        "name_zh": read_required,
        "name_en": read_required,
        "level": partial(read_choice, RegionLevel, None),
        "parent_code": read_nullable,
    },
    Table.HALL: {
        "code": read_required,
        "name_zh": read_required,
        "name_en": read_required,
        "zone": read_zone,
        "demo": _NO,
        "region_code": read_nullable,
        "baseline_from": read_date,
        "baseline_to": read_date,
    },
    Table.DEPARTMENTS: {
        "code": read_required,
        "position": read_whole_number,
        "valid_from": read_date,
        "valid_to": read_date,
        "name_zh": read_required,
        "name_en": read_required,
        "set_up": partial(read_nullable_choice, SetUp),
        "in_hall": partial(read_yes_no, None),
        "mid_level_post": _NO,
        "mid_level_filled": _NO,
        "successors": read_list,
    },
    Table.ITEMS: {
        "code": read_required,
        "valid_from": read_date,
        "valid_to": read_date,
        "name_zh": read_required,
        "name_en": read_text,
        "department": read_required,
        "kind": partial(read_choice, ItemKind, None),
        "unit": partial(read_choice, Unit, Unit.WORKING_DAYS),
        "counting": partial(read_choice, Counting, Counting.START_EXCLUDED),
        "roll": _YES,
        "promised": read_limit,
        "statutory": read_limit,
        "acceptance": read_limit,
        "delivery": read_limit,
        "steps": read_steps,
        "decision_steps": read_list,
        "in_hall": _YES,
        "accept_and_decide": _NO,
    },
    Table.WINDOWS: {
        "code": read_required,
        "name_zh": read_required,
        "name_en": read_text,
        "department": read_required,
        "valid_from": read_date,
        "valid_to": read_date,
    },
    Table.HANDLERS: {
        "code": read_required,
        "department": read_required,
        "name": read_nullable,
        "valid_from": read_date,
        "valid_to": read_date,
    },
    Table.AUTHORISATIONS: {
        "handler": read_required,
        "item": read_required,
        "power": partial(read_choice, Power, None),
        "letter_no": read_required,
        "seal_no": read_nullable,
        "valid_from": read_date,
        "valid_to": read_date,
    },
    Table.SOURCES: {
        "code": read_required,
        "name_zh": read_required,
        "name_en": read_text,
        "zone": read_zone,
        "feed": partial(read_choice, Feed, Feed.LIVE),
        "departments": read_list,
    },
}
"""How each column of each table is read, in the order of the documented header; names are the record's fields."""
