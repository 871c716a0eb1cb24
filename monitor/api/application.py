"""The HTTP application: which rooms it serves, and what every request passes on its way in and out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from anyio import to_thread
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from prometheus_client import CollectorRegistry
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from alerts.live.channel import LiveChannel
from monitor.api import board, cards, cases, figures, intake, silence
from monitor.api.guard import HostGuard
from monitor.api.hall_reading import HallReading, keep_reading
from monitor.api.live import live_router
from monitor.api.measures import RequestCounter, ServiceCounts
from monitor.api.metrics import metrics_router
from monitor.api.pages import pages_router
from monitor.api.probes import probes_router
from monitor.api.problem_answers import problem_answers
from monitor.api.problems import install_problem_handlers
from monitor.api.security_headers import SecurityHeaders
from monitor.api.state import ServiceState, keep_state
from monitor.storage.thread_rules import ThreadRules

READING_THREADS = 12
"""Threads for requests that read; each keeps its own copy of the rules."""

SMALLEST_TO_COMPRESS = 1_000

_TAGS = [
    {"name": "intake", "description": "What window systems send: events and heartbeats, with the key of their source."},
    {"name": "board", "description": "The live page at once; what changes comes over `/ws` (asyncapi.yaml)."},
    {"name": "cases", "description": "Lists that start with what fails, the case page, the explanation day by day."},
    {"name": "cards", "description": "Reminders, yellow and red cards (牌) and what became of them."},
    {"name": "silence", "description": "Sources that fell silent, and when the supervision itself was blind."},
    {"name": "figures", "description": "The metric contract: every figure with numerator, denominator and its cases."},
    {"name": "operation", "description": "For orchestrators and Prometheus."},
]


@dataclass(kw_only=True)
class Rooms:
    """What an application serves; a role switches rooms off.

    `live` is started and stopped with the application. `engine_runs` tells about an engine kept by this process.
    `pages` is the folder of the built pages; None serves a page that says how to build them.
    """

    intake: bool = True
    reading: bool = True
    live: LiveChannel | None = None
    pages: Path | None = None
    engine_runs: Callable[[], bool] | None = None
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    allowed_hosts: Collection[str] = ()
    allowed_origins: Collection[str] = ()

    def are_ready(self) -> bool:
        """Whether everything this process keeps is at work: its engine, and its live channel."""
        return (self.live is None or self.live.is_current) and (self.engine_runs is None or self.engine_runs())


def create_application(state: ServiceState, rooms: Rooms | None = None) -> FastAPI:
    """Make the application around what its handlers share."""
    rooms = rooms or Rooms()
    counts = ServiceCounts(rooms.registry)
    if rooms.intake:
        state.intake_counts.register(rooms.registry)
    app = FastAPI(
        title="e-supervision · 实时电子监察",
        version=_product_version(),
        summary="Real-time electronic supervision of administrative approvals.",
        description="Errors are problem details (RFC 9457). Times are RFC 3339 with the offset of the hall's zone.",
        docs_url=None,  # the usual pages load their scripts from elsewhere
        redoc_url=None,
        openapi_tags=_TAGS,
        responses=problem_answers(421, 422, 500),
        generate_unique_id_function=_operation_id,
        lifespan=_lifespan(rooms.live),
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(RequestCounter, counts=counts),
            Middleware(HostGuard, hosts=rooms.allowed_hosts, origins=rooms.allowed_origins),
            Middleware(GZipMiddleware, minimum_size=SMALLEST_TO_COMPRESS),
        ],
    )
    install_problem_handlers(app)
    keep_state(app, state)
    app.state.is_ready = rooms.are_ready
    reading = HallReading(state.pool, state.case_clock, ThreadRules())
    keep_reading(app, reading)
    for router in _routers(rooms, reading, counts):
        app.include_router(router)
    return app


def _routers(rooms: Rooms, reading: HallReading, counts: ServiceCounts) -> list[APIRouter]:
    halls_are_told = rooms.reading or rooms.engine_runs is not None
    routers = [probes_router(reading, rooms.live, rooms.engine_runs), metrics_router(reading, counts, halls_are_told)]
    if rooms.intake:
        routers.append(intake.router)
    if rooms.reading:
        routers += [board.router, cases.router, cards.router, silence.router, figures.router]
    if rooms.live is not None:
        routers.append(live_router(rooms.live))
    if rooms.reading:
        routers.append(pages_router(rooms.pages))  # last: it answers every address
    return routers


def _lifespan(live: LiveChannel | None) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def run(_: FastAPI) -> AsyncIterator[None]:
        to_thread.current_default_thread_limiter().total_tokens = READING_THREADS
        if live is not None:
            live.start()
        try:
            yield
        finally:
            if live is not None:
                await live.stop()

    return run


def _operation_id(route: APIRoute) -> str:
    return route.name


def _product_version() -> str:
    try:
        return version("e-supervision")
    except PackageNotFoundError:
        return "0"
