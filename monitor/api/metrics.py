"""What Prometheus asks: what this process counts, and how the halls stand in the database."""

from __future__ import annotations

from typing import Any

import psycopg
from fastapi import APIRouter
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from psycopg_pool import PoolTimeout

from monitor.api.hall_measures import HallCollector, read_backup_age, read_hall_measures
from monitor.api.hall_reading import HallReading
from monitor.api.measures import ServiceCounts

SECONDS_FOR_CONNECTION = 2.0

_METRICS: dict[int | str, dict[str, Any]] = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}


def metrics_router(reading: HallReading, counts: ServiceCounts, halls_are_told: bool) -> APIRouter:
    """Serve `/metrics`; without `halls_are_told` only what this process counts, as for one that only takes in."""
    router = APIRouter(tags=["operation"])

    @router.get("/metrics", summary="Counters for Prometheus", response_class=Response, responses=_METRICS)
    def get_metrics() -> Response:
        halls = _tell_halls(reading, counts) if halls_are_told else _try_database(reading, counts)
        return Response(generate_latest(counts.registry) + halls, media_type=CONTENT_TYPE_LATEST)

    return router


def _tell_halls(reading: HallReading, counts: ServiceCounts) -> bytes:
    """The halls' families; none while the database does not answer, which is told by a gauge of its own."""
    try:
        with reading.pool.connection(SECONDS_FOR_CONNECTION) as connection:
            collector = HallCollector(read_hall_measures(reading, connection), read_backup_age(connection))
    except (PoolTimeout, psycopg.OperationalError):
        counts.database.set(0)
        return b""
    counts.database.set(1)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)
    return generate_latest(registry)


def _try_database(reading: HallReading, counts: ServiceCounts) -> bytes:
    try:
        with reading.pool.connection(SECONDS_FOR_CONNECTION):  # checked when lent
            counts.database.set(1)
    except (PoolTimeout, psycopg.OperationalError):
        counts.database.set(0)
    return b""
