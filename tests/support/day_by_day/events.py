"""The events of one case: read, freed of voided ones, and walked into legal order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.support.day_by_day.working_days import WorkingDays

KINDS = [
    "applied",
    "received",
    "corrections_requested",
    "corrections_supplied",
    "refused",
    "accepted",
    "step_started",
    "step_finished",
    "suspended",
    "resumed",
    "extended",
    "reported_up",
    "decided",
    "delivered",
    "withdrawn",
    "rated",
    "voided",
]


@dataclass(eq=False)
class Event:
    """One event; `place` is its place in the legal order."""

    kind: str
    id: str
    at: datetime
    fields: dict[str, Any]
    place: int = -1

    def get(self, name: str) -> Any:
        """Return a field, None where it is absent or empty."""
        value = self.fields.get(name)
        return None if value == "" else value

    @property
    def days(self) -> float:
        """Return `days`, 0 where absent."""
        return self.fields.get("days") or 0


@dataclass
class Log:
    """All events of a case up to as_of, by what becomes of them."""

    left: list[Event] = field(default_factory=list)
    voiding: list[Event] = field(default_factory=list)
    voided: list[Event] = field(default_factory=list)
    void_of_nothing: list[Event] = field(default_factory=list)


def read_log(raw: list[dict[str, Any]], as_of: datetime, calendar: WorkingDays) -> Log:
    """Keep the events with occurred_at ≤ as_of and apply the voids among them.

    Doubt: a void whose target still lies in the future is a void of nothing (X05) until the target's time has come,
    because a judgement as of T knows no event after T.
    """
    known = [Event(e["kind"], e["event_id"], calendar.read(e["occurred_at"]), e) for e in raw]
    known = [event for event in known if event.at <= as_of]
    log = Log()
    targets = {event.id: event for event in known if event.kind != "voided"}
    log.voiding = [event for event in known if event.kind == "voided"]
    hit: set[str] = set()
    for event in log.voiding:
        target = event.get("voids")
        if target in targets:
            hit.add(target)
        else:
            log.void_of_nothing.append(event)
    log.voided = [event for event in targets.values() if event.id in hit]
    log.left = [event for event in targets.values() if event.id not in hit]
    return log


def legal_key(event: Event) -> tuple[datetime, int, list[int]]:
    """Order by time, then kind, then event_id by code points."""
    return (event.at, KINDS.index(event.kind), [ord(letter) for letter in event.id])


def walk_in_legal_order(
    log: Log,
    planned_end_passed: Callable[[Event, datetime], bool],
    never_runs: set[str],
    ending_refusal: str | None,
) -> list[Event]:
    """Walk through the events, one by one within an instant, and number their places.

    `planned_end_passed(suspended, t)` says whether a suspension has ended by plan at t; `never_runs` holds the
    suspensions that never run (invalid ones under the strict policy); `ending_refusal` is the event_id of the refusal
    that ends the case, if any. Doubt: when both kinds of answer are open, the order of kinds decides.
    """
    waiting = sorted(log.left + log.voiding, key=legal_key)
    walked: list[Event] = []
    request_open = False
    suspension: Event | None = None
    closed = False
    while waiting:
        instant = waiting[0].at
        runs = suspension is not None and not planned_end_passed(suspension, instant)
        taken = waiting[0]
        for event in waiting:
            if event.at != instant:
                break
            if (event.kind == "corrections_supplied" and request_open) or (event.kind == "resumed" and runs):
                taken = event
                break
        waiting.remove(taken)
        walked.append(taken)
        match taken.kind:
            case "corrections_requested":
                request_open = True
            case "corrections_supplied":
                request_open = False
            case "suspended" if not runs and not closed and taken.id not in never_runs:
                suspension = taken
            case "resumed":
                suspension = None
            case "decided":
                suspension, closed = None, True
            case "withdrawn":
                # "what comes later is not judged": it asks no question that could be answered
                return number_places(walked + waiting)
            case "refused" if taken.id == ending_refusal:
                suspension, closed = None, True
    return number_places(walked)


def number_places(ordered: list[Event]) -> list[Event]:
    """Write each event's place in the legal order into it."""
    for place, event in enumerate(ordered):
        event.place = place
    return ordered
