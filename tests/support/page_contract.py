"""The OpenAPI document of the answers that the pages read, dumped from the server's models."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from monitor.api import models
from monitor.api.figures import FigureMembers

CONTRACT = Path(__file__).parents[2] / "dashboards" / "live" / "src" / "api" / "contract.json"
COMMAND = "python -m tests.support.page_contract && (cd dashboards/live && npm run types)"
ANSWERS: tuple[type[BaseModel], ...] = (
    models.Snapshot,
    models.Delta,
    models.Heartbeat,
    models.CasePage,
    models.CaseDetail,
    models.Explanation,
    models.CardPage,
    models.FigureList,
    FigureMembers,
    models.Problem,
)


def make_contract() -> dict[str, Any]:
    """Return an OpenAPI 3.1 document whose schemas are the models, as they look when sent."""
    _, schema = models_json_schema(
        [(answer, "serialization") for answer in ANSWERS], ref_template="#/components/schemas/{model}"
    )
    return {
        "openapi": "3.1.0",
        "info": {"title": "e-supervision", "version": "1"},
        "paths": {},
        "components": {"schemas": schema["$defs"]},
    }


def contract_text() -> str:
    """Return the document as it is kept in the tree."""
    return json.dumps(make_contract(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    CONTRACT.write_text(contract_text(), encoding="utf-8")
