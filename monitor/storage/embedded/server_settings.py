"""Settings that suit the machine; PostgreSQL's defaults, made for a small shared one, cost half the speed."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

MEBIBYTE = 1024 * 1024
GIBIBYTE = 1024 * MEBIBYTE
MINIMUM_DISK = 2 * GIBIBYTE


@dataclass(frozen=True, slots=True)
class Machine:
    """What the settings depend on: memory and free disk in bytes, processor cores."""

    memory: int
    cores: int
    free_disk: int


def read_machine(data_folder: Path, *, control_group: Path = Path("/sys/fs/cgroup")) -> Machine:
    """Measure the machine, or the container this process is confined to, for a server in `data_folder`."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    limit_file = control_group / "memory.max"
    limit = limit_file.read_text(encoding="ascii").strip() if limit_file.is_file() else "max"
    if limit.isdigit():
        memory = min(memory, int(limit))
    return Machine(memory, len(os.sched_getaffinity(0)), shutil.disk_usage(data_folder).free)


def suit_settings(machine: Machine) -> dict[str, str]:
    """Choose the server's settings for the machine.

    An acknowledged request must be on disk, so `synchronous_commit` and `fsync` stay on whatever the machine.
    """
    shared_buffers = _clamp(machine.memory // 6, 128 * MEBIBYTE, 4 * GIBIBYTE)
    max_wal_size = _clamp(machine.free_disk // 10, 512 * MEBIBYTE, 8 * GIBIBYTE)
    return {
        "shared_buffers": _megabytes(shared_buffers),
        "effective_cache_size": _megabytes(_clamp(machine.memory // 2, 256 * MEBIBYTE, 256 * GIBIBYTE)),
        "work_mem": _megabytes(_clamp(machine.memory // 512, 8 * MEBIBYTE, 64 * MEBIBYTE)),
        "maintenance_work_mem": _megabytes(_clamp(machine.memory // 32, 64 * MEBIBYTE, GIBIBYTE)),
        "max_wal_size": _megabytes(max_wal_size),
        "min_wal_size": _megabytes(max_wal_size // 4),
        "wal_buffers": "16MB",
        "wal_compression": "lz4",
        "checkpoint_timeout": "15min",
        "checkpoint_completion_target": "0.9",
        "synchronous_commit": "on",
        "random_page_cost": "1.1",
        "effective_io_concurrency": "64",
        "max_connections": "100",
        "max_worker_processes": str(8 + machine.cores),
        "max_parallel_workers": str(machine.cores),
        "max_parallel_workers_per_gather": str(min(4, machine.cores)),
        "max_locks_per_transaction": "256",
        "jit": "off",
        "shared_preload_libraries": "timescaledb",
        "timescaledb.telemetry_level": "off",
        # Rollups, retention and upkeep are the service's own jobs, so that both editions do them alike.
        "timescaledb.max_background_workers": "0",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "lc_messages": "C",
        "password_encryption": "scram-sha-256",
        "log_line_prefix": "%m [%p] %d ",
        "log_checkpoints": "off",
    }


def _clamp(value: int, lowest: int, highest: int) -> int:
    return max(lowest, min(value, highest))


def _megabytes(value: int) -> str:
    return f"{value // MEBIBYTE}MB"
