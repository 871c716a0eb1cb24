"""`e-supervision replay --check`: the log judged anew and held against everything that is stored."""

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.command_options import DatabaseUrl, DataFolder

if TYPE_CHECKING:
    from monitor.engine.replay import ReplayReport
    from monitor.storage.halls import HallFacts

SHOWN = 20
TRIES = 100
SECONDS_BETWEEN_TRIES = 0.05


def register(program: typer.Typer) -> None:
    """Add the command."""
    program.command("replay")(replay)


def replay(
    check: Annotated[bool, typer.Option("--check", help="Compare every stored column; exit code 1 on a difference.")],
    hall: Annotated[str | None, typer.Option(help="Code of the hall; default: every hall.")] = None,
    database_url: DatabaseUrl = None,
    data_folder: DataFolder = None,
) -> None:
    """Judge every case from the log alone at the engine's recorded moment, and compare (全量重放核对)."""
    from monitor.storage.database import connect
    from monitor.storage.halls import read_halls
    from monitor.storage.hosting import host_database

    del check  # the only thing the command does; asked for by name so that nobody expects it to rewrite anything
    with host_database(data_folder, url=database_url) as host:
        with connect(host.url) as connection:
            halls = [found for found in read_halls(connection) if hall in (None, found.code)]
        if not halls:
            print("There is no such hall." if hall else "There is no hall yet: load a registry first.")
            raise typer.Exit(1)
        differences = sum(_replay_hall(host.url, found) for found in halls)
    raise typer.Exit(1 if differences else 0)


def _replay_hall(url: str, hall: "HallFacts") -> int:
    """Replay one hall and print the result; gives the number of differences.

    Where no service is running, what waits is judged first; where one is, a moment is chosen at which it is settled.
    """
    from monitor.engine.service import EngineBusyError, settle

    with suppress(EngineBusyError):
        settle(url, hall.hall_id)
    return print_report(hall, _replay_when_settled(url, hall.hall_id))


def print_report(hall: "HallFacts", report: "ReplayReport") -> int:
    """Say what a replay found; gives the number of differences."""
    verdict = "DIFFERENT" if report.differences else "equal"
    print(
        f"{hall.code}: {report.events:,} events, {report.cases:,} cases, {report.values:,} stored values compared "
        f"as of {hall.time_text(report.as_of)}: {verdict}"
    )
    for difference in report.differences[:SHOWN]:
        print(f"  {difference}")
    if len(report.differences) > SHOWN:
        print(f"  … and {len(report.differences) - SHOWN:,} more")
    return len(report.differences)


def _replay_when_settled(url: str, hall_id: int) -> "ReplayReport":
    from monitor.engine.replay import NotSettledError

    for _ in range(TRIES - 1):
        try:
            return replay_once(url, hall_id)
        except NotSettledError:
            time.sleep(SECONDS_BETWEEN_TRIES)
    return replay_once(url, hall_id)


def replay_once(url: str, hall_id: int) -> "ReplayReport":
    """Replay a hall as it stands, with progress. Raises NotSettledError in the middle of an engine's cycle."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from monitor.engine.replay import replay as replay_log
    from monitor.storage.database import connect
    from monitor.storage.replay import count_log

    columns = (TextColumn("replaying"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with connect(url) as connection, connection.transaction():
        connection.execute("set transaction isolation level repeatable read")
        with Progress(*columns, transient=True) as progress:
            bar = progress.add_task("", total=count_log(connection, hall_id).events)
            return replay_log(connection, hall_id, lambda done: progress.update(bar, completed=done))
