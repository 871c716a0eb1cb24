"""A back-up taken under load is one state of everything, and a restored copy equals the replay of its own log."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest
from psycopg import Connection

from monitor.storage.backup import MANIFEST, BackupError, read_manifest, read_newest_backup, take_backup
from monitor.storage.client_programs import connection_environment
from monitor.storage.doctor import examine_database
from monitor.storage.doctor_report import report_examination
from monitor.storage.embedded.processes import find_children, read_command_line
from monitor.storage.restoring import restore_backup
from tests.support.driven_hall import DrivenHall
from tests.support.program_runs import PROGRAM, run_program
from tests.support.running_service import SECONDS, Service, serving

EVENTS_A_REQUEST = 40


@contextmanager
def sending(service: Service, key: str) -> Iterator[list[list[dict[str, str]]]]:
    """A window that sends without a pause while the block runs; gives the requests that were confirmed."""
    confirmed: list[list[dict[str, str]]] = []
    stop = threading.Event()

    def send() -> None:
        began = datetime.now(UTC) - timedelta(days=2)
        with httpx.Client(base_url=service.address, trust_env=False, timeout=SECONDS) as client:
            while not stop.is_set():
                number = len(confirmed)
                events = [
                    {"source": "S1", "event_id": f"{number}-{n}", "case_no": f"K{number % 7}-{n}", "item": "I1",
                     "kind": "accepted" if number < 7 else "step_started",
                     "occurred_at": (began + timedelta(minutes=number)).isoformat()}
                    for n in range(EVENTS_A_REQUEST)
                ]  # fmt: skip
                told = client.post("/api/v1/events", json=events, headers={"Authorization": f"Bearer {key}"})
                assert told.json()["accepted"] == EVENTS_A_REQUEST, told.text
                confirmed.append(events)

    sender = threading.Thread(target=send, name="window")
    sender.start()
    try:
        yield confirmed
    finally:
        stop.set()
        sender.join()


def test_taken_under_load_it_is_restored_equal_to_its_log_and_served_on(
    database_url: str, empty_database_url: str, key: str, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    with serving(database_url, tmp_path) as service:
        service.wait_until_ready()
        with sending(service, key) as confirmed:
            service.wait_for(lambda: len(confirmed) > 20, "load")
            before = len(confirmed)
            taken = run_program("backup", copy, environment={"DATABASE_URL": database_url})
            assert taken.returncode == 0, taken.stderr
            service.wait_for(lambda: len(confirmed) > before + 5, "requests while and after it was taken")
        age = re.search(r"^esupervision_backup_age_seconds (\S+)", service.client.get("/metrics").text, re.MULTILINE)
        assert age is not None
        assert 0 <= float(age[1]) < 3600
    restored = run_program("restore", copy, environment={"DATABASE_URL": empty_database_url})
    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert "the chain of batches holds" in restored.stdout
    assert ": equal" in restored.stdout
    held = read_manifest(copy).events
    assert before * EVENTS_A_REQUEST <= held < len(confirmed) * EVENTS_A_REQUEST
    folder = tmp_path / "again"
    folder.mkdir()
    with serving(empty_database_url, folder) as service:
        service.wait_until_ready()
        accepted = 0
        for events in confirmed:
            told = service.client.post("/api/v1/events", json=events, headers={"Authorization": f"Bearer {key}"}).json()
            assert told["accepted"] + told["duplicate"] == EVENTS_A_REQUEST
            accepted += told["accepted"]
        assert accepted == len(confirmed) * EVENTS_A_REQUEST - held
    replayed = run_program("replay", "--check", environment={"DATABASE_URL": empty_database_url})
    assert replayed.returncode == 0, replayed.stdout


@pytest.fixture
def judged_hall(driven_hall: DrivenHall) -> DrivenHall:
    """A hall with cases, cards and a feed."""
    for number in range(5):
        driven_hall.send({"case_no": f"c{number}", "kind": "accepted", "occurred_at": "2026-09-17T10:00", "item": "I1"})
    for moment in ("2026-09-17T10:01", "2026-09-21T09:00", "2026-09-23T17:01"):
        driven_hall.run(moment)
    return driven_hall


def contents_of(url: str) -> dict[str, Any]:
    """Every row of every table, but for the record of back-ups."""
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        names = connection.execute(
            "select tablename::text from pg_tables where schemaname = 'public' and tablename <> 'backup_record'"
        ).fetchall()
        return {
            name: connection.execute(f"select array_agg(t::text order by t::text) from {name} t".encode()).fetchone()
            for (name,) in names
        }


def feed_head_of(url: str) -> int:
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        [[seq]] = connection.execute("select seq from feed_head").fetchall()
    return int(seq)


def test_every_row_of_every_table_comes_back(
    judged_hall: DrivenHall, empty_database_url: str, connection: Connection[Any], tmp_path: Path
) -> None:
    told: list[tuple[int, int]] = []
    manifest = take_backup(judged_hall.url, tmp_path / "copy", watch=lambda done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1] == sum(manifest.tables.values()), "progress ends at the end"
    told.clear()
    restore_backup(empty_database_url, tmp_path / "copy", watch=lambda done, total: told.append((done, total)))
    assert told
    assert told[-1][0] <= told[-1][1]
    restored, lost = contents_of(empty_database_url), contents_of(judged_hall.url)
    heads = [feed_head_of(url) for url in (empty_database_url, judged_hall.url)]
    assert heads[0] > heads[1] + 1, "a client of the lost database could go on behind its number"
    assert restored | {"feed_head": None} == lost | {"feed_head": None}
    known = read_newest_backup(connection)
    assert known is not None
    assert (known.taken_at, known.batch_no) == (manifest.taken_at, manifest.batch_no)
    assert known.place.endswith(f":{tmp_path / 'copy'}")
    said = "\n".join(report_examination(examine_database(connection)).sections["Back-up"])
    assert str(tmp_path / "copy") in said


def test_a_restored_log_refuses_change_as_before(
    judged_hall: DrivenHall, empty_database_url: str, tmp_path: Path
) -> None:
    take_backup(judged_hall.url, tmp_path / "copy")
    restore_backup(empty_database_url, tmp_path / "copy")
    with closing(psycopg.connect(empty_database_url, autocommit=True)) as copy:
        for change in ("update event set case_no = 'x'", "delete from event", "truncate event"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
                copy.execute(change.encode())


def test_a_database_that_is_not_empty_is_left_alone(judged_hall: DrivenHall, tmp_path: Path) -> None:
    take_backup(judged_hall.url, tmp_path / "copy")
    before = contents_of(judged_hall.url)
    done = run_program("restore", tmp_path / "copy", environment={"DATABASE_URL": judged_hall.url})
    assert done.returncode == 1
    assert "is not empty" in done.stderr
    assert contents_of(judged_hall.url) == before


def test_a_damaged_copy_is_refused_before_anything_is_changed(
    judged_hall: DrivenHall, empty_database_url: str, tmp_path: Path
) -> None:
    take_backup(judged_hall.url, tmp_path / "copy")
    largest = max((tmp_path / "copy/database").iterdir(), key=lambda path: path.stat().st_size)
    content = bytearray(largest.read_bytes())
    content[len(content) // 2] ^= 1
    largest.write_bytes(content)
    with pytest.raises(BackupError, match=rf"damaged: database/{largest.name} missing, changed or added"):
        restore_backup(empty_database_url, tmp_path / "copy")
    with closing(psycopg.connect(empty_database_url)) as copy:
        assert copy.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone() == (0,)


def test_another_version_of_timescaledb_is_refused_with_what_to_do(
    judged_hall: DrivenHall, empty_database_url: str, tmp_path: Path
) -> None:
    take_backup(judged_hall.url, tmp_path / "copy")
    file = tmp_path / "copy" / MANIFEST
    file.write_text(json.dumps({**json.loads(file.read_text()), "timescaledb": "2.11.0"}))
    with pytest.raises(BackupError, match=r"taken with TimescaleDB 2\.11\.0, this server has .*Restore it on a server"):
        restore_backup(empty_database_url, tmp_path / "copy")


def test_a_folder_is_never_written_over(judged_hall: DrivenHall, tmp_path: Path) -> None:
    take_backup(judged_hall.url, tmp_path / "copy")
    with pytest.raises(BackupError, match="exists already: give a new folder for each back-up"):
        take_backup(judged_hall.url, tmp_path / "copy")


def test_one_that_is_killed_leaves_nothing_that_looks_whole(judged_hall: DrivenHall, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    process = start_backup(judged_hall.url, copy)
    dump = halt_dump(process)
    process.kill()
    process.wait(SECONDS)
    assert not copy.exists()
    os.kill(dump, signal.SIGKILL)
    assert run_program("restore", copy.with_name("copy.unfinished")).returncode == 1
    assert take_backup(judged_hall.url, copy).events == 5, "the next one clears what the killed one left"


def test_the_password_stands_in_no_process_list(judged_hall: DrivenHall, tmp_path: Path) -> None:
    parts = urlsplit(judged_hall.url)
    url = parts._replace(netloc=parts.netloc.replace("@", ":sesame-open@")).geturl()
    process = start_backup(url, tmp_path / "copy")
    dump = halt_dump(process)
    for pid in (process.pid, dump):
        assert read_command_line(pid)
        assert not any("sesame-open" in word for word in read_command_line(pid))
    os.kill(dump, signal.SIGCONT)
    assert process.wait(SECONDS) == 0
    assert connection_environment(url)["PGPASSWORD"] == "sesame-open"
    files = [path for path in (tmp_path / "copy").rglob("*") if path.is_file()]
    assert not [path for path in files if b"sesame-open" in path.read_bytes()]


def start_backup(url: str, folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([*PROGRAM, "backup", str(folder)], env={**os.environ, "DATABASE_URL": url})


def halt_dump(process: subprocess.Popen[bytes]) -> int:
    """Stop the backup's pg_dump in the middle as soon as it runs; gives its process id."""
    while True:
        assert process.poll() is None, "the back-up ended before it was met"
        for pid in find_children(process.pid):
            if any(word.endswith("pg_dump") for word in read_command_line(pid)[:1]):
                os.kill(pid, signal.SIGSTOP)
                return pid
        time.sleep(0.01)
