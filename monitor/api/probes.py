"""What orchestrators and Prometheus ask: is the process alive, can it serve, what does it count."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from alerts.live.channel import LiveChannel
from monitor.api.hall_reading import HallReading
from monitor.api.measures import ServiceCounts
from monitor.api.models import Model
from monitor.api.problem_answers import problem_answers
from monitor.api.problems import ProblemError
from monitor.storage.halls import read_engine_as_of, read_halls

SECONDS_FOR_PROBE = 2.0


class Health(Model):
    """The process lives."""

    status: str


class Readiness(Model):
    """The process can serve. `hints` false: news reaches the pages up to a second late."""

    status: str
    engine: bool
    live: bool
    hints: bool


def probes_router(
    reading: HallReading, counts: ServiceCounts, live: LiveChannel | None, engine_runs: Callable[[], bool] | None
) -> APIRouter:
    """Serve the probes; `engine_runs` tells about the engine where this process keeps one."""
    router = APIRouter(tags=["operation"])

    @router.get("/healthz", summary="Is the process alive")
    def get_health() -> Health:
        return Health(status="ok")

    @router.get("/readyz", summary="Can it serve", responses=problem_answers(503))
    def get_readiness() -> Readiness:
        with reading.pool.connection(SECONDS_FOR_PROBE) as connection:
            read_halls(connection)
        if live is not None and not live.is_current:
            raise _not_ready("The feed of the live channel cannot be read yet.")
        if engine_runs is not None and not engine_runs():
            raise _not_ready("The engine is not running; it is started again by itself.")
        return Readiness(
            status="ready",
            engine=engine_runs is not None,
            live=live is not None,
            hints=live is not None and live.is_listening,
        )

    @router.get("/metrics", summary="Counters for Prometheus", response_class=Response, responses=_METRICS)
    def get_metrics() -> Response:
        with reading.pool.connection(SECONDS_FOR_PROBE) as connection:
            reading.clock.reload(connection)
            for hall in read_halls(connection):
                counts.note_engine(hall, read_engine_as_of(connection, hall.hall_id), reading.clock)
        return Response(generate_latest(counts.registry), media_type=CONTENT_TYPE_LATEST)

    return router


_METRICS: dict[int | str, dict[str, Any]] = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}


def _not_ready(detail: str) -> ProblemError:
    return ProblemError(503, "not-ready", "The service is not ready", detail, headers={"Retry-After": "2"})
