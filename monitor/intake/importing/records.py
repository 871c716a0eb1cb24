"""What readers of log files hand on: cases with their rows, all values still text as the file has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Layout(StrEnum):
    """How a log is written."""

    XES = "xes"
    CSV = "csv"
    NDJSON = "ndjson"


@dataclass(slots=True)
class Row:
    """One row of a table, one object of an NDJSON file, one event of an XES log. `line` is 1-based."""

    line: int
    values: Mapping[str, str]


@dataclass(slots=True)
class CaseRecord:
    """A trace of an XES log with its own attributes; of a table each row stands alone and `attributes` is empty."""

    line: int
    attributes: Mapping[str, str]
    rows: Sequence[Row]


@dataclass(slots=True)
class UnreadableRow:
    """A row that could be told from its neighbours but not read: a stable reason, and what to do about it."""

    line: int
    reason: str
    detail: str
    body: bytes
