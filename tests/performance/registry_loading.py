"""The simulated hall's registry, loaded as an operator would."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from psycopg import Connection

from monitor.intake.registry_files import read_registry_files
from monitor.intake.registry_load import preview_load
from monitor.simulator.registry import SimulatedHall, registry_records
from monitor.simulator.registry_files import write_registry
from monitor.storage.registry import apply_change


def load_simulated_registry(connection: Connection[Any], hall: SimulatedHall) -> int:
    """Write the registry's files, read them back, apply the change; gives the hall's id."""
    with tempfile.TemporaryDirectory() as folder:
        write_registry(registry_records(hall), Path(folder))
        preview = preview_load(connection, read_registry_files(Path(folder)), None)
    if preview.change is None or preview.hall_code is None:
        raise RuntimeError(f"the simulated registry has problems: {preview.problems[:3]}")
    applied = apply_change(connection, preview.hall_code, preview.change, loaded_at=datetime.now(UTC))
    connection.commit()
    return applied.hall_id
