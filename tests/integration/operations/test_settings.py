"""Settings are told with their meaning and value; passwords come by environment or file and are shown nowhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from monitor.settings import Settings
from tests.support.program_runs import run_program
from tests.support.running_service import count_open, send_case, serving

URL = "postgresql://supervision:s3cret@db.example:5432/supervision"


def test_every_setting_is_told_with_meaning_and_value() -> None:
    done = run_program("settings", "--json", environment={"ESUPERVISION_PORT": "9443", "DATABASE_URL": URL})
    told = {row["variable"]: row for row in json.loads(done.stdout)}
    assert len(told) == len(Settings.model_fields)
    assert all(row["meaning"] for row in told.values())
    assert told["ESUPERVISION_PORT"]["value"] == "9443"
    assert told["ESUPERVISION_DATA"]["value"] == "(unset)"
    assert told["DATABASE_URL"]["value"] == "postgresql://•••@db.example:5432/supervision"
    assert "s3cret" not in done.stdout + done.stderr


def test_the_list_for_people_says_the_same() -> None:
    done = run_program("settings", environment={"DATABASE_URL": "host=db password=s3cret dbname=x"})
    assert "DATABASE_URL = host=db ••• dbname=x" in done.stdout
    assert "ESUPERVISION_LOG_LEVEL = info" in done.stdout


def test_a_setting_that_cannot_be_used_is_named() -> None:
    done = run_program("settings", environment={"ESUPERVISION_LIVE_CLIENTS": "none"})
    assert (done.returncode, "ESUPERVISION_LIVE_CLIENTS" in done.stderr) == (1, True)


@pytest.mark.parametrize("words", [("--database-url", URL), (f"--database-url={URL}",)])
def test_a_password_in_the_command_line_is_refused(words: tuple[str, ...]) -> None:
    done = run_program("migrate", *words)
    assert done.returncode == 1
    assert "A password stands in the command line" in done.stderr
    assert "s3cret" not in done.stdout + done.stderr


def test_the_url_may_stand_in_a_file(database_url: str, key: str, tmp_path: Path) -> None:
    file = tmp_path / "database-url"
    file.write_text(database_url + "\n", encoding="utf-8")
    named = {"DATABASE_URL": "", "ESUPERVISION_DATABASE_URL_FILE": str(file)}
    assert run_program("migrate", environment=named).stdout.startswith("Nothing to do")
    assert "external server" in run_program("doctor", environment=named).stdout
    with serving("", tmp_path, ESUPERVISION_DATABASE_URL_FILE=str(file)) as service:
        service.wait_until_ready()
        send_case(service, key, "K1")
        service.wait_for(lambda: count_open(service) == 1, "judging")


@pytest.mark.parametrize(("content", "told"), [(None, "cannot be read"), ("", "is empty")])
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, content: str | None, told: str) -> None:
    file = tmp_path / "database-url"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    done = run_program("migrate", environment={"DATABASE_URL": "", "ESUPERVISION_DATABASE_URL_FILE": str(file)})
    assert done.returncode == 1
    assert f"ESUPERVISION_DATABASE_URL_FILE names {file}, which {told}" in done.stderr
    assert "Traceback" not in done.stderr
