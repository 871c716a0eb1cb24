"""What a closed case was decided by: the part of its judgement that a new calendar may no longer change."""

from __future__ import annotations

from monitor.domain.facts import FACT_COLUMNS
from monitor.engine.judged_record import JudgedRecord

_OPEN_FACTS = {"light", "promise_due_at", "statutory_due_at", "next_change_at"}
_FACTS = [place for place, name in enumerate(FACT_COLUMNS) if name not in _OPEN_FACTS]
_LATE_DELIVERY = "A07"
"""The one finding about a clock that runs after the decision."""


def verdict_of(record: JudgedRecord) -> tuple[object, ...]:
    """Facts, ended clocks and findings as decided; not when they had been due, nor what the delivery clock does."""
    row = () if record.facts is None else record.facts.row()
    facts = [row[place] for place in _FACTS] if row else []
    ended = [
        (clock.name, clock.stopped_at, clock.state, clock.early, clock.used, clock.suspended)
        for clock in record.clocks
        if clock.ended
    ]
    return facts, ended, [finding for finding in record.anomalies if finding[0] != _LATE_DELIVERY]
