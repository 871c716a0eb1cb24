"""`e-supervision demo`: a simulated hall in accelerated time, with database, service and page, by one command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor.command_options import DatabaseUrl

LONGEST_HISTORY = 240
"""Days; more would reach back before the reform."""


def register(program: typer.Typer) -> None:
    """Add the command."""
    program.command()(demo)


def demo(
    seed: Annotated[int, typer.Option(help="The same seed lives the same days.")] = 2026,
    pace: Annotated[float, typer.Option(min=10, max=28_800, help="Real seconds a working day takes, live.")] = 60.0,
    days: Annotated[int, typer.Option(min=1, max=LONGEST_HISTORY, help="Days of history before life begins.")] = 90,
    cases: Annotated[int, typer.Option(min=10, max=2000, help="Cases on an ordinary working day.")] = 300,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port of the page on 127.0.0.1; 0 takes any.")] = 8600,
    data: Annotated[Path, typer.Option(help="Folder of the demo: database, keys, truth.ndjson.")] = Path(".demo"),
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget the hall in the folder and begin anew.")] = False,
    silence: Annotated[bool, typer.Option("--silence", help="Let a few sources fall silent for a while.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Only compare findings with truth.ndjson, then end.")] = False,
    database_url: DatabaseUrl = None,
) -> None:
    """Show a simulated hall (演示): days of history first, then life at `--pace`; Ctrl-C ends everything.

    Run again, it goes on where it stopped. All events go through the public intake with keys, as any window's do.
    """
    from monitor.commands.demo.check import check_findings
    from monitor.commands.demo.performance import perform
    from monitor.commands.demo.settings import DemoError, DemoSettings

    settings = DemoSettings(seed, pace, days, cases, port, data.absolute(), fresh, silence, database_url)
    try:
        if check:
            check_findings(settings)
        else:
            perform(settings)
    except DemoError as problem:
        typer.echo(f"demo: {problem}", err=True)
        raise typer.Exit(1) from problem
