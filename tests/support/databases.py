"""Real TimescaleDB for tests: one server a run, one migrated template, one clone of it a test.

The server is the embedded one, shared by all xdist workers; or the one DATABASE_URL names, whose role must be allowed
to create databases.
"""

import fcntl
import hashlib
import itertools
import os
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
from monitor.storage.embedded import EmbeddedServer, find_running_url
from monitor.storage.embedded.file_lock import hold_file_lock
from monitor.storage.migration_files import find_migrations_folder, read_migration_files
from monitor.storage.migrations import migrate

SPEED_BEFORE_SAFETY = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",  # a worker in the template would hold up its cloning
    "shared_buffers": "128MB",
    "max_connections": "300",
    "max_wal_size": "1GB",
}
"""Nothing of a test's database outlives the run; tests of durability start a server of their own."""


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
    """Use the run's embedded server, started by whoever comes first, who then also stops it when all have left."""
    server = EmbeddedServer(folder / "timescaledb", settings=SPEED_BEFORE_SAFETY)
    start_lock = folder / "timescaledb.start"
    with (folder / "timescaledb.users").open("ab") as users:
        with hold_file_lock(start_lock):
            url = find_running_url(server.data_folder) or server.start()
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield url
        finally:
            fcntl.flock(users, fcntl.LOCK_UN)
            if server.is_alive():
                with hold_file_lock(start_lock):
                    fcntl.flock(users, fcntl.LOCK_EX)
                    server.stop()


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
