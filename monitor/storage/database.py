"""Connections and pools to TimescaleDB, and the one place that decides which edition it is."""

import enum
import re
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import AsyncConnection, Connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow, class_row
from psycopg_pool import AsyncConnectionPool, ConnectionPool, PoolTimeout

from monitor.storage.sql_blocks import sql_block

APPLICATION_NAME = "e-supervision"
OLDEST_TIMESCALEDB = (2, 15)
"""First version with `by_range`, generalised chunk skipping and PostgreSQL 16 support as the migrations use them."""

SECONDS_TO_CONNECT = 10
SECONDS_TO_OPEN_POOL = 30.0

# A network that vanishes tells nobody. The system's own limits are a quarter of an hour for what was sent and two hours
# for a silent connection; so long a request would hang, and the server would keep a lost engine's lock.
_KEEPALIVES = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 20_000}
"""Seconds of silence before asking, between questions, questions; milliseconds until what was sent is acknowledged."""
_SERVER_KEEPALIVES = {name if name.startswith("tcp") else f"tcp_{name}": value for name, value in _KEEPALIVES.items()}
_SESSION = " ".join(f"-c {name}={value}" for name, value in {"timezone": "UTC", **_SERVER_KEEPALIVES}.items())


class DatabaseError(RuntimeError):
    """The database cannot be used; the text says why and what to do, and never shows a password."""


class Edition(enum.Enum):
    """What TimescaleDB may do here: under the Apache licence alone, or with the Community features."""

    APACHE = "apache"
    COMMUNITY = "community"


@dataclass(frozen=True, slots=True)
class Server:
    """What a server says of itself; versions are None where TimescaleDB is not offered or not installed."""

    server_version: str
    offered_version: str | None
    installed_version: str | None
    license: str | None
    database_name: str


def connect(url: str, *, autocommit: bool = False) -> Connection[TupleRow]:
    """Open one connection, its session in UTC. Raises DatabaseError if the server cannot be reached."""
    try:
        return psycopg.connect(complete_url(url), autocommit=autocommit)
    except psycopg.Error as error:
        raise DatabaseError(explain_connection_failure(url, error)) from error


async def connect_async(url: str, *, autocommit: bool = False) -> AsyncConnection[TupleRow]:
    """Open one connection for asynchronous code, like `connect`."""
    try:
        return await AsyncConnection.connect(complete_url(url), autocommit=autocommit)
    except psycopg.Error as error:
        raise DatabaseError(explain_connection_failure(url, error)) from error


def open_pool(url: str, *, smallest: int = 1, largest: int = 8) -> ConnectionPool[Connection[TupleRow]]:
    """Open a pool of `smallest` to `largest` connections; each is checked when lent, so a restart is survived."""
    pool = ConnectionPool(
        complete_url(url),
        min_size=smallest,
        max_size=largest,
        open=False,
        check=ConnectionPool.check_connection,
        name=APPLICATION_NAME,
    )
    connect(url).close()  # says what is wrong, where a pool would only say that time ran out
    try:
        pool.open(wait=True, timeout=SECONDS_TO_OPEN_POOL)
    except PoolTimeout as error:
        pool.close()
        raise DatabaseError(explain_connection_failure(url, error)) from error
    return pool


async def open_async_pool(
    url: str, *, smallest: int = 1, largest: int = 8
) -> AsyncConnectionPool[AsyncConnection[TupleRow]]:
    """Open a pool for asynchronous code, like `open_pool`."""
    pool = AsyncConnectionPool(
        complete_url(url),
        min_size=smallest,
        max_size=largest,
        open=False,
        check=AsyncConnectionPool.check_connection,
        name=APPLICATION_NAME,
    )
    await (await connect_async(url)).close()
    try:
        await pool.open(wait=True, timeout=SECONDS_TO_OPEN_POOL)
    except PoolTimeout as error:
        await pool.close()
        raise DatabaseError(explain_connection_failure(url, error)) from error
    return pool


def complete_url(url: str) -> str:
    """Add what every connection of ours has: UTC, our name, limits on waiting. What the URL says itself stays."""
    try:
        given = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise DatabaseError(
            "The database URL cannot be read. It should look like postgresql://USER:PASSWORD@HOST:5432/DATABASE "
            "(special characters in the password percent-encoded)."
        ) from error
    options = f"{_SESSION} {given.pop('options', None) or ''}".strip()
    defaults: dict[str, Any] = {
        "application_name": APPLICATION_NAME, "connect_timeout": SECONDS_TO_CONNECT, **_KEEPALIVES,
    }  # fmt: skip
    return make_conninfo(**{**defaults, **given, "options": options})


def explain_connection_failure(url: str, error: Exception) -> str:
    """Say which server did not answer and why, without its password."""
    parts = conninfo_to_dict(url)
    place = f"{parts.get('host') or 'the local socket'}, port {parts.get('port') or 5432}"
    return (
        f"The database {parts.get('dbname') or ''} at {place} cannot be reached: {str(error).strip()} "
        "Check DATABASE_URL and that the server runs."
    )


def read_server(connection: Connection[Any]) -> Server:
    """Read what the server says of itself."""
    with connection.cursor(row_factory=class_row(Server)) as cursor:
        server = cursor.execute(sql_block("select_server")).fetchone()
    if server is None:
        raise DatabaseError("The server gave no answer about itself.")
    return server


def read_edition(connection: Connection[Any]) -> Edition:
    """Decide the edition of the TimescaleDB in this database; the only place that does.

    Raises DatabaseError for a plain PostgreSQL, for a database without the extension, and for a version too old.
    """
    return decide_edition(read_server(connection))


def decide_edition(server: Server) -> Edition:
    """Decide the edition from what the server says: licence `timescale` is Community, `apache` is Apache."""
    refuse_plain_postgresql(server)
    if server.installed_version is None:
        raise DatabaseError(
            f"The server offers TimescaleDB {server.offered_version}, but the database {server.database_name} does "
            "not have it yet. Run: e-supervision migrate"
        )
    if _read_version(server.installed_version) < OLDEST_TIMESCALEDB:
        oldest = ".".join(map(str, OLDEST_TIMESCALEDB))
        raise DatabaseError(
            f"TimescaleDB {server.installed_version} in the database {server.database_name} is too old; {oldest} or "
            "newer is needed. Update the server's package, then run as the session's first command: "
            "ALTER EXTENSION timescaledb UPDATE"
        )
    return Edition.COMMUNITY if server.license == "timescale" else Edition.APACHE


def refuse_plain_postgresql(server: Server) -> None:
    """Raise DatabaseError if the server has no TimescaleDB to offer."""
    if server.offered_version is None:
        raise DatabaseError(
            f"This server is a plain PostgreSQL {server.server_version} without TimescaleDB, which e-supervision needs "
            "for its event log. Install the TimescaleDB package on it, use the server of docker-compose.yml, or leave "
            "DATABASE_URL unset to use the embedded one."
        )


def bring_timescaledb(connection: Connection[Any]) -> Edition:
    """Create the extension in this database if it is missing, and give the edition."""
    server = read_server(connection)
    refuse_plain_postgresql(server)
    if server.installed_version is None:
        try:
            connection.execute(sql_block("create_timescaledb"))
        except psycopg.Error as error:
            raise DatabaseError(
                f"TimescaleDB cannot be created in the database {server.database_name}: {str(error).strip()} "
                "The server needs shared_preload_libraries = 'timescaledb', and the role must own the database."
            ) from error
        server = read_server(connection)
    return decide_edition(server)


def _read_version(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text)[:2])
