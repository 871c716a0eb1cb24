"""Migrations go forward once, under a lock, and refuse a history that was tampered with."""

import threading
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from monitor.storage.database import Edition, connect
from monitor.storage.migrations import (
    LOCK_KEY,
    MigrationError,
    MigrationReport,
    migrate,
    read_migration_status,
    require_current_schema,
)
from tests.support.databases import DatabaseServer

FIRST = "create table hall (code text primary key);\ninsert into hall values ('a'), ('b');"
SECOND = "alter table hall add column zone text not null default 'Asia/Shanghai';"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0001_hall.sql").write_text(FIRST)
    (tmp_path / "0002_zone.sql").write_text(SECOND)
    return tmp_path


def fetch_all(url: str, query: str) -> list[tuple[object, ...]]:
    with closing(connect(url)) as connection:
        return connection.execute(query.encode()).fetchall()


def test_an_empty_database_gets_timescaledb_and_everything_in_order(empty_database_url: str, folder: Path) -> None:
    announced: list[str] = []
    report = migrate(empty_database_url, folder=folder, announce=announced.append)
    assert report.applied == ("0001_hall", "0002_zone") == tuple(announced)
    assert fetch_all(empty_database_url, "select code, zone from hall order by code") == [
        ("a", "Asia/Shanghai"),
        ("b", "Asia/Shanghai"),
    ]
    assert fetch_all(empty_database_url, "select number, name, edition from schema_migration order by 1") == [
        (1, "0001_hall", report.edition.value),
        (2, "0002_zone", report.edition.value),
    ]


def test_a_second_run_finds_nothing_to_do(empty_database_url: str, folder: Path) -> None:
    migrate(empty_database_url, folder=folder)
    assert migrate(empty_database_url, folder=folder).applied == ()
    assert fetch_all(empty_database_url, "select count(*) from hall") == [(2,)]


def test_an_upgraded_database_ends_like_a_new_one(
    database_server: DatabaseServer, empty_database_url: str, folder: Path
) -> None:
    assert migrate(empty_database_url, folder=folder, up_to=1).applied == ("0001_hall",)
    assert migrate(empty_database_url, folder=folder).applied == ("0002_zone",)
    new_url = database_server.create()
    migrate(new_url, folder=folder)
    columns = "select column_name, data_type, column_default from information_schema.columns where table_name = 'hall'"
    assert fetch_all(empty_database_url, columns) == fetch_all(new_url, columns)
    database_server.drop(new_url)


def test_a_failing_migration_is_rolled_back_and_names_its_line(empty_database_url: str, folder: Path) -> None:
    (folder / "0003_bad.sql").write_text("create table half ();\n\nselect nonsense from hall;\n")
    with pytest.raises(
        MigrationError, match=r'0003_bad failed at line 3: column "nonsense" does not exist.*rolled back'
    ):
        migrate(empty_database_url, folder=folder)
    assert fetch_all(empty_database_url, "select to_regclass('half')") == [(None,)]
    assert fetch_all(empty_database_url, "select max(number) from schema_migration") == [(2,)]


def test_a_changed_file_is_refused_and_nothing_is_applied(empty_database_url: str, folder: Path) -> None:
    migrate(empty_database_url, folder=folder, up_to=1)
    (folder / "0001_hall.sql").write_text(FIRST + "\n-- harmless?\n")
    with pytest.raises(MigrationError, match="0001_hall was changed after it was applied"):
        migrate(empty_database_url, folder=folder)
    assert fetch_all(empty_database_url, "select count(*) from schema_migration") == [(1,)]


def test_a_database_of_a_newer_version_is_refused(empty_database_url: str, folder: Path) -> None:
    migrate(empty_database_url, folder=folder)
    (folder / "0002_zone.sql").unlink()
    with pytest.raises(MigrationError, match="made by a newer version"):
        migrate(empty_database_url, folder=folder)


def test_concurrent_index_creation_runs_outside_a_transaction(empty_database_url: str, folder: Path) -> None:
    (folder / "0003_index.sql").write_text(
        "-- no-transaction\ncreate index concurrently if not exists hall_zone on hall (zone);\n"
        "create index concurrently if not exists hall_both on hall (zone, code);\n"
    )
    assert "0003_index" in migrate(empty_database_url, folder=folder).applied
    names = fetch_all(empty_database_url, "select indexname from pg_indexes where tablename = 'hall' order by 1")
    assert names == [("hall_both",), ("hall_pkey",), ("hall_zone",)]


def test_a_failure_outside_a_transaction_says_what_is_done_and_is_resumed(
    empty_database_url: str, folder: Path
) -> None:
    third = folder / "0003_steps.sql"
    good = "-- no-transaction\ncreate table if not exists step_one ();\n"
    third.write_text(good + "create table step_two (x nonsense);\n")
    with pytest.raises(MigrationError, match=r"0003_steps failed at line 3: .*what stands above that line is done"):
        migrate(empty_database_url, folder=folder)
    third.write_text(good + "create table step_two ();\n")
    assert migrate(empty_database_url, folder=folder).applied == ("0003_steps",)
    assert fetch_all(empty_database_url, "select to_regclass('step_two') is not null") == [(True,)]


def test_only_the_sections_of_the_servers_edition_are_applied(empty_database_url: str, folder: Path) -> None:
    (folder / "0003_parts.sql").write_text(
        "create table everywhere ();\n-- edition: community\ncreate table only_community ();\n"
        "-- edition: apache\ncreate table only_apache ();\n-- edition: all\ncreate table at_the_end ();\n"
    )
    edition = migrate(empty_database_url, folder=folder).edition
    present = fetch_all(
        empty_database_url,
        "select tablename from pg_tables where schemaname = 'public'"
        " and tablename in ('everywhere', 'only_community', 'only_apache', 'at_the_end') order by 1",
    )
    expected = {"at_the_end", "everywhere", "only_apache" if edition is Edition.APACHE else "only_community"}
    assert {name for (name,) in present} == expected


def test_several_processes_migrate_at_once_and_one_does_the_work(empty_database_url: str, folder: Path) -> None:
    reports: list[MigrationReport] = []
    threads = [
        threading.Thread(target=lambda: reports.append(migrate(empty_database_url, folder=folder))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(report.applied) for report in reports) == [0, 0, 0, 2]


def test_who_waits_too_long_for_the_lock_is_told(empty_database_url: str, folder: Path) -> None:
    with closing(connect(empty_database_url)) as holder:
        holder.execute("select pg_advisory_lock(%s)", [LOCK_KEY])
        with pytest.raises(MigrationError, match="Another process has been migrating this database"):
            migrate(empty_database_url, folder=folder, seconds_to_wait=0.0)


def test_a_service_refuses_a_schema_that_lacks_migrations(empty_database_url: str, folder: Path) -> None:
    migrate(empty_database_url, folder=folder, up_to=1)
    with (
        closing(connect(empty_database_url)) as connection,
        pytest.raises(MigrationError, match=r"lacks the migrations 0002_zone\. Run: e-supervision migrate"),
    ):
        require_current_schema(connection, folder=folder)
    migrate(empty_database_url, folder=folder)
    with closing(connect(empty_database_url)) as connection:
        require_current_schema(connection, folder=folder)


def test_asking_for_the_state_changes_nothing(empty_database_url: str, folder: Path) -> None:
    with closing(connect(empty_database_url)) as connection:
        status = read_migration_status(connection, folder=folder)
        assert [file.name for file in status.pending] == ["0001_hall", "0002_zone"]
    assert fetch_all(empty_database_url, "select to_regclass('schema_migration')") == [(None,)]


def test_the_shipped_migrations_make_the_event_log_a_hypertable(database_url: str) -> None:
    rows = fetch_all(database_url, "select hypertable_name from timescaledb_information.hypertables")
    assert ("event",) in rows


def test_the_event_log_refuses_change_and_removal(database_url: str) -> None:
    with closing(connect(database_url, autocommit=True)) as connection:
        connection.execute(
            "insert into event (occurred_at, recorded_at, hall_id, source_id, receipt_id, event_id, case_no, kind)"
            " values ('2026-01-05', '2026-01-05', 1, 1, 1, 'e1', 'c1', 'received')"
        )
        for statement in (sql.SQL("update event set case_no = 'c2'"), sql.SQL("delete from event")):
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
                connection.execute(statement)


def test_the_file_of_a_case_is_compressed_by_lz4(database_url: str) -> None:
    by_lz4 = (
        "select attname from pg_attribute where attrelid = 'case_file'::regclass and attcompression = 'l' order by 1"
    )
    assert fetch_all(database_url, by_lz4) == [("events",), ("judged",)]
