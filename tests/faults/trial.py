"""One installation under load: windows send, case time runs, clients watch; and what became of it when all is quiet."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from monitor.simulator.workload import BEGINS, Body, Workload
from tests.faults.audit import Audit, audit_site
from tests.faults.feed_reader import FeedReader
from tests.faults.ledger import Ledger
from tests.faults.live_clients import LiveClients
from tests.faults.senders import Habits, Senders
from tests.faults.site import Site

OPEN_CASES = 1_500
EVENTS_A_BODY = 20
CASE_SECONDS_A_SECOND = 10_800.0
"""Case time runs three hours a second, so that clocks fall due and cards are issued between the kills too: reminders
after seven seconds, the first breaches after forty.
"""
ENDLESS = 100_000_000


@dataclass(frozen=True)
class Setting:
    """What a trial begins with."""

    open_cases: int = OPEN_CASES
    clients: int = 8
    habits: Habits = field(default_factory=Habits)
    case_rate: float = CASE_SECONDS_A_SECOND
    begins: datetime = BEGINS + timedelta(hours=3)
    """Where case time begins."""
    zone: str | None = None
    """The hall's zone, where it is not China's."""
    is_linked: bool = False
    database_folder: Path | None = None
    settings: dict[str, str] = field(default_factory=dict)
    arrange: Callable[[Iterator[Body], Random], Iterator[Body]] = lambda bodies, _: bodies
    """What is done to the stream of bodies before it is sent: another order, other days."""


class Trial:
    """An installation with its windows and watchers; a context. The same seed draws the same."""

    def __init__(self, setting: Setting | None = None, *, seed: int = 1) -> None:
        self.setting = setting or Setting()
        self.rng = Random(seed)
        self.ledger = Ledger()
        self.restores = 0
        self.workload = Workload(self.setting.open_cases, seed=7, events_per_body=EVENTS_A_BODY)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Bring everything up; windows are quiet until `load`."""
        setting = self.setting
        with ExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="faults-")))
            self.site = stack.enter_context(
                Site(folder, setting.settings, is_linked=setting.is_linked, database_folder=setting.database_folder)
            )
            self.keys = self.site.open_hall(self.workload, setting.case_rate, setting.begins, setting.zone)
            self.site.start_service()
            self.site.wait_ready()
            self.feed = FeedReader(self.site.url)
            stack.callback(self.feed.close)
            self.clients = LiveClients(self.site.port, setting.clients)
            stack.callback(self.clients.close)
            self._bodies = setting.arrange(_all_bodies(self.workload), self.rng)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take everything down."""
        self._stack.__exit__(kind, value, trace)

    @contextmanager
    def load(self, habits: Habits | None = None) -> Iterator[None]:
        """Windows send and case time runs for a block; after it all is settled."""
        site, chosen = self.site, habits or self.setting.habits
        site.run_case_time(self.setting.case_rate)
        self.start_windows(chosen)
        try:
            yield
            self.await_answers(2 * chosen.at_once)
        finally:
            self.senders.stop()
        self.settle()

    def start_windows(self, habits: Habits | None = None) -> None:
        """Let windows send, until `senders.stop`."""
        chosen = habits or self.setting.habits
        self.senders = Senders(self.site.port, self.keys, self._bodies, self.ledger, chosen)
        self.senders.start()

    def settle(self) -> None:
        """Let case time stand and wait until everything committed is judged, and told to every client."""
        site = self.site
        site.wait_judged()
        site.run_case_time(0.0)
        site.wait_case_time_in_force()
        site.wait_judged()
        site.wait_settled()
        site.wait_for(
            lambda: self.clients.have_reached(site.newest_feed_row()), "the newest feed row at every live client"
        )

    def await_answers(self, count: int) -> None:
        """Under load means: windows are being answered when the next blow comes."""
        wanted = self.ledger.acknowledged + count
        self.site.wait_for(lambda: self.ledger.acknowledged >= wanted, f"{count} answers to windows")

    def audit(self) -> Audit:
        """Hold everything against everything; call it when settled."""
        return audit_site(self.site.url, self.ledger, self.feed.seen, self.clients.clients, restores=self.restores)


def _all_bodies(workload: Workload) -> Iterator[Body]:
    yield from workload.opening()
    yield from workload.steady(ENDLESS)


def pause(rng: Random, longest: float) -> None:
    """Wait for a random while, so that blows fall at any moment."""
    time.sleep(rng.uniform(0, longest))
