"""A shell as a reader of the documentation has it open: one per page, with the program at hand."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

from tests.support.page_blocks import ROOT, Block, Exchange, matches, read_exchanges

PRINTED_ADDRESS = "127.0.0.1:8080"
SECONDS_TO_BE_SEEN = 60.0
LENT = ("examples", "docs", "migrations", "alerts", "docker-compose.yml")
"""What of the checkout a page may name; lent to the scratch folder, so that nothing is written into the tree."""


class PageShell:
    """Runs the blocks of one page in order. The address the pages print is replaced by a free port."""

    def __init__(self, folder: Path, port: int, environment: dict[str, str]) -> None:
        for name in LENT:
            (folder / name).symlink_to(ROOT / name)
        (folder / ".venv").symlink_to(sys.prefix)
        self._address = f"127.0.0.1:{port}"
        programs = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        self._shell = subprocess.Popen(
            ["bash", "--noprofile", "--norc"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            cwd=folder, text=True, start_new_session=True,
            env={**os.environ, "PATH": programs, "COLUMNS": "100", "NO_COLOR": "1", "LC_ALL": "C.UTF-8",
                 "ESUPERVISION_PORT": str(port), **environment},
        )  # fmt: skip
        self._folder = folder
        self._running: list[int] = []

    def __enter__(self) -> PageShell:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._running:
            self._run(f"kill {process} && wait {process}")
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        self._shell.stdin.close()
        self._shell.stdout.close()
        try:
            self._shell.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._shell.pid, signal.SIGKILL)
            self._shell.wait()

    def run_block(self, block: Block) -> None:
        """Run a block and hold every answer against what the page shows."""
        for exchange in read_exchanges(block):
            if block.is_left_running:
                self._leave_running(exchange.command, exchange.answer or "")
                continue
            latest = time.monotonic() + (SECONDS_TO_BE_SEEN if block.is_asked_again else 0.0)
            while complaint := self._complain(exchange):
                assert time.monotonic() < latest, f"line {block.line}: {complaint}"
                time.sleep(0.1)

    def _complain(self, exchange: Exchange) -> str:
        """Type a command; what is wrong with its answer, or nothing."""
        printed, code = self._run(exchange.command)
        shown = f"$ {exchange.command}\n{printed}"
        if exchange.answer is None:
            return "" if code == 0 else f"exit code {code}:\n{shown}"
        return "" if matches(printed, exchange.answer) else f"\n{shown}\nThe page shows:\n{exchange.answer}"

    def _run(self, command: str) -> tuple[str, int]:
        """Give what a command printed and its exit code."""
        end = f"end-of-{secrets.token_hex(8)}"
        self._type(f"{command}\nprintf '\\n%s %d\\n' {end} $?")
        assert self._shell.stdout is not None
        lines: list[str] = []
        for line in self._shell.stdout:
            if line.startswith(end):
                return self._as_printed("".join(lines)), int(line.split()[1])
            lines.append(line)
        raise AssertionError(f"the shell ended at: {command}\n{''.join(lines)}")

    def _leave_running(self, command: str, answer: str) -> None:
        """Start a command and wait until it has said what the page shows."""
        log = self._folder / f"left-running-{len(self._running)}.log"
        log.touch()
        process = self._run(f"{command} > {log.name} 2>&1 & echo $!")[0]
        self._running.append(int(process.strip()))
        latest = time.monotonic() + SECONDS_TO_BE_SEEN
        while not matches(self._as_printed(log.read_text("utf-8")), f"{answer}…"):
            assert time.monotonic() < latest, f"$ {command}\n{log.read_text('utf-8')}\nThe page shows:\n{answer}"
            time.sleep(0.05)

    def _type(self, text: str) -> None:
        assert self._shell.stdin is not None
        self._shell.stdin.write(text.replace(PRINTED_ADDRESS, self._address) + "\n")
        self._shell.stdin.flush()

    def _as_printed(self, text: str) -> str:
        return text.removesuffix("\n").replace(self._address, PRINTED_ADDRESS)
