"""`e-supervision watch`: the hall in the terminal, live."""

from __future__ import annotations

import sys
from typing import Annotated

import typer


def register(program: typer.Typer) -> None:
    """Add the command."""
    program.command("watch")(watch)


def watch(
    url: Annotated[str, typer.Argument(help="Address of the service.")] = "http://127.0.0.1:8080/",
    hall: Annotated[str | None, typer.Option(help="Code of the hall; default: the only or first one.")] = None,
    english: Annotated[bool, typer.Option("--english", help="In English instead of Chinese.")] = False,
    once: Annotated[bool, typer.Option("--once", help="Show the board once and end.")] = False,
) -> None:
    """Watch a hall (实时监察): figures, failing departments, cards as they come; Ctrl-C ends.

    Where no terminal reads, what happens is written line by line.
    """
    import asyncio

    from monitor.commands.watch.following import RefusedError
    from monitor.commands.watch.viewing import view

    try:
        asyncio.run(view(url, hall, "en" if english else "zh", once=once))
    except KeyboardInterrupt:
        return
    except RefusedError as error:
        print(f"e-supervision: {error}", file=sys.stderr)
        raise typer.Exit(1) from error
