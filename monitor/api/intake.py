"""What window systems speak to: events in, refusals and heartbeats."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec
from anyio import to_thread
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from monitor.api.model_base import Model
from monitor.api.models import IntakeReceipt, Problem, Refusal
from monitor.api.problems import MEDIA_TYPE, ProblemError
from monitor.api.source_access import (
    SECONDS_TO_GET_CONNECTION,
    State,
    authorised_sender,
    bearer_key,
    confirm_sender,
    read_body,
)
from monitor.api.state import ServiceState
from monitor.domain.instants import datetime_of, instant_of, zone_named
from monitor.intake.acceptance import Receipt, accept
from monitor.intake.bodies import NDJSON_TYPES, UnreadableBodyError
from monitor.intake.parsing import TOLERATED_FUTURE, parse_body
from monitor.intake.sender import Sender
from monitor.storage import intake as tables

HEARTBEAT_LIMIT = 16 * 1024
MOST_WAITING = 64
"""Requests that may wait for a thread with their bodies in memory; more are asked to come again."""

_STATUS = {
    "too_large": 413,
    "too_many_events": 413,
    "unknown_type": 415,
    "unknown_charset": 415,
    "unknown_encoding": 415,
}
_TITLE = {
    "too_large": "The body is too large",
    "too_many_events": "Too many events in one request",
    "unknown_type": "The content type is not known",
    "unknown_charset": "The charset is not known",
    "unknown_encoding": "The content encoding is not known",
    "broken_gzip": "The body is no whole gzip file",
    "not_utf8": "The body is not UTF-8",
    "not_json": "The body is no JSON",
}

router = APIRouter(prefix="/api/v1", tags=["intake"])
Authorised = Annotated[Sender, Depends(authorised_sender)]
Key = Annotated[str, Depends(bearer_key)]


class KeptRefusal(Refusal):
    """A refused event as kept for its sender."""

    refused_id: int = Field(description="Rises from refusal to refusal; the cursor.")
    receipt_id: int
    received_at: datetime = Field(description="Real time.")


class RefusalPage(Model):
    """Refused events of the sender's own source, oldest first."""

    refusals: list[KeptRefusal]
    next_cursor: int | None = Field(description="Null when these are the last for now.")


class KeptHeartbeat(Model):
    """What is known of the source now, in case time."""

    complete_until: datetime
    received_at: datetime
    last_event_at: datetime | None


class _SentHeartbeat(msgspec.Struct):
    complete_until: str


_PROBLEM: dict[str, Any] = {
    "description": "Problem details (RFC 9457).",
    "content": {MEDIA_TYPE: {"schema": Problem.model_json_schema()}},
}
_EVENTS_BODY = {
    "requestBody": {
        "required": True,
        "description": "One JSON object per line, or an array of them; perhaps gzipped (Content-Encoding: gzip).",
        "content": {
            NDJSON_TYPES[0]: {"schema": {"type": "string"}},
            "application/json": {"schema": {"type": "array", "items": {"type": "object"}}},
        },
    }
}
_HEARTBEAT_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["complete_until"],
                    "properties": {"complete_until": {"type": "string", "format": "date-time"}},
                }
            }
        },
    }
}


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return dict.fromkeys(statuses, _PROBLEM)


@router.post(
    "/events",
    summary="Send events of the key's source",
    response_model=IntakeReceipt,
    responses=_problems(400, 401, 408, 413, 415, 503),
    openapi_extra=_EVENTS_BODY,
)
async def post_events(request: Request, state: State, key: Key, _: Authorised) -> Response:
    """Take up to 10,000 events in; answered only when every accepted one is on disk, so it may be sent again safely.

    Each event is counted once: accepted, duplicate (the same before), conflicting (the same id with other content) or
    rejected. The last two are listed with line, reason and what to do, and kept for `GET /api/v1/refusals`.
    """
    if state.intake_threads.statistics().tasks_waiting >= MOST_WAITING:
        raise ProblemError(
            503,
            "busy",
            "Too many requests wait already",
            "Nothing was stored. Send the same request again in a second.",
            headers={"Retry-After": "1"},
        )
    body = await read_body(request, state.body_limits.sent)
    content_type, encoding = request.headers.get("content-type"), request.headers.get("content-encoding")
    answer = await to_thread.run_sync(
        _store_events, state, key, body, content_type, encoding, limiter=state.intake_threads
    )
    return Response(answer, media_type="application/json")


def _store_events(state: ServiceState, key: str, body: bytes, content_type: str | None, encoding: str | None) -> str:
    began = time.perf_counter()
    with state.pool.connection(SECONDS_TO_GET_CONNECTION) as connection:
        with connection.transaction():
            sender = confirm_sender(state.keys, connection, key)
            state.case_clock.reload(connection)
        received_at = datetime.now(UTC)
        recorded_at = state.case_clock.at(received_at)
        try:
            batch = parse_body(
                body,
                sender,
                recorded_at,
                content_type=content_type,
                content_encoding=encoding,
                limits=state.body_limits,
            )
        except UnreadableBodyError as error:
            raise _explain_body(error) from error
        receipt = accept(connection, sender, batch, recorded_at, received_at=received_at)
    state.intake_counts.note(receipt, len(body), time.perf_counter() - began)
    return _describe(receipt).model_dump_json()


def _explain_body(error: UnreadableBodyError) -> ProblemError:
    headers = {"Accept-Encoding": "gzip"} if error.code == "unknown_encoding" else None
    code = error.code.replace("_", "-")
    return ProblemError(_STATUS.get(error.code, 400), code, _TITLE[error.code], error.detail, headers=headers)


def _describe(receipt: Receipt) -> IntakeReceipt:
    return IntakeReceipt(
        receipt_id=receipt.receipt_id,
        batch_no=receipt.batch_no,
        accepted=receipt.accepted,
        duplicate=receipt.duplicate,
        conflicting=receipt.conflicting,
        rejected=receipt.rejected,
        refusals=[
            Refusal(
                line=refused.line,
                event_id=refused.event_id,
                verdict=refused.verdict,
                reason=refused.reason,
                detail=refused.detail,
            )
            for refused in receipt.refusals
        ],
    )


@router.get("/refusals", summary="List what was not applied", responses=_problems(401, 422, 503))
def get_refusals(
    state: State,
    sender: Authorised,
    cursor: Annotated[int, Query(ge=0, description="`next_cursor` of the page before.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    receipt_id: Annotated[int | None, Query(ge=1, description="Only those of one request.")] = None,
) -> RefusalPage:
    """Refused events of the key's own source, oldest first."""
    with state.pool.connection(SECONDS_TO_GET_CONNECTION) as connection:
        found = tables.list_refusals(connection, sender.source_id, after=cursor, limit=limit + 1, receipt_id=receipt_id)
    page = [KeptRefusal.model_validate(refusal, from_attributes=True) for refusal in found[:limit]]
    return RefusalPage(refusals=page, next_cursor=page[-1].refused_id if len(found) > limit else None)


@router.post(
    "/heartbeat",
    summary="Say up to when everything has been sent",
    response_model=KeptHeartbeat,
    responses=_problems(400, 401, 413, 422, 503),
    openapi_extra=_HEARTBEAT_BODY,
)
async def post_heartbeat(request: Request, state: State, sender: Authorised) -> KeptHeartbeat:
    """`complete_until` (ISO 8601, case time): every event that happened up to then has been sent.

    It never goes back, and never stands after the receipt: a sender's clock that is fast proves nothing of the future.
    """
    body = await read_body(request, HEARTBEAT_LIMIT)
    try:
        sent = msgspec.json.decode(body, type=_SentHeartbeat)
        complete_until = zone_named(sender.zone).parse(sent.complete_until)
    except (ValueError, OverflowError, RecursionError) as error:
        raise ProblemError(
            400,
            "bad-heartbeat",
            "The heartbeat cannot be read",
            f'Send {{"complete_until": "2026-09-16T10:12:00+08:00"}} ({error}).',
        ) from error
    kept = await to_thread.run_sync(_store_heartbeat, state, sender, datetime_of(complete_until))
    return KeptHeartbeat.model_validate(kept, from_attributes=True)


def _store_heartbeat(state: ServiceState, sender: Sender, complete_until: datetime) -> tables.StoredHeartbeat:
    with state.pool.connection(SECONDS_TO_GET_CONNECTION) as connection:
        state.case_clock.reload(connection)
        received_at = state.case_clock.now()
        if complete_until > received_at + timedelta(microseconds=TOLERATED_FUTURE):
            zone = zone_named(sender.zone)
            raise ProblemError(
                422,
                "future",
                "Nothing can be complete in the future",
                f"`complete_until` {zone.text(instant_of(complete_until))} is more than 10 minutes after "
                f"{zone.text(instant_of(received_at))}: check the clock and the zone of the sender.",
            )
        return tables.store_heartbeat(connection, sender.source_id, min(complete_until, received_at), received_at)
