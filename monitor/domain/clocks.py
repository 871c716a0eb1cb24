"""A clock of a judged case: facts (start, due, stop, end) are stored; used and remaining are derived when read."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from math import floor
from typing import Final

from mypy_extensions import mypyc_attr

from monitor.domain.counting import Cover, Meter
from monitor.domain.events import Event
from monitor.domain.instants import Day, Instant
from monitor.domain.items import Unit


class ClockState(StrEnum):
    """Where a clock stands at its end, or now."""

    RUNNING = "running"
    STANDING = "standing"
    MET = "met"
    BREACHED = "breached"
    VOID = "void"


RUNNING: Final = ClockState.RUNNING
STANDING: Final = ClockState.STANDING
MET: Final = ClockState.MET
BREACHED: Final = ClockState.BREACHED
VOID: Final = ClockState.VOID
_WORKING_HOURS: Final = Unit.WORKING_HOURS
_NO_COVERS: Final[tuple[Cover, ...]] = ()


@mypyc_attr(acyclic=True)
class Clock:
    """One clock with its verdict at `as_of`.

    `limit` is N without, `total` T with the extension, both in `unit`; `stopped_at` the stop that met or missed it;
    `ended` whether a stop, refusal or withdrawal has fixed its verdict for good.
    """

    __slots__ = (
        "_measured", "covers", "due_at", "due_at_if_refused", "end", "ended", "extended", "limit", "meter", "name",
        "provisional", "start_event", "started_at", "state", "stopped_at",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        start_event: Event,
        meter: Meter,
        limit: float,
        extended: float,
        covers: Sequence[Cover],
        *,
        stop: Event | None,
        ended_by: Event | None,
        as_of: Instant,
        standing: bool = False,
        void: bool = False,
        refusable: bool = False,
        known_due: Instant | None = None,
    ) -> None:
        self.name = name
        self.start_event = start_event
        self.started_at: Instant = start_event.occurred_at
        self.meter = meter
        self.limit = limit
        self.extended = extended
        self.covers = covers
        self.due_at = meter.due(covers) if known_due is None else known_due
        self.due_at_if_refused = (meter.due(_NO_COVERS) if covers else self.due_at) if refusable else None
        self.stopped_at = None if stop is None else stop.occurred_at
        self.ended = stop is not None or ended_by is not None
        self.end: Instant = _end(self.stopped_at, ended_by, as_of)
        self.state = self._state(standing, void)
        self.provisional = self.due_at is not None and meter.calendar.is_provisional_between(
            self.started_at, self.due_at
        )
        self._measured: tuple[float, float] | None = None

    @property
    def unit(self) -> Unit:
        """What limit, used and remaining are counted in."""
        return self.meter.unit

    @property
    def total(self) -> float:
        """T = N + extended."""
        return self.limit + self.extended

    @property
    def used_exactly(self) -> float:
        """Used days, or hours unrounded."""
        return self._measure()[0]

    @property
    def used(self) -> float:
        """Used days, or hours with two decimals."""
        return shown(self.meter.unit, self._measure()[0])

    @property
    def suspended(self) -> float:
        """Suspended days, or hours with two decimals."""
        return shown(self.meter.unit, self._measure()[1])

    @property
    def remaining(self) -> float:
        """T − used; negative when more was used."""
        return shown(self.meter.unit, self.total - self.used)

    @property
    def early(self) -> bool:
        """Stopped, not breached, used < T."""
        return self.state is MET and self.used_exactly < self.total

    def due_day(self) -> Day | None:
        """Local day of the due time."""
        return None if self.due_at is None else self.meter.calendar.zone.day(self.due_at)

    def _measure(self) -> tuple[float, float]:
        if self._measured is None:
            self._measured = self.meter.measure(self.covers, self.end)
        return self._measured

    def _state(self, standing: bool, void: bool) -> ClockState:
        if not void and self.due_at is not None and self.end > self.due_at:
            return BREACHED
        if self.stopped_at is not None:
            return MET
        if self.ended or void:
            return VOID
        return STANDING if standing else RUNNING

    @property
    def overdue_days(self) -> int:
        """Working days after the due day up to the day of the end, at least 1 once breached; else 0."""
        if self.state is not BREACHED or self.due_at is None:
            return 0
        calendar = self.meter.calendar
        return max(calendar.between(calendar.zone.day(self.due_at), calendar.zone.day(self.end)), 1)


def shown(unit: Unit, amount: float) -> float:
    """Days as they are, hours with two decimals."""
    if unit is not _WORKING_HOURS:
        return amount
    return floor(amount * 100 + 0.5 + 1e-9) / 100


def _end(stopped_at: Instant | None, ended_by: Event | None, as_of: Instant) -> Instant:
    if stopped_at is not None:
        return stopped_at
    return as_of if ended_by is None else ended_by.occurred_at
