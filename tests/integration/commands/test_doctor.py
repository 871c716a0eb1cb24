"""`e-supervision doctor` speaks for people and for machines, and its exit code tells whether anything is wrong."""

import json
from pathlib import Path

import pytest

from monitor.commands import main
from monitor.native import form


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as raised:
        main(list(words))
    assert isinstance(raised.value.code, int)
    return raised.value.code, capsys.readouterr().out


def test_without_a_database_it_says_how_to_make_one_and_makes_none(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    code, output = run(capsys, "doctor", "--data-folder", str(tmp_path / "none"))
    assert code == 1
    assert "There is no database in" in output
    assert "Run: e-supervision migrate" in output
    assert not (tmp_path / "none").exists()


def test_on_a_database_of_its_own_nothing_is_wrong(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    folder = str(tmp_path / "data")
    assert run(capsys, "migrate", "--data-folder", folder)[0] == 0
    code, output = run(capsys, "doctor", "--data-folder", folder)
    assert code == 0, output
    assert f"embedded, data in {folder}" in output
    assert "Apache edition" in output
    assert f"Rules\n  {'compiled' if form().compiled else 'as written, slower'}: {form().why}\n" in output
    assert output.endswith("Nothing is wrong.\n")


def test_machines_get_json(capsys: pytest.CaptureFixture[str], empty_database_url: str) -> None:
    code, output = run(capsys, "doctor", "--database-url", empty_database_url, "--json")
    assert code == 1
    assert json.loads(output)["faults"]
