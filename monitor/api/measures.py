"""What the service counts about its requests, and how far the engine is behind, for Prometheus."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.storage.case_clock import CaseClock
from monitor.storage.halls import HallFacts

PREFIX = "esupervision_"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class ServiceCounts:
    """Counters of requests and gauges of the engine, kept in one registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.requests = Counter(
            PREFIX + "http_requests", "Requests answered.", ["method", "route", "status"], registry=registry
        )
        self.seconds = Histogram(
            PREFIX + "http_request_seconds", "Time to answer.", ["route"], buckets=SECONDS, registry=registry
        )
        self.engine_behind = Gauge(
            PREFIX + "engine_behind_seconds",
            "Case time that the engine has not judged yet, by hall.",
            ["hall"],
            registry=registry,
        )

    def note_engine(self, hall: HallFacts, as_of: datetime | None, clock: CaseClock) -> None:
        """Note how far the engine has judged a hall."""
        if as_of is not None:
            self.engine_behind.labels(hall.code).set(max((clock.at(datetime.now(UTC)) - as_of).total_seconds(), 0.0))


class RequestCounter:
    """Counts every answered request under its route's template, so that case numbers make no series of their own."""

    def __init__(self, app: ASGIApp, counts: ServiceCounts) -> None:
        self._app = app
        self._counts = counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and note its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()

        async def send_noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path_format", "unmatched")
                self._counts.requests.labels(scope["method"], route, str(message["status"])).inc()
                self._counts.seconds.labels(route).observe(time.perf_counter() - begun)
            await send(message)

        await self._app(scope, receive, send_noted)
