"""The units of systemd are valid, hardened, and give the service the time it needs to stop."""

import configparser
import shutil
import subprocess
from pathlib import Path

import pytest

from monitor.app import SECONDS_TO_FINISH_REQUESTS
from monitor.engine_process import SECONDS_TO_STOP

FOLDER = Path(__file__).parents[3] / "examples/systemd"
SERVICE = FOLDER / "e-supervision@.service"


def read_unit(path: Path) -> configparser.RawConfigParser:
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign] # names are told apart by case
    unit.read_string(path.read_text(encoding="utf-8"))
    return unit


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is missing: apt-get install systemd"
)
def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    program = shutil.which("true")
    for path in FOLDER.iterdir():
        text = path.read_text(encoding="utf-8").replace("/opt/e-supervision/bin/e-supervision", str(program))
        (tmp_path / path.name.replace("@.", "@blue.")).write_text(text, encoding="utf-8")
    units = [str(path) for path in sorted(tmp_path.iterdir())]
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    complaints = [line for line in done.stderr.splitlines() if "e-supervision" in line]
    assert complaints == []


def test_the_service_has_the_time_it_needs_to_stop() -> None:
    needed = SECONDS_TO_FINISH_REQUESTS + SECONDS_TO_STOP
    assert int(read_unit(SERVICE)["Service"]["TimeoutStopSec"]) > needed


def test_start_waits_for_readiness_and_the_port_belongs_to_the_socket() -> None:
    service, listener = read_unit(SERVICE)["Service"], read_unit(FOLDER / "e-supervision.socket")["Socket"]
    assert (service["Type"], service["Sockets"]) == ("notify", "e-supervision.socket")
    assert listener["ListenStream"].startswith("127.0.0.1:")


def test_no_secret_stands_in_a_unit() -> None:
    for path in FOLDER.iterdir():
        assert "postgresql://" not in path.read_text(encoding="utf-8")
