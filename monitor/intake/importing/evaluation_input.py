"""A log and its profile written as the input of `e-supervision evaluate`, so that anyone can check the verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from monitor.domain.items import ItemVersion
from monitor.intake.importing.log_reader import Portion
from monitor.intake.importing.mapping import RefusedRow
from monitor.intake.importing.profile import HallPlan

EVENTS, ITEMS, CALENDAR, POLICY = "events.ndjson", "items.json", "calendar.json", "policy.json"


@dataclass(slots=True)
class EvaluationInput:
    """What was written: the number of events, and the rows that could not become any."""

    events: int = 0
    refused: list[RefusedRow] = field(default_factory=list)


def write_evaluation_input(
    portions: Iterable[Portion], hall: HallPlan, folder: Path, progress: Callable[[Portion], None]
) -> EvaluationInput:
    """Write events, items, calendar and policy into `folder`, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / ITEMS, [describe_item(item.version) for item in hall.items])
    _write(folder / CALENDAR, hall.calendar)
    _write(folder / POLICY, hall.policy)
    written = EvaluationInput()
    with (folder / EVENTS).open("wb") as events:
        for portion in portions:
            events.writelines(event.text + b"\n" for event in portion.events)
            written.events += len(portion.events)
            written.refused += portion.refused
            progress(portion)
    return written


def describe_item(version: ItemVersion) -> dict[str, object]:
    """An item version as the I of the contract; decision steps, which that does not know, only if there are any."""
    described: dict[str, object] = msgspec.to_builtins(version)
    if not version.decision_steps:
        del described["decision_steps"]
    return described


def _write(path: Path, content: object) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n")
