"""A service that still runs when its database is migrated goes on: migrations add, and take nothing away."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection, DataError, ProgrammingError
from psycopg.errors import ObjectNotInPrerequisiteState

from monitor.storage.database import connect
from monitor.storage.migration_files import find_migrations_folder, read_migration_files
from monitor.storage.migrations import migrate
from monitor.storage.sql_blocks import SqlBlock, parse_sql_blocks
from tests.support.databases import ROOT, DatabaseServer
from tests.support.schema_catalogue import find_breaks, read_schema

MIGRATIONS = read_migration_files(find_migrations_folder())
COHORTS = 15
"""Since then what time moves is no longer in the rows of cases: an engine that does not know it must not judge."""
WRITES_CASES = re.compile(r"\b(insert into|update|delete from) (case_state|clock)\b")
FIRST_PROGRAM = 5
"""The migrations up to here were laid before there was a program."""
EARLIER = [migration.number for migration in MIGRATIONS if migration.number >= FIRST_PROGRAM][:-1]


@contextmanager
def database_at(server: DatabaseServer, number: int | None) -> Iterator[Connection[Any]]:
    """A database at a migration; None: the newest."""
    url = server.create()
    migrate(url, up_to=number)
    with closing(connect(url, autocommit=True)) as connection:
        yield connection
    server.drop(url)


@pytest.fixture(scope="module")
def newest(database_server: DatabaseServer) -> Iterator[Connection[Any]]:
    """A database with all migrations."""
    with database_at(database_server, None) as connection:
        yield connection


# -- what the schema takes away ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", EARLIER)
def test_nothing_that_an_earlier_program_reads_or_writes_is_gone_or_refused(
    database_server: DatabaseServer, newest: Connection[Any], number: int
) -> None:
    with database_at(database_server, number) as earlier:
        assert find_breaks(read_schema(earlier), read_schema(newest)) == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("alter table card rename column recipient to receiver", "card.recipient is gone"),
        ("alter table anomaly drop column detail", "anomaly.detail is gone"),
        ("drop table outage", "outage.blind_from is gone"),
        (
            "alter table engine_measure alter column batches type numeric",
            "engine_measure.batches was bigint and is numeric",
        ),
        ("alter table card alter column department set not null", "card.department must be given now"),
        ("alter table refused_event add column why text not null", "refused_event.why must be given now"),
        ("alter table anomaly add column paused boolean not null default false", "anomaly.paused must be given now"),
        ("create unique index card_once on card (case_id, level)", "card refuses rows by card_once now"),
        ("alter table source add constraint short check (length(code) < 9)", "source refuses rows by short now"),
        ("alter type event_kind rename value 'rated' to 'graded'", "event_kind has no rated any more"),
    ],
)
def test_what_an_earlier_program_would_stumble_over_is_found(
    connection: Connection[Any], change: str, found: str
) -> None:
    before = read_schema(connection)
    connection.execute(change.encode())
    assert found in find_breaks(before, read_schema(connection))


@pytest.mark.parametrize(
    "change",
    [
        "alter table card add column seen_by text",
        "alter table card add column urgent boolean not null default false",
        "create table parcel (parcel_id bigint primary key, weight integer not null check (weight > 0))",
        "create index card_by_reason on card (reason)",
        "alter table source add column quota integer check (quota > 0)",
        "alter type event_kind add value 'archived'",
    ],
)
def test_what_is_only_added_is_no_break(connection: Connection[Any], change: str) -> None:
    before = read_schema(connection)
    connection.execute(change.encode())
    assert find_breaks(before, read_schema(connection)) == []


# -- the statements of earlier programs --------------------------------------------------------------------------------


def git(*words: str) -> str:
    """What git says of this repository; skips where there is none, or only its newest commits."""
    done = subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip("the history of the repository is not here: statements of earlier programs are not known")
    return done.stdout.strip()


def statements_before(number: int) -> list[SqlBlock]:
    """The statements of the last program that did not know a migration."""
    name = next(migration.name for migration in MIGRATIONS if migration.number == number)
    added = git("log", "--diff-filter=A", "--format=%H", "--", f"migrations/{name}.sql").split()
    if not added:
        pytest.skip(f"{name} is not committed yet, or the history of the repository is not here")
    program = f"{added[-1]}^"
    files = git("ls-tree", "--name-only", program, "monitor/storage/sql/").split()
    return [block for file in files for block in parse_sql_blocks(git("show", f"{program}:{file}"), Path(file))]


def prepares(connection: Connection[Any], block: SqlBlock) -> bool:
    """Whether the server understands a statement: every table, column, type and index that it names."""
    names: list[str] = []

    def number(match: re.Match[str]) -> str:
        if match["name"] not in names:
            names.append(match["name"])
        return f"${names.index(match['name']) + 1}"

    text = re.sub(r"%\((?P<name>\w+)\)[sbt]", number, block.text).replace("%%", "%")
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(f"prepare old_statement as {text}".encode())
            connection.execute("deallocate old_statement")
    except (ProgrammingError, DataError, ObjectNotInPrerequisiteState):
        return False
    return True


@pytest.mark.parametrize("number", [number + 1 for number in EARLIER])
def test_the_statements_of_an_earlier_program_are_understood_after_every_migration(
    database_server: DatabaseServer, newest: Connection[Any], number: int
) -> None:
    blocks = statements_before(number)
    with ExitStack() as stack:
        earlier = stack.enter_context(database_at(database_server, number - 1))
        for connection in (earlier, newest):
            connection.execute("discard temp")
            for block in blocks:
                if block.name == "create_staging":
                    connection.execute(block.text.encode())
        understood = [block for block in blocks if prepares(earlier, block)]
        assert len(understood) > 0.8 * len(blocks) > 50
        refused = [block for block in understood if not prepares(newest, block)]
        assert [block.name for block in refused if not WRITES_CASES.search(block.text)] == []
        assert number <= COHORTS or not refused


def test_a_statement_that_names_what_is_gone_is_not_understood(newest: Connection[Any]) -> None:
    text = "select case_id from card where {} = %(recipient)s and reason like '%%late%%'"
    known, gone = (SqlBlock("cards", "of a recipient", text.format(name), Path()) for name in ("recipient", "receiver"))
    assert prepares(newest, known)
    assert not prepares(newest, gone)
