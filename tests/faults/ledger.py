"""What windows have sent and what they were told: the promise that the log is held against."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from monitor.simulator.workload import Body


class SentEvent(msgspec.Struct, frozen=True):
    """What is remembered of an event, as sent."""

    source: str
    event_id: str
    case_no: str
    kind: str
    occurred_at: str


_DECODER = msgspec.json.Decoder(SentEvent)


@dataclass
class SentBody:
    """One body: how often it was sent, and whether a request was ever answered with 2xx.

    `unanswered`: one broke off or was answered with 5xx, so that nobody knows what became of it.
    """

    body: Body
    attempts: int = 0
    unanswered: bool = False
    acknowledged: bool = False

    def events(self) -> Iterator[SentEvent]:
        """Its events."""
        return map(_DECODER.decode, self.body.content.splitlines())


@dataclass
class Ledger:
    """Every body sent by any window; shared by their threads."""

    bodies: list[SentBody] = field(default_factory=list)
    acknowledged: int = 0
    broken_off: int = 0
    """Requests without an answer: nobody knows what became of them."""
    turned_away: int = 0
    """Requests answered with 5xx: come again."""
    repeated: int = 0
    """Bodies sent once more after they had been acknowledged, and answered again."""
    conflicts: int = 0
    """Changed events in them, answered as conflicting."""
    complaints: list[str] = field(default_factory=list)
    """Answers that must not be: events refused, or counted wrongly."""

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def open(self, body: Body) -> SentBody:
        """Note a body before its first byte is sent."""
        sent = SentBody(body)
        with self._lock:
            self.bodies.append(sent)
        return sent

    def acknowledge(self, sent: SentBody) -> None:
        """Note a 2xx."""
        with self._lock:
            sent.acknowledged = True
            self.acknowledged += 1

    def break_off(self) -> None:
        """Note a request that was never answered."""
        with self._lock:
            self.broken_off += 1

    def turn_away(self) -> None:
        """Note a 5xx."""
        with self._lock:
            self.turned_away += 1

    def repeat(self, changed: int) -> None:
        """Note an answered repetition with so many events changed."""
        with self._lock:
            self.repeated += 1
            self.conflicts += changed

    def complain(self, said: str) -> None:
        """Note what must not be."""
        with self._lock:
            self.complaints.append(said)
