"""What a judged case adds to the counters, by the names of their columns."""

from __future__ import annotations

from monitor.domain.facts import CaseFacts, clock_facts_of
from monitor.domain.instants import Day
from monitor.domain.judge import Judgement
from monitor.domain.tally import packed_tally
from monitor.engine.record import read_shares

NamedTally = list[tuple[str, Day | None, str, float]]


def tally_of(case: Judgement, facts: CaseFacts) -> NamedTally:
    """(department, local day or None for the load, column, amount)."""
    return read_shares(packed_tally(facts, clock_facts_of(case), case.walk.calendar.zone))
