"""A back-up put back into an empty database, whole or with an error that says what is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection, sql

from monitor.storage.backup import DATA, BackupError, Manifest, Watch, check_files, read_manifest
from monitor.storage.client_programs import ClientProgramError, find_client_program, run_client_program
from monitor.storage.database import connect, read_server, refuse_plain_postgresql
from monitor.storage.feed import begin_feeds_anew
from monitor.storage.intake import find_chain_breaks
from monitor.storage.sql_blocks import sql_block

_TABLE_BEGUN = re.compile(r'processing data for table "(?P<table>.+)"$')


def restore_backup(url: str, folder: Path, *, watch: Watch = lambda _done, _all: None) -> Manifest:
    """Put the back-up in `folder` into the empty database at `url`, and hold its batches against the manifest.

    Raises BackupError where the database is not empty, TimescaleDB is of another version, or the copy is not whole;
    what was restored up to then stays, for a database that is dropped and made anew.
    """
    manifest = read_manifest(folder)
    check_files(folder, manifest)
    with closing(connect(url, autocommit=True)) as connection:
        _refuse_content(connection)
        _bring_same_timescaledb(connection, manifest)
        program = find_client_program("pg_restore", connection)
        command: list[str | Path] = [
            program, f"--dbname={connection.info.dbname}", "--no-owner", "--no-privileges", "--no-comments",
            "--exit-on-error", "--verbose", folder / DATA,
        ]  # fmt: skip
        with _restoring(connection):
            try:
                run_client_program(command, url, _Watched(manifest.tables, watch).hear)
            except ClientProgramError as error:
                raise BackupError(f"{error}\nDrop this database, make it anew, and try again.") from error
    with closing(connect(url, autocommit=True)) as connection:
        connection.execute(sql_block("analyze_everything"))
        _check_batches(connection, manifest)
        begin_feeds_anew(connection)
    return manifest


def _refuse_content(connection: Connection[Any]) -> None:
    found = [name for (name,) in connection.execute(sql_block("select_own_tables"))]
    if found:
        raise BackupError(
            f"The database {connection.info.dbname} is not empty (it has {', '.join(found)}): nothing was changed. "
            "Restore into a new database, or into a data folder that does not exist yet."
        )


def _bring_same_timescaledb(connection: Connection[Any], manifest: Manifest) -> None:
    """TimescaleDB's catalog is part of the copy: it fits the version it was taken with alone."""
    server = read_server(connection)
    refuse_plain_postgresql(server)
    version = server.installed_version
    if version is None:
        create = sql.SQL("create extension timescaledb version {}").format(sql.Literal(manifest.timescaledb))
        try:
            connection.execute(create)
        except psycopg.Error:
            version = server.offered_version
        else:
            return
    if version != manifest.timescaledb:
        raise BackupError(
            f"The back-up was taken with TimescaleDB {manifest.timescaledb}, this server has {version}. Restore it on "
            "a server with that version, then update: ALTER EXTENSION timescaledb UPDATE"
        )


@contextmanager
def _restoring(connection: Connection[Any]) -> Iterator[None]:
    connection.execute(sql_block("pre_restore"))
    try:
        yield
    finally:
        connection.execute(sql_block("post_restore"))


class _Watched:
    """Turns what pg_restore says into bytes: a table counts when it begins."""

    def __init__(self, tables: dict[str, int], watch: Watch) -> None:
        # pg_restore names tables without their schema.
        self._tables = {name.partition(".")[2]: size for name, size in tables.items()}
        self._all = sum(tables.values())
        self._done = 0
        self._watch = watch

    def hear(self, line: str) -> None:
        """Take one line."""
        begun = _TABLE_BEGUN.search(line)
        if begun is not None:
            self._done += self._tables.get(begun["table"].rpartition(".")[2], 0)
            self._watch(self._done, self._all)


def _check_batches(connection: Connection[Any], manifest: Manifest) -> None:
    row = connection.execute(sql_block("select_copied_facts")).fetchone()
    if row != (manifest.batch_no, manifest.chain_hash, manifest.events):
        raise BackupError(
            f"The copy is not whole: batch, chain hash and events are {row}, the back-up has "
            f"({manifest.batch_no}, {manifest.chain_hash}, {manifest.events})."
        )
    breaks = find_chain_breaks(connection)
    if breaks:
        raise BackupError(f"The chain of batches is broken in the copy: {breaks[0]}.")
