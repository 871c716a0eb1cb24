"""Events read line by line from NDJSON, with a report of every line that could not be taken as it stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from monitor.domain.events import BadEvent, Event, decode_event
from monitor.domain.instants import Zone


@dataclass(frozen=True)
class LineReport:
    """A line (1-based) that was not judged, with a stable reason and what to do."""

    line: int
    reason: str
    detail: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}: {self.detail}"


@dataclass
class EventLines:
    """What a file of events holds: each event once, and the reports."""

    events: list[Event] = field(default_factory=list)
    reports: list[LineReport] = field(default_factory=list)


def read_event_lines(lines: Iterable[bytes], zone: Zone) -> EventLines:
    """Read NDJSON. Blank lines are skipped; the same (source, event_id) with equal content counts once, with other
    content the first stands and the second is reported.
    """
    found = EventLines()
    seen: dict[tuple[str, str], Event] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            event = decode_event(line.strip(), zone)
        except BadEvent as error:
            found.reports.append(LineReport(number, error.reason, error.detail))
            continue
        first = seen.setdefault((event.source, event.event_id), event)
        if first is event:
            found.events.append(event)
        elif first != event:
            named = f"event {event.event_id!r} of source {event.source!r}"
            detail = f"{named} was sent before with other content: the first stands"
            found.reports.append(LineReport(number, "conflict", detail))
    return found
