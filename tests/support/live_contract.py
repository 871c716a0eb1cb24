"""The AsyncAPI description of `/ws`: written by hand but for the shapes of messages, made from the server's models."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic.json_schema import models_json_schema

from alerts.live.messages import ResyncReason
from monitor.api import models

CONTRACT = Path(__file__).parents[2] / "docs" / "reference" / "asyncapi.yaml"
COMMAND = "python -m tests.support.live_contract"
MESSAGES = (models.Snapshot, models.Delta, models.Heartbeat)


def make_schemas() -> dict[str, Any]:
    """Return the shapes of all messages as they look when sent."""
    wanted = [(message, "serialization") for message in MESSAGES]
    _, schema = models_json_schema(wanted, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
    schemas: dict[str, Any] = schema["$defs"]
    schemas["Resync"] = {
        "type": "object",
        "description": "Messages were dropped; a snapshot follows on the same connection.",
        "properties": {"type": {"const": "resync", "type": "string"}, "reason": {"enum": list(get_args(ResyncReason))}},
        "required": ["type", "reason"],
        "additionalProperties": False,
    }
    return schemas


def contract_text() -> str:
    """Return the description with the shapes of today in the place of those it holds."""
    text = CONTRACT.read_text(encoding="utf-8")
    head, _, _ = text.partition("\n  schemas:\n")
    shapes = yaml.safe_dump(make_schemas(), allow_unicode=True, sort_keys=True, width=110)
    return head + "\n  schemas:\n" + "".join(f"    {line}\n" for line in shapes.splitlines())


if __name__ == "__main__":
    CONTRACT.write_text(contract_text(), encoding="utf-8")
