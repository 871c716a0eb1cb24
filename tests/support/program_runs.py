"""Runs the terminal program as a user does, in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PROGRAM = [sys.executable, "-c", "from monitor.commands import main; main()"]
ROOT = Path(__file__).parents[2]


def run_program(*words: str | Path, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run `e-supervision` with these words and give what it said; nothing is raised for its exit code."""
    return subprocess.run(
        [*PROGRAM, *map(str, words)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        check=False,
    )


def start_program(*words: str | Path, environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Start `e-supervision` with these words and leave it running; what it says is thrown away."""
    return subprocess.Popen(
        [*PROGRAM, *map(str, words)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
    )


def evaluate_log(log: Path, profile: str, as_of: str, folder: Path) -> list[dict[str, Any]]:
    """Turn a log into the input of `evaluate` by a profile, and give the judgements, one a case."""
    written = run_program("import", log, "--profile", profile, "--to-evaluate", folder)
    assert written.returncode == 0, written.stderr
    files = {"events": "events.ndjson", "items": "items.json", "calendar": "calendar.json", "policy": "policy.json"}
    words = [word for option, name in files.items() for word in (f"--{option}", folder / name)]
    judged = run_program("evaluate", *words, "--as-of", as_of)
    assert judged.returncode == 0, judged.stderr
    return [json.loads(line) for line in judged.stdout.splitlines()]


def clock_of(judgement: Mapping[str, Any], name: str = "promise") -> dict[str, Any]:
    """The clock of that name."""
    return next(clock for clock in judgement["clocks"] if clock["name"] == name)
