"""Every error of the HTTP interface as RFC 9457 problem details: what is wrong, where, and what to do."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import psycopg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from monitor.storage.database import DatabaseError

MEDIA_TYPE = "application/problem+json"
SECONDS_TO_RETRY = 2

_log = structlog.get_logger(__name__)


class ProblemError(Exception):
    """An error that the caller is told in full.

    `problem_type` is a short stable code ("bad-key") or a URI; `extra` become further members of the body. The codes
    are the last segment of the `type` member, `/problems/CODE`.
    """

    def __init__(
        self,
        status: int,
        problem_type: str,
        title: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(f"{status} {problem_type}: {detail}")
        self.status = status
        self.problem_type = problem_type
        self.title = title
        self.detail = detail
        self.headers = headers
        self.extra = extra


def install_problem_handlers(app: FastAPI) -> None:
    """Answer every error of `app` with problem details; unexpected ones are logged and leak nothing."""
    app.add_exception_handler(ProblemError, _answer_problem)
    app.add_exception_handler(RequestValidationError, _answer_invalid_request)
    app.add_exception_handler(HTTPException, _answer_http_exception)
    app.add_exception_handler(psycopg.OperationalError, _answer_database_away)
    app.add_exception_handler(DatabaseError, _answer_database_away)
    app.add_exception_handler(Exception, _answer_unexpected)


def problem_response(
    request: Request,
    status: int,
    problem_type: str,
    title: str,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> JSONResponse:
    """Make the answer; `instance` is the request's path."""
    uri = problem_type if ":" in problem_type or problem_type.startswith("/") else f"/problems/{problem_type}"
    body = {
        "type": uri,
        "title": title,
        "status": status,
        "detail": detail,
        "instance": request.url.path,
        **(extra or {}),
    }
    return JSONResponse(body, status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def database_away() -> ProblemError:
    """The problem of a database that does not answer: nothing was stored, the same request may be sent again."""
    return ProblemError(
        503,
        "database-away",
        "The database does not answer",
        f"Nothing of this request was confirmed. Send the same request again in {SECONDS_TO_RETRY} s or later: "
        "what was stored after all is recognised and counted as duplicate.",
        headers={"Retry-After": str(SECONDS_TO_RETRY)},
    )


async def _answer_problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ProblemError)
    return problem_response(
        request, error.status, error.problem_type, error.title, error.detail, headers=error.headers, extra=error.extra
    )


async def _answer_invalid_request(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    # What was sent is not repeated: it may hold what is nobody else's business.
    errors = [{"at": ".".join(map(str, fault["loc"])), "what": fault["msg"]} for fault in error.errors()]
    listed = "; ".join(f"`{fault['at']}`: {fault['what']}" for fault in errors)
    return problem_response(
        request,
        422,
        "invalid-request",
        "The request does not fit its description",
        f"{listed}. The interface is described at /openapi.json.",
        extra={"errors": errors},
    )


async def _answer_http_exception(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    phrase = HTTPStatus(error.status_code).phrase
    detail = str(error.detail)
    if detail == phrase:
        detail = f"{phrase}: {request.method} {request.url.path}. The interface is described at /openapi.json."
    code = phrase.lower().replace(" ", "-").replace("'", "")
    return problem_response(request, error.status_code, code, phrase, detail, headers=error.headers)


async def _answer_database_away(request: Request, error: Exception) -> JSONResponse:
    _log.warning("database_away", method=request.method, path=request.url.path, error=str(error))
    return await _answer_problem(request, database_away())


async def _answer_unexpected(request: Request, error: Exception) -> JSONResponse:
    incident = secrets.token_hex(6)
    _log.error("unexpected_error", incident=incident, method=request.method, path=request.url.path, exc_info=error)
    return problem_response(
        request,
        500,
        "unexpected-error",
        "Something went wrong here",
        f"This is a fault of the service, not of the request. Tell its operator the incident {incident}.",
        extra={"incident": incident},
    )
