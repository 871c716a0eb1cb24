"""`e-supervision restore`: a back-up put back into an empty database, and the copy held against its own log."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor.command_options import DatabaseUrl, DataFolder


def register(program: typer.Typer) -> None:
    """Add the command."""
    program.command("restore")(restore)


def restore(
    folder: Annotated[Path, typer.Argument(help="Folder that `backup` made.")],
    database_url: DatabaseUrl = None,
    data_folder: DataFolder = None,
) -> None:
    """Put a back-up into an empty database, bring it up to date, and replay its log to check it (恢复).

    Refuses a database that is not empty. Exit code 1 where the copy is not whole or not equal to its log. On a server
    that DATABASE_URL names, make the empty database first (createdb) and restore as its owner.
    """
    from monitor.commands.backup import shown_progress
    from monitor.storage.backup import BackupError
    from monitor.storage.hosting import host_database
    from monitor.storage.migrations import migrate
    from monitor.storage.restoring import restore_backup

    try:
        with host_database(data_folder, url=database_url) as host:
            with shown_progress("restoring") as watch:
                manifest = restore_backup(host.url, folder, watch=watch)
            print(f"restored: {manifest.events:,} events up to batch {manifest.batch_no:,}, the chain of batches holds")
            migrate(host.url, announce=lambda name: print(f"applying {name}", flush=True))
            differences = _check(host.url)
    except BackupError as fault:
        typer.echo(f"restore: {fault}", err=True)
        raise typer.Exit(1) from fault
    taken = f"{manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC"
    print(f"This is the state of {taken}. Let windows send again what they sent since: what is known is a duplicate.")
    print("Where the service logs in with roles of its own, run next: e-supervision roles")
    raise typer.Exit(1 if differences else 0)


def _check(url: str) -> int:
    """Replay every hall as it was copied; what its engine had not finished is judged first."""
    from monitor.commands.replay import print_report, replay_once
    from monitor.engine.replay import NotSettledError
    from monitor.engine.service import settle
    from monitor.storage.database import connect
    from monitor.storage.halls import read_engine_as_of, read_halls

    with connect(url) as connection:
        halls = [hall for hall in read_halls(connection) if read_engine_as_of(connection, hall.hall_id) is not None]
    differences = 0
    for hall in halls:
        try:
            report = replay_once(url, hall.hall_id)
        except NotSettledError:
            settle(url, hall.hall_id)
            report = replay_once(url, hall.hall_id)
        differences += print_report(hall, report)
    return differences
