"""`e-supervision replay --check`: the log judged anew and held against everything that is stored."""

from pathlib import Path
from typing import Annotated

import typer


def register(program: typer.Typer) -> None:
    """Add the command."""
    program.command("replay")(replay)


def replay(
    check: Annotated[bool, typer.Option("--check", help="Compare every stored column; exit code 1 on a difference.")],
    hall: Annotated[str | None, typer.Option(help="Code of the hall; default: every hall.")] = None,
    database_url: Annotated[
        str | None, typer.Option(envvar="DATABASE_URL", help="Server to use instead of the embedded one.")
    ] = None,
    data_folder: Annotated[
        Path | None, typer.Option(envvar="ESUPERVISION_DATA", help="Data folder of the embedded server.")
    ] = None,
) -> None:
    """Judge every case from the log alone at the engine's recorded moment, and compare (全量重放核对)."""
    from monitor.engine.replay_run import replay_hall
    from monitor.storage.database import connect
    from monitor.storage.halls import read_halls
    from monitor.storage.hosting import host_database

    del check  # the only thing the command does; asked for by name so that nobody expects it to rewrite anything
    differences = 0
    with host_database(data_folder, url=database_url) as host:
        with connect(host.url) as connection:
            halls = [found for found in read_halls(connection) if hall in (None, found.code)]
        if not halls:
            print("There is no such hall." if hall else "There is no hall yet: load a registry first.")
            raise typer.Exit(1)
        for found in halls:
            differences += replay_hall(host.url, found)
    raise typer.Exit(1 if differences else 0)
