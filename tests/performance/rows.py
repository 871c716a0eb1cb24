"""Rows of the benchmark: ours against the machine's limit or a peer, measured in turn, medians of the repeats."""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import rich
from rich.table import Table


@dataclass
class Row:
    """One measure. `ratio` = ours ÷ limit; met when it reaches the goal, or stays below where lower is better."""

    id: str
    what: str
    unit: str
    ours: float
    limit: float
    limit_is: str
    goal: float
    lower_is_better: bool = False
    ratio: float = 0.0
    met: bool = False
    spread: list[float] = field(default_factory=list)
    notes: dict[str, float | int | str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ratio = self.ours / self.limit if self.limit else 0.0
        self.met = self.ratio <= self.goal if self.lower_is_better else self.ratio >= self.goal


def in_turn(ours: Callable[[], float], limit: Callable[[], float], repeats: int) -> tuple[list[float], list[float]]:
    """Measure both alternately, so that a drift of the machine touches both alike."""
    found: tuple[list[float], list[float]] = ([], [])
    for _ in range(repeats):
        found[0].append(ours())
        found[1].append(limit())
    return found


def median_row(ours: list[float], limit: list[float], **named: object) -> Row:
    """A row of the medians, with the spread of ours."""
    return Row(
        ours=statistics.median(ours), limit=statistics.median(limit), spread=[min(ours), max(ours)], **named,  # type: ignore[arg-type]
    )  # fmt: skip


def show(rows: list[Row]) -> None:
    """The table to read."""
    table = Table("row", "ours", "limit or peer", "ratio", "goal", "met", title=machine())
    for row in rows:
        table.add_row(
            f"{row.id}\n[dim]{row.what}[/]",
            f"{said(row.ours)} {row.unit}\n[dim]{said(row.spread[0])} … {said(row.spread[1])}[/]",
            f"{said(row.limit)}\n[dim]{row.limit_is}[/]",
            f"{row.ratio:.2f}",
            f"{'≤' if row.lower_is_better else '≥'} {row.goal:g}",
            "[green]yes[/]" if row.met else "[red]no[/]",
        )
    rich.print(table)
    for row in rows:
        if row.notes:
            rich.print(
                f"[dim]{row.id}: " + ", ".join(f"{name} {said(value)}" for name, value in row.notes.items()) + "[/]"
            )


def said(value: float | str) -> str:
    """A number with as many digits as are worth reading."""
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if isinstance(value, int) or abs(value) >= 1000 else f"{value:.3g}"


def machine() -> str:
    """What it ran on."""
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def write(rows: list[Row], scale: str, path: Path) -> None:
    """bench.json."""
    path.write_text(
        json.dumps({"machine": machine(), "scale": scale, "rows": [asdict(row) for row in rows]}, indent=2) + "\n"
    )
