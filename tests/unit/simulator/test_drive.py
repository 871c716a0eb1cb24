"""The drive lets no clock fall due before what happened in time was sent and judged; life skips nights."""

import threading
from datetime import date
from itertools import pairwise

import pytest

from monitor.simulator.drive import (
    AFTER_CLOSING,
    DETAILED_DAYS,
    LAST_MINUTE,
    LIFE_FROM,
    LIFE_UNTIL,
    MORNING,
    Drive,
    Progress,
)
from monitor.simulator.life import HallLife
from monitor.simulator.registry import SimulatedHall
from monitor.simulator.sending import Sent
from monitor.simulator.sent_events import SentEvent
from monitor.simulator.silences import Silences
from monitor.simulator.stream import HallStream
from monitor.simulator.working_days import DAY, day_number

FRIDAY, MONDAY, TUESDAY = (day_number(date(2026, 3, day)) for day in (6, 9, 10))


class World:
    """Case time, senders and engine in one, noting all that is done to them; running time jumps at every look."""

    def __init__(self, jump: int = 1800) -> None:
        self.moment = 0.0
        self.until = 0
        self.jump = jump
        self.log: list[tuple[str, int]] = []
        self.sent: list[SentEvent] = []
        self.beats: list[tuple[int, frozenset[str]]] = []

    def stand(self, moment: int, reason: str) -> None:
        assert reason
        assert moment >= self.moment, "case time never goes back"
        self.moment, self.until = moment, moment
        self.log.append(("stand", moment))

    def run(self, moment: int, rate: float, until: int, reason: str) -> None:
        assert reason
        assert rate == (LIFE_UNTIL - LIFE_FROM) / 60.0
        assert moment >= self.moment
        self.moment, self.until = moment, until
        self.log.append(("run", moment))

    def run_on(self, rate: float, until: int, reason: str) -> None:
        assert reason
        assert rate == (LIFE_UNTIL - LIFE_FROM) / 60.0
        assert until > self.until
        self.log.append(("run on", self.until))
        self.until = until

    def stands_at(self) -> float:
        return self.until

    def now(self) -> float:
        self.moment = min(self.moment + self.jump, self.until)
        return self.moment

    def send(self, events: list[SentEvent]) -> Sent:
        assert all(event.known <= self.moment for event in events), "nothing is sent before it happened"
        self.sent += events
        self.log.append(("send", len(events)))
        return Sent(accepted=len(events))

    def heartbeat(self, sources: list[str], complete_until: int) -> None:
        self.beats.append((complete_until, frozenset(sources)))

    def judged(self, moment: int) -> None:
        self.log.append(("judged", moment))


@pytest.fixture
def stream(hall: SimulatedHall) -> HallStream:
    stream = HallStream(HallLife(hall, 3, 0.1), date(2026, 3, 2), lambda _: None)
    stream.take(FRIDAY * DAY)
    return stream


def drive(
    world: World, stream: HallStream, stop_after: int, silences: Silences | None = None
) -> tuple[Drive, list[Progress]]:
    stop, told = threading.Event(), list[Progress]()

    def tell(progress: Progress) -> None:
        told.append(progress)
        if progress.moment >= stop_after:
            stop.set()

    sources = stream.life.hall.sources
    driven = Drive(stream, world, sources, world, world.judged, tell, stop, silences, lambda _: None)  # type: ignore[arg-type]
    return driven, told


def test_in_history_closing_passes_only_after_the_day_was_sent_and_judged(stream: HallStream) -> None:
    world = World()
    driven, told = drive(world, stream, TUESDAY * DAY)
    driven.history((FRIDAY - 1) * DAY + AFTER_CLOSING, TUESDAY)
    friday, monday = FRIDAY * DAY, MONDAY * DAY
    steps = [(name, moment) for name, moment in world.log if name != "send"]
    assert steps == [
        step
        for day in (friday, monday)
        for moment in (day + MORNING, day + LAST_MINUTE, day + AFTER_CLOSING)
        for step in (("stand", moment), ("judged", moment))
    ]
    sends = [world.log.index(entry) for entry in world.log if entry[0] == "send"]
    assert (
        world.log.index(("stand", friday + LAST_MINUTE)) < sends[0] < world.log.index(("judged", friday + LAST_MINUTE))
    )
    assert [progress.day for progress in told] == [FRIDAY, MONDAY]
    assert sum(progress.sent.accepted for progress in told) == len(world.sent) > 50


def test_before_the_reform_several_days_may_be_judged_at_once_and_days_without_events_are_skipped(
    hall: SimulatedHall,
) -> None:
    stream, world = HallStream(HallLife(hall, 3, 0.1), date(2026, 3, 2), lambda _: None), World()
    driven, told = drive(world, stream, TUESDAY * DAY)
    driven.history(0, day_number(date(2026, 2, 27)))
    judged = [moment for name, moment in world.log if name == "judged"]
    stood = [moment for name, moment in world.log if name == "stand"]
    assert len(world.sent) == sum(progress.sent.accepted for progress in told) > 100
    assert 0 < len(judged) < len(stood) / 2
    assert max(stood) < day_number(date(2025, 10, 1)) * DAY
    assert world.beats == []


def test_history_stops_where_it_is_told_to_and_goes_on_from_there(stream: HallStream) -> None:
    world = World()
    driven, told = drive(world, stream, FRIDAY * DAY)
    driven.history((FRIDAY - 1) * DAY + AFTER_CLOSING, TUESDAY)
    assert [progress.day for progress in told] == [FRIDAY]
    driven, told = drive(world, stream, TUESDAY * DAY)
    driven.history(FRIDAY * DAY + AFTER_CLOSING, TUESDAY)
    assert [progress.day for progress in told] == [MONDAY]


def test_sources_beat_on_the_last_days_before_life_only(stream: HallStream) -> None:
    world = World()
    driven, _ = drive(world, stream, TUESDAY * DAY)
    driven.history((FRIDAY - 1) * DAY + AFTER_CLOSING, FRIDAY + DETAILED_DAYS + 2)
    assert (FRIDAY * DAY + LAST_MINUTE) not in [moment for moment, _ in world.beats]
    assert world.beats[0] == (MONDAY * DAY + LAST_MINUTE, frozenset(stream.life.hall.sources))


def test_life_runs_through_working_days_stands_before_closing_and_skips_nights_and_rest_days(
    stream: HallStream,
) -> None:
    world = World()
    driven, _ = drive(world, stream, MONDAY * DAY + LIFE_UNTIL)
    driven.live((FRIDAY - 1) * DAY + LIFE_UNTIL, lambda: 60.0)
    runs = [moment for name, moment in world.log if name == "run"]
    assert runs == [moment for day in (FRIDAY, MONDAY) for moment in (day * DAY + LIFE_FROM, day * DAY + LAST_MINUTE)]
    closing = world.log.index(("run", FRIDAY * DAY + LAST_MINUTE))
    sent_before = sum(count for name, count in world.log[:closing] if name == "send")
    assert sent_before == sum(event.known <= FRIDAY * DAY + LAST_MINUTE for event in world.sent)


def test_life_taken_up_in_the_middle_of_a_day_goes_on_from_there(stream: HallStream) -> None:
    world = World()
    noon = FRIDAY * DAY + 12 * 3600
    world.moment = world.until = noon
    driven, _ = drive(world, stream, FRIDAY * DAY + LIFE_UNTIL)
    driven.live(noon, lambda: 60.0)
    assert [moment for name, moment in world.log if name == "run"] == [noon, FRIDAY * DAY + LAST_MINUTE]


def test_life_is_let_run_a_lease_at_a_time_and_comes_to_rest_with_everything_sent_and_judged(
    stream: HallStream,
) -> None:
    """Ctrl-C in the middle of a day: case time stands where it was let run to, and nothing is left unsent before it."""
    world = World(jump=600)
    noon = FRIDAY * DAY + 12 * 3600
    driven, told = drive(world, stream, noon)
    driven.live((FRIDAY - 1) * DAY + LIFE_UNTIL, lambda: 60.0)
    leases = [moment for name, moment in world.log if name == "run on"]
    assert leases[0] == FRIDAY * DAY + LIFE_FROM + 6000
    assert world.moment == world.until < noon + 2 * 6000
    assert world.log[-1] == ("judged", int(world.until))
    everything = HallStream(HallLife(stream.life.hall, 3, 0.1), date(2026, 3, 2), lambda _: None)
    everything.take(FRIDAY * DAY)
    due = {event.event_id for event in everything.take(int(world.until))}
    assert due == {event.event_id for event in world.sent}
    assert told[-1].confirmed == world.until


def test_sources_beat_often_enough_to_count_as_awake(stream: HallStream) -> None:
    world = World(jump=300)
    driven, _ = drive(world, stream, FRIDAY * DAY + LIFE_UNTIL)
    driven.live((FRIDAY - 1) * DAY + LIFE_UNTIL, lambda: 60.0)
    moments = [moment for moment, _ in world.beats]
    assert max(later - earlier for earlier, later in pairwise(moments)) <= 20 * 60


def test_a_silent_source_neither_sends_nor_beats_and_catches_up_before_closing(stream: HallStream) -> None:
    silences = Silences(stream.life.hall.sources, 1)
    day = next(day for day in stream.life.days.span(FRIDAY, FRIDAY + 30) if silences.silent_at(day * DAY + 45_000))
    (silent, *_) = silences.silent_at(day * DAY + 45_000)
    stream.take(day * DAY)
    world = World(jump=600)
    driven, told = drive(world, stream, day * DAY + LIFE_UNTIL, silences)
    driven.live((day - 1) * DAY + LIFE_UNTIL, lambda: 60.0)
    assert all(progress.confirmed <= progress.moment for progress in told)
    assert any(progress.confirmed < progress.moment for progress in told), "what is held back is not confirmed"
    unheard = [moment for moment, sources in world.beats if silent not in sources]
    assert unheard
    assert all(silences.silent_at(moment) for moment in unheard)
    everything = HallStream(HallLife(stream.life.hall, 3, 0.1), date(2026, 3, 2), lambda _: None)
    everything.take(day * DAY)
    wanted = {event.event_id for event in everything.take(day * DAY + LAST_MINUTE)}
    assert wanted <= {event.event_id for event in world.sent}
