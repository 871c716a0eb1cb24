"""Sets the stage of the demo: database, registry, keys, the service as a child process."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from psycopg import Connection

from monitor.commands.demo.settings import DemoError, DemoSettings
from monitor.intake.keys import KeyRing, create_key
from monitor.intake.registry_files import read_registry_files
from monitor.intake.registry_load import describe_place, preview_load
from monitor.simulator.registry import SimulatedHall, registry_records
from monitor.simulator.registry_files import write_registry
from monitor.storage.registry import apply_change, lock_registry

HOST = "127.0.0.1"
SECONDS_TO_BE_READY = 60.0
SECONDS_TO_END = 45.0


def load_registry(connection: Connection[Any], hall: SimulatedHall, folder: Path, loaded_at: datetime) -> None:
    """Write the hall's registry folder and load it as `registry load` does. Raises DemoError."""
    write_registry(registry_records(hall), folder)
    with connection.transaction():
        lock_registry(connection)
        preview = preview_load(connection, read_registry_files(folder), None)
        if preview.change is None or preview.hall_code is None:
            problem = preview.problems[0]
            raise DemoError(f"the registry does not load: {describe_place(problem.place)}: {problem.what}")
        if preview.change:
            apply_change(connection, preview.hall_code, preview.change, loaded_at=loaded_at)


def bring_keys(connection: Connection[Any], settings: DemoSettings, sources: tuple[str, ...]) -> dict[str, str]:
    """A key for every source: those of the folder where they still hold, else new ones; kept for the next time."""
    kept: dict[str, str] = {}
    if settings.keys_file.exists():
        kept = json.loads(settings.keys_file.read_text("utf-8"))
    ring = KeyRing()
    with connection.transaction():
        valid = {source: key for source, key in kept.items() if ring.look_up(connection, key) is not None}
    now = datetime.now(UTC)
    keys = {source: valid.get(source) or create_key(connection, source, now).key for source in sources}
    connection.commit()
    descriptor = os.open(settings.keys_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(keys, file)
    return keys


def choose_port(wanted: int) -> int:
    """The port to serve at, 0 giving a free one. Raises DemoError where it is taken."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((HOST, wanted))
        except OSError as error:
            raise DemoError(
                f"port {wanted} of {HOST} cannot be used ({error.strerror}): choose another --port"
            ) from error
        return int(trial.getsockname()[1])


@contextmanager
def run_service(url: str, port: int, log_file: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The service as a child process, ready for requests; ended in good order after the block. Raises DemoError."""
    serve = [sys.executable, "-c", "from monitor.commands import main; main()", "serve", "--port", str(port)]
    # Where setpriv is known, a demo that is killed leaves no service behind.
    leash = ["setpriv", "--pdeathsig", "TERM", "--"] if shutil.which("setpriv") else []
    environment = {**os.environ, "DATABASE_URL": url}
    with log_file.open("ab") as log:
        # In a session of its own, Ctrl-C reaches the demo alone, which then ends the service in good order.
        service = subprocess.Popen(
            [*leash, *serve], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True
        )
    try:
        _wait_until_ready(service, port, log_file)
        yield service
    finally:
        _end(service)


def require_running(service: subprocess.Popen[bytes], log_file: Path) -> None:
    """Raise DemoError when the service has ended."""
    if service.poll() is not None:
        raise DemoError(f"the service ended with code {service.returncode}; its log says:\n{_tail(log_file)}")


def ask(port: int, path: str) -> Mapping[str, Any]:
    """The JSON answer of the service to a GET."""
    with urllib.request.urlopen(f"http://{HOST}:{port}{path}", timeout=30) as response:
        answer: Mapping[str, Any] = json.load(response)
    return answer


def _wait_until_ready(service: subprocess.Popen[bytes], port: int, log_file: Path) -> None:
    give_up = time.monotonic() + SECONDS_TO_BE_READY
    while time.monotonic() < give_up:
        require_running(service, log_file)
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/readyz", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise DemoError(f"the service was not ready within {SECONDS_TO_BE_READY:.0f} s; its log says:\n{_tail(log_file)}")


def _end(service: subprocess.Popen[bytes]) -> None:
    """Ask it to end; kill it when it does not."""
    if service.poll() is None:
        service.terminate()
        try:
            service.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            service.kill()
            service.wait()


def _tail(log_file: Path) -> str:
    lines = log_file.read_text("utf-8", errors="replace").splitlines()
    return "\n".join(lines[-12:])
