"""Parts of what is stored of a case, changed apart from those that a test has."""

from __future__ import annotations

from typing import Any, TypeVar

from monitor.domain.facts import CaseFacts, ClockFacts
from monitor.domain.quiet_summary import QuietSummary, summary_of_row
from monitor.engine.judged_record import JudgedRecord
from monitor.engine.record import pack_record, read_record

Stored = TypeVar("Stored", CaseFacts, ClockFacts)


def changed(stored: Stored, **values: Any) -> Stored:
    """A copy with other values."""
    copy = stored.copy()
    for name, value in values.items():
        setattr(copy, name, value)
    return copy


def copy_of(record: JudgedRecord, **values: Any) -> JudgedRecord:
    """A copy with other parts, unpacked from what is stored: what follows a case moves the record that it is given."""
    copy = read_record(pack_record(record))
    for name, value in values.items():
        setattr(copy, name, value)
    return copy


def copy_of_summary(summary: QuietSummary) -> QuietSummary:
    """A copy, to be moved apart."""
    row: list[object] = [list(value) if isinstance(value, list) else value for value in summary.row()]
    return summary_of_row(row)
