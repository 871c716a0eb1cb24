"""An import killed with -9 and run again has every event once, and is judged as if nothing had happened."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from psycopg import Connection

from monitor.intake.importing.log_reader import LogReader
from monitor.intake.importing.personal import Pseudonyms
from monitor.intake.importing.profile_file import load_profile
from monitor.storage.intake import find_chain_breaks
from tests.support.program_runs import run_program, start_program

LONGEST_WAIT = 60.0
TRACES = 4_000
LOG_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<log xes.version="1.0">\n'


def write_receipt_like_log(path: Path) -> None:
    """A log in the shape of the receipt log, large enough to be killed in the middle of."""
    with path.open("w", encoding="utf-8") as file:
        file.write(LOG_HEAD)
        for number in range(TRACES):
            file.write(
                f'<trace><string key="concept:name" value="case-{number}"/><string key="department" value="General"/>'
                '<string key="channel" value="Desk"/><date key="startdate" value="2011-10-11T13:42:22.688+02:00"/>'
                '<date key="deadline" value="2011-12-06T13:42:22.688+01:00"/>'
            )
            for task in range(4):
                file.write(
                    f'<event><string key="concept:name" value="T0{task}"/><string key="org:resource" value="R{task}"/>'
                    f'<string key="concept:instance" value="task-{number}-{task}"/>'
                    f'<date key="time:timestamp" value="2011-10-1{task + 2}T10:00:00.000+02:00"/></event>'
                )
            file.write("</trace>\n")
        file.write("</log>\n")


def events_of(log: Path, profile: str) -> set[str]:
    """The ids of all events of a log."""
    read = load_profile(profile)
    with LogReader(log, read, "any", Pseudonyms(None, None)) as reader:
        return {
            msgspec.json.decode(event.text)["event_id"]
            for portion in reader.portions(5_000)
            for event in portion.events
        }


def count_committed(connection: Connection[Any]) -> int:
    row = connection.execute("select coalesce(sum(accepted), 0) from intake_batch").fetchone()
    assert row is not None
    return int(row[0])


def kill_halfway(connection: Connection[Any], database_url: str, log: Path, profile: str, events: int) -> int:
    """Start the import, kill it once some of it is committed, and give how many events that were."""
    importing = start_program(
        "import", log, "--profile", profile, "--no-fold", environment={"DATABASE_URL": database_url}
    )
    try:
        for _ in waits():
            if count_committed(connection) >= events or importing.poll() is not None:
                break
    finally:
        importing.kill()
        importing.wait()
    return count_committed(connection)


def waits() -> Iterator[None]:
    """Passes by until something has happened; fails when it never does."""
    until = time.monotonic() + LONGEST_WAIT
    while time.monotonic() < until:
        yield
        time.sleep(0.005)
    pytest.fail(f"nothing happened within {LONGEST_WAIT:.0f} s")


def assert_every_event_once(connection: Connection[Any], expected: set[str]) -> None:
    logged = [event_id for (event_id,) in connection.execute("select event_id from event")]
    assert len(logged) == len(expected)
    assert set(logged) == expected
    assert find_chain_breaks(connection) == []


def import_rest(database_url: str, log: Path, profile: str) -> str:
    done = run_program("import", log, "--profile", profile, environment={"DATABASE_URL": database_url})
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_event_is_in_the_log_once_after_two_kills(
    database_url: str, connection: Connection[Any], tmp_path: Path
) -> None:
    log = tmp_path / "log.xes"
    write_receipt_like_log(log)
    expected = events_of(log, "receipt")
    assert len(expected) == TRACES * 6
    first = kill_halfway(connection, database_url, log, "receipt", 1)
    second = kill_halfway(connection, database_url, log, "receipt", first + 1)
    assert 0 < first < second < len(expected)
    said = import_rest(database_url, log, "receipt")
    assert f"{len(expected) - second:,} accepted, {second:,} already there, 0 conflicting, 0 rejected" in said
    assert_every_event_once(connection, expected)
    assert connection.execute("select count(*) from case_file").fetchone() == (TRACES,)


def test_bpi_2015_killed_halfway_and_resumed_equals_its_replay(
    database_url: str, connection: Connection[Any], real_log: Any
) -> None:
    log = real_log("BPIC15_2.xes.gz")
    expected = events_of(log, "bpi2015")
    killed_at = kill_halfway(connection, database_url, log, "bpi2015", 20_000)
    assert 0 < killed_at < len(expected)
    import_rest(database_url, log, "bpi2015")
    assert_every_event_once(connection, expected)
    replayed = run_program("replay", "--check", environment={"DATABASE_URL": database_url})
    assert replayed.returncode == 0, replayed.stdout + replayed.stderr
