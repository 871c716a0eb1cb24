"""Doctor reads real databases: empty, half migrated, complete, fed, broken."""

from contextlib import closing
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from monitor.storage.database import connect
from monitor.storage.doctor import examine_database
from monitor.storage.doctor_report import report_examination
from monitor.storage.migrations import migrate


def test_a_database_with_nothing_in_it_is_told_to_migrate(empty_database_url: str) -> None:
    with closing(connect(empty_database_url, autocommit=True)) as connection:
        report = report_examination(examine_database(connection))
    remedies = [fault.remedy for fault in report.faults]
    assert "Run: e-supervision migrate" in remedies
    assert report.exit_code == 1


def test_a_half_migrated_database_names_what_is_missing(empty_database_url: str) -> None:
    migrate(empty_database_url, up_to=1)
    with closing(connect(empty_database_url, autocommit=True)) as connection:
        examination = examine_database(connection)
    assert [entry.number for entry in examination.migrations.applied] == [1]
    assert any("0002_log" in fault.what for fault in report_examination(examination).faults)


def test_a_complete_database_shows_its_hypertable_and_has_only_the_tests_own_settings_against_it(
    connection: Connection[Any],
) -> None:
    examination = examine_database(connection)
    assert examination.edition is not None
    assert "event" in [table.name for table in examination.hypertables]
    assert examination.size > 1_000_000
    faults = [fault.what for fault in report_examination(examination).faults]
    assert all(" is off: what the service has acknowledged" in fault for fault in faults)


def test_halls_sources_and_waiting_batches_are_read(connection: Connection[Any]) -> None:
    connection.execute("insert into hall (code, name_zh, name_en) values ('HZ', '湖州', 'Huzhou')")
    connection.execute("insert into source (hall_id, code, name_zh) select hall_id, 'ems', '窗口' from hall")
    connection.execute(
        "insert into source (hall_id, code, name_zh, feed) select hall_id, 'old', '档', 'archive' from hall"
    )
    connection.execute("insert into engine_state (hall_id, as_of) select hall_id, now() - interval '1 hour' from hall")
    connection.execute(
        "insert into intake_batch select 1, 1, hall_id, source_id, now() - interval '10 minutes', now(), 1, 0, 0, 0,"
        " '', '' from source where code = 'ems'"
    )
    connection.execute("insert into unfolded_batch select 1, hall_id, '' from hall")
    examination = examine_database(connection)
    assert [(source.hall, source.code, source.complete_until) for source in examination.sources] == [
        ("HZ", "ems", None)
    ]
    (engine,) = examination.engines
    assert examination.case_time - engine.as_of >= timedelta(hours=1)
    assert examination.waiting is not None
    assert examination.waiting.batches == 1
    faults = [fault.what for fault in report_examination(examination).faults]
    assert "Accepted events have waited 10 min for the engine: it stands still or is behind." in faults
    assert "The engine of HZ has not judged for 60 min: nothing falls due meanwhile." in faults


def test_case_time_of_a_driven_database_is_used(connection: Connection[Any]) -> None:
    connection.execute(
        "insert into case_clock (real_anchor, case_anchor, rate, reason)"
        " values (now() - interval '1 minute', '2026-01-05 01:00+00', 60, 'test')"
    )
    examination = examine_database(connection)
    assert examination.case_rate == 60.0
    assert examination.case_time.date().isoformat() == "2026-01-05"


def test_an_index_left_unfinished_is_found(connection: Connection[Any]) -> None:
    connection.execute("create table pair (n integer)")
    connection.execute("insert into pair values (1), (1)")
    with pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute("create unique index concurrently pair_once on pair (n)")
    assert examine_database(connection).invalid_indexes == ("pair_once",)
