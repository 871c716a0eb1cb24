"""Real TimescaleDB for tests: one server a run, one migrated template, one clone of it a test.

The server is the embedded one, shared by all xdist workers; or the one DATABASE_URL names, whose role must be allowed
to create databases.
"""

import fcntl
import hashlib
import itertools
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import psycopg
import pytest
from psycopg import Connection, sql
from psycopg.conninfo import conninfo_to_dict

from monitor.storage.database import connect
from monitor.storage.embedded import find_running_url
from monitor.storage.embedded.file_lock import hold_file_lock
from monitor.storage.migration_files import find_migrations_folder, read_migration_files
from monitor.storage.migrations import migrate

ROOT = Path(__file__).parents[2]


class DatabaseServer:
    """Makes and drops databases on one server."""

    def __init__(self, url: str, worker: str) -> None:
        self.url = url
        self._prefix = f"test_{os.getpid()}_{worker}"
        self._numbers = itertools.count(1)

    def create(self, template: str = "template1") -> str:
        """Make a database as a copy of `template` and give its URL."""
        name = f"{self._prefix}_{next(self._numbers)}"
        self._execute(
            sql.SQL("create database {} template {} strategy file_copy").format(  # a third of wal_log's time
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        return self.locate(name)

    def drop(self, url: str) -> None:
        """Drop a database, ending whoever is still connected."""
        name = str(conninfo_to_dict(url)["dbname"])
        self._execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))

    def locate(self, name: str) -> str:
        """Give the URL of the database called `name`."""
        return urlsplit(self.url)._replace(path=f"/{quote(name)}").geturl()

    def bring_template(self) -> str:
        """Give the name of the migrated template, making it first; call under the run's lock."""
        checksums = "".join(file.sha256 for file in read_migration_files(find_migrations_folder()))
        name = f"template_{hashlib.sha256(checksums.encode()).hexdigest()[:12]}"
        if self._fetch("select datallowconn from pg_database where datname = %s", name) is False:
            return name
        self._execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
        self._execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        migrate(self.locate(name))
        self._execute(sql.SQL("alter database {} allow_connections false").format(sql.Identifier(name)))
        return name

    def _execute(self, statement: sql.Composed) -> None:
        with closing(connect(self.url, autocommit=True)) as connection:
            connection.execute(statement)

    def _fetch(self, query: str, *values: object) -> object:
        with closing(connect(self.url, autocommit=True)) as connection:
            row = connection.execute(query.encode(), values).fetchone()
        return None if row is None else row[0]


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this run that all xdist workers share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def database_server(shared_folder: Path) -> Iterator[DatabaseServer]:
    """The run's TimescaleDB server."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    given = os.environ.get("DATABASE_URL")
    with ExitStack() as stack:
        url = given or stack.enter_context(_share_embedded_server(shared_folder))
        yield DatabaseServer(url, worker)


@contextmanager
def _share_embedded_server(folder: Path) -> Iterator[str]:
    """Use the run's embedded server; its keeper is started by whoever comes first and ends when the last has left."""
    with (folder / "users").open("ab") as users:
        with hold_file_lock(folder / "start.lock"):
            fcntl.flock(users, fcntl.LOCK_SH)
            url = find_running_url(folder / "timescaledb") or _start_keeper(folder)
        yield url


def _start_keeper(folder: Path) -> str:
    reader, writer = os.pipe()
    log = folder / "keeper.log"
    command = [sys.executable, "-m", "tests.support.database_keeper", str(folder)]
    to_log = (os.POSIX_SPAWN_OPEN, 2, str(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    to_pipe = (os.POSIX_SPAWN_DUP2, writer, 1)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with os.fdopen(reader, encoding="utf-8") as answer:
        os.posix_spawn(command[0], command, environment, file_actions=[to_pipe, to_log], setsid=True)
        os.close(writer)
        url = answer.readline().strip()
    if not url:
        pytest.fail(f"The tests' TimescaleDB did not start:\n{log.read_text(encoding='utf-8')}", pytrace=False)
    return url


@pytest.fixture(scope="session")
def database_template(database_server: DatabaseServer, shared_folder: Path) -> str:
    """Name of the database with all migrations applied and nothing in it."""
    with hold_file_lock(shared_folder / "template.lock"):
        return database_server.bring_template()


@pytest.fixture
def database_url(database_server: DatabaseServer, database_template: str) -> Iterator[str]:
    """A migrated database of the test's own."""
    url = database_server.create(database_template)
    yield url
    database_server.drop(url)


@pytest.fixture
def empty_database_url(database_server: DatabaseServer) -> Iterator[str]:
    """A database of the test's own with nothing in it, not even TimescaleDB."""
    url = database_server.create()
    yield url
    database_server.drop(url)


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection[Any]]:
    """A connection to the test's migrated database, each statement committed by itself."""
    with closing(psycopg.connect(database_url, autocommit=True)) as opened:
        yield opened


@pytest.fixture(scope="module")
def module_connection(database_server: DatabaseServer, database_template: str) -> Iterator[Connection[Any]]:
    """The same for all tests of a module, which only read."""
    url = database_server.create(database_template)
    with closing(psycopg.connect(url, autocommit=True)) as opened:
        yield opened
    database_server.drop(url)
