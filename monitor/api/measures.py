"""What one process counts of its requests and of what it takes in, for Prometheus."""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.intake.acceptance import Receipt

PREFIX = "esupervision_"
VERDICTS = ("accepted", "duplicate", "conflicting", "rejected")
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class ServiceCounts:
    """Counters of requests, kept in one registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.requests = Counter(
            PREFIX + "http_requests", "Requests answered.", ["method", "route", "status"], registry=registry
        )
        self.seconds = Histogram(
            PREFIX + "http_request_seconds", "Time to answer.", ["route"], buckets=SECONDS, registry=registry
        )
        self.database = Gauge(
            PREFIX + "database_reachable", "1 while the database answers this process, else 0.", registry=registry
        )


class IntakeCounts:
    """Counters of what a process took in; they are told once `register` has named a registry."""

    def __init__(self) -> None:
        self._events = Counter(
            PREFIX + "intake_events", "Events answered, by what became of them.", ["verdict"], registry=None
        )
        self._seconds = Histogram(
            PREFIX + "intake_seconds",
            "Time from a whole body until everything in it was on disk or refused.",
            buckets=SECONDS,
            registry=None,
        )
        self._bytes = Counter(PREFIX + "intake_bytes", "Bytes of the bodies, as sent.", registry=None)
        for verdict in VERDICTS:
            self._events.labels(verdict)

    def register(self, registry: CollectorRegistry) -> None:
        """Tell them under a registry."""
        for metric in (self._events, self._seconds, self._bytes):
            registry.register(metric)

    def note(self, receipt: Receipt, size: int, seconds: float) -> None:
        """Count one confirmed request."""
        for verdict in VERDICTS:
            self._events.labels(verdict).inc(getattr(receipt, verdict))
        self._bytes.inc(size)
        self._seconds.observe(seconds)


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
