"""docs/reference/commands.md: every command with its arguments and options, made from the program."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from typer.core import TyperArgument, TyperGroup, TyperOption
from typer.main import get_command

from monitor.commands import PROGRAM, build_program

HEAD = """\
# Commands · 命令

Exit codes: 0 done · 1 could not be done, or something is wrong, with a sentence on standard error · 2 called wrongly.
Commands that use a database take the server that `DATABASE_URL` names; without it they bring up the embedded one, or
join it where another process of the same user runs it. What the service can be set to: [settings](settings.md).

"""


def commands_page() -> str:
    """The page as it should be."""
    program = get_command(build_program())
    assert isinstance(program, TyperGroup)
    return HEAD + "\n".join(part for command in _walk(program, PROGRAM) for part in _describe(*command))


def _walk(group: TyperGroup, path: str) -> Iterator[tuple[str, Any]]:
    for name, command in sorted(group.commands.items()):
        if isinstance(command, TyperGroup):
            yield from _walk(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def _describe(path: str, command: Any) -> Iterator[str]:
    yield f"## `{path}`\n"
    yield inspect.cleandoc(command.help or "") + "\n"
    rows = [_row(parameter) for parameter in command.params]
    if rows:
        yield "| | what it is | default |"
        yield "|---|---|---|"
        yield "\n".join(rows) + "\n"


def _row(parameter: TyperArgument | TyperOption) -> str:
    if isinstance(parameter, TyperArgument):
        names = f"`{(parameter.metavar or parameter.name or '').upper()}`"
    else:
        names = " ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
    default = _default(parameter)
    told = (parameter.help or "").replace("|", "\\|")
    if parameter.envvar:
        default = f"`{parameter.envvar}`" if default in ("", "required") else f"{default}, `{parameter.envvar}`"
    return f"| {names} | {told} | {default} |"


def _default(parameter: TyperArgument | TyperOption) -> str:
    if isinstance(parameter.show_default, str):
        return parameter.show_default
    if parameter.required:
        return "required"
    if parameter.default in (None, False):
        return ""
    return "on" if parameter.default is True else f"`{parameter.default}`"
