"""The embedded TimescaleDB server: a direct child of this process that dies with it and comes back after a crash."""

import os
import secrets
import socket
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self
from urllib.parse import quote

import psycopg
from psycopg import sql

from monitor.storage.embedded.apt_packages import TIMESCALEDB_PACKAGE, Progress
from monitor.storage.embedded.cluster import SUPERUSER, Cluster, confine, explain_start_failure
from monitor.storage.embedded.file_lock import FileLock
from monitor.storage.embedded.keeper import Keeper
from monitor.storage.embedded.problem import EmbeddedServerError
from monitor.storage.embedded.programs import Programs, bring_programs, print_progress
from monitor.storage.embedded.server_settings import MINIMUM_DISK, read_machine, suit_settings

DATABASE_NAME = "e_supervision"
SOCKET_PORT = 5432
LONGEST_SOCKET_PATH = 107
"""Bytes the kernel keeps for a unix socket's path, without the closing zero."""

SECONDS_TO_START = 300.0
"""A start may have to replay the log of a crash; each passing second the process is watched, not slept through."""


class EmbeddedServer:
    """TimescaleDB with its data below `data_folder`, reached over a unix socket in a folder only its owner may enter.

    `port` asks for TCP on 127.0.0.1 as well, with a random password (0 takes any free port). `settings` are
    PostgreSQL settings that override those chosen for the machine. `cache_folder` is where the programs are unpacked.
    """

    def __init__(
        self,
        data_folder: Path,
        *,
        port: int | None = None,
        settings: Mapping[str, str] = MappingProxyType({}),
        cache_folder: Path | None = None,
        progress: Progress = print_progress,
    ) -> None:
        self.data_folder = data_folder.absolute()
        self._port = port
        self._settings = settings
        self._cache_folder = cache_folder
        self._progress = progress
        self._owner_lock = FileLock(self.data_folder / "owner.lock")
        self._keeper: Keeper | None = None
        self._short_socket_folder: tempfile.TemporaryDirectory[str] | None = None
        self._password = ""

    def start(self) -> str:
        """Start the server, creating or recovering its data first, and return the URL of its database."""
        if self.is_alive():
            return self._url()
        programs = bring_programs(self._cache_folder, progress=self._progress)
        self._take_ownership()
        try:
            cluster = Cluster(self.data_folder / "cluster", programs)
            self._clear_leftovers(cluster)
            if not cluster.exists():
                self._progress(f"creating the database in {self.data_folder}")
                cluster.create()
            cluster.configure(self._choose_settings())
            self._launch(cluster, programs.find("postgres"))
            self._prepare_database()
            self._follow_programs(programs)
        except BaseException:
            self.stop()
            raise
        (self.data_folder / "url").write_text(self._url() + "\n", encoding="utf-8")
        return self._url()

    def stop(self) -> None:
        """Stop the server in good order: sessions are ended, the log is written out. Stopping twice is allowed."""
        if self._keeper is not None:
            self._keeper.stop()
        self._forget()

    def kill(self) -> None:
        """Kill every process of the server at once, as a power cut would; `start` recovers. For fault tests."""
        if self._keeper is not None:
            self._keeper.kill()
        self._forget()

    def is_alive(self) -> bool:
        """Tell whether the server process runs."""
        return self._keeper is not None and self._keeper.is_alive()

    def __enter__(self) -> Self:
        """Start; the URL is `url`."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    @property
    def url(self) -> str:
        """URL of the running server's database."""
        if not self.is_alive():
            raise EmbeddedServerError(f"The embedded server in {self.data_folder} is not running; start it first.")
        return self._url()

    @property
    def process_id(self) -> int:
        """Process id of the postmaster."""
        if self._keeper is None:
            raise EmbeddedServerError(f"The embedded server in {self.data_folder} is not running; start it first.")
        return self._keeper.pid

    @property
    def log_file(self) -> Path:
        """What PostgreSQL has to say."""
        return self.data_folder / "server.log"

    def _take_ownership(self) -> None:
        try:
            self.data_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            taken = self._owner_lock.acquire(wait=False)
        except OSError as error:
            raise EmbeddedServerError(
                f"The data folder {self.data_folder} cannot be used ({error.strerror}). "
                "Choose a folder that this user owns."
            ) from error
        if not taken:
            raise EmbeddedServerError(
                f"The data folder {self.data_folder} is in use by process {self._owner_lock.read_holder()}. "
                "Stop that process, or choose another data folder."
            )
        self.data_folder.chmod(0o700)

    def _clear_leftovers(self, cluster: Cluster) -> None:
        (self.data_folder / "url").unlink(missing_ok=True)
        if cluster.exists():
            cluster.end_orphan()
            cluster.end_leftover_workers()

    def _choose_settings(self) -> dict[str, str]:
        machine = read_machine(self.data_folder)
        if machine.free_disk < MINIMUM_DISK:
            self._progress(
                f"only {machine.free_disk // 2**20} MB free on the disk of {self.data_folder}; 2048 MB are advisable"
            )
        if self._port == 0:
            self._port = _find_free_port()
        return {
            **suit_settings(machine),
            "listen_addresses": "" if self._port is None else "127.0.0.1",
            "port": str(self._port or SOCKET_PORT),
            "unix_socket_directories": self._choose_socket_folder(),
            "unix_socket_permissions": "0700",
            **self._settings,
        }

    def _choose_socket_folder(self) -> str:
        """Prefer the data folder; where that path is longer than the kernel keeps, make a private folder elsewhere."""
        inside = str(self.data_folder)
        if _fits_socket(inside) and "," not in inside:
            return inside
        if self._short_socket_folder is None:
            runtime = os.environ.get("XDG_RUNTIME_DIR")
            base = runtime if runtime and _fits_socket(f"{runtime}/e-supervision-12345678") else None
            self._short_socket_folder = tempfile.TemporaryDirectory(prefix="e-supervision-", dir=base)
        return self._short_socket_folder.name

    def _launch(self, cluster: Cluster, postgres: Path) -> None:
        # unshare changes credentials, which clears a death signal set before it; setpriv sets it after.
        command = confine(["setpriv", "--pdeathsig", "INT", "--", postgres, "-D", cluster.folder])
        self._keeper = Keeper(command, self.log_file)
        started = time.monotonic()
        while not cluster.is_ready():
            if not self._keeper.outlives_moment():
                raise EmbeddedServerError(explain_start_failure("postgres", cluster.folder, self._read_log_tail()))
            if time.monotonic() - started > SECONDS_TO_START:
                raise EmbeddedServerError(
                    f"postgres was not ready within {SECONDS_TO_START:.0f} s; it says:\n{self._read_log_tail()}"
                )

    def _prepare_database(self) -> None:
        with psycopg.connect(self._socket_url("postgres"), autocommit=True) as connection:
            if self._port is not None:
                self._password = secrets.token_urlsafe(32)
                change = sql.SQL("alter role {} password {}").format(
                    sql.Identifier(SUPERUSER), sql.Literal(self._password)
                )
                connection.execute(change)
            known = connection.execute("select 1 from pg_database where datname = %s", [DATABASE_NAME]).fetchone()
            if known is None:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE_NAME)))

    def _follow_programs(self, programs: Programs) -> None:
        """Bring the database to the unpacked TimescaleDB: made at first, updated after newer programs were unpacked."""
        version_file = self.data_folder / "timescaledb.version"
        version = programs.read_versions()[TIMESCALEDB_PACKAGE]
        known = version_file.read_text(encoding="utf-8").strip() if version_file.exists() else None
        if known == version:
            return
        with psycopg.connect(self._socket_url(DATABASE_NAME), autocommit=True) as connection:
            if known is not None:  # must be the session's first command: any other would load the old library
                connection.execute("alter extension timescaledb update")
            connection.execute("create extension if not exists timescaledb")
        version_file.write_text(version + "\n", encoding="utf-8")

    def _url(self) -> str:
        if self._port is None:
            return self._socket_url(DATABASE_NAME)
        return f"postgresql://{SUPERUSER}:{self._password}@127.0.0.1:{self._port}/{DATABASE_NAME}"

    def _socket_url(self, database: str) -> str:
        host = quote(self._choose_socket_folder(), safe="")
        return f"postgresql://{SUPERUSER}@/{database}?host={host}&port={self._port or SOCKET_PORT}"

    def _read_log_tail(self) -> str:
        text = self.log_file.read_text(encoding="utf-8", errors="replace") if self.log_file.exists() else ""
        return "\n".join(text.splitlines()[-12:])

    def _forget(self) -> None:
        (self.data_folder / "url").unlink(missing_ok=True)
        self._keeper = None
        self._owner_lock.release()
        if self._short_socket_folder is not None:
            self._short_socket_folder.cleanup()
            self._short_socket_folder = None


def find_running_url(data_folder: Path) -> str | None:
    """Give the URL of the embedded server that another process runs on `data_folder`, or None if none does."""
    lock = FileLock(data_folder / "owner.lock")
    if not data_folder.is_dir():
        return None
    if lock.acquire(wait=False):
        lock.release()
        return None
    url_file = data_folder / "url"
    return url_file.read_text(encoding="utf-8").strip() if url_file.exists() else None


def _fits_socket(folder: str) -> bool:
    return len(os.fsencode(f"{folder}/.s.PGSQL.65535")) <= LONGEST_SOCKET_PATH


def _find_free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port
