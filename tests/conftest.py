"""Registers the support modules and finds the real logs."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

SUPPORT = Path(__file__).parent / "support"

pytest_plugins = [
    f"tests.support.{path.stem}"
    for path in sorted(SUPPORT.glob("*.py"))
    if "@pytest.fixture" in path.read_text(encoding="utf-8")
]

settings.register_profile("unhurried", deadline=None)  # no test asserts a time, on a busy machine least of all
settings.load_profile("unhurried")

LOGS_VARIABLE = "ESUPERVISION_LOGS"


@pytest.fixture(scope="session")
def real_log() -> Callable[[str], Path]:
    """Find a real log by file name in the folder ESUPERVISION_LOGS names.

    Unset: the test is skipped and says so. Set to nothing, or to what is not there: a failure, because somebody meant
    these tests to run.
    """

    def find(name: str) -> Path:
        folder = os.environ.get(LOGS_VARIABLE)
        if folder is None:
            pytest.skip(f"real logs: {LOGS_VARIABLE} is not set")
        if not folder or not Path(folder).is_dir():
            pytest.fail(f"{LOGS_VARIABLE} is set to '{folder}', which is no folder")
        path = Path(folder) / name
        if not path.is_file():
            pytest.fail(f"{LOGS_VARIABLE} names {folder}, which has no {name}")
        return path

    return find
