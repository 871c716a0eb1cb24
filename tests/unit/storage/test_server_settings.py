"""Settings follow the machine's size; durability follows nothing."""

from pathlib import Path

import pytest

from monitor.storage.embedded.server_settings import GIBIBYTE, Machine, read_machine, suit_settings


@pytest.mark.parametrize(
    ("memory", "shared_buffers"), [(GIBIBYTE // 2, "128MB"), (6 * GIBIBYTE, "1024MB"), (256 * GIBIBYTE, "4096MB")]
)
def test_shared_buffers_grow_with_memory_within_bounds(memory: int, shared_buffers: str) -> None:
    assert suit_settings(Machine(memory, 2, 100 * GIBIBYTE))["shared_buffers"] == shared_buffers


def test_the_write_ahead_log_leaves_most_of_a_small_disk_free() -> None:
    assert suit_settings(Machine(GIBIBYTE, 2, 10 * GIBIBYTE))["max_wal_size"] == "1024MB"
    assert suit_settings(Machine(GIBIBYTE, 2, 900 * GIBIBYTE))["max_wal_size"] == "8192MB"


@pytest.mark.parametrize("machine", [Machine(GIBIBYTE // 4, 1, 0), Machine(512 * GIBIBYTE, 64, 4000 * GIBIBYTE)])
def test_an_acknowledged_commit_is_on_disk_on_every_machine(machine: Machine) -> None:
    settings = suit_settings(machine)
    assert settings["synchronous_commit"] == "on"
    assert "fsync" not in settings
    assert settings["timescaledb.telemetry_level"] == "off"


def test_a_container_is_measured_by_its_limit_and_not_by_its_host(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text(f"{GIBIBYTE // 8}\n")
    assert read_machine(tmp_path, control_group=tmp_path).memory == GIBIBYTE // 8


def test_an_unlimited_container_is_measured_by_its_host(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("max\n")
    machine = read_machine(tmp_path, control_group=tmp_path)
    assert machine.memory == read_machine(tmp_path, control_group=tmp_path / "absent").memory
    assert machine.memory > GIBIBYTE // 8
    assert machine.cores >= 1
