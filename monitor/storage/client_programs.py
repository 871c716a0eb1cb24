"""The programs that copy a database out and in: PostgreSQL's own, of a version that understands the server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from psycopg import Connection, pq
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import TupleRow

from monitor.storage.database import DatabaseError, complete_url
from monitor.storage.embedded.apt_packages import POSTGRESQL_VERSION, Progress
from monitor.storage.embedded.problem import EmbeddedServerError
from monitor.storage.embedded.programs import bring_programs, print_progress

LINES_KEPT = 12


class ClientProgramError(RuntimeError):
    """A program failed; the text has what it said last."""


def find_client_program(name: str, connection: Connection[TupleRow], *, progress: Progress = print_progress) -> Path:
    """Find `pg_dump` or `pg_restore` new enough for the server: the machine's own, else those of the embedded server.

    Raises DatabaseError where neither is.
    """
    needed = connection.info.server_version // 10_000
    installed = shutil.which(name)
    if installed is not None and _read_major(Path(installed)) >= needed:
        return Path(installed)
    if needed <= int(POSTGRESQL_VERSION):
        try:
            return bring_programs(progress=progress).find(name)
        except EmbeddedServerError as error:
            raise DatabaseError(
                f"{name} of PostgreSQL {needed} or newer is needed and not on this machine. Install it as root with: "
                f"apt-get install postgresql-client-{needed} ({error})"
            ) from error
    raise DatabaseError(
        f"The server is PostgreSQL {needed}; {name} of that version or newer is needed. Install it as root with: "
        f"apt-get install postgresql-client-{needed}"
    )


def _read_major(program: Path) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\) (\d+)", said)
    return 0 if found is None else int(found[1])


def run_client_program(command: Sequence[str | Path], url: str, told: Callable[[str], None]) -> None:
    """Run a program on the database at `url`, giving each line it says to `told`. Raises ClientProgramError.

    Where and as whom it connects is given in its environment: the password must not stand in the process list.
    """
    with _running(command, url) as process:
        assert process.stderr is not None
        said: list[str] = []
        for line in process.stderr:
            told(line.rstrip())
            said = [*said[1 - LINES_KEPT :], line.rstrip()]
        code = process.wait()
    if code != 0:
        lines = "\n".join(f"    {line}" for line in said)
        raise ClientProgramError(f"{Path(command[0]).name} failed (exit code {code}):\n{lines}")


@contextmanager
def _running(command: Sequence[str | Path], url: str) -> Iterator[subprocess.Popen[str]]:
    """Start it; end it too if the block is left early."""
    with subprocess.Popen(
        command, env=connection_environment(url), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, errors="replace",
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()


def connection_environment(url: str) -> Mapping[str, str]:
    """The environment with which a program of PostgreSQL connects as `url` says."""
    variables = {
        option.keyword.decode(): option.envvar.decode() for option in pq.Conninfo.get_defaults() if option.envvar
    }
    own = {name: value for name, value in os.environ.items() if not name.startswith("PG") and name != "DATABASE_URL"}
    parts = conninfo_to_dict(complete_url(url))
    given = {variables[name]: str(value) for name, value in parts.items() if name in variables}
    return {**own, **given, "LC_ALL": "C.UTF-8"}
