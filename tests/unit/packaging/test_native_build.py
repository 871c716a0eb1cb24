"""The compiled rules run only where they were built from the sources that are there, and judge as these do."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import native_build
from monitor import native
from tests.support.judged_digest import digest_of_judged

ROOT = Path(__file__).parents[3]
SOURCES = ["rules/clock.py", "rules/judge.py"]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for source in [*native_build.SOURCES, *native_build.SHAPES, *SOURCES]:
        (tmp_path / source).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / source).write_text(f"# {source}\n")
    return tmp_path


@pytest.fixture
def build(checkout: Path) -> Path:
    folder = checkout / "_native"
    folder.mkdir()
    (folder / native.RECORD).write_text(native.describe_sources(checkout, SOURCES))
    return folder


def test_a_build_of_the_sources_that_are_there_runs(checkout: Path, build: Path) -> None:
    assert native.examine_build(checkout, build) == (True, "built from the 2 sources that are here")


def test_a_build_of_other_sources_does_not_run(checkout: Path, build: Path) -> None:
    (checkout / SOURCES[0]).write_text("# changed by hand, the build still there\n")
    assert native.examine_build(checkout, build) == (
        False,
        "the sources or the interpreter changed since the build: make native",
    )


def test_a_build_whose_source_is_gone_does_not_run(checkout: Path, build: Path) -> None:
    (checkout / SOURCES[1]).unlink()
    assert native.examine_build(checkout, build) == (False, "a source of the build is gone: make native")


def test_a_build_of_another_interpreter_does_not_run(
    checkout: Path, build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(native, "interpreter", lambda: "3.99 .cpython-399.so")
    assert not native.examine_build(checkout, build).compiled


def test_without_a_build_the_sources_run(checkout: Path) -> None:
    assert native.examine_build(checkout, checkout / "_native") == (False, "not built: make native")


# -- building ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def compiled(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Folders compiled into; the compiler itself is left out."""
    folders: list[Path] = []

    def compile_sources(root: Path, folder: Path) -> Path:
        folders.append(folder)
        (folder / "lib").mkdir()
        return folder / "lib"

    monkeypatch.setattr(native_build, "compile_sources", compile_sources)
    monkeypatch.setattr(native_build, "find_missing", lambda: None)
    return folders


def test_what_is_up_to_date_is_not_compiled_again(checkout: Path, compiled: list[Path]) -> None:
    folder = checkout / "_native"
    assert native_build.build_rules(checkout, folder) == "compiled"
    assert native_build.build_rules(checkout, folder) == "up to date"
    assert len(compiled) == 1
    assert native.examine_build(checkout, folder).compiled


@pytest.mark.parametrize("changed", [native_build.SOURCES[0], native_build.SHAPES[0]])
def test_a_changed_source_is_compiled_again(checkout: Path, compiled: list[Path], changed: str) -> None:
    folder = checkout / "_native"
    native_build.build_rules(checkout, folder)
    (checkout / changed).write_text("# changed\n")
    assert not native.examine_build(checkout, folder).compiled
    assert native_build.build_rules(checkout, folder) == "compiled"
    assert native.examine_build(checkout, folder).compiled


def test_a_machine_without_a_compiler_is_told_so_and_runs_the_sources(
    checkout: Path, compiled: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(shutil, "which", lambda _: None)
    said = native_build.build_rules(checkout, checkout / "_native")
    assert said.startswith("not compiled, they run as written: there is no C compiler")
    assert not compiled
    assert not native.examine_build(checkout, checkout / "_native").compiled


def test_every_module_that_the_compiled_ones_import_is_recorded() -> None:
    """Types and constants of an imported module are compiled in: a change there must not meet an older build."""
    recorded = {*native_build.SOURCES, *native_build.SHAPES}
    imported = {name for source in native_build.SOURCES for name in imports_of(ROOT / source)}
    assert {path_of(name) for name in imported} - {"monitor/native.py"} <= recorded


def imports_of(source: Path) -> set[str]:
    tree = ast.parse(source.read_text(encoding="utf-8"))
    found = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return {name for name in found if name.startswith(("monitor.", "alerts."))}


def path_of(module: str) -> str:
    path = module.replace(".", "/")
    return f"{path}/__init__.py" if (ROOT / path).is_dir() else f"{path}.py"


# -- running -----------------------------------------------------------------------------------------------------------


def run_python(code: str, form: str) -> str:
    environment = {**os.environ, native.VARIABLE: form}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_the_sources_run_when_asked_for() -> None:
    code = "import monitor.domain.judge as j, monitor.native as n; print(j.__file__, n.form().why)"
    assert run_python(code, "0").endswith("monitor/domain/judge.py switched off by ESUPERVISION_NATIVE=0")


def test_all_compiled_modules_run_or_none() -> None:
    names = [source.removesuffix(".py").replace("/", ".") for source in native_build.SOURCES]
    code = f"import importlib; print(*(importlib.import_module(name).__file__ for name in {names}))"
    kinds = {Path(file).suffix for file in run_python(code, "1").split()}
    assert kinds == {".so" if native.form().compiled else ".py"}


def test_compiled_and_written_rules_judge_alike() -> None:
    if not native.form().compiled:
        pytest.skip(f"the rules are not compiled here: {native.form().why}")
    code = "from tests.support.judged_digest import digest_of_judged; print(digest_of_judged(range(250)))"
    assert run_python(code, "0") == digest_of_judged(range(250))
