"""A small server with a real websocket for the browser tests: serves the built pages and a made-up hall."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, WebSocket
from fastapi.responses import JSONResponse
from starlette.websockets import WebSocketDisconnect

from monitor.api import models as m
from monitor.api.figures import FigureMembers
from monitor.api.model_base import Model
from monitor.api.pages import pages_router
from monitor.api.security_headers import SecurityHeaders
from tests.support.board_cases import make_detail, make_explanation, make_figures, make_members, make_row
from tests.support.board_scene import AS_OF, Kind, make_board, make_card
from tests.support.held_port import hold_port

HEARTBEAT_S = 0.5  # a quarter of what the service promises: a starved test must not look like a lost connection

SECONDS_TO_TURN = 45.0  # to start, to stop, to send; on a machine that has much else to do


class BoardFixture:
    """The server, run in a thread of its own so that a test can stop it while the browser looks."""

    def __init__(self, pages: Path, kind: Kind = "normal") -> None:
        self.kind = kind
        self.board = make_board(kind)
        self.seq = 1
        self.sinces: list[str | None] = []
        self._pages = pages
        self._clients: set[WebSocket] = set()
        self._stopping = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._holder: socket.socket | None = None
        self.port = 0

    @property
    def address(self) -> str:
        """Where the pages are."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen, and return when the first request can be answered."""
        self._holder = self._holder or hold_port()
        self.port = int(self._holder.getsockname()[1])
        listener = socket.create_server(("127.0.0.1", self.port))
        ready = threading.Event()
        app = self._make_app(ready)
        config = uvicorn.Config(app, ws="websockets-sansio", log_level="warning", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listener]}, daemon=True)
        self._thread.start()
        assert ready.wait(SECONDS_TO_TURN), "the fixture server did not start"

    def stop(self) -> None:
        """End every connection and let go of the address."""
        if self._thread is not None:
            self.go_away()
        if self._holder is not None:
            self._holder.close()
            self._holder = None

    def go_away(self) -> None:
        """End every connection; the address no longer answers, until the next `start`."""
        assert self._thread is not None
        assert self._server is not None
        assert self._loop is not None
        self._server.should_exit = True
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(SECONDS_TO_TURN)
        assert not self._thread.is_alive(), "the fixture server did not stop"
        self._thread = None

    def send(self, message: Model) -> None:
        """Send one message to every page."""
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(
            self._broadcast(message.model_dump_json(exclude_none=True)), self._loop
        ).result(SECONDS_TO_TURN)

    def send_card(self, number: int) -> m.CardNotice:
        """Issue a red card and tell the pages."""
        card = make_card(number, level="red").model_copy(update={"issued_at": AS_OF})
        self.seq += 1
        self.send(m.Delta(seq=self.seq, as_of=AS_OF, cards=[card]))
        return card

    async def _broadcast(self, text: str) -> None:
        for client in list(self._clients):
            await client.send_text(text)

    async def _is_stopping(self, within: float) -> bool:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), within)
        return self._stopping.is_set()

    async def _serve_client(self, websocket: WebSocket) -> None:
        self.sinces.append(websocket.query_params.get("since"))
        await websocket.accept()
        self._clients.add(websocket)
        try:
            await websocket.send_text(m.Snapshot(seq=self.seq, board=self.board).model_dump_json())
            while not await self._is_stopping(HEARTBEAT_S):
                beat = m.Heartbeat(seq=self.seq, as_of=self.board.as_of, data_as_of=self.board.data_as_of)
                await websocket.send_text(beat.model_dump_json())
            await websocket.close(1012)
        except (WebSocketDisconnect, RuntimeError):
            pass  # the page went away
        finally:
            self._clients.discard(websocket)

    def _make_app(self, ready: threading.Event) -> FastAPI:
        @contextlib.asynccontextmanager
        async def live(_app: FastAPI) -> AsyncIterator[None]:
            self._loop = asyncio.get_running_loop()
            self._stopping = asyncio.Event()
            self._loop.call_soon(ready.set)
            yield

        app = FastAPI(lifespan=live)
        app.add_api_websocket_route("/ws", self._serve_client)
        self._add_answers(app)
        app.add_middleware(SecurityHeaders)
        app.include_router(pages_router(self._pages))
        return app

    def _add_answers(self, app: FastAPI) -> None:
        rows = [] if self.kind in ("empty", "unheard") else [make_row(number) for number in range(60)]

        def cases(light: str = "", cursor: str = "", limit: int = 50) -> m.CasePage:
            found = [row for row in rows if not light or row.light == light]
            start = int(cursor or 0)
            end = start + limit
            return m.CasePage(
                cases=found[start:end], total=len(found), next_cursor=str(end) if end < len(found) else None
            )

        def case(source: str, case_no: str) -> Any:
            if case_no == "missing":
                problem = m.Problem(
                    type="about:blank", title="办件不存在", status=404, detail=f"{source} 没有办件 {case_no}。"
                )
                return JSONResponse(problem.model_dump(), 404, media_type="application/problem+json")
            return make_detail(case_no)

        def explanation(source: str, case_no: str) -> m.Explanation:
            return make_explanation()

        def cards(level: str = "") -> m.CardPage:
            found = [card for card in self.board.cards if not level or card.level == level]
            return m.CardPage(cards=found, total=len(found), next_cursor=None)

        def members() -> FigureMembers:
            return make_members()

        def figures() -> m.FigureList:
            return make_figures()

        app.add_api_route("/api/v1/cases", cases)
        app.add_api_route("/api/v1/figures/{figure}/cases", cases)
        app.add_api_route("/api/v1/cases/{source}/{case_no}/explanation", explanation)
        app.add_api_route("/api/v1/cases/{source}/{case_no}", case, response_model=None)
        app.add_api_route("/api/v1/figures/{figure}/members", members)
        app.add_api_route("/api/v1/cards", cards)
        app.add_api_route("/api/v1/figures", figures)
