"""docker-compose.yml is valid, waits for health instead of time, stays on loopback and has no default password."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitor.app import SECONDS_TO_FINISH_REQUESTS
from monitor.engine_process import SECONDS_TO_STOP

ROOT = Path(__file__).parents[3]

needs_compose = pytest.mark.skipif(
    shutil.which("docker-compose") is None, reason="docker-compose is missing: apt-get install docker-compose"
)


def run_compose(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.endswith("_PASSWORD")}
    return subprocess.run(
        ["docker-compose", "--project-directory", str(ROOT), "--file", str(ROOT / "docker-compose.yml"), "config"],
        cwd=folder,
        env={**clean, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def services(tmp_path: Path) -> dict[str, Any]:
    done = run_compose(tmp_path, DATABASE_PASSWORD="first", GRAFANA_PASSWORD="second")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = yaml.safe_load(done.stdout)["services"]
    return found


@needs_compose
def test_the_four_parts_and_the_migration_are_there(services: dict[str, Any]) -> None:
    assert set(services) == {"database", "migrate", "service", "prometheus", "grafana"}
    assert services["database"]["image"].startswith("timescale/timescaledb:")
    assert not services["database"]["image"].endswith("-oss"), "the Community edition is meant"


@needs_compose
@pytest.mark.parametrize("missing", ["DATABASE_PASSWORD", "GRAFANA_PASSWORD"])
def test_without_a_password_nothing_starts(tmp_path: Path, missing: str) -> None:
    variables = {"DATABASE_PASSWORD": "first", "GRAFANA_PASSWORD": "second", missing: ""}
    done = run_compose(tmp_path, **variables)
    assert done.returncode != 0
    assert f"set {missing} in .env" in done.stderr


@needs_compose
def test_who_needs_another_waits_for_its_health(services: dict[str, Any]) -> None:
    conditions = {
        (name, other): needed["condition"]
        for name, service in services.items()
        for other, needed in service.get("depends_on", {}).items()
    }
    assert conditions == {
        ("migrate", "database"): "service_healthy",
        ("service", "database"): "service_healthy",
        ("service", "migrate"): "service_completed_successfully",
        ("prometheus", "service"): "service_healthy",
        ("grafana", "prometheus"): "service_healthy",
    }
    for name in ("database", "prometheus", "grafana"):
        assert services[name]["healthcheck"]["test"]
    assert "HEALTHCHECK" in (ROOT / "Dockerfile").read_text(encoding="utf-8"), "the service's stands in its image"


@needs_compose
def test_every_port_is_bound_to_loopback_and_the_database_has_none(services: dict[str, Any]) -> None:
    ports = [str(port) for service in services.values() for port in service.get("ports", [])]
    assert len(ports) == 3
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert "ports" not in services["database"]


def test_nothing_sleeps_and_nothing_is_known_in_advance() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8") + (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "sleep" not in text
    example = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    passwords = [line for line in example if "PASSWORD" in line and not line.startswith("#")]
    assert passwords == ["DATABASE_PASSWORD=", "GRAFANA_PASSWORD="]


def test_the_image_runs_as_nobody_special_and_copies_what_exists() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    final_stage = lines[max(number for number, line in enumerate(lines) if line.startswith("FROM")) :]
    (user,) = [line.split()[1] for line in final_stage if line.startswith("USER")]
    assert int(user) > 0
    copied = [word for line in lines if line.startswith("COPY") and "--from" not in line for word in line.split()[1:-1]]
    assert "monitor" in copied
    assert [path for path in copied if not (ROOT / path).exists()] == []


def test_files_the_containers_mount_exist() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    mounts = [
        volume.split(":")[0]
        for service in compose["services"].values()
        for volume in service.get("volumes", [])
        if volume.startswith("./")
    ]
    assert len(mounts) == 2
    assert all((ROOT / mount).is_dir() for mount in mounts)


def test_the_service_has_the_time_it_needs_to_stop() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    given = compose["services"]["service"]["stop_grace_period"]
    assert int(given.removesuffix("s")) > SECONDS_TO_FINISH_REQUESTS + SECONDS_TO_STOP
