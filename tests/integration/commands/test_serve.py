"""The service as a user runs it: a real process, real HTTP, real signals."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from monitor.app import open_listener
from monitor.settings import Settings
from monitor.storage.embedded.processes import is_running, wait_for_end
from tests.support.running_service import SECONDS, SERVE, Service, count_open, send_case, serving


def test_an_event_sent_is_judged_shown_and_pushed(database_url: str, key: str, tmp_path: Path) -> None:
    async def watch(service: Service) -> None:
        async with (
            connect(service.address.replace("http", "ws") + "ws", proxy=None, open_timeout=SECONDS) as socket,
            asyncio.timeout(SECONDS),
        ):
            assert json.loads(await socket.recv())["type"] == "snapshot"
            await asyncio.to_thread(send_case, service, key, "K1")
            while True:
                message = json.loads(await socket.recv())
                if message["type"] == "delta" and (message.get("numbers") or {}).get("open") == 1:
                    return

    with serving(database_url, tmp_path) as service:
        service.wait_until_ready()
        asyncio.run(watch(service))
        assert count_open(service) == 1
        assert service.client.get("/api/v1/cases/S1/K1").json()["light"] == "green"
        assert 'esupervision_engine_behind_seconds{hall="DEMO"}' in service.client.get("/metrics").text


def test_a_termination_ends_service_and_engine_in_good_order(database_url: str, key: str, tmp_path: Path) -> None:
    with serving(database_url, tmp_path) as service:
        service.wait_until_ready()
        service.wait_for(lambda: "engine_started" in service.log, "the engine's start")
        engine = service.wait_for(service.engine_process, "the engine")
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(SECONDS) == 0
        assert "service_stopped" in service.log
        assert "engine_stopped" in service.log
        assert not is_running(engine)


def test_an_engine_that_dies_is_started_again_with_a_line_in_the_log(
    database_url: str, key: str, tmp_path: Path
) -> None:
    with serving(database_url, tmp_path) as service:
        service.wait_until_ready()
        first = service.wait_for(service.engine_process, "the engine")
        os.kill(first, signal.SIGKILL)
        service.wait_for(lambda: "engine_died" in service.log, "the line in the log")
        second = service.wait_for(service.engine_process, "another engine")
        assert second != first
        service.wait_until_ready()
        send_case(service, key, "K1")
        service.wait_for(lambda: count_open(service) == 1, "judging")


def test_a_killed_service_leaves_no_engine_behind(database_url: str, key: str, tmp_path: Path) -> None:
    with serving(database_url, tmp_path) as service:
        service.wait_until_ready()
        engine = service.wait_for(service.engine_process, "the engine")
        service.process.kill()
        service.process.wait(SECONDS)
        wait_for_end([engine], SECONDS)
        assert not is_running(engine)


def test_roles_serve_their_own_part(database_url: str, key: str, tmp_path: Path) -> None:
    folders = [tmp_path / role for role in ("intake", "engine", "push")]
    for folder in folders:
        folder.mkdir()
    with (
        serving(database_url, folders[0], "--role", "intake") as intake,
        serving(database_url, folders[1], "--role", "engine") as engine,
        serving(database_url, folders[2], "--role", "push") as push,
    ):
        for service in (intake, engine, push):
            service.wait_until_ready()
        send_case(intake, key, "K1")
        push.wait_for(lambda: count_open(push) == 1, "judging")
        assert intake.client.get("/api/v1/board").status_code == 404
        assert engine.client.get("/api/v1/board").status_code == 404
        assert push.client.post("/api/v1/events", json=[]).status_code in (404, 405)
        assert (intake.engine_process(), push.engine_process()) == (None, None)


def run_serve(url: str, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SERVE, *options], capture_output=True, text=True, timeout=SECONDS, check=False,
        env={**os.environ, "DATABASE_URL": url, **environment},
    )  # fmt: skip


def test_a_port_in_use_is_said_in_a_sentence(database_url: str, key: str, tmp_path: Path) -> None:
    with serving(database_url, tmp_path) as service:
        port = service.address.rstrip("/").rsplit(":", 1)[1]
        failed = run_serve(database_url, "--port", port)
    assert failed.returncode == 1
    assert failed.stderr.startswith(f"e-supervision: 127.0.0.1 port {port} cannot be listened at")


def test_a_database_that_is_not_up_to_date_is_refused(empty_database_url: str) -> None:
    failed = run_serve(empty_database_url, "--port", "0")
    assert failed.returncode == 1
    assert "Run: e-supervision migrate" in failed.stderr


@pytest.mark.parametrize(
    ("options", "environment", "told"),
    [
        (["--role", "boss"], {}, "There is no role boss"),
        ([], {"ESUPERVISION_PORT": "many"}, "ESUPERVISION_PORT"),
        ([], {"ESUPERVISION_LOG_LEVEL": "loud"}, "ESUPERVISION_LOG_LEVEL"),
    ],
)
def test_settings_that_cannot_be_used_are_named(
    database_url: str, options: list[str], environment: dict[str, str], told: str
) -> None:
    failed = run_serve(database_url, *options, **environment)
    assert (failed.returncode, told in failed.stderr, "Traceback" in failed.stderr) == (1, True, False)


def test_only_loopback_is_listened_at_unless_asked_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ESUPERVISION_HOST", raising=False)
    with closing(open_listener(Settings().host, 0)) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"


def test_another_name_is_answered_when_it_is_allowed(database_url: str, key: str, tmp_path: Path) -> None:
    with serving(database_url, tmp_path, ESUPERVISION_ALLOWED_HOSTS="board.example, service") as service:
        answers = {
            name: service.client.get("/api/v1/board", headers={"Host": name}).status_code
            for name in ("board.example", "service:8080", "other.example")
        }
    assert answers == {"board.example": 200, "service:8080": 200, "other.example": 421}
