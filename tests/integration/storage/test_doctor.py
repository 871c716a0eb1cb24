"""Doctor reads real databases: empty, half migrated, complete, fed, broken."""

from contextlib import closing
from datetime import UTC, date, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from monitor.storage.database import connect
from monitor.storage.doctor import Examination, SilentSource, examine_database
from monitor.storage.doctor_report import report_examination
from monitor.storage.intake import store_heartbeat
from monitor.storage.migrations import migrate
from monitor.storage.recalculation import insert_calendar_version
from tests.support.driven_hall import DrivenHall, at


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


def stand_at(hall: DrivenHall, moment: str) -> None:
    """Case time stands still at a local time of the hall."""
    hall.connection.execute(
        "insert into case_clock (real_anchor, case_anchor, rate, reason) values (now(), %s, 0, 'test')", [at(moment)]
    )
    hall.connection.commit()


def examine(hall: DrivenHall) -> tuple[Examination, list[str]]:
    """What doctor finds, and the faults that it makes of it but for the tests' own settings."""
    with closing(connect(hall.url, autocommit=True)) as connection:
        examination = examine_database(connection, service_expected=False)
    faults = [fault.what for fault in report_examination(examination).faults]
    return examination, [what for what in faults if " is off: " not in what]


def speak(hall: DrivenHall, moment: str) -> None:
    said = at(moment).astimezone(UTC)
    store_heartbeat(hall.connection, hall.sender.source_id, said, said)
    hall.connection.commit()


def test_a_silent_source_is_named_until_it_speaks_again_with_the_cards_that_wait(driven_hall: DrivenHall) -> None:
    driven_hall.send({"case_no": "c1", "kind": "accepted", "occurred_at": "2026-09-17T10:00", "item": "I1"})
    speak(driven_hall, "2026-09-23T16:00")
    driven_hall.run("2026-09-23T16:00")
    assert examine(driven_hall)[0].silent_sources == ()
    for moment, state, cards_held in (("23T17:01", "silent", 1), ("24T16:01", "silent_a_day", 0)):
        driven_hall.run(f"2026-09-{moment}")
        examination, [fault] = examine(driven_hall)
        assert examination.silent_sources == (SilentSource("DEMO", "S1", state, at("2026-09-23T16:00"), cards_held),)
        assert fault.startswith("The source S1 of DEMO is silent: ")
    speak(driven_hall, "2026-09-24T16:05")
    driven_hall.run("2026-09-24T16:06")
    examination, faults = examine(driven_hall)
    assert (examination.silent_sources, faults) == ((), [])


def load(hall: DrivenHall, content: dict[str, Any]) -> None:
    insert_calendar_version(hall.connection, "hall", hall.hall_id, at("2026-05-11T10:00"), "operator", "通告", content)
    hall.connection.commit()


def test_a_calendar_without_working_time_is_found_whether_or_not_a_service_runs(driven_hall: DrivenHall) -> None:
    stand_at(driven_hall, "2026-05-11T10:00")
    examination, faults = examine(driven_hall)
    assert [(one.hall, one.year, one.has_working_time, one.unusable) for one in examination.calendars] == [
        ("DEMO", 2026, True, None)
    ]
    assert faults == []
    closed = [(date(2026, 5, 1) + timedelta(days=number)).isoformat() for number in range(120)]
    load(driven_hall, {"years": {"2026": {"holidays": closed, "workdays": []}}})
    assert [what[:45] for what in examine(driven_hall)[1]] == ["The calendar of DEMO has no working time in t"]


def test_a_calendar_that_cannot_be_used_is_told_with_the_reason(driven_hall: DrivenHall) -> None:
    stand_at(driven_hall, "2026-05-11T10:00")
    load(driven_hall, {"opening": "18:00", "years": {}})
    [fault] = examine(driven_hall)[1]
    assert fault.startswith("The calendar of DEMO loaded last cannot be used: ")
    assert "18:00" in fault


@pytest.mark.parametrize(("moment", "missing"), [("2026-12-31T10:00", (2027,)), ("2027-01-01T10:00", (2027, 2028))])
def test_a_year_that_is_not_loaded_is_a_fault_from_its_first_day_on(
    driven_hall: DrivenHall, moment: str, missing: tuple[int, ...]
) -> None:
    """Edge case 8: the next year was unknown, and on 1 January everything crashed."""
    load(driven_hall, {"replaces": True, "version": "本地", "years": {"2026": {"holidays": [], "workdays": []}}})
    stand_at(driven_hall, moment)
    examination, faults = examine(driven_hall)
    assert [one.missing_years for one in examination.calendars] == [missing]
    assert [what.partition(":")[0] for what in faults] == ["No notice of 2027 is loaded for DEMO"][: len(missing) - 1]


def test_an_index_left_unfinished_is_found(connection: Connection[Any]) -> None:
    connection.execute("create table pair (n integer)")
    connection.execute("insert into pair values (1), (1)")
    with pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute("create unique index concurrently pair_once on pair (n)")
    assert examine_database(connection).invalid_indexes == ("pair_once",)
