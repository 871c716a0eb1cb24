"""Roles of the database: the service runs with them, and the log can be changed by none."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import Connection, errors, sql

from monitor.storage.migrations import migrate
from monitor.storage.roles import GRANTS, LOG_TABLES, OWNERS_ALONE, DatabaseRole, create_roles
from tests.support.databases import DatabaseServer
from tests.support.program_runs import run_program
from tests.support.running_service import count_open, send_case, serving

Login = Callable[..., str]


@pytest.fixture
def login(database_url: str, connection: Connection[Any]) -> Iterator[Login]:
    """Makes a user who is a member of some roles, and gives the URL with which it logs in."""
    create_roles(connection)
    users: list[sql.Identifier] = []

    def make(*roles: DatabaseRole) -> str:
        name, password = f"test_{secrets.token_hex(6)}", secrets.token_urlsafe(16)
        users.append(sql.Identifier(name))
        connection.execute(
            sql.SQL("create role {} login password {} in role {}").format(
                users[-1], sql.Literal(password), sql.SQL(", ").join(map(sql.Identifier, roles))
            )
        )
        parts = urlsplit(database_url)
        place = parts.netloc.rpartition("@")[2]
        return parts._replace(netloc=f"{name}:{password}@{place}").geturl()

    yield make
    for user in users:
        connection.execute(sql.SQL("drop role {}").format(user))


@pytest.mark.parametrize("role", DatabaseRole)
@pytest.mark.parametrize("table", LOG_TABLES)
def test_the_log_is_changed_by_none_of_them(login: Login, role: DatabaseRole, table: str) -> None:
    with closing(psycopg.connect(login(role), autocommit=True)) as session:
        name = sql.Identifier(table)
        session.execute(sql.SQL("select * from {}").format(name))
        for change in ("update {} set source_id = 0", "delete from {}", "truncate {}", "truncate {} cascade"):
            with pytest.raises(errors.InsufficientPrivilege, match="permission denied for table"):
                session.execute(sql.SQL(change).format(name))


@pytest.mark.parametrize("role", DatabaseRole)
def test_neither_are_the_chunks_of_the_log(
    login: Login, role: DatabaseRole, connection: Connection[Any], key: str, database_url: str, tmp_path: Path
) -> None:
    url = login(role)
    with serving(database_url, tmp_path, "--role", "intake") as service:
        service.wait_until_ready()
        send_case(service, key, "K1")
    (chunk,) = connection.execute("select show_chunks('event')::text").fetchall()
    with closing(psycopg.connect(url, autocommit=True)) as session:
        for change in ("update {} set case_no = 'x'", "delete from {}", "truncate {}", "drop table {}"):
            with pytest.raises(errors.InsufficientPrivilege):
                session.execute(change.format(chunk[0]).encode())
    assert connection.execute("select case_no from event").fetchall() == [("K1",)]


def test_the_service_takes_in_judges_and_shows_with_them(login: Login, key: str, tmp_path: Path) -> None:
    with serving(login(*DatabaseRole), tmp_path) as service:
        service.wait_until_ready()
        send_case(service, key, "K1")
        service.wait_for(lambda: count_open(service) == 1, "judging")
        assert service.client.get("/api/v1/cases/S1/K1").json()["light"] == "green"
        assert service.client.get("/metrics").status_code == 200


def test_each_part_of_the_service_is_content_with_its_own(login: Login, key: str, tmp_path: Path) -> None:
    parts = {"intake": DatabaseRole.INTAKE, "engine": DatabaseRole.ENGINE, "push": DatabaseRole.READER}
    folders = {part: tmp_path / part for part in parts}
    for folder in folders.values():
        folder.mkdir()
    with (
        serving(login(parts["intake"]), folders["intake"], "--role", "intake") as intake,
        serving(login(parts["engine"]), folders["engine"], "--role", "engine") as engine,
        serving(login(parts["push"]), folders["push"], "--role", "push") as push,
    ):
        for service in (intake, engine, push):
            service.wait_until_ready()
        send_case(intake, key, "K1")
        push.wait_for(lambda: count_open(push) == 1, "judging")
        heartbeat = {"complete_until": "2026-01-05T09:00:00+08:00"}
        told = intake.client.post("/api/v1/heartbeat", json=heartbeat, headers={"Authorization": f"Bearer {key}"})
        assert told.status_code == 200
        for service in (intake, engine, push):
            assert service.client.get("/metrics").status_code == 200
            assert "permission denied" not in service.log


def test_personal_fields_and_keys_are_not_for_readers(login: Login) -> None:
    with closing(psycopg.connect(login(DatabaseRole.READER), autocommit=True)) as session:
        for table in ("handler_person", "source_key", "refused_event"):
            with pytest.raises(errors.InsufficientPrivilege, match="permission denied"):
                session.execute(f"select * from {table}".encode())


def test_every_table_says_who_may_do_what_with_it(connection: Connection[Any]) -> None:
    """A new table belongs into GRANTS, or into OWNERS_ALONE where the service never touches it."""
    rows = connection.execute(
        "select tablename::text from pg_tables where schemaname = 'public'"
        " union all select viewname::text from pg_views where schemaname = 'public'"
    ).fetchall()
    named = {table for tables in GRANTS.values() for table in tables}
    assert {name for (name,) in rows} == named | OWNERS_ALONE


def test_a_migration_gives_them_their_rights_on_what_is_new(
    connection: Connection[Any], database_server: DatabaseServer, empty_database_url: str
) -> None:
    create_roles(connection)
    migrate(empty_database_url, up_to=7)
    reads = "select has_table_privilege('esupervision_reader', 'engine_measure', 'select')"
    with closing(psycopg.connect(empty_database_url, autocommit=True)) as old:
        old.execute("grant select on schema_migration to esupervision_reader")
        migrate(empty_database_url)
        assert old.execute(reads.encode()).fetchone() == (True,)


def test_a_migration_gives_nobody_rights_unasked(connection: Connection[Any], empty_database_url: str) -> None:
    create_roles(connection)
    migrate(empty_database_url)
    with closing(psycopg.connect(empty_database_url, autocommit=True)) as new:
        reads = "select has_table_privilege('esupervision_reader', 'engine_measure', 'select')"
        assert new.execute(reads.encode()).fetchone() == (False,)


def test_the_command_may_be_run_again_and_says_what_to_do(database_url: str) -> None:
    first = run_program("roles", environment={"DATABASE_URL": database_url})
    second = run_program("roles", environment={"DATABASE_URL": database_url})
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert "esupervision_intake (renewed)" in second.stdout
    assert "create role supervision_service login in role" in second.stdout


def test_who_may_not_give_rights_is_told(login: Login) -> None:
    done = run_program("roles", environment={"DATABASE_URL": login(DatabaseRole.READER)})
    assert done.returncode == 1
    assert "run this as the owner of the tables" in done.stderr
    assert "Traceback" not in done.stderr
