"""What is stored of a case's last judgement, unpacked: facts, clocks, findings, cards and counters."""

from __future__ import annotations

from msgspec import Raw
from mypy_extensions import mypyc_attr

from monitor.domain.facts import CaseFacts, ClockFacts
from monitor.domain.instants import Instant
from monitor.domain.quiet_summary import QuietSummary

StoredFinding = tuple[str, str | None, str]
"""(code, event_id, detail)."""
StoredCard = tuple[str, str, Instant]
"""(clock, level, expected_at) of a card that stands or was closed."""


@mypyc_attr(acyclic=True)
class JudgedRecord:
    """Facts, clocks, findings and cards of a judgement, as they go into the tables; `facts` is None while the case has
    no judgement. `tally`: what it adds to the counters, packed (`monitor.domain.tally`).

    What follows a case moves its record: whoever wants to keep what it was must unpack another.
    """

    __slots__ = ("anomalies", "calendar_version", "cards", "cards_not_before", "clocks", "facts", "quiet", "tally")

    def __init__(
        self, calendar_version: int, cards_not_before: Instant | None, quiet: QuietSummary | None,
        facts: CaseFacts | None, clocks: list[ClockFacts], anomalies: list[StoredFinding], cards: list[StoredCard],
        tally: bytes,
    ) -> None:  # fmt: skip
        self.calendar_version = calendar_version
        self.cards_not_before = cards_not_before
        self.quiet = quiet
        self.facts = facts
        self.clocks = clocks
        self.anomalies = anomalies
        self.cards = cards
        self.tally = tally

    def row(self) -> tuple[object, ...]:
        """Its parts as they are packed: the order is that of storage; append only, never reorder."""
        clocks = [clock.row() for clock in self.clocks]
        return (
            self.calendar_version, self.cards_not_before, None if self.quiet is None else self.quiet.row(),
            () if self.facts is None else self.facts.row(), clocks, self.anomalies, self.cards, Raw(self.tally),
        )  # fmt: skip

    def __eq__(self, other: object) -> bool:
        return isinstance(other, JudgedRecord) and self.row() == other.row()

    def __repr__(self) -> str:
        return f"JudgedRecord{self.row()}"
