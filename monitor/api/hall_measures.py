"""What Prometheus is told of halls, read from the tables when it asks: engine, open cases, sources, feed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from prometheus_client.registry import Collector
from psycopg import Connection
from psycopg.rows import TupleRow

from monitor.api.hall_reading import HallReading
from monitor.engine.measure import LATENESS_BOUNDS
from monitor.storage.backup import read_newest_backup
from monitor.storage.board import read_sources
from monitor.storage.feed import reading_one_state
from monitor.storage.halls import HallFacts, read_engine_as_of, read_halls
from monitor.storage.measures import (
    EngineWork,
    NewestFeedRow,
    OpenCases,
    WaitingWork,
    read_engine_work,
    read_newest_feed_row,
    read_open_cases,
    read_waiting_work,
)
from monitor.storage.silence import silent_codes

PREFIX = "esupervision_"
LIGHTS = ("green", "reminder", "yellow", "red")
SOURCE_STATES = ("current", "silent", "unconfirmed", "unknown")
UNREGISTERED = "unknown"
"""Label of the cases of departments that no registry names: a sender must not be able to make series."""
NO_WORK = EngineWork(0, 0.0, 0, 0, 0, 0, 0, 0.0, (0,) * (len(LATENESS_BOUNDS) + 1))


@dataclass(frozen=True)
class HallMeasures:
    """One hall at one moment. `behind` in seconds of case time, None before the first cycle; `sources` by state."""

    hall: HallFacts
    now: datetime
    behind: float | None
    waiting: WaitingWork
    work: EngineWork
    open_cases: Sequence[OpenCases]
    sources: dict[str, int]
    feed: NewestFeedRow | None


def read_hall_measures(reading: HallReading, connection: Connection[TupleRow]) -> list[HallMeasures]:
    """Read every hall in one state of the database."""
    with reading_one_state(connection):
        reading.clock.reload(connection)
        return [_read_hall(reading, connection, hall) for hall in read_halls(connection)]


def _read_hall(reading: HallReading, connection: Connection[TupleRow], hall: HallFacts) -> HallMeasures:
    as_of = read_engine_as_of(connection, hall.hall_id)
    now = datetime.now(UTC)
    behind = None if as_of is None else max((reading.clock.at(now) - as_of).total_seconds(), 0.0)
    return HallMeasures(
        hall=hall,
        now=now,
        behind=behind,
        waiting=read_waiting_work(connection, hall.hall_id),
        work=read_engine_work(connection, hall.hall_id) or NO_WORK,
        open_cases=read_open_cases(connection, hall.hall_id),
        sources={} if as_of is None else _count_sources(connection, hall),
        feed=read_newest_feed_row(connection, hall.hall_id),
    )


def _count_sources(connection: Connection[TupleRow], hall: HallFacts) -> dict[str, int]:
    silent = silent_codes(connection, hall.hall_id)
    counted = dict.fromkeys(SOURCE_STATES, 0)
    for source in read_sources(connection, hall.hall_id, silent=silent):
        counted[source["state"]] += 1
    return counted


def read_backup_age(connection: Connection[TupleRow]) -> float | None:
    """Seconds since the newest back-up was taken; None where none is known."""
    backup = read_newest_backup(connection)
    return None if backup is None else max((datetime.now(UTC) - backup.taken_at).total_seconds(), 0.0)


class HallCollector(Collector):
    """The measures of some halls as families of Prometheus; made anew for each scrape."""

    def __init__(self, halls: Sequence[HallMeasures], backup_age: float | None) -> None:
        self._halls = halls
        self._backup_age = backup_age

    def collect(self) -> Iterable[Metric]:
        """Every family."""
        yield from self._engine()
        yield from self._work()
        yield self._lateness()
        yield from self._cases()
        yield self._sources()
        yield from self._feed()
        if self._backup_age is not None:
            yield GaugeMetricFamily(
                PREFIX + "backup_age_seconds", "Age of the newest back-up that is known.", value=self._backup_age
            )

    def _engine(self) -> Iterator[Metric]:
        behind = _gauge("engine_behind_seconds", "Case time that the engine has not judged yet.")
        batches = _gauge("engine_waiting_batches", "Committed batches that wait to be judged.")
        seconds = _gauge("engine_waiting_seconds", "Real time for which the oldest of them has waited; 0 where none.")
        for found in self._halls:
            labels, oldest = [found.hall.code], found.waiting.oldest_received_at
            if found.behind is not None:
                behind.add_metric(labels, found.behind)
            batches.add_metric(labels, found.waiting.batches)
            seconds.add_metric(labels, 0.0 if oldest is None else max((found.now - oldest).total_seconds(), 0.0))
        return iter((behind, batches, seconds))

    def _work(self) -> Iterator[Metric]:
        told = {
            "batches": "Batches folded by the engine.",
            "events": "Events folded by the engine.",
            "judged": "Cases judged anew, whatever the reason.",
            "fired": "Cases whose next change had come.",
        }
        for name, text in told.items():
            counter = CounterMetricFamily(f"{PREFIX}engine_{name}", text, labels=["hall"])
            for found in self._halls:
                counter.add_metric([found.hall.code], getattr(found.work, name))
            yield counter
        cycles = SummaryMetricFamily(
            PREFIX + "engine_cycle_seconds", "Cycles of the engine that had something to do.", labels=["hall"]
        )
        for found in self._halls:
            cycles.add_metric([found.hall.code], found.work.cycles, found.work.cycle_seconds)
        yield cycles

    def _lateness(self) -> Metric:
        family = HistogramMetricFamily(
            PREFIX + "card_lateness_seconds",
            "Real time from the moment a card fell due until it was committed.",
            labels=["hall"],
        )
        bounds = [*(str(bound) for bound in LATENESS_BOUNDS), "+Inf"]
        for found in self._halls:
            buckets = list(zip(bounds, accumulate(found.work.lateness_counts), strict=True))
            family.add_metric([found.hall.code], buckets, found.work.lateness_seconds)
        return family

    def _cases(self) -> Iterator[Metric]:
        by_light = _gauge("open_cases", "Open cases by light.", "department", "light")
        standing = _gauge("standing_cases", "Open cases whose clock stands still.", "department")
        overdue = _gauge("overdue_cases", "Open cases past a limit.", "department", "limit")
        for found in self._halls:
            for cases in found.open_cases:
                place = [found.hall.code, cases.department or UNREGISTERED]
                for light in LIGHTS:
                    by_light.add_metric([*place, light], getattr(cases, light))
                standing.add_metric(place, cases.standing)
                overdue.add_metric([*place, "promise"], cases.promise_overdue)
                overdue.add_metric([*place, "statutory"], cases.statutory_overdue)
        return iter((by_light, standing, overdue))

    def _sources(self) -> Metric:
        sources = _gauge("sources", "Feeding systems by what was last heard of them.", "state")
        for found in self._halls:
            for state, count in found.sources.items():
                sources.add_metric([found.hall.code, state], count)
        return sources

    def _feed(self) -> Iterator[Metric]:
        rows = CounterMetricFamily(PREFIX + "feed_rows", "Rows written to the feed.", labels=["hall", "hall_id"])
        age = _gauge("feed_age_seconds", "Real time since the newest row of the feed was written.")
        for found in self._halls:
            if found.feed is None:
                continue
            rows.add_metric([found.hall.code, str(found.hall.hall_id)], found.feed.seq)
            if found.feed.real_at is not None:
                age.add_metric([found.hall.code], max((found.now - found.feed.real_at).total_seconds(), 0.0))
        return iter((rows, age))


def _gauge(name: str, told: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(PREFIX + name, told, labels=["hall", *labels])
