"""Who sends: the bearer key of a request, and the bounded reading of what it brings."""

from __future__ import annotations

import asyncio
from typing import Annotated

from anyio import to_thread
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from psycopg import Connection
from psycopg.rows import TupleRow
from starlette.requests import ClientDisconnect

from monitor.api.problems import ProblemError
from monitor.api.state import ServiceState, service_state
from monitor.intake.keys import KeyRing
from monitor.intake.sender import Sender

SECONDS_TO_SEND_BODY = 60.0
SECONDS_TO_GET_CONNECTION = 10.0

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="source key",
    description="The key of a feeding system: `e-supervision keys create SOURCE`.",
)

State = Annotated[ServiceState, Depends(service_state)]


def bearer_key(credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> str:
    """The key a request carries; a FastAPI dependency. Raises ProblemError 401 when it carries none."""
    if credentials is None or not credentials.credentials:
        raise _no_access(
            "no-key", "The request carries no key", "Send the header `Authorization: Bearer esk_…` with it."
        )
    return credentials.credentials


async def authorised_sender(state: State, key: Annotated[str, Depends(bearer_key)]) -> Sender:
    """The source behind the request's key; a FastAPI dependency. Raises ProblemError 401 unless the key is valid."""
    remembered = state.keys.recall(key)
    return remembered if remembered is not None else await to_thread.run_sync(_look_up, state, key)


def confirm_sender(keys: KeyRing, connection: Connection[TupleRow], key: str) -> Sender:
    """The source behind a key, asked again where the answer is old: the body may have taken long to come."""
    sender = keys.recall(key) or keys.look_up(connection, key)
    if sender is None:
        raise _no_access(
            "bad-key",
            "The key is not valid",
            "It is unknown, expired or revoked. Check it; a new one is made by the operator with "
            "`e-supervision keys create SOURCE`.",
        )
    return sender


def _look_up(state: ServiceState, key: str) -> Sender:
    with state.pool.connection(SECONDS_TO_GET_CONNECTION) as connection:
        return confirm_sender(state.keys, connection, key)


def _no_access(code: str, title: str, detail: str) -> ProblemError:
    return ProblemError(401, code, title, detail, headers={"WWW-Authenticate": 'Bearer realm="e-supervision"'})


async def read_body(request: Request, limit: int) -> bytes:
    """The request's body as sent, never holding more than `limit` bytes.

    Raises ProblemError 413 as soon as it is known to be larger, 408 when it does not come to an end in time, 400 when
    the sender went away.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        raise _too_large(limit)
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(SECONDS_TO_SEND_BODY):
            async for part in request.stream():
                size += len(part)
                if size > limit:
                    raise _too_large(limit)
                parts.append(part)
    except TimeoutError as error:
        raise ProblemError(
            408,
            "body-too-slow",
            "The body did not come to its end",
            f"It was not whole after {SECONDS_TO_SEND_BODY:.0f} s; nothing was stored. Send fewer events at once.",
            headers={"Connection": "close"},
        ) from error
    except ClientDisconnect as error:
        raise ProblemError(
            400, "body-cut-short", "The body was cut short", "The connection ended within it; nothing was stored."
        ) from error
    return b"".join(parts)


def _too_large(limit: int) -> ProblemError:
    return ProblemError(
        413,
        "too-large",
        "The body is too large",
        f"At most {limit:,} bytes are read, as sent. Nothing was stored; send the events in several requests, or "
        "gzipped.",
        headers={"Connection": "close"},
    )
