"""The engine in a process of its own, so that judging has a core to itself; started again when it dies."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess

import structlog

from monitor.engine.service import EngineService
from monitor.log_output import Format, Level, configure_logging

FIRST_RESTART_SECONDS = 0.5
LAST_RESTART_SECONDS = 10.0
SECONDS_TO_STOP = 30.0
SECONDS_TO_CALM = 60.0

COLLECTION_THRESHOLDS = (1_000_000, 20, 100)
"""A fold holds tens of thousands of cases that live until it ends: the 700 of Python looked through them over and over,
a tenth of the engine's time, and 100,000 still took a twentieth."""
SWITCH_INTERVAL = 0.0005
"""Seconds after which the thread that judges lets the one go on that has heard from the database. With Python's 5 ms
that waited longer for its turn than for its answer: the two hardly ever worked at the same time.
"""

_log = structlog.get_logger(__name__)
_spawn = multiprocessing.get_context("spawn")


class EngineProcess:
    """Keeps one engine running until `stop`; may be used by several threads."""

    def __init__(self, url: str, log_level: Level = "info", log_format: Format = "auto") -> None:
        self._arguments = (url, log_level, log_format)
        self._process: SpawnProcess | None = None
        self._stopping = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="engine-keeper", daemon=True)

    @property
    def process_id(self) -> int | None:
        """Process id of the engine; None between two of them."""
        process = self._process
        return None if process is None else process.pid

    def is_running(self) -> bool:
        """Tell whether the engine runs."""
        process = self._process
        return process is not None and process.is_alive()

    def start(self) -> None:
        """Start the engine and keep it."""
        self._keeper.start()

    def stop(self) -> None:
        """Let the engine finish its transaction and end; harder if it takes too long."""
        self._stopping.set()
        process = self._process
        if process is not None and process.is_alive():
            process.terminate()
        self._keeper.join(SECONDS_TO_STOP)
        if process is not None and process.is_alive():
            _log.error("engine_killed", process_id=process.pid, waited_seconds=SECONDS_TO_STOP)
            process.kill()
            self._keeper.join()

    def _keep(self) -> None:
        delay = FIRST_RESTART_SECONDS
        while not self._stopping.is_set():
            process = _spawn.Process(target=run_engine, args=self._arguments, name="engine")
            process.start()
            self._process = process
            if self._stopping.is_set():  # asked to stop while it was being started
                process.terminate()
            died_soon = not _outlives(process, SECONDS_TO_CALM)
            process.join()
            if self._stopping.is_set():
                break
            delay = min(delay * 2, LAST_RESTART_SECONDS) if died_soon else FIRST_RESTART_SECONDS
            _log.error("engine_died", process_id=process.pid, exit_code=process.exitcode, restart_in_seconds=delay)
            self._stopping.wait(delay)
        self._process = None


def _outlives(process: SpawnProcess, seconds: float) -> bool:
    process.join(seconds)
    return process.is_alive()


def run_engine(url: str, log_level: Level, log_format: Format) -> None:
    """Run the engine in this process until it is told to stop, or until the service that started it is gone."""
    configure_logging(log_level, log_format)
    stop = threading.Event()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in the terminal is for the service, which then stops us
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow_parent, args=(parent.sentinel, stop), name="parent-watch", daemon=True).start()
    gc.freeze()
    gc.set_threshold(*COLLECTION_THRESHOLDS)
    sys.setswitchinterval(SWITCH_INTERVAL)
    _log.info("engine_started", process_id=os.getpid())
    try:
        EngineService(url, stop).run()
    except Exception as error:  # told here: multiprocessing would print the error's message, and with it what it judged
        _log.critical("engine_failed", process_id=os.getpid(), exc_info=error)
        raise SystemExit(1) from None
    _log.info("engine_stopped", process_id=os.getpid())


def _follow_parent(sentinel: int, stop: threading.Event) -> None:
    """A service killed outright cannot stop its engine: an engine nobody watches over must not go on judging."""
    wait([sentinel])
    stop.set()
