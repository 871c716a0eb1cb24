"""Prometheus' own tools accept its configuration, and its rules do what their tests say."""

import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / "alerts/prometheus"

pytestmark = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool is missing: apt-get install prometheus"
)


def run_promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False)


def test_the_configuration_and_its_rules_are_valid() -> None:
    done = run_promtool("check", "config", str(FOLDER / "prometheus.yml"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "rules found" in done.stdout


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*_test.yml")), ids=lambda path: path.stem)
def test_the_rules_fire_when_they_should_and_not_otherwise(path: Path) -> None:
    done = run_promtool("test", "rules", str(path))
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_file_of_rules_has_its_test() -> None:
    rules = {path.stem for path in (FOLDER / "rules").glob("*.yml")}
    assert rules
    assert rules == {path.stem.removesuffix("_test") for path in FOLDER.glob("*_test.yml")}
