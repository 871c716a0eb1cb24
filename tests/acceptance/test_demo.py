"""The demo as a newcomer runs it: one command, an address, a hall that lives, findings that are the truth."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from monitor.commands.demo.check import compare_hall
from monitor.simulator.truth import Comparison
from monitor.storage.database import connect
from monitor.storage.embedded.processes import find_children, is_running

DEMO = [sys.executable, "-c", "from monitor.commands import main; main()", "demo"]
OPTIONS = ["--days", "4", "--cases", "60", "--pace", "20", "--port", "0"]
SECONDS = 150.0
LIVE = re.compile(r"the hall is live: (http://127\.0\.0\.1:\d+/)")


class Demo:
    """A running demo and what it has said so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._said: list[str] = []
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()

    @property
    def said(self) -> str:
        return "".join(self._said)

    def _listen(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self._said.append(line)

    def wait_for(self, told: Callable[[], Any], what: str) -> Any:
        give_up = time.monotonic() + SECONDS
        while time.monotonic() < give_up:
            if answer := told():
                return answer
            assert self.process.poll() is None, f"the demo ended:\n{self.said}"
            time.sleep(0.1)
        raise AssertionError(f"{what} did not happen within {SECONDS:.0f} s:\n{self.said}")

    def address(self) -> str:
        found = self.wait_for(lambda: LIVE.search(self.said), "an address")
        return str(found[1])

    def interrupt(self) -> int:
        """Ctrl-C; gives the exit code."""
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(SECONDS)
        self.hear_out()
        return code

    def hear_out(self) -> None:
        """Everything it said, to the end."""
        self._listener.join()


@contextmanager
def performing(url: str, folder: Path, *more: str) -> Iterator[Demo]:
    process = subprocess.Popen(
        [*DEMO, "--data", str(folder), *OPTIONS, *more], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**os.environ, "DATABASE_URL": url},
    )  # fmt: skip
    demo = Demo(process)
    try:
        yield demo
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(SECONDS)
        demo.hear_out()


def run_demo(url: str, folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*DEMO, "--data", str(folder), *OPTIONS, *more], capture_output=True, text=True, timeout=SECONDS, check=False,
        env={**os.environ, "DATABASE_URL": url},
    )  # fmt: skip


def read_board(address: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{address}api/v1/board", timeout=SECONDS) as answer:
        read: dict[str, Any] = json.load(answer)
    return read


def is_alive(board: dict[str, Any]) -> bool:
    """Cards are issued, every source speaks, and of nearly every department the light is known."""
    speaking = {source["state"] for source in board["sources"]} == {"current"}
    known = sum(tile["light"] != "unknown" for tile in board["departments"])
    return bool(board["numbers"]["cards_today"]["reminder"]) and speaking and known >= 30


def compare_exactly(url: str, truth_file: Path) -> Comparison:
    """A hall at rest has nothing in flight."""
    with connect(url) as connection:
        return compare_hall(connection, truth_file)[1]


def day_of(board: dict[str, Any]) -> str:
    return str(board["as_of"])[:10]


@pytest.mark.timeout(600)
def test_one_command_shows_a_hall_that_lives_and_whose_findings_are_the_truth(
    database_url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "demo"
    with performing(database_url, folder) as demo:
        address = demo.address()
        assert re.search(r"findings = truth\.ndjson .* 0 missed, 0\s+extra", demo.said)
        first = demo.wait_for(
            lambda: is_alive(board := read_board(address)) and board, "a reminder while every source speaks"
        )
        assert first["hall"]["name"]["zh"] == "示范市行政服务中心"
        assert first["hall"]["demo"] is True
        demo.wait_for(lambda: day_of(read_board(address)) > day_of(first), "the next working day")
        running = run_demo(database_url, folder, "--check")
        children = find_children(demo.process.pid)
        assert demo.interrupt() == 0, demo.said
    assert (running.returncode, running.stderr) == (0, ""), running.stdout
    assert children
    assert not any(is_running(child) for child in children)

    refused = run_demo(database_url, folder, "--seed", "7")
    assert refused.returncode == 1
    assert "begin anew with --fresh" in refused.stderr

    with performing(database_url, folder) as demo:
        again = read_board(demo.address())
        assert day_of(again) > day_of(first)
        assert "历史" not in demo.said
        demo.wait_for(lambda: day_of(read_board(demo.address())) > day_of(again), "another working day")
        assert demo.interrupt() == 0, demo.said
    stopped = run_demo(database_url, folder, "--check")
    assert stopped.returncode == 0, stopped.stdout + stopped.stderr
    assert compare_exactly(database_url, folder / "truth.ndjson").is_equal
