"""`e-supervision migrate`: brings the database up to date."""

from typing import Annotated

import typer

from monitor.command_options import DatabaseUrl, DataFolder


def register(program: typer.Typer) -> None:
    """Add the command."""
    program.command("migrate")(migrate)


def migrate(
    database_url: DatabaseUrl = None,
    data_folder: DataFolder = None,
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
