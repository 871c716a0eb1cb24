"""`python -m tests.faults [SCENARIO …]`: what can go wrong, done to a running service, and what became of it.

FAULTS_SCALE says how often: short, medium (the default) or long. Writes faults.json; exit code 1 where not all held.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.faults.catalogue import all_scenarios
from tests.faults.report import machine_text, notes_table, outcome_table, write_report
from tests.faults.scale import Scale
from tests.faults.scenario import Experiment, Outcome

WIDTH = 130
REPORT = Path("faults.json")


def main() -> None:
    """Run the chosen scenarios."""
    words = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    words.add_argument("scenarios", nargs="*", help="names, or their beginnings; all where none is given")
    words.add_argument("--times", type=int, help="so many blows of each, whatever the scale")
    given = words.parse_args()
    scale = Scale(os.environ.get("FAULTS_SCALE", Scale.MEDIUM))
    chosen = [s for s in all_scenarios() if not given.scenarios or s.name.startswith(tuple(given.scenarios))]
    if not chosen:
        words.error(f"no scenario begins so; there are: {', '.join(s.name for s in all_scenarios())}")
    console = Console(width=WIDTH)
    console.print(f"{scale} on {machine_text()}")
    outcomes: list[Outcome] = []
    with _progress(console) as progress:
        for scenario in chosen:
            outcomes.append(_run(scenario, given.times or scenario.times.at(scale), progress))
            write_report(REPORT, scale, outcomes)
    console.print(outcome_table(outcomes))
    console.print(notes_table(outcomes))
    raise SystemExit(0 if all(found.held or found.skipped for found in outcomes) else 1)


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description:22}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)


def _run(scenario: Experiment, times: int, progress: Progress) -> Outcome:
    bar = progress.add_task(scenario.name, total=times)
    try:
        outcome = scenario.run(times, lambda done: progress.update(bar, completed=done))
    except AssertionError as error:  # it did not come back: told like everything else, and the rest goes on
        outcome = Outcome(scenario.name, scenario.what)
        outcome.audit.find("given up", error)
    progress.stop_task(bar)
    return outcome


if __name__ == "__main__":
    main()
