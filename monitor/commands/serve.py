"""`e-supervision serve`: the service, in one process or in several with a role each."""

from __future__ import annotations

import signal
import sys
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from monitor.app import Role
    from monitor.settings import Settings


def register(program: typer.Typer) -> None:
    """Add the command."""
    program.command("serve")(serve)


def serve(
    role: Annotated[str, typer.Option(help="all, intake, engine or push.")] = "all",
    host: Annotated[str | None, typer.Option(help="Address to listen at.", show_default="127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one.", show_default="8080")] = None,
    data: Annotated[Path | None, typer.Option(help="Data folder of the embedded database.")] = None,
    share_port: Annotated[
        bool | None, typer.Option("--share-port", help="Let another process with this option take over the port.")
    ] = None,
) -> None:
    """Take in events, judge, and show (运行服务): pages, live channel and interface on one port.

    Without DATABASE_URL an embedded TimescaleDB is brought up and kept in the data folder.
    """
    from monitor.app import Role, ServiceError
    from monitor.log_output import configure_logging
    from monitor.settings import SettingsError, read_settings

    try:
        settings = read_settings(host=host, port=port, data=data, share_port=share_port)
        configure_logging(settings.log_level, settings.log_format)
        if role not in list(Role):
            raise SettingsError(f"There is no role {role}: choose one of {', '.join(Role)}.")
        _serve(settings, Role(role))
    except (ServiceError, SettingsError) as error:
        print(f"e-supervision: {error}", file=sys.stderr)
        raise typer.Exit(1) from error


def _serve(settings: Settings, role: Role) -> None:
    from contextlib import closing

    from monitor.app import address_of, open_listener, serve_application, wire_service
    from monitor.service_manager import take_handed_over_listener
    from monitor.storage.hosting import host_database
    from monitor.storage.migrations import migrate

    signal.signal(signal.SIGTERM, _leave)
    handed_over = take_handed_over_listener()
    with (
        closing(handed_over or open_listener(settings.host, settings.port, is_shared=settings.share_port)) as listener,
        host_database(settings.data, url=settings.database_url) as database,
    ):
        if database.is_embedded:  # nobody else looks after it
            migrate(database.url, announce=lambda name: print(f"applying {name}", file=sys.stderr))
        with wire_service(settings, database.url, role) as app:
            address = address_of(listener)
            serve_application(app, listener, lambda: _tell(f"e-supervision: {role} at {address}"))


def _tell(said: str) -> None:
    """Print, if there is room: a full disk must not keep the service from starting."""
    with suppress(OSError):
        print(said, flush=True)


def _leave(number: int, _: FrameType | None) -> None:
    """Asked to end while still starting: unwind what has been opened."""
    raise SystemExit(128 + number)
