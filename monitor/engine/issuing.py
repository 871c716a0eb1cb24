"""What one engine transaction knows when it decides whether a card is issued: its sources, and its own blindness."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from alerts.issuing import IssueDecision, decide_issue
from monitor.domain.instants import Instant
from monitor.domain.outages import BlindSpan
from monitor.domain.silence import HeardSource


@dataclass(frozen=True)
class Issuing:
    """`is_holding`: some card of the hall is held. `was_held`: every case looked at has one that may be released."""

    known_until: Instant
    heard: Mapping[int, HeardSource] = field(default_factory=dict)
    blind: BlindSpan | None = None
    is_holding: bool = False
    was_held: bool = False

    def decide(self, source_id: int, expected_at: Instant) -> IssueDecision:
        """Decide about a card of a source's case whose moment has come."""
        heard = self.heard.get(source_id)
        return decide_issue(expected_at, self.known_until, heard, self.blind, was_held=self.was_held)
