"""The wheel carries everything it needs and runs from an empty virtual environment."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from native_build import find_missing

ROOT = Path(__file__).parents[3]

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", folder, ROOT], check=True)
    (found,) = folder.glob("*.whl")
    return found


def test_it_carries_code_types_migrations_and_pages_and_not_their_sources(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    migrations = {f"monitor/_migrations/{path.name}" for path in (ROOT / "migrations").glob("*.sql")}
    assert migrations
    assert migrations <= names
    assert {"monitor/py.typed", "alerts/py.typed", "dashboards/py.typed"} <= names
    assert "dashboards/live/dist/index.html" in names
    assert "monitor/storage/sql/migrations.sql" in names
    assert [name for name in names if name.startswith(("dashboards/live/src/", "tests/"))] == []
    assert [name for name in names if "node_modules" in name] == []


def test_it_runs_anywhere_and_carries_compiled_rules_only_when_asked_for(wheel: Path, tmp_path: Path) -> None:
    assert wheel.name.endswith("-py3-none-any.whl")
    assert not [name for name in zipfile.ZipFile(wheel).namelist() if "_native" in name]
    missing = find_missing()
    if missing is not None:
        pytest.skip(missing)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    environment = {**os.environ, "ESUPERVISION_NATIVE": "wheel"}
    subprocess.run([*command, "--wheel-dir", tmp_path, ROOT], check=True, env=environment)
    (found,) = tmp_path.glob("*.whl")
    assert not found.name.endswith("-none-any.whl")
    assert "monitor/_native/built-from" in zipfile.ZipFile(found).namelist()


def test_it_runs_from_an_empty_environment_outside_the_checkout(
    wheel: Path, tmp_path: Path, empty_database_url: str
) -> None:
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "empty"], check=True)
    binaries = tmp_path / "empty/bin"
    pip: list[str | Path] = [
        binaries / "python",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--constraint",
        str(ROOT / "constraints.txt"),
    ]
    subprocess.run([*pip, wheel], check=True)
    done = subprocess.run(
        [binaries / "e-supervision", "migrate"],
        cwd=tmp_path,
        env={**os.environ, "DATABASE_URL": empty_database_url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "applying 0001_" in done.stdout
