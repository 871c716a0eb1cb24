"""`/ws`: the handshake of the live channel; what is said on it is described in docs/reference/asyncapi.yaml."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import psycopg
import structlog
from fastapi import APIRouter, WebSocket
from psycopg_pool import PoolTimeout
from starlette.requests import Request
from starlette.websockets import WebSocketDisconnect

from alerts.live.channel import LiveChannel
from alerts.live.scope import Scope
from alerts.live.wire import WIRE_EXTENSION, Wire
from monitor.api.problems import problem_response
from monitor.storage.halls import HallError

TRY_AGAIN_LATER = 1013
GOING_AWAY = 1001

_log = structlog.get_logger(__name__)


def live_router(channel: LiveChannel) -> APIRouter:
    """The live channel at `/ws?since=N&hall=CODE`."""
    router = APIRouter()

    @router.websocket("/ws")
    async def follow_live(socket: WebSocket, since: str | None = None, hall: str | None = None) -> None:
        try:
            found = await channel.find_hall(hall)
        except HallError as error:
            await _refuse(socket, 404, "unknown-hall", "There is no such hall", str(error))
            return
        except (psycopg.OperationalError, PoolTimeout) as error:
            _log.warning("live_client_refused", error=str(error))
            detail = "Nothing can be shown until it does. Connect again in a few seconds."
            await _refuse(socket, 503, "database-away", "The database does not answer", detail)
            return
        if channel.is_full:
            detail = "This process serves no more clients. Connect again later, or let the operator raise the limit."
            await _refuse(socket, 503, "too-many-clients", "Too many clients", detail)
            return
        await socket.accept()
        await _serve(socket, channel, scope_of_client(found.hall_id), since)

    return router


def scope_of_client(hall_id: int) -> Scope:
    """What a client may see: a client on loopback the whole hall. People with scopes of their own come in here."""
    return Scope(hall_id)


async def _serve(socket: WebSocket, channel: LiveChannel, scope: Scope, since: str | None) -> None:
    """Serve until the client leaves, the channel fails or the service stops."""
    wire: Wire | None = socket.scope["extensions"].get(WIRE_EXTENSION)
    serving = asyncio.create_task(channel.serve(scope, since, socket.send_text, wire))
    leaving = asyncio.create_task(_wait_for_leave(socket))
    try:
        await asyncio.wait({serving, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (serving, leaving):
            task.cancel()
        await asyncio.gather(serving, leaving, return_exceptions=True)
    failure = None if serving.cancelled() else serving.exception()
    if failure is not None and not isinstance(failure, WebSocketDisconnect):
        _log.warning("live_client_lost", error=str(failure), error_type=type(failure).__name__)
        with suppress(RuntimeError):  # it has closed meanwhile
            await socket.close(TRY_AGAIN_LATER, "the board cannot be read now; connect again")


async def _wait_for_leave(socket: WebSocket) -> None:
    """Wait until the client leaves; what it says meanwhile has no meaning yet and is dropped."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass


async def _refuse(socket: WebSocket, status: int, code: str, title: str, detail: str) -> None:
    """Refuse the handshake with an ordinary answer, so that its sender can read why."""
    request = Request({**socket.scope, "type": "http", "method": "GET"})
    await socket.send_denial_response(problem_response(request, status, code, title, detail))
