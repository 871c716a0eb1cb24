"""`e-supervision backup`: a consistent copy of the database in a folder, taken while the service runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.command_options import DatabaseUrl, DataFolder

if TYPE_CHECKING:
    from monitor.storage.backup import Watch


def register(program: typer.Typer) -> None:
    """Add the command."""
    program.command("backup")(backup)


def backup(
    folder: Annotated[Path, typer.Argument(help="New folder for the back-up.")],
    jobs: Annotated[int, typer.Option(min=1, max=32, help="Tables copied at once.")] = 2,
    database_url: DatabaseUrl = None,
    data_folder: DataFolder = None,
) -> None:
    """Copy the whole database into a new folder (备份); service and engine go on meanwhile.

    It holds one state of the database, with personal fields and hashes of keys: keep it as carefully. Works for the
    embedded server and for one that DATABASE_URL names, as the owner of its tables.
    """
    from monitor.storage.backup import BackupError, take_backup
    from monitor.storage.hosting import host_database

    try:
        with host_database(data_folder, url=database_url) as host, shown_progress("copying") as watch:
            manifest = take_backup(host.url, folder, jobs=jobs, watch=watch)
    except BackupError as fault:
        typer.echo(f"backup: {fault}", err=True)
        raise typer.Exit(1) from fault
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(
        f"{folder}: {manifest.events:,} events up to batch {manifest.batch_no:,}, schema {manifest.migration:04d}, "
        f"{size / 1_000_000:,.1f} MB. Try it: e-supervision restore {folder} --data-folder NEW_FOLDER"
    )


@contextmanager
def shown_progress(what: str) -> Iterator[Watch]:
    """Draw a bar of bytes on a terminal; elsewhere nothing is drawn."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(what), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("", total=None)
        yield lambda done, total: progress.update(bar, completed=done, total=total)
