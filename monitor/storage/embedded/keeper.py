"""Keeps one server process: starts it from a thread of its own, watches it, ends it."""

import os
import signal
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

from monitor.storage.embedded.processes import find_children, send_signal, wait_for_end

SECONDS_TO_STOP = 60.0
SECONDS_TO_NOTICE = 0.01


class Keeper:
    """Runs `command` as a direct child with its output appended to `log_file`.

    The kernel's death signal belongs to the thread that made the child, not to the process: a server started from a
    passing worker thread would be ended with it. So the keeper's own thread starts it and stays until it ends.
    """

    def __init__(self, command: Sequence[str | Path], log_file: Path) -> None:
        self._command = command
        self._log_file = log_file
        self._started = threading.Event()
        self._ended = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._failure: OSError | None = None
        threading.Thread(target=self._run, name="embedded-server", daemon=True).start()
        self._started.wait()
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        try:
            with self._log_file.open("ab") as log:
                self._process = subprocess.Popen(
                    self._command,
                    env={**environment, "LC_ALL": "C", "TZ": "UTC"},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,  # Ctrl-C in the terminal is for the service, which then stops the server
                )
        except OSError as error:
            self._failure = error
            self._ended.set()
            return
        finally:
            self._started.set()
        self._process.wait()
        self._ended.set()

    @property
    def pid(self) -> int:
        """Process id of the child."""
        if self._process is None:
            raise ProcessLookupError("the server process was never started")
        return self._process.pid

    def is_alive(self) -> bool:
        """Tell whether the child still runs."""
        return not self._ended.is_set()

    def outlives_moment(self) -> bool:
        """Wait one short moment, less if the child ends in it; tell whether it still runs."""
        return not self._ended.wait(SECONDS_TO_NOTICE)

    def stop(self) -> None:
        """End the child: sessions ended and log written out first, harder if that takes longer than a minute."""
        for number in (signal.SIGINT, signal.SIGQUIT):
            if self._ended.is_set():
                return
            send_signal(self.pid, number)
            if self._ended.wait(SECONDS_TO_STOP):
                return
        self.kill()

    def kill(self) -> None:
        """Kill the child and its children at once."""
        if self._ended.is_set():
            return
        children = find_children(self.pid)
        for process in (self.pid, *children):
            send_signal(process, signal.SIGKILL)
        self._ended.wait()
        wait_for_end(children, SECONDS_TO_STOP)
