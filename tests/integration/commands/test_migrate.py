"""`e-supervision migrate` says what it applied, and that nothing is left to do."""

import pytest

from monitor.commands import main
from monitor.storage.migration_files import find_migrations_folder, read_migration_files


def run(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as raised:
        main(list(words))
    assert raised.value.code == 0
    return capsys.readouterr().out


def test_it_applies_everything_once(capsys: pytest.CaptureFixture[str], empty_database_url: str) -> None:
    names = [file.name for file in read_migration_files(find_migrations_folder())]
    first = run(capsys, "migrate", "--database-url", empty_database_url)
    assert [line.removeprefix("applying ") for line in first.splitlines()[:-1]] == names
    second = run(capsys, "migrate", "--database-url", empty_database_url)
    assert second.startswith("Nothing to do: every migration is applied.")


def test_it_stops_where_told(capsys: pytest.CaptureFixture[str], empty_database_url: str) -> None:
    output = run(capsys, "migrate", "--database-url", empty_database_url, "--up-to", "2")
    assert output.count("applying") == 2
