"""Kills in turn under load: sends, kills, waits until all is back, and audits at the end."""

from __future__ import annotations

import itertools
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from monitor.simulator.workload import Body, Workload
from tests.faults.audit import Audit, audit_site
from tests.faults.ledger import Ledger
from tests.faults.senders import Senders
from tests.faults.site import FeedReader, Site

OPEN_CASES = 1_500
EVENTS_A_BODY = 20
WINDOWS = 4
SECONDS_BETWEEN_BODIES = 0.01
CASE_SECONDS_A_SECOND = 900.0
"""Case time runs a quarter of an hour a second, so that clocks fall due and cards are issued between the kills too."""
ANSWERS_BETWEEN_KILLS = 30
LONGEST_DELAY = 0.6


@dataclass
class Kill:
    """One kill and what it did. `at` in seconds since the first kill was planned; `ready_after` until requests were
    answered again, `judged_after` until a batch sent after that had been judged; `waiting` batches to be judged then.
    """

    number: int
    what: str
    at: float
    answered_before: int
    broken_off: int = 0
    turned_away: int = 0
    ready_after: float = 0.0
    judged_after: float = 0.0
    waiting: int = 0


class Campaign:
    """So many kills -9 of service and database in turn; the same seed draws the same delays."""

    def __init__(self, kills: int, *, seed: int = 1, told: Callable[[Kill], None] = lambda _: None) -> None:
        self.planned = kills
        self.kills: list[Kill] = []
        self.ledger = Ledger()
        self._rng = Random(seed)
        self._told = told
        self._done = threading.Event()

    def run(self) -> Audit:
        """Run it; nothing is raised for what the audit finds."""
        workload = Workload(OPEN_CASES, seed=7, events_per_body=EVENTS_A_BODY)
        with tempfile.TemporaryDirectory(prefix="faults-") as folder, Site(Path(folder)) as site:
            keys = site.open_hall(workload, CASE_SECONDS_A_SECOND)
            site.start_service()
            site.wait_ready()
            feed = FeedReader(site.url)
            watch = threading.Thread(target=self._watch, args=(feed,), name="feed-reader")
            watch.start()
            try:
                bodies = _all_bodies(workload)
                with Senders(site.port, keys, bodies, self.ledger, at_once=WINDOWS, pause=SECONDS_BETWEEN_BODIES):
                    self._kill_in_turn(site)
                    self._await_answers(site)
                site.wait_judged()
                site.stop_case_time()
                site.wait_judged()
            finally:
                self._done.set()
                watch.join()
                feed.close()
            return audit_site(site.url, self.ledger, feed.seen)

    def _kill_in_turn(self, site: Site) -> None:
        services = itertools.cycle([site.kill_service, site.kill_engine, site.kill_service_and_engine])
        names = {
            site.kill_service: "service", site.kill_engine: "engine", site.kill_service_and_engine: "service + engine",
        }  # fmt: skip
        began = time.monotonic()
        for number in range(1, self.planned + 1):
            self._await_answers(site)
            time.sleep(self._rng.uniform(0, LONGEST_DELAY))
            strike = site.kill_database if number % 2 == 0 else next(services)
            at, ledger = time.monotonic(), self.ledger
            kill = Kill(number, names.get(strike, "database"), at - began, ledger.acknowledged)
            broken_off, turned_away = ledger.broken_off, ledger.turned_away
            strike()
            site.wait_ready()
            kill.ready_after = time.monotonic() - at
            kill.waiting = site.count_waiting()
            site.wait_judged_beyond(site.last_committed())
            kill.judged_after = time.monotonic() - at
            kill.broken_off, kill.turned_away = ledger.broken_off - broken_off, ledger.turned_away - turned_away
            self.kills.append(kill)
            self._told(kill)

    def _await_answers(self, site: Site) -> None:
        """Under load means: windows are being answered when the next kill comes."""
        wanted = self.ledger.acknowledged + ANSWERS_BETWEEN_KILLS
        site.wait_for(lambda: self.ledger.acknowledged >= wanted, f"{ANSWERS_BETWEEN_KILLS} answers to windows")

    def _watch(self, feed: FeedReader) -> None:
        while not self._done.wait(0.02):
            feed.read()
        feed.read()


def _all_bodies(workload: Workload) -> Iterator[Body]:
    yield from workload.opening()
    yield from workload.steady(100_000_000)
