"""Drives case time through the hall's days: history in great strides, then life at the pace of a spectator.

History: case time is put just before closing of each working day, the day's events are sent, and only when they are
judged does it pass closing; so nothing falls due before what happened in time has been recorded. Life: case time runs,
stands for a moment before closing until everything is confirmed, passes closing, and jumps to the next opening.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event as Stop
from typing import Protocol

from monitor.simulator.sending import Senders, Sent
from monitor.simulator.sent_events import SentEvent
from monitor.simulator.silences import Silences
from monitor.simulator.stream import HallStream
from monitor.simulator.working_days import CLOSING, DAY, OPENING

MORNING = OPENING + 60
"""A minute after opening: reminders of the day are out."""
LAST_MINUTE = CLOSING - 60
AFTER_CLOSING = CLOSING + 60

LIFE_FROM, LIFE_UNTIL = OPENING - 10 * 60, CLOSING + 10 * 60
"""The stretch of a working day that life runs through; nights and rest days are skipped."""
DETAILED_DAYS = 14
"""So many days before life, history begins to stop at each opening, and sources send heartbeats; before, with no screen
to keep awake, that would cost a third of its time."""
DAYS_AT_ONCE = 5
"""Before the reform, so many days may wait to be judged: few enough for the engine to take them in one transaction."""
TICK_SECONDS = 0.2
LEASE_SECONDS, RENEW_SECONDS = 12.0, 4.0
"""Case time is let run for so long (real) at a time, and on before so much is left: a row of it is fixed once made, so
this is how long it takes to stop, and how far it runs on when the demo is killed."""
BEAT_EVERY = 15 * 60
"""Case seconds between heartbeats of a source; after 30 working minutes without one it counts as silent."""


class CaseTime(Protocol):
    """Case time as the database keeps it; moments are those of `working_days`."""

    def stand(self, moment: int, reason: str) -> None:
        """Put case time at a moment, where it stands still."""

    def run(self, moment: int, rate: float, until: int, reason: str) -> None:
        """Let it run from a moment at `rate` case seconds a second; at `until` it stands.

        While an earlier run has not come to its end it goes on with that.
        """

    def run_on(self, rate: float, until: int, reason: str) -> None:
        """When it comes to its stand, let it run on without a pause, up to `until`."""

    def stands_at(self) -> float:
        """The moment at which it will stand, or stands."""

    def now(self) -> float:
        """The moment it is now."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the drive has come: the day it is at, and what was sent of it."""

    day: int
    moment: int
    sent: Sent
    in_history: bool
    confirmed: int
    """Everything up to this moment was sent and confirmed."""


@dataclass(frozen=True)
class Drive:
    """The hall's stream on its way through time. `judged(moment)` waits until all sent is judged at that case time.

    `tell` is told after each portion; `stop` ends the drive when case time stands next, everything sent and judged.
    `silences` (life only): sources that hold back what they have for a while.
    """

    stream: HallStream
    senders: Senders
    sources: Sequence[str]
    case_time: CaseTime
    judged: Callable[[int], None]
    tell: Callable[[Progress], None]
    stop: Stop
    silences: Silences | None = None
    pause: Callable[[float], None] = time.sleep
    _held: list[SentEvent] = field(default_factory=list)

    # -- history ---------------------------------------------------------------------------------------------------

    def history(self, after: int, until_day: int) -> None:
        """Live through every day later than the moment `after` and before `until_day`."""
        days = self.stream.life.days
        first = max(after // DAY, self.stream.life.first_day())
        for day in days.span(first, until_day - 1):
            if self.stop.is_set():
                return
            if after < day * DAY + AFTER_CLOSING:
                self._past_day(day, until_day)

    def _past_day(self, day: int, until_day: int) -> None:
        if day < self.stream.history_from:
            self._day_before_reform(day)
            return
        in_detail = day + DETAILED_DAYS >= until_day
        if in_detail:
            self._stand(day * DAY + MORNING)
        events = self.stream.take(day * DAY + LAST_MINUTE)
        self.case_time.stand(day * DAY + LAST_MINUTE, "demo: history")
        sent = self.senders.send(events)
        if in_detail:
            self.senders.heartbeat(self.sources, day * DAY + LAST_MINUTE)
        self.stream.prepare(self.stream.life.days.later(day, 1) * DAY + LAST_MINUTE)  # while the engine works
        self.judged(day * DAY + LAST_MINUTE)
        self._stand(day * DAY + AFTER_CLOSING)
        self.tell(Progress(day, day * DAY + AFTER_CLOSING, sent, True, day * DAY + LAST_MINUTE))

    def _day_before_reform(self, day: int) -> None:
        """A day of the time that only figures remember: the engine may judge several at once."""
        moment = day * DAY + LAST_MINUTE
        events = self.stream.take(moment)
        if not events:
            return
        self.case_time.stand(moment, "demo: before the reform")
        sent = self.senders.send(events)
        if self.stream.life.days.until(day) % DAYS_AT_ONCE == 0:
            self.judged(moment)
        self.tell(Progress(day, moment, sent, True, moment))

    def _stand(self, moment: int) -> None:
        self.case_time.stand(moment, "demo: history")
        self.judged(moment)

    # -- life ------------------------------------------------------------------------------------------------------

    def live(self, after: int, pace: Callable[[], float]) -> None:
        """Live on from the moment `after`, a working day in `pace()` real seconds, until stopped."""
        days = self.stream.life.days
        day = days.on_or_after(after // DAY)
        if after >= day * DAY + LIFE_UNTIL:
            day = days.later(day, 1)
        while not self.stop.is_set():
            self._live_day(day, pace())
            day = days.later(day, 1)
        self._come_to_rest()

    def _live_day(self, day: int, seconds: float) -> None:
        start, last, end = day * DAY + LIFE_FROM, day * DAY + LAST_MINUTE, day * DAY + LIFE_UNTIL
        rate = (LIFE_UNTIL - LIFE_FROM) / seconds
        now = int(self.case_time.now())
        if now < last:
            self._run(max(start, now), rate, last)
        if self.stop.is_set():
            return
        # Case time stands a minute before closing until all of the day is confirmed.
        self._send_until(day, last)
        self.senders.heartbeat(self.sources, last)
        self._run(max(last, int(self.case_time.now())), rate, end)

    def _run(self, start: int, rate: float, until: int) -> None:
        """Let case time run, a lease at a time, and send what happens while it happens; on `stop` no further lease."""
        lease = max(int(rate * LEASE_SECONDS), 1)
        self.case_time.run(start, rate, min(start + lease, until), "demo: life")
        beaten = 0
        while True:
            stands_at = int(self.case_time.stands_at())
            now = min(int(self.case_time.now()), until)
            self._send_until(start // DAY, now)
            if now - beaten >= BEAT_EVERY or now >= until:
                silent = self._silent_at(now)
                self.senders.heartbeat([source for source in self.sources if source not in silent], now)
                beaten = now
            if now >= until or (self.stop.is_set() and now >= stands_at):
                return
            if stands_at < until and stands_at - now < rate * RENEW_SECONDS and not self.stop.is_set():
                self.case_time.run_on(rate, min(stands_at + lease, until), "demo: life goes on")
            self.pause(TICK_SECONDS)

    def _come_to_rest(self) -> None:
        """At the end, silent sources too send what they have, and all of it is judged."""
        now = int(self.case_time.now())
        self._send(now // DAY, now, frozenset())
        self.judged(now)

    def _send_until(self, day: int, moment: int) -> None:
        self._send(day, moment, self._silent_at(moment))

    def _send(self, day: int, moment: int, silent: frozenset[str]) -> None:
        events = [*self._held, *self.stream.take(moment)]
        self._held[:] = [event for event in events if event.source in silent]
        speaking = [event for event in events if event.source not in silent]
        sent = self.senders.send(speaking) if speaking else Sent()
        confirmed = min([moment, *(event.known - 1 for event in self._held)])
        self.tell(Progress(day, moment, sent, False, confirmed))

    def _silent_at(self, moment: int) -> frozenset[str]:
        return frozenset() if self.silences is None else self.silences.silent_at(moment)
