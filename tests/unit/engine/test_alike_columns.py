"""What makes cases alike names every fact that time and calendar may ask; of a new one somebody has to say so."""

from __future__ import annotations

import re

from monitor.domain.facts import CaseFacts, ClockFacts
from monitor.storage.sql_blocks import sql_block

NOT_ASKED_OF_A_CASE = {
    "received_at", "accepted_claimed_at", "result", "used_days", "statutory_days", "suspended_days", "first_event_at",
}  # fmt: skip
"""They count for a day or a mean, before and after alike; no rule of time or calendar looks at them."""
NOT_ASKED_OF_A_CLOCK = {"stopped_at", "early", "used", "suspended"}
"""What its end has fixed."""


def compared(alias: str) -> set[str]:
    """The columns of a table that the statement names."""
    return set(re.findall(rf"\b{alias}\.(\w+)", str(sql_block("stage_alike"))))


def test_every_fact_of_a_case_is_compared_or_known_not_to_be_asked() -> None:
    facts = set(CaseFacts._fields)
    assert facts - compared("s") == NOT_ASKED_OF_A_CASE


def test_every_fact_of_a_clock_is_compared_or_known_not_to_be_asked() -> None:
    facts = set(ClockFacts._fields)
    assert facts - compared("c") == NOT_ASKED_OF_A_CLOCK
