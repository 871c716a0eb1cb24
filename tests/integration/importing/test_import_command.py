"""`import` brings a log into the event log by the same path as HTTP: once each, checked, refused with reasons."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection
from typer.testing import CliRunner

from monitor.commands import build_program
from monitor.storage.importing import find_import_source
from tests.support.program_runs import run_program

PROFILE = """
layout = "csv"
title = "a city's requests"
zone = "America/New_York"

[source]
code = "city"
name_zh = "城市"
name_en = "City"

[fields]
case_no = "id"
item = { value = "permit" }

[[event]]
kind = "received"
at = "open"
window = { column = "channel", map = { Desk = "desk" }, unmapped = "drop" }

[[event]]
kind = "accepted"
at = "open"
due_claimed = "due"

[[event]]
kind = "decided"
at = "closed"
handler = "clerk"
optional = true

[hall]
code = "us-city"
name_en = "A city"
department = [{ code = "works", name_en = "Public works" }]
window = [{ code = "desk", name_en = "Desk", department = "works" }]

[[hall.item]]
code = "permit"
name_en = "Permit"
department = "works"
unit = "working_days"
counting = "clock"
promised = 3
statutory = 3

[hall.calendar]
opening = "08:30"
closing = "17:00"
notice = "city holidays"
years = [2015]

[hall.calendar.holidays]
2015-10-12 = "Columbus Day"

[hall.policy]
deemed_acceptance = false
"""
HEADER = "id,channel,open,due,closed,clerk\n"
ROWS = [
    # National Day of China: no holiday there, and 2015-10-10 was no make-up workday.
    "1,Desk,2015-10-01T10:00:00,2015-10-06T10:00:00,2015-10-02T09:00:00,C1\n",
    "2,Phone,2015-10-09T10:00:00,2015-10-15T10:00:00,2015-10-15T10:00:01,C2\n",
    "3,Desk,2015-10-13T20:00:00,2015-10-19T08:30:00,,\n",
]


class Importing:
    """A folder with the profile, and the command run on tables in it."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        self.environment = {"DATABASE_URL": database_url}
        (folder / "city.toml").write_text(PROFILE, encoding="utf-8")

    def run(self, rows: list[str], *options: str) -> tuple[int, str, str]:
        log = self.folder / "log.csv"
        log.write_text(HEADER + "".join(rows), encoding="utf-8")
        return self.call(log, "--profile", self.folder / "city.toml", *options)

    def call(self, *words: str | Path) -> tuple[int, str, str]:
        """Exit code, and what was said on standard output and error."""
        program = build_program(["import"])
        done = CliRunner().invoke(
            program, ["import", *map(str, words)], env=self.environment, prog_name="e-supervision"
        )
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def importing(tmp_path: Path, database_url: str) -> Importing:
    return Importing(tmp_path, database_url)


def log_content(connection: Connection[Any]) -> list[tuple[Any, ...]]:
    columns = "event_id, case_no, kind::text, occurred_at, item, window_no, handler, due_claimed"
    return connection.execute(f"select {columns} from event order by case_no, occurred_at, kind").fetchall()


def test_a_log_is_imported_with_its_hall_and_judged_by_that_city_s_rules(
    importing: Importing, connection: Connection[Any]
) -> None:
    code, said, _ = importing.run(ROWS)
    assert code == 0
    assert "source city: 8 events" in said
    assert "8 accepted, 0 already there, 0 conflicting, 0 rejected" in said
    held = connection.execute("select code, zone, policy from hall").fetchone()
    assert held is not None
    assert (held[0], held[1], held[2]["deemed_acceptance"]) == ("us-city", "America/New_York", False)
    source = find_import_source(connection, "city")
    assert source is not None
    assert (source.hall_code, source.feed) == ("us-city", "archive")
    cases = connection.execute(
        "select case_no, status::text, department, promise_due_at, promise_state from case_state order by case_no"
    ).fetchall()
    assert cases == [
        ("1", "decided", "works", datetime(2015, 10, 6, 14, 0, tzinfo=UTC), "met"),
        ("2", "decided", "works", datetime(2015, 10, 15, 14, 0, tzinfo=UTC), "breached"),
        ("3", "accepted", "works", datetime(2015, 10, 19, 12, 30, tzinfo=UTC), "breached"),
    ]


def test_importing_again_changes_nothing(importing: Importing, connection: Connection[Any]) -> None:
    importing.run(ROWS)
    before = log_content(connection)
    code, said, _ = importing.run(ROWS)
    assert code == 0
    assert "0 accepted, 8 already there" in said
    assert log_content(connection) == before


def test_a_longer_and_differently_sorted_export_adds_only_what_is_new(
    importing: Importing, connection: Connection[Any]
) -> None:
    importing.run(ROWS)
    before = set(log_content(connection))
    closed = ROWS[2].replace(",,\n", ",2015-10-14T11:00:00,C1\n")
    code, said, _ = importing.run([closed, "4,Desk,2015-10-20T10:00:00,2015-10-23T10:00:00,,\n", ROWS[1], ROWS[0]])
    assert code == 0
    assert "3 accepted, 8 already there, 0 conflicting, 0 rejected" in said
    after = set(log_content(connection))
    assert before < after
    assert {(row[1], row[2]) for row in after - before} == {("3", "decided"), ("4", "received"), ("4", "accepted")}


def test_a_changed_row_is_a_conflict_that_is_told_and_not_applied(
    importing: Importing, connection: Connection[Any]
) -> None:
    importing.run(ROWS)
    before = log_content(connection)
    code, said, complaint = importing.run([ROWS[0].replace("C1", "C9")])
    assert code == 1
    assert "0 accepted, 2 already there, 1 conflicting" in said
    assert "line 2: conflicting: other_content" in complaint
    assert log_content(connection) == before
    kept = connection.execute("select verdict, line from refused_event").fetchall()
    assert kept == [("conflicting", 2)]


def test_bad_rows_are_listed_with_line_reason_and_remedy_and_the_others_are_in(
    importing: Importing, connection: Connection[Any]
) -> None:
    code, said, complaint = importing.run(
        [
            ROWS[0],
            "2,Desk,2015-02-30T10:00:00,,,\n",
            "3,Desk,1815-10-01T10:00:00,,,\n",
            "4,Desk\n",
            f"5,Desk,2015-10-01T10:00:00,,2015-10-02T10:00:00,{'x' * 300}\n",
        ]
    )
    assert code == 1
    assert "5 accepted" in said
    assert "6 rejected" in said
    for expected in (
        "line 3: rejected: impossible_time: event[1].at: '2015-02-30T10:00:00' is no possible time",
        "line 4: rejected: impossible_time: event[1].at: '1815-10-01T10:00:00'",
        "line 5: rejected: bad_row: 2 fields where the header names 6",
        "line 6: rejected: too_long: `handler` has 300 characters",
    ):
        assert expected in complaint
    assert {row[1] for row in log_content(connection)} == {"1", "5"}
    kept = connection.execute("select line, reason from refused_event order by line, reason").fetchall()
    assert kept == [
        (3, "impossible_time"), (3, "impossible_time"), (4, "impossible_time"), (4, "impossible_time"), (5, "bad_row"),
        (6, "too_long"),
    ]  # fmt: skip


def test_what_an_operator_registered_or_changed_stays(importing: Importing, connection: Connection[Any]) -> None:
    importing.run(ROWS[:1])
    connection.execute("update item_version set promised = 2")
    connection.execute("update hall set policy = '{}'")
    connection.execute("delete from service_window")
    importing.run(ROWS)
    assert connection.execute("select promised, statutory from item_version").fetchall() == [(2, 3)]
    assert connection.execute("select policy from hall").fetchall() == [({},)]
    assert connection.execute("select code from service_window").fetchall() == [("desk",)]
    assert connection.execute("select count(*) from calendar_version").fetchone() == (1,)


def test_a_second_source_of_the_same_city_goes_into_the_same_hall(
    importing: Importing, connection: Connection[Any]
) -> None:
    importing.run(ROWS)
    code, said, _ = importing.run(ROWS, "--source", "city-2")
    assert code == 0
    assert "8 accepted" in said
    assert connection.execute("select count(*) from hall").fetchone() == (1,)
    assert connection.execute("select code, feed from source order by code").fetchall() == [
        ("city", "archive"),
        ("city-2", "archive"),
    ]


def test_a_source_of_another_hall_is_refused(importing: Importing, connection: Connection[Any]) -> None:
    importing.run(ROWS)
    other = PROFILE.replace('code = "us-city"', 'code = "us-town"')
    (importing.folder / "city.toml").write_text(other, encoding="utf-8")
    code, _, complaint = importing.run(ROWS)
    assert code == 2
    assert "the source city belongs to the hall us-city, not to us-town" in complaint
    assert connection.execute("select count(*) from hall").fetchone() == (1,)


def test_judging_may_be_left_to_a_service(importing: Importing, connection: Connection[Any]) -> None:
    code, said, _ = importing.run(ROWS, "--no-fold")
    assert code == 0
    assert "judged" not in said
    assert connection.execute("select count(*) from case_state").fetchone() == (0,)
    assert connection.execute("select count(*) from unfolded_batch").fetchone() == (1,)


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        ("nothing", "the profile nothing cannot be used"),
        ("receipt", "looks like CSV, but the profile receipt reads XES"),
        ("events", "looks like CSV, but the profile events reads NDJSON"),
    ],
)
def test_a_profile_that_does_not_fit_is_told(importing: Importing, profile: str, said: str) -> None:
    log = importing.folder / "log.csv"
    log.write_text(HEADER, encoding="utf-8")
    code, _, complaint = importing.call(log, "--profile", profile, "--source", "x")
    assert code in (1, 2)
    assert said in complaint


def test_events_of_a_registered_hall_need_their_source_registered(importing: Importing) -> None:
    log = importing.folder / "log.ndjson"
    log.write_text('{"event_id": "e", "case_no": "c", "kind": "received", "occurred_at": "2015-10-01T10:00"}\n')
    code, _, complaint = importing.call(log, "--profile", "events", "--source", "nobody")
    assert code == 2
    assert "there is no source nobody" in complaint
    importing.run(ROWS)
    code, said, _ = importing.call(log, "--profile", "events", "--source", "city")
    assert code == 0
    assert "1 accepted" in said


def test_a_database_that_is_not_there_is_a_sentence_and_not_a_trace(tmp_path: Path) -> None:
    log = tmp_path / "log.xes"
    log.write_text("<log/>")
    words = ("import", log, "--profile", "receipt")
    done = run_program(*words, environment={"DATABASE_URL": "postgresql://127.0.0.1:1/nothing"})
    assert done.returncode == 1
    assert "cannot be reached" in done.stderr
    assert "Traceback" not in done.stderr
