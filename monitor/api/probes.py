"""What orchestrators ask: is the process alive, can it serve."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter

from alerts.live.channel import LiveChannel
from monitor.api.hall_reading import HallReading
from monitor.api.model_base import Model
from monitor.api.problem_answers import problem_answers
from monitor.api.problems import ProblemError
from monitor.storage.halls import read_halls

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


def probes_router(reading: HallReading, live: LiveChannel | None, engine_runs: Callable[[], bool] | None) -> APIRouter:
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

    return router


def _not_ready(detail: str) -> ProblemError:
    return ProblemError(503, "not-ready", "The service is not ready", detail, headers={"Retry-After": "2"})
