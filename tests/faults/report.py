"""What became of all scenarios: a table to read, and faults.json."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.table import Table

from monitor.storage.embedded.server_settings import read_machine
from tests.faults.scale import Scale
from tests.faults.scenario import Outcome

_SHOWN = 10
GIBIBYTE = 2**30


def machine_text() -> str:
    """The machine in one line."""
    machine = read_machine(Path.cwd())
    model = next(
        (line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "unknown"
    )
    return f"{machine.cores} cores ({model}), {machine.memory / GIBIBYTE:.0f} GiB, Python {platform.python_version()}"


def _lines(path: str) -> list[str]:
    return Path(path).read_text(encoding="utf-8").splitlines()


def outcome_table(outcomes: Sequence[Outcome]) -> Table:
    """A row for each scenario."""
    table = Table("scenario", "times", "minutes", "events acknowledged", "cards", "live deltas", "replayed", "held")
    for found in outcomes:
        audit = found.audit
        table.add_row(
            found.name, f"{found.done:,}", f"{found.seconds / 60:.1f}", f"{audit.acknowledged_events:,}",
            f"{audit.cards:,}", f"{audit.live_deltas:,}", f"{audit.replayed_values:,}", _verdict(found),
        )  # fmt: skip
    table.caption = "replayed: stored values that replay --check compared"
    return table


def _verdict(found: Outcome) -> str:
    if found.skipped is not None:
        return f"skipped: {found.skipped}"
    return "yes" if found.held else "NO:\n" + "\n".join(found.audit.faults[:_SHOWN])


def notes_table(outcomes: Sequence[Outcome]) -> Table:
    """What is worth telling of some scenarios."""
    table = Table("scenario", "noted", "")
    for found in outcomes:
        for what, value in found.notes.items():
            table.add_row(found.name, what, value)
    return table


def write_report(path: Path, scale: Scale, outcomes: Sequence[Outcome]) -> None:
    """Write everything as JSON."""
    report = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "scale": scale,
        "machine": machine_text(),
        "scenarios": [_described(found) for found in outcomes],
    }
    path.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _described(found: Outcome) -> dict[str, Any]:
    audit = {name: value for name, value in vars(found.audit).items() if name != "resyncs"}
    return {
        "name": found.name, "what": found.what, "times": found.done, "seconds": round(found.seconds, 1),
        "held": found.held, "skipped": found.skipped, "notes": found.notes, **audit,
        "resyncs": dict(found.audit.resyncs),
    }  # fmt: skip
