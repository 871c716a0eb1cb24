"""Where log lines go when they cannot go anywhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SAY_SOMETHING = """
import logging, structlog
from monitor.log_output import configure_logging
configure_logging("info", "json")
structlog.get_logger("ours").warning("disk_is_full", number=1)
logging.getLogger("another's").warning("full")
"""


def test_a_full_disk_takes_the_log_and_not_the_service() -> None:
    """A service whose output stood on a full disk died of its first log line."""
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("/dev/full is not there")
    with full.open("wb") as output:
        ended = subprocess.run([sys.executable, "-c", SAY_SOMETHING], stderr=output, check=False)
    assert ended.returncode == 0


def test_where_there_is_room_everything_is_said() -> None:
    ended = subprocess.run([sys.executable, "-c", SAY_SOMETHING], capture_output=True, text=True, check=False)
    assert ended.returncode == 0
    assert "disk_is_full" in ended.stderr
    assert "full" in ended.stderr.splitlines()[-1]
