"""`e-supervision settings`: every setting with its meaning and the value in use."""

import json
import sys
from typing import Annotated

import typer


def register(program: typer.Typer) -> None:
    """Add the command."""
    program.command("settings")(settings)


def settings(as_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False) -> None:
    """Say what can be set by the environment, and to what it is set (设置); passwords are covered."""
    from monitor.settings import SettingsError, describe_settings, read_settings

    try:
        told = describe_settings(read_settings())
    except SettingsError as error:
        print(f"e-supervision: {error}", file=sys.stderr)
        raise typer.Exit(1) from error
    if as_json:
        rows = [{"variable": variable, "meaning": meaning, "value": value} for variable, meaning, value in told]
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for variable, meaning, value in told:
        print(f"{variable} = {value}\n    {meaning}")
