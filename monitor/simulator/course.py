"""The course of one case: what happens to it and when. From it follow both what is sent and what must be found.

All times are moments (see `working_days`). A course is plain data: the natural course is drawn in `natural`,
wrongdoing bends it, `sent_events` writes it down as events, `findings` says what supervision must find in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from monitor.simulator.items import HallItem


@dataclass(slots=True)
class Step:
    """One run of a step (环节). `finished` None: still open when the case ends, or for ever."""

    name: str
    handler: str
    started: int
    finished: int | None = None


class SuspensionFault(StrEnum):
    """What 行政许可法 art. 45 asks for and a suspension's record lacks (A08)."""

    REASON = "reason"
    NOTICE = "notice"
    PLANNED_DAYS = "planned_days"
    APPROVER = "approver"


@dataclass(slots=True)
class Suspension:
    """One suspension (停钟) with its planned working days; `faults` are left out of, or wrong in, its record."""

    begun: int
    planned: int | None
    resumed: int | None
    reason: str
    faults: tuple[SuspensionFault, ...] = ()


class ExtensionFault(StrEnum):
    """What an extension's record lacks (A10)."""

    NOTICE = "notice"
    APPROVER = "approver"


@dataclass(slots=True)
class Extension:
    """One extension (延期) by `days` in the unit of the limit."""

    at: int
    days: int
    faults: tuple[ExtensionFault, ...] = ()


@dataclass(slots=True)
class Course:
    """One case. `item` None: the event names an item the registry does not know (`unknown_item`).

    `requests` and `supplies` alternate: corrections requested and supplied. `accept_window`, `decide_window` None: not
    done at a window. `accepted_number`, `decided_number`: which sending of that event holds (2 = sent again).
    """

    source: str
    department: str
    case_no: str
    item: HallItem | None
    applied: int
    received: int
    unknown_item: str = ""
    applicant_ref: str = ""
    requests: list[int] = field(default_factory=list)
    supplies: list[int] = field(default_factory=list)
    accepted: int | None = None
    accepted_by: str | None = None
    accepted_number: int = 1
    accept_window: str | None = None
    due_claimed: int | None = None
    refused: int | None = None
    steps: list[Step] = field(default_factory=list)
    suspensions: list[Suspension] = field(default_factory=list)
    extensions: list[Extension] = field(default_factory=list)
    reported_up: int | None = None
    decided: int | None = None
    decided_by: str | None = None
    decided_number: int = 1
    decide_window: str | None = None
    granted: bool = True
    delivered: int | None = None
    withdrawn: int | None = None
    rated: int | None = None

    @property
    def item_code(self) -> str:
        """The item as events name it."""
        return self.unknown_item if self.item is None else self.item.code

    def event_id(self, kind: str, number: int = 1) -> str:
        """Id of the event of a kind; the number tells repeated kinds apart."""
        return f"{self.case_no}.{kind}" if number == 1 else f"{self.case_no}.{kind}.{number}"
