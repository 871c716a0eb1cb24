"""How the interface's description tells which problems an address may answer with."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from monitor.api.models import Problem
from monitor.api.problems import MEDIA_TYPE


def problem_answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe problem details for these statuses, as FastAPI's `responses` wants it."""
    content = {MEDIA_TYPE: {"schema": Problem.model_json_schema()}}
    return {
        status: {"description": f"{HTTPStatus(status).phrase}: problem details (RFC 9457).", "content": content}
        for status in statuses
    }
