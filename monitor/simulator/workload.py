"""Fast streams of realistic events for benchmarks: a hall with N open cases that stay N while cases come and go.

Bodies are NDJSON as any window sends them, made from templates; about a microsecond an event. The mix is that of the
simulated hall's longer cases: twelve events a case, half of them steps, one case in twelve suspended on its way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import numpy as np

from monitor.domain.items import ItemKind, Unit
from monitor.simulator.items import HallItem
from monitor.simulator.registry import SimulatedHall, simulated_hall

CHINA = timezone(timedelta(hours=8))
BEGINS = datetime(2026, 5, 13, 9, 30, tzinfo=CHINA)
"""Case time at which the steady stream begins, an ordinary Wednesday; the cases were opened the working day before."""
EVENTS_TO_OPEN = 3
MOST_EVENTS = 10_000
FIRST_CASE_ON_THE_WAY = 50_000_000
"""Number of the first case that the steady stream opens: beyond any that is opened before it."""

_PLAIN = (
    "applied", "received", "accepted", "step_started", "step_finished", "step_started.2", "step_finished.2",
    "step_started.3", "step_finished.3", "decided", "delivered", "rated",
)  # fmt: skip
_SUSPENDED = (*_PLAIN[:5], "suspended", "resumed", *_PLAIN[5:])
_ENTRIES = (3, 5, 7)
"""Where in its life an opened case may stand: before one of its steps."""
_SUSPENDED_IN = 12
_ITEMS_A_SOURCE = 8
_STEPS = ("审查", "现场核查", "核准")
_FRACTIONS = tuple(b"%06d" % number for number in range(20_000))
"""Microseconds within the second of a body, so that its events have an order; formatted once, it saves a third."""

Life = tuple[bytes, ...]
"""Templates of a case's events in order; each takes case number (twice), second and its fraction."""


@dataclass(frozen=True, slots=True)
class Body:
    """One request: the source whose key it needs, how many events, the NDJSON, and the newest occurred_at in it."""

    source: str
    events: int
    content: bytes
    newest: datetime


class Workload:
    """Events of `open_cases` cases over one or more sources of the simulated hall; the same for the same seed.

    `opening` gives the bodies that open all cases (three events each); `steady` goes on with them, case by case in
    random order, and opens a new case for each that ends. Bodies hold at most `events_per_body` events, about three
    quarters of that when steady; intake takes up to 10,000. The case clock must stand at `BEGINS` or later, and at the
    body's `newest` or later when it is sent. `sources`: how many feeding systems send; as many as fill their bodies
    where it is not given. The case of slot n is of source n modulo their number.
    """

    def __init__(
        self,
        open_cases: int,
        *,
        seed: int = 1,
        events_per_body: int = 6600,
        sources: int | None = None,
        hall: SimulatedHall | None = None,
    ) -> None:
        if open_cases < 1 or not EVENTS_TO_OPEN <= events_per_body <= MOST_EVENTS:
            raise ValueError(f"a workload needs at least one open case, and 3 to {MOST_EVENTS} events in a body")
        self.hall = hall or simulated_hall()
        self.open_cases = open_cases
        self.events_per_body = events_per_body
        self._random = np.random.default_rng(seed)
        count = sources or max(1, min(len(self.hall.desks), open_cases // events_per_body))
        self.sources = self.hall.sources[:count]
        self._lives = [_lives_of(self.hall, source) for source in self.sources]
        self._case_no = [_number(slot) for slot in range(open_cases)]
        self._next_case = FIRST_CASE_ON_THE_WAY
        self._stage = [EVENTS_TO_OPEN] * open_cases
        self._turn = 0
        self._order: list[list[int]] = []

    def opening(self) -> Iterator[Body]:
        """Open every case on the working day before `BEGINS`, source by source."""
        at = BEGINS - timedelta(days=1)
        per_body = self.events_per_body // EVENTS_TO_OPEN
        number = 0
        for place, source in enumerate(self.sources):
            lives = self._lives[place]
            slots = range(place, self.open_cases, len(self.sources))
            for first in range(0, len(slots), per_body):
                moment = at + timedelta(seconds=number % 20_000)
                second, count = _second(moment), len(lives)
                lines: list[bytes] = []
                for slot in slots[first : first + per_body]:
                    life, case = lives[slot // len(self.sources) % count], self._case_no[slot]
                    at_line = len(lines)
                    lines += [
                        life[stage] % (case, case, second, _FRACTIONS[at_line + stage])
                        for stage in range(EVENTS_TO_OPEN)
                    ]
                number += 1
                yield Body(source, len(lines), b"".join(lines), moment + timedelta(seconds=1))
        self._stage = self._draw_entries(range(self.open_cases))

    def extend(self, open_cases: int) -> None:
        """Go on with more cases, which were opened otherwise, as `opening` would have opened them."""
        added = range(self.open_cases, open_cases)
        self.open_cases = open_cases
        self._case_no += map(_number, added)
        self._stage += self._draw_entries(added)
        self._order = []

    def whole_lives(self, cases: int) -> Iterator[Body]:
        """About so many new cases that go their whole way within one body, from application to rating."""
        share = max(1, cases // len(self.sources))
        for source, lives in zip(self.sources, self._lives, strict=True):
            moment = BEGINS + timedelta(seconds=self._turn)
            self._turn += 1
            lines: list[bytes] = []
            for number in range(share):
                case, second = _number(self._next_case), _second(moment)
                self._next_case += 1
                lines += [
                    template % (case, case, second, _FRACTIONS[len(lines) + stage])
                    for stage, template in enumerate(lives[number % len(lives)])
                ]
            yield Body(source, len(lines), b"".join(lines), moment + timedelta(seconds=1))

    def lives_of(self, place: int) -> int:
        """After how many cases the source at a place has had every kind of life and begins anew."""
        return len(self._lives[place])

    def _draw_entries(self, slots: range) -> list[int]:
        """Where in their lives opened cases stand."""
        entries = self._random.choice(_ENTRIES, size=len(slots)).tolist()
        # A suspended life has two more events before its second step.
        return [
            entry + 2 if entry > 4 and len(self._life(slot)) > len(_PLAIN) else entry
            for slot, entry in zip(slots, entries, strict=True)
        ]

    def steady(self, events: int) -> Iterator[Body]:
        """At least `events` further events, each body of one source, one or two events of a case at a time."""
        sent = 0
        while sent < events:
            body = self._steady_body()
            sent += body.events
            yield body

    def _steady_body(self) -> Body:
        place = self._turn % len(self.sources)
        moment, turn = BEGINS + timedelta(seconds=self._turn), self._turn // len(self.sources)
        self._turn += 1
        second = _second(moment)
        lines: list[bytes] = []
        case_no, stages, lives, step = self._case_no, self._stage, self._lives[place], len(self.sources)
        for slot in self._next_slots(place):
            life, stage = lives[slot // step % len(lives)], stages[slot]
            for _ in range(1 + (slot // step + turn) % 2):
                case = case_no[slot]
                lines.append(life[stage] % (case, case, second, _FRACTIONS[len(lines)]))
                stage += 1
                if stage == len(life):
                    stage = 0
                    case_no[slot] = _number(self._next_case)
                    self._next_case += 1
            stages[slot] = stage
        return Body(self.sources[place], len(lines), b"".join(lines), moment + timedelta(seconds=1))

    def _next_slots(self, place: int) -> list[int]:
        """The next cases of a source, in an order shuffled anew whenever all had their turn."""
        if not self._order:
            self._order = [[] for _ in self.sources]
        wanted = max(1, self.events_per_body // 2)
        if len(self._order[place]) < wanted:
            slots = np.arange(place, self.open_cases, len(self.sources))
            self._order[place] += self._random.permutation(slots).tolist()
        taken, self._order[place] = self._order[place][:wanted], self._order[place][wanted:]
        return taken

    def _life(self, slot: int) -> Life:
        lives = self._lives[slot % len(self.sources)]
        return lives[slot // len(self.sources) % len(lives)]


def _number(case: int) -> bytes:
    return b"%08d" % case


def _second(moment: datetime) -> bytes:
    return moment.strftime("%Y-%m-%dT%H:%M:%S").encode()


def _lives_of(hall: SimulatedHall, source: str) -> list[Life]:
    """Templates of whole lives, one event each, for some items of a source; every twelfth life is suspended."""
    desk = next(desk for desk in hall.desks if desk.source == source)
    items = [item for item in hall.items_at[desk.code] if _is_long(item)][:_ITEMS_A_SOURCE] or [
        hall.items_at[desk.code][0]
    ]
    return [
        tuple(_template(hall, source, items[number % len(items)], kind) for kind in kinds)
        for number in range(len(items) * _SUSPENDED_IN)
        for kinds in [_SUSPENDED if number % _SUSPENDED_IN == 0 else _PLAIN]
    ]


def _is_long(item: HallItem) -> bool:
    version = item.versions[-1]
    return version.kind is ItemKind.PROMISE and version.unit is Unit.WORKING_DAYS and (version.promised or 0) >= 4


def _template(hall: SimulatedHall, source: str, item: HallItem, name: str) -> bytes:
    """One event with places for case number, case number and time; the event id is case number and name."""
    kind, _, number = name.partition(".")
    staff = hall.staff[item.department]
    fields = [
        f'"source":"{source}"',
        f'"event_id":"B%b.{name}"',
        '"case_no":"B%b"',
        f'"item":"{item.code}"',
        f'"department":"{item.department}"',
        f'"kind":"{kind}"',
        '"occurred_at":"%b.%b+08:00"',
    ]
    if kind in ("received", "accepted"):
        fields += [f'"window":"{staff.windows[0]}"', f'"handler":"{staff.receptionists[0]}"']
    elif kind in ("step_started", "step_finished"):
        step = int(number or 1) - 1
        handler = staff.approver_of(item) if step == 2 else staff.examiner_of(item)
        fields += [f'"step":"{_STEPS[step]}"', f'"handler":"{handler}"']
    elif kind == "suspended":
        fields += ['"reason":"检测"', '"days":5', '"notice_no":"N"', f'"approver":"{staff.approvers[0]}"']
        fields += ['"legal_basis":"行政许可法第四十五条"']
    elif kind == "decided":
        fields += ['"result":"granted"', f'"handler":"{staff.approver_of(item)}"']
    return ("{" + ",".join(fields) + "}\n").encode()
