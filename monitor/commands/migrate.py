"""`e-supervision migrate`: brings the database up to date."""

from pathlib import Path
from typing import Annotated

import typer


def register(program: typer.Typer) -> None:
    """Add the command."""
    program.command("migrate")(migrate)


def migrate(
    database_url: Annotated[
        str | None, typer.Option(envvar="DATABASE_URL", help="Server to use instead of the embedded one.")
    ] = None,
    data_folder: Annotated[
        Path | None, typer.Option(envvar="ESUPERVISION_DATA", help="Data folder of the embedded server.")
    ] = None,
    up_to: Annotated[int | None, typer.Option(min=1, help="Stop after this migration's number.")] = None,
) -> None:
    """Apply the migrations that are missing (数据库升级); nothing is done twice."""
    from monitor.storage import migrations
    from monitor.storage.hosting import host_database

    with host_database(data_folder, url=database_url) as host:
        report = migrations.migrate(host.url, up_to=up_to, announce=_announce)
    if not report.applied:
        print("Nothing to do: every migration is applied.")
    print(f"TimescaleDB, {report.edition.value} edition.")


def _announce(name: str) -> None:
    print(f"applying {name}", flush=True)
