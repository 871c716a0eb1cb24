"""The terminal program `e-supervision`: every module of this package adds its own command."""

import importlib
import pkgutil
import sys
from collections.abc import Sequence

import typer

PROGRAM = "e-supervision"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program with `arguments` (default: those of the process) and exit with its code.

    0 done · 1 could not be done, with a sentence on standard error · 2 called wrongly.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if arguments is None:
            _refuse_passwords(words)
        build_program(words)(args=words, prog_name=PROGRAM)
    except Exception as error:
        if not _is_expected(error):
            raise
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        raise SystemExit(1) from error


def build_program(words: Sequence[str] = ()) -> typer.Typer:
    """Assemble the program; only the module of the command asked for is loaded where its name tells which that is."""
    program = typer.Typer(
        name=PROGRAM,
        help="电子监察: real-time e-supervision of administrative approvals.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    program.callback()(_keep_command_names)
    # `import` is a word of Python: its module is called import_.
    known = {module.name.rstrip("_").replace("_", "-"): module.name for module in pkgutil.iter_modules(__path__)}
    asked = words[0] if words else ""
    for name in [known[asked]] if asked in known else sorted(known.values()):
        importlib.import_module(f"{__name__}.{name}").register(program)
    return program


def _refuse_passwords(words: Sequence[str]) -> None:
    """A command line can be read by every user of the machine, and stays in the shell's history."""
    from monitor.log_output import mask_secrets
    from monitor.storage.database import DatabaseError

    if any("postgres" in word and mask_secrets(word) != word for word in words):
        raise DatabaseError(
            "A password stands in the command line, where every user of this machine can read it. Give the URL in "
            "DATABASE_URL, or in a file that ESUPERVISION_DATABASE_URL_FILE names."
        )


def _keep_command_names() -> None:
    """Without a callback, typer would run a program of one command without its name."""


def _is_expected(error: Exception) -> bool:
    """Tell whether an error explains itself to the user, so that a trace would only be in the way."""
    from monitor.storage.database import DatabaseError
    from monitor.storage.embedded import EmbeddedServerError
    from monitor.storage.migration_files import MigrationError

    return isinstance(error, DatabaseError | EmbeddedServerError | MigrationError)
