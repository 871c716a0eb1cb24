"""The import itself: portions of a log go through the same acceptance as HTTP requests, one commit each.

Nothing is remembered of how far an import came: ids come from content, so importing the file again adds only what is
missing. A kill at any moment costs one portion's work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg import Connection

from monitor.domain.events import BadEvent
from monitor.intake.acceptance import accept
from monitor.intake.importing.log_reader import Portion
from monitor.intake.parsing import LineReader, ParsedBatch, RefusedLine
from monitor.intake.sender import Sender

EVENTS_A_COMMIT = 5_000
REFUSALS_KEPT = 1_000


@dataclass(slots=True)
class ImportTally:
    """What became of a log: its events are in the four counts; `refusals` holds the first ones for the report."""

    accepted: int = 0
    duplicate: int = 0
    conflicting: int = 0
    rejected: int = 0
    refusals: list[RefusedLine] = field(default_factory=list)

    @property
    def events(self) -> int:
        """All events read."""
        return self.accepted + self.duplicate + self.conflicting + self.rejected

    @property
    def refused(self) -> int:
        """What was not applied."""
        return self.conflicting + self.rejected


def import_portions(
    connection: Connection[Any],
    sender: Sender,
    portions: Iterable[Portion],
    case_time: Callable[[], datetime],
    progress: Callable[[Portion, ImportTally], None],
) -> ImportTally:
    """Accept portion after portion; when `progress` is told of one, it is on disk.

    `case_time` gives the case time of receipt. Raises psycopg.OperationalError when the database is lost.
    """
    tally = ImportTally()
    for portion in portions:
        recorded_at = case_time()
        receipt = accept(connection, sender, parse_portion(portion, sender, recorded_at), recorded_at)
        tally.accepted += receipt.accepted
        tally.duplicate += receipt.duplicate
        tally.conflicting += receipt.conflicting
        tally.rejected += receipt.rejected
        tally.refusals += receipt.refusals[: REFUSALS_KEPT - len(tally.refusals)]
        progress(portion, tally)
    return tally


def parse_portion(portion: Portion, sender: Sender, recorded_at: datetime) -> ParsedBatch:
    """Read the events of a portion as the HTTP intake reads lines, with the same checks and refusals."""
    reader = LineReader(sender, recorded_at)
    batch = ParsedBatch([], [])
    batch.refusals += (RefusedLine(row.line, None, row.reason, row.detail, row.body) for row in portion.refused)
    for sent in portion.events:
        try:
            # An escaped NUL is for the careful reader to find: no text may hold one.
            event = reader.read_carefully(sent.text) if b"\\u0000" in sent.text else reader.read(sent.text)
        except BadEvent as bad:
            detail = bad.detail.replace("\0", "\N{REPLACEMENT CHARACTER}")
            batch.refusals.append(RefusedLine(sent.line, None, bad.reason, detail, sent.text))
            continue
        if event is not None:
            batch.events.append(event)
            batch.lines.append(sent.line)
    return batch
