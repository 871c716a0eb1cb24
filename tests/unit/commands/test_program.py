"""The program finds its commands by itself and answers wrong calls in words."""

import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from monitor import commands
from monitor.commands import build_program, main


def list_commands(words: list[str]) -> set[str]:
    group = get_command(build_program(words))
    assert isinstance(group, TyperGroup)
    return set(group.commands)


def test_every_module_of_the_package_adds_a_command() -> None:
    modules = [module.name for module in pkgutil.iter_modules(commands.__path__)]
    assert len(list_commands([])) >= len(modules) >= 1
    assert {"migrate", "doctor"} <= list_commands([])


def test_only_the_module_asked_for_is_loaded() -> None:
    assert list_commands(["migrate", "--help"]) == {"migrate"}


def test_a_module_named_after_a_word_of_python_is_found_by_its_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "pass_.py").write_text("def register(program):\n    program.command('pass')(lambda: None)\n")
    monkeypatch.setattr(commands, "__path__", [str(tmp_path)])
    assert list_commands(["pass", "by"]) == {"pass"}


def test_help_lists_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main(["--help"])
    assert raised.value.code == 0
    assert "migrate" in capsys.readouterr().out


def test_an_unknown_command_is_refused_with_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main(["nonsense"])
    assert raised.value.code == 2
    assert "No such command 'nonsense'" in capsys.readouterr().err


def test_a_failure_that_explains_itself_shows_no_trace(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://clerk:secret@127.0.0.1:1/hall")
    with pytest.raises(SystemExit) as raised:
        main(["migrate"])
    error = capsys.readouterr().err
    assert raised.value.code == 1
    assert error.startswith("e-supervision: The database hall at 127.0.0.1, port 1 cannot be reached")
    assert "secret" not in error


def test_help_answers_without_loading_the_database_driver() -> None:
    code = (
        "import sys; from monitor.commands import build_program; build_program(['migrate', '--help']); "
        "sys.exit('psycopg' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
