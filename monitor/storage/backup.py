"""Back-ups: a consistent copy of the whole database in a folder, with a list of what it holds."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from psycopg import Connection
from psycopg.rows import class_row, dict_row

from monitor.storage.client_programs import ClientProgramError, find_client_program, run_client_program
from monitor.storage.database import connect
from monitor.storage.sql_blocks import sql_block

MANIFEST = "manifest.json"
DATA = "database"
UNFINISHED = ".unfinished"
TRIES_TO_SETTLE = 100
SECONDS_BETWEEN_TRIES = 0.05

_TABLE_BEGUN = re.compile(r'dumping contents of table "(?P<table>.+)"$')

Watch = Callable[[int, int], None]
"""Told after each table: bytes copied so far and bytes in all, as the tables take them on disk."""


class BackupError(RuntimeError):
    """A back-up cannot be taken or used; the text says why and what to do."""


class Manifest(msgspec.Struct, frozen=True):
    """What a back-up holds. `files`: relative path → SHA-256; `tables`: name → bytes on the server's disk."""

    taken_at: datetime
    migration: int
    timescaledb: str
    postgresql: str
    batch_no: int
    chain_hash: str
    events: int
    tables: dict[str, int]
    files: dict[str, str] = msgspec.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BackupRecord:
    """A back-up that came to its end, as the database remembers it; `taken_at` in real time."""

    taken_at: datetime
    place: str
    bytes: int
    batch_no: int


def take_backup(url: str, folder: Path, *, jobs: int = 2, watch: Watch = lambda _done, _all: None) -> Manifest:
    """Copy the database at `url` into the new folder `folder`; service and engine may go on meanwhile.

    The folder appears complete or not at all. Raises BackupError, DatabaseError.
    """
    if folder.exists():
        raise BackupError(f"{folder} exists already: give a new folder for each back-up.")
    unfinished = folder.with_name(folder.name + UNFINISHED)
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        unfinished.mkdir(mode=0o700, parents=True)
        manifest = _dump(url, unfinished, jobs, watch)
        manifest = msgspec.structs.replace(manifest, files=dict(_hash_files(unfinished)))
        _write_durably(unfinished / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")
        unfinished.rename(folder)
    except OSError as error:
        raise BackupError(
            f"{folder} cannot be written: {error.strerror}. Choose a folder with enough space."
        ) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    _record(url, folder, manifest)
    return manifest


def _dump(url: str, folder: Path, jobs: int, watch: Watch) -> Manifest:
    with closing(connect(url)) as connection:
        program = find_client_program("pg_dump", connection)
        with _settled_state(connection):
            manifest = _describe(connection)
            row = connection.execute(sql_block("export_snapshot")).fetchone()
            assert row is not None
            watched = _Watched(manifest.tables, watch)
            command: list[str | Path] = [
                program, "--format=directory", f"--jobs={jobs}", f"--snapshot={row[0]}", f"--file={folder / DATA}",
                "--no-owner", "--no-privileges", "--verbose",
            ]  # fmt: skip
            try:
                run_client_program(command, url, watched.hear)
            except ClientProgramError as error:
                raise BackupError(str(error)) from error
    watch(sum(manifest.tables.values()), sum(manifest.tables.values()))
    return manifest


@contextmanager
def _settled_state(connection: Connection[Any]) -> Iterator[None]:
    """One state in which no engine is in the middle of a cycle, so that the copy can be checked as it stands.

    An engine that is always in the middle of one is not waited for: the copy is whole all the same.
    """
    for attempt in range(TRIES_TO_SETTLE):
        with connection.transaction():
            connection.execute(sql_block("begin_backup"))
            row = connection.execute(sql_block("select_unsettled_halls")).fetchone()
            if (row is not None and row[0] == 0) or attempt == TRIES_TO_SETTLE - 1:
                yield
                return
        time.sleep(SECONDS_BETWEEN_TRIES)


def _describe(connection: Connection[Any]) -> Manifest:
    with connection.cursor(row_factory=dict_row) as cursor:
        facts = cursor.execute(sql_block("select_backup_facts")).fetchone()
        assert facts is not None
        tables = {row["name"]: row["bytes"] for row in cursor.execute(sql_block("select_tables_to_copy"))}
    return Manifest(taken_at=datetime.now(UTC), tables=tables, **facts)


class _Watched:
    """Turns what pg_dump says into bytes: a table counts when the next one begins."""

    def __init__(self, tables: dict[str, int], watch: Watch) -> None:
        self._tables = tables
        self._all = sum(tables.values())
        self._done = 0
        self._watch = watch

    def hear(self, line: str) -> None:
        """Take one line."""
        begun = _TABLE_BEGUN.search(line)
        if begun is not None:
            self._done += self._tables.get(begun["table"], 0)
            self._watch(self._done, self._all)


def _hash_files(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                yield str(path.relative_to(folder)), hashlib.file_digest(file, "sha256").hexdigest()
                os.fsync(file.fileno())


def _write_durably(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _record(url: str, folder: Path, manifest: Manifest) -> None:
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    record = {
        "taken_at": manifest.taken_at,
        "place": f"{socket.gethostname()}:{folder.absolute()}",
        "bytes": size,
        "batch_no": manifest.batch_no,
    }
    with closing(connect(url, autocommit=True)) as connection:
        connection.execute(sql_block("insert_backup_record"), record)


def read_manifest(folder: Path) -> Manifest:
    """Read what a back-up holds. Raises BackupError where the folder is none."""
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except FileNotFoundError as error:
        raise BackupError(
            f"{folder} is no back-up: it has no {MANIFEST}. Name the folder that `backup` made."
        ) from error
    except (OSError, msgspec.DecodeError) as error:
        raise BackupError(f"{folder / MANIFEST} cannot be read: {error}.") from error


def check_files(folder: Path, manifest: Manifest) -> None:
    """Raise BackupError unless every file is there as it was written."""
    found = {name: digest for name, digest in _hash_files(folder) if name != MANIFEST}
    wrong = sorted(name for name in {*found, *manifest.files} if found.get(name) != manifest.files.get(name))
    if wrong:
        raise BackupError(
            f"{folder} is damaged: {', '.join(wrong[:3])}{' and others' if len(wrong) > 3 else ''} missing, changed or "
            "added since it was taken. Use another back-up."
        )


def read_newest_backup(connection: Connection[Any]) -> BackupRecord | None:
    """Read what the database remembers of its newest back-up."""
    with connection.cursor(row_factory=class_row(BackupRecord)) as cursor:
        return cursor.execute(sql_block("select_newest_backup")).fetchone()
