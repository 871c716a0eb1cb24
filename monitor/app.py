"""Wires the service: the only place that knows all its parts."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from enum import StrEnum

import structlog
import uvicorn
from fastapi import FastAPI
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector

from alerts.live.channel import LiveChannel
from alerts.live.reader import READING_THREADS as LIVE_CONNECTIONS
from dashboards import pages_folder
from monitor.api.application import Rooms, create_application
from monitor.api.state import ServiceState
from monitor.engine_process import EngineProcess
from monitor.service_manager import notify
from monitor.settings import Settings
from monitor.storage.database import connect, open_pool
from monitor.storage.migrations import require_current_schema
from monitor.websocket_connection import WebSocketConnection

LONGEST_MESSAGE = 64 * 1024
"""Bytes of a message that a client of the live channel may send; what it says has no meaning yet."""

SECONDS_TO_KEEP_CONNECTIONS = 30
SECONDS_TO_FINISH_REQUESTS = 10
SECONDS_BETWEEN_LOOKS = 0.05

_log = structlog.get_logger(__name__)


class ServiceError(RuntimeError):
    """The service cannot be started; the text says why and what to do."""


class Role(StrEnum):
    """Which parts one process runs; a larger hall runs several processes on one database."""

    ALL = "all"
    INTAKE = "intake"
    """Takes in events and heartbeats."""
    ENGINE = "engine"
    """Judges; one process judges a hall at a time, another stands by."""
    PUSH = "push"
    """Live channel, pages, and everything that is read."""

    @property
    def takes_in(self) -> bool:
        """Whether window systems are served."""
        return self in (Role.ALL, Role.INTAKE)

    @property
    def judges(self) -> bool:
        """Whether an engine is kept."""
        return self in (Role.ALL, Role.ENGINE)

    @property
    def shows(self) -> bool:
        """Whether readers are served."""
        return self in (Role.ALL, Role.PUSH)


@contextmanager
def wire_service(settings: Settings, url: str, role: Role = Role.ALL) -> Iterator[FastAPI]:
    """Open what the service needs on the database at `url`, give its application, and close everything again.

    Raises DatabaseError where the database cannot be used, MigrationError where it is not up to date.
    """
    with connect(url) as connection:
        require_current_schema(connection)
    registry = CollectorRegistry()
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=registry)
    with ExitStack() as stack:
        pool = open_pool(url, smallest=2, largest=settings.request_connections)
        stack.callback(pool.close)
        live = None
        if role.shows:
            live_pool = open_pool(url, smallest=1, largest=LIVE_CONNECTIONS)
            stack.callback(live_pool.close)
            live = LiveChannel(url, live_pool, registry, settings.live_clients)
        engine = None
        if role.judges:
            engine = EngineProcess(url, settings.log_level, settings.log_format)
            engine.start()
            stack.callback(engine.stop)
        rooms = Rooms(
            intake=role.takes_in,
            reading=role.shows,
            live=live,
            pages=pages_folder(),
            engine_runs=None if engine is None else engine.is_running,
            registry=registry,
            allowed_hosts=(*settings.allowed_hosts, settings.host),
            allowed_origins=settings.allowed_origins,
        )
        yield create_application(ServiceState(pool=pool), rooms)


def open_listener(host: str, port: int, *, is_shared: bool = False) -> socket.socket:
    """Take the address to listen at; a shared one may be listened at by several processes that all share it.

    Raises ServiceError.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=2048, reuse_port=is_shared)
    except OSError as error:
        raise ServiceError(
            f"{host} port {port} cannot be listened at ({error.strerror}). Choose another with --port, or end what "
            "uses it. Two processes may use one port if both are started with --share-port."
        ) from error
    listener.set_inheritable(False)  # the engine must not hold the port when the service starts again
    return listener


def address_of(listener: socket.socket) -> str:
    """The address of the pages on this machine."""
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # shown, not listened at
    return f"http://[{shown}]:{port}/" if ":" in shown else f"http://{shown}:{port}/"


def serve_application(app: FastAPI, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are finished. Calls `ready` once when requests are answered."""
    server = _Server(
        uvicorn.Config(
            app,
            loop="uvloop",
            http="httptools",
            ws=WebSocketConnection,
            ws_max_size=LONGEST_MESSAGE,
            ws_per_message_deflate=False,  # what goes to everybody is encoded once; compressing it again for each costs
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=SECONDS_TO_KEEP_CONNECTIONS,
            timeout_graceful_shutdown=SECONDS_TO_FINISH_REQUESTS,
        ),
        ready,
    )
    with _signals_wait():
        server.run(sockets=[listener])
    _log.info("service_stopped")


class _Server(uvicorn.Server):
    """Tells when it answers."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()
            self._telling = asyncio.create_task(self._tell_manager(), name="tell-manager")

    async def _tell_manager(self) -> None:
        """Tell whoever manages the service once it is ready: only then may another process be stopped."""
        is_ready: Callable[[], bool] = self.config.app.state.is_ready  # type: ignore[union-attr] # a FastAPI
        while not is_ready():
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
        notify("READY=1")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._telling.cancel()
        notify("STOPPING=1")
        await super().shutdown(sockets)


@contextmanager
def _signals_wait() -> Iterator[None]:
    """Let no signal end the process before everything is closed.

    uvicorn stops on SIGTERM and SIGINT, and raises them again when it has stopped: the default handler of SIGTERM would
    then end the process on the spot, with the engine and the embedded database still running.
    """
    before = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
