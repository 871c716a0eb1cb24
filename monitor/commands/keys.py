"""`e-supervision keys`: the keys with which feeding systems send their events."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.command_options import DatabaseUrl, DataFolder

if TYPE_CHECKING:
    from psycopg import Connection

    from monitor.intake.keys import NewKey

KeyNumber = Annotated[int, typer.Argument(help="Number of the key, as `keys list` shows it.")]


def register(program: typer.Typer) -> None:
    """Add the command."""
    group = typer.Typer(help="密钥: keys of the feeding systems, each for its own source only.", no_args_is_help=True)
    group.command("create")(create)
    group.command("rotate")(rotate)
    group.command("revoke")(revoke)
    group.command("list")(list_all)
    program.add_typer(group, name="keys")


def create(
    source: Annotated[str, typer.Argument(help="Code of the source, as in sources.csv of the registry.")],
    database_url: DatabaseUrl = None,
    data_folder: DataFolder = None,
) -> None:
    """Make a key (新建密钥). It is printed once, alone on standard output, and kept nowhere."""
    from datetime import UTC, datetime

    from monitor.intake.keys import create_key

    with _connection(database_url, data_folder) as connection:
        _show(create_key(connection, source, datetime.now(UTC)))


def rotate(
    key: KeyNumber,
    grace_hours: Annotated[float, typer.Option(min=0, help="How long the old key still works.")] = 24.0,
    database_url: DatabaseUrl = None,
    data_folder: DataFolder = None,
) -> None:
    """Make a new key for the same source (轮换密钥); the old one ends after a grace period."""
    from datetime import UTC, datetime, timedelta

    from monitor.intake.keys import rotate_key

    with _connection(database_url, data_folder) as connection:
        rotation = rotate_key(connection, key, datetime.now(UTC), timedelta(hours=grace_hours))
        _show(rotation.new)
    typer.echo(f"Key number {rotation.old_key_id} works until {rotation.old_ends_at:%Y-%m-%d %H:%M} UTC.", err=True)


def revoke(key: KeyNumber, database_url: DatabaseUrl = None, data_folder: DataFolder = None) -> None:
    """End a key at once (吊销密钥); a running service refuses it within 5 seconds."""
    from datetime import UTC, datetime

    from monitor.intake.keys import revoke_key

    with _connection(database_url, data_folder) as connection:
        revoked = revoke_key(connection, key, datetime.now(UTC))
    typer.echo(f"Key number {revoked.key_id} ({revoked.hint}… of {revoked.source}) is revoked.")


def list_all(
    source: Annotated[str | None, typer.Argument(help="Only the keys of this source.")] = None,
    database_url: DatabaseUrl = None,
    data_folder: DataFolder = None,
) -> None:
    """List the keys (密钥清单): number, source, how each begins, and whether it is valid."""
    from datetime import UTC, datetime

    from monitor.storage.keys import list_keys

    with _connection(database_url, data_folder) as connection:
        keys = list_keys(connection, source)
    if not keys:
        typer.echo("There are no keys. Make one: e-supervision keys create SOURCE")
    now = datetime.now(UTC)
    for key in keys:
        until = f", until {key.expires_at:%Y-%m-%d %H:%M} UTC" if key.expires_at and not key.revoked_at else ""
        typer.echo(
            f"{key.key_id:>5}  {key.source}  {key.hint}…  made {key.created_at:%Y-%m-%d %H:%M} UTC  "
            f"{key.state_at(now)}{until}"
        )


@contextmanager
def _connection(database_url: str | None, data_folder: Path | None) -> Iterator[Connection[Any]]:
    """A connection to the database in use; what cannot be done is said in a sentence, exit code 1."""
    from monitor.intake.keys import SourceKeyError
    from monitor.storage.database import connect
    from monitor.storage.hosting import host_database
    from monitor.storage.migrations import require_current_schema

    try:
        with host_database(data_folder, url=database_url) as host, connect(host.url, autocommit=True) as connection:
            require_current_schema(connection)
            yield connection
    except SourceKeyError as fault:
        typer.echo(f"keys: {fault}", err=True)
        raise typer.Exit(1) from fault


def _show(new: NewKey) -> None:
    typer.echo(f"Key number {new.key_id} for source {new.source}, shown this once:", err=True)
    typer.echo(new.key)
