"""Starts services without the second that Python needs to import them: a process that has done so forks at demand.

What is forked is a process of its own that runs the whole of `e-supervision serve` from its first line; only what it
imports is there already. Its engine is started by it, with imports of its own, as ever.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

PROGRAM = [sys.executable, "-c", "from tests.faults.nursery import keep; keep()"]
ROOT = Path(__file__).parents[2]


class Service:
    """A running process: what the harness needs of it."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._handle = os.pidfd_open(pid)

    def has_ended(self) -> bool:
        """Tell whether it has."""
        return bool(select.select([self._handle], [], [], 0)[0])

    def send(self, number: signal.Signals) -> None:
        """Signal it; nothing happens where it has ended."""
        if not self.has_ended():
            signal.pidfd_send_signal(self._handle, number)

    def wait(self, seconds: float) -> None:
        """Wait for its end. Raises TimeoutError."""
        if not select.select([self._handle], [], [], seconds)[0]:
            raise TimeoutError(f"the service {self.pid} has not ended within {seconds:.0f} s")


class Nursery:
    """Keeps the process that forks, and has services started by it."""

    def __init__(self) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self._process = subprocess.Popen(
            PROGRAM, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, cwd=ROOT, env=environment
        )

    def start(self, words: list[str], variables: Mapping[str, str], log: Path) -> Service:
        """Start `e-supervision` with these words and, beside our own, these variables."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([words, dict(variables), str(log)]) + "\n")
        answer = self._process.stdout.readline()
        assert answer, f"the nursery ended with {self._process.wait()}"
        return Service(int(answer))

    def close(self) -> None:
        """End it; what it started goes on."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def keep() -> None:
    """Import everything, then fork a service for each line of standard input and print its process id."""
    import httptools  # noqa: F401 # loaded late by uvicorn
    import uvloop  # noqa: F401

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _serve(*order)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


def _serve(words: list[str], variables: dict[str, Any], log: str) -> NoReturn:
    code: object = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nothing, 0), (output, 1), (output, 2)):
            os.dup2(source, target)
        os.environ.update(variables)
        sys.argv = ["e-supervision", *words]
        from monitor.commands import main

        main()
    except SystemExit as end:
        code = end.code
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(code if isinstance(code, int) else 0 if code is None else 1)
