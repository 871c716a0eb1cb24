"""Applies the migrations, forward only, each noted in a ledger with its checksum."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.rows import class_row

from monitor.storage.database import DatabaseError, Edition, bring_timescaledb, connect
from monitor.storage.migration_files import (
    MigrationError,
    MigrationFile,
    find_migrations_folder,
    read_migration_files,
    split_statements,
)
from monitor.storage.roles import renew_rights
from monitor.storage.sql_blocks import sql_block

__all__ = [
    "AppliedMigration",
    "MigrationError",
    "MigrationReport",
    "MigrationStatus",
    "compare_ledger",
    "migrate",
    "read_applied",
    "read_migration_status",
    "require_current_schema",
]

LOCK_KEY = 7_203_114_900_415
"""Arbitrary, but the same for every process that migrates."""

SECONDS_BETWEEN_TRIES = 0.1
SECONDS_TO_WAIT_FOR_LOCK = 600.0


@dataclass(frozen=True, slots=True)
class AppliedMigration:
    """One row of the ledger."""

    number: int
    name: str
    sha256: str
    edition: str
    applied_at: datetime


@dataclass(frozen=True, slots=True)
class MigrationStatus:
    """The ledger held against the files: what is applied, what waits, and what does not fit (in words)."""

    applied: tuple[AppliedMigration, ...]
    pending: tuple[MigrationFile, ...]
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MigrationReport:
    """What `migrate` did: names of the migrations it applied, and the edition they were applied for."""

    applied: tuple[str, ...]
    edition: Edition


def migrate(
    url: str,
    *,
    folder: Path | None = None,
    up_to: int | None = None,
    announce: Callable[[str], None] | None = None,
    seconds_to_wait: float = SECONDS_TO_WAIT_FOR_LOCK,
) -> MigrationReport:
    """Bring the database at `url` up to date, or up to migration number `up_to`.

    Several processes may call this at once: one works, the others wait and then find nothing to do. Raises
    MigrationError where an applied file was changed or is gone, and where a migration fails (it is then rolled back,
    unless its header says `-- no-transaction`); DatabaseError where the server cannot be used.
    """
    files = read_migration_files(folder or find_migrations_folder())
    with closing(connect(url, autocommit=True)) as connection, _hold_lock(connection, seconds_to_wait):
        edition = bring_timescaledb(connection)
        connection.execute(sql_block("create_schema_migration"))
        status = compare_ledger(files, read_applied(connection))
        if status.faults:
            raise MigrationError("\n".join(status.faults))
        done = []
        for file in status.pending:
            if up_to is not None and file.number > up_to:
                break
            if announce is not None:
                announce(file.name)
            _apply(connection, file, edition)
            done.append(file.name)
        if done and len(done) == len(status.pending):  # the roles' rights are those of the newest schema
            renew_rights(connection)
    return MigrationReport(tuple(done), edition)


def read_migration_status(connection: Connection[Any], *, folder: Path | None = None) -> MigrationStatus:
    """Compare ledger and files without changing anything."""
    return compare_ledger(read_migration_files(folder or find_migrations_folder()), read_applied(connection))


def require_current_schema(connection: Connection[Any], *, folder: Path | None = None) -> None:
    """Raise MigrationError unless every migration is applied and unchanged; for services at their start."""
    status = read_migration_status(connection, folder=folder)
    if status.faults:
        raise MigrationError("\n".join(status.faults))
    if status.pending:
        names = ", ".join(file.name for file in status.pending)
        raise MigrationError(f"The database lacks the migrations {names}. Run: e-supervision migrate")


def read_applied(connection: Connection[Any]) -> list[AppliedMigration]:
    """Read the ledger in order; empty if there is none yet."""
    row = connection.execute(sql_block("select_schema_migration_exists")).fetchone()
    if row is None or not row[0]:
        return []
    with connection.cursor(row_factory=class_row(AppliedMigration)) as cursor:
        return cursor.execute(sql_block("select_applied_migrations")).fetchall()


def compare_ledger(files: Sequence[MigrationFile], applied: Sequence[AppliedMigration]) -> MigrationStatus:
    """Hold the ledger against the files: an applied file must be there and unchanged, a new one must come last."""
    by_number = {file.number: file for file in files}
    faults = []
    for entry in applied:
        file = by_number.get(entry.number)
        if file is None:
            faults.append(
                f"Migration {entry.name} was applied on {entry.applied_at:%Y-%m-%d} but its file is gone: the database "
                "was made by a newer version. Install that version again; migrations only go forward."
            )
        elif file.sha256 != entry.sha256:
            faults.append(
                f"Migration {file.name} was changed after it was applied on {entry.applied_at:%Y-%m-%d}. Restore the "
                "file as it was and write the change as a new migration (a data folder made while developing can be "
                "removed instead)."
            )
    done = {entry.number for entry in applied}
    pending = tuple(file for file in files if file.number not in done)
    newest = max(done, default=0)
    faults += [
        f"Migration {file.name} is not applied although {newest:04d} is: give it a number after the newest."
        for file in pending
        if file.number < newest
    ]
    return MigrationStatus(tuple(applied), pending, tuple(faults))


@contextmanager
def _hold_lock(connection: Connection[Any], seconds_to_wait: float) -> Iterator[None]:
    """Hold the lock by asking again and again.

    A session that waits inside the server keeps a snapshot open, and CREATE INDEX CONCURRENTLY waits for snapshots:
    the two would wait for each other for ever.
    """
    deadline = time.monotonic() + seconds_to_wait
    while not _fetch_flag(connection):
        if time.monotonic() >= deadline:
            raise MigrationError(
                f"Another process has been migrating this database for {seconds_to_wait:.0f} s. Wait for it, or find "
                "the session named e-supervision in pg_stat_activity and end it."
            )
        time.sleep(SECONDS_BETWEEN_TRIES)
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute(sql_block("release_migration_lock"), {"key": LOCK_KEY})


def _fetch_flag(connection: Connection[Any]) -> bool:
    row = connection.execute(sql_block("try_migration_lock"), {"key": LOCK_KEY}).fetchone()
    return row is not None and bool(row[0])


def _apply(connection: Connection[Any], file: MigrationFile, edition: Edition) -> None:
    text = file.select_part(edition)
    entry = {"number": file.number, "name": file.name, "sha256": file.sha256, "edition": edition.value}
    if file.in_transaction:
        with connection.transaction():
            _execute(connection, file, text, text)
            connection.execute(sql_block("insert_applied_migration"), entry)
        return
    for statement in split_statements(text):
        _execute(connection, file, text, statement)
    connection.execute(sql_block("insert_applied_migration"), entry)


def _execute(connection: Connection[Any], file: MigrationFile, text: str, statement: str) -> None:
    if not statement.strip():
        return
    try:
        connection.execute(statement.encode())
    except psycopg.OperationalError as error:
        if connection.closed:
            raise DatabaseError(f"The connection broke during migration {file.name}: {error}") from error
        raise MigrationError(_explain_failure(file, text, statement, error)) from error
    except psycopg.Error as error:
        raise MigrationError(_explain_failure(file, text, statement, error)) from error


def _explain_failure(file: MigrationFile, text: str, statement: str, error: psycopg.Error) -> str:
    position = int(error.diag.statement_position or 1) - 1
    line = text[: text.index(statement) + position].count("\n") + 1
    state = (
        "It was rolled back."
        if file.in_transaction
        else ("It runs outside a transaction: what stands above that line is done and will be tried again.")
    )
    return f"Migration {file.name} failed at line {line}: {error.diag.message_primary or error}. {state}"
