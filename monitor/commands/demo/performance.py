"""The demo from curtain to curtain: stage, history with its progress, life until Ctrl-C."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from types import FrameType, TracebackType
from typing import Any, Self

from psycopg import Connection
from rich.console import Console

from monitor.commands.demo import stage
from monitor.commands.demo.case_time import DatabaseCaseTime, Judged, datetime_of_moment
from monitor.commands.demo.check import compare_hall, show_comparison
from monitor.commands.demo.screen import HistoryScreen, LifeScreen
from monitor.commands.demo.settings import DemoError, DemoSettings, Memory, recall, write_memory
from monitor.simulator.drive import Drive, Progress
from monitor.simulator.life import CASES_A_DAY, LIVE_FROM, HallLife
from monitor.simulator.registry import HALL_CODE, SimulatedHall, simulated_hall
from monitor.simulator.sending import Senders, SendingError
from monitor.simulator.silences import Silences
from monitor.simulator.stream import HallStream
from monitor.simulator.working_days import DAY, OPENING, day_number
from monitor.storage.database import connect
from monitor.storage.halls import find_hall
from monitor.storage.hosting import host_database
from monitor.storage.migrations import migrate

SECONDS_BETWEEN_NOTES = 1.0


def perform(settings: DemoSettings) -> None:
    """Bring everything up, live through history, then live on; returns after Ctrl-C. Raises DemoError."""
    console = Console()
    hall = simulated_hall()
    life = HallLife(hall, settings.seed, settings.cases / CASES_A_DAY)
    memory = recall(settings, life.fingerprint())
    port = stage.choose_port(settings.port)
    with _Curtain() as curtain, ExitStack() as stack:
        host = stack.enter_context(host_database(settings.database_folder, url=settings.database_url))
        migrate(host.url)
        connection = stack.enter_context(connect(host.url))
        case_time = _begin_case_time(connection, settings, memory, life)
        memory = replace(memory, begun=True)
        write_memory(settings.folder, memory)
        keys = stage.bring_keys(connection, settings, hall.sources)
        service = stack.enter_context(stage.run_service(host.url, port, settings.service_log))
        senders = stack.enter_context(Senders(stage.HOST, port, keys))
        stream = stack.enter_context(_open_stream(settings, memory, life, console))
        play = _Play(settings, console, connection, service, curtain.fallen, memory, port)
        curtain.is_up = True
        try:
            play.run(stream, senders, case_time, hall)
        except SendingError as problem:
            play.require_service()
            raise DemoError(str(problem)) from problem
        finally:
            write_memory(settings.folder, play.memory)
    console.print("演示已停止 · stopped; run it again to go on.")


@dataclass
class _Play:
    """What goes on on the stage."""

    settings: DemoSettings
    console: Console
    connection: Connection[Any]
    service: subprocess.Popen[bytes]
    stop: threading.Event
    memory: Memory
    port: int
    _noted: float = 0.0
    _parted: bool = False

    def run(self, stream: HallStream, senders: Senders, case_time: DatabaseCaseTime, hall: SimulatedHall) -> None:
        """History as far as it is missing, then life."""
        judged = Judged(self.connection, find_hall(self.connection, HALL_CODE).hall_id, self.require_service)
        silences = Silences(hall.sources, self.settings.seed) if self.settings.silence else None
        address = f"http://{stage.HOST}:{self.port}/"
        live_from = day_number(LIVE_FROM)
        if self.memory.sent_until < live_from * DAY:
            with HistoryScreen(self.console, stream, live_from) as screen:
                drive = Drive(stream, senders, hall.sources, case_time, judged, self._note(screen.show), self.stop)
                drive.history(self.memory.sent_until, live_from)
            if self.stop.is_set():
                return
            screen.sum_up()
            show_comparison(self.console, *compare_hall(self.connection, self.settings.truth_file))
        self._show_address(address)
        with LifeScreen(self.console, address) as screen_of_life:
            show = self._note(screen_of_life.show)
            drive = Drive(stream, senders, hall.sources, case_time, judged, show, self.stop, silences)
            after = max(self.memory.sent_until, int(case_time.now()), live_from * DAY)
            drive.live(after, lambda: self.settings.pace)

    def require_service(self) -> None:
        """Raise DemoError when the service has ended."""
        stage.require_running(self.service, self.settings.service_log)

    def _note(self, show: Any) -> Any:
        """Show progress and remember it, now and then on disk."""

        def note(progress: Progress) -> None:
            if progress.sent.refused:
                # The truth would not be the truth any more.
                raise DemoError(f"the intake refused {progress.sent.refused} events: {progress.sent.complaint}")
            self.memory = replace(self.memory, sent_until=progress.confirmed)
            if self.stop.is_set() and not self._parted:
                self._parted = True
                self.console.print("停止中 · coming to rest, which takes some seconds; Ctrl-C again ends at once")
            if time.monotonic() - self._noted > SECONDS_BETWEEN_NOTES:
                write_memory(self.settings.folder, self.memory)
                self._noted = time.monotonic()
            show(progress)

        return note

    def _show_address(self, address: str) -> None:
        self.console.print(f"\n示范市行政服务中心（演示数据） · the hall is live: [bold]{address}[/]")
        self.console.print(
            f"一个工作日 {self.settings.pace:g} 秒 · a working day takes {self.settings.pace:g} s; Ctrl-C ends\n"
        )


def _begin_case_time(
    connection: Connection[Any], settings: DemoSettings, memory: Memory, life: HallLife
) -> DatabaseCaseTime:
    """Case time and registry of a new hall, or those it has; refuses a database in which another hall lives."""
    case_time = DatabaseCaseTime(connection)
    if case_time.has_begun and settings.database_url is not None and not memory.begun:
        raise DemoError(
            f"the database already holds a hall in case time that {settings.folder} knows nothing of: give an empty "
            "database, or the --data folder it was begun with"
        )
    first = life.first_day() * DAY + OPENING - 3600
    stage.load_registry(connection, life.hall, settings.folder / "registry", datetime_of_moment(first))
    if not case_time.has_begun:
        case_time.stand(first, "demo: before the first day")
    return case_time


@contextmanager
def _open_stream(settings: DemoSettings, memory: Memory, life: HallLife, console: Console) -> Iterator[HallStream]:
    """The hall's events from where they were left; its truth is written from the beginning."""
    with settings.truth_file.open("w", encoding="utf-8", buffering=1 << 16) as truth:
        stream = HallStream(life, settings.history_from, lambda line: _write_line(truth, line.json()), truth.flush)
        if memory.sent_until:
            with console.status("recalling what was lived"):
                stream.take(memory.sent_until)
        yield stream


def _write_line(file: Any, line: str) -> None:
    file.write(line)
    file.write("\n")


class _Curtain:
    """What Ctrl-C, or being asked to end, does: interrupt at once while the stage is set; then let the play end well.

    `fallen` is set by the first signal once the curtain `is_up`; a second Ctrl-C interrupts all the same.
    """

    def __init__(self) -> None:
        self.is_up = False
        self.fallen = threading.Event()
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._take)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _take(self, number: int, _frame: FrameType | None) -> None:
        if not self.is_up or (self.fallen.is_set() and number == signal.SIGINT):
            raise KeyboardInterrupt
        self.fallen.set()
