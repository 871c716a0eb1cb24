"""What the handlers of requests share: made once by whoever wires the service, found through the application."""

from __future__ import annotations

from dataclasses import dataclass, field

from anyio import CapacityLimiter
from fastapi import FastAPI
from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool
from starlette.requests import HTTPConnection

from monitor.api.measures import IntakeCounts
from monitor.intake.bodies import BodyLimits
from monitor.intake.keys import KeyRing
from monitor.storage.case_clock import CaseClock

INTAKE_THREADS = 4


@dataclass(kw_only=True)
class ServiceState:
    """The service's own objects; each room adds its fields, with a default where it can do without."""

    pool: ConnectionPool[Connection[TupleRow]]
    case_clock: CaseClock = field(default_factory=CaseClock)
    keys: KeyRing = field(default_factory=KeyRing)
    body_limits: BodyLimits = field(default_factory=BodyLimits)
    intake_counts: IntakeCounts = field(default_factory=IntakeCounts)
    intake_threads: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(INTAKE_THREADS))


def keep_state(app: FastAPI, state: ServiceState) -> None:
    """Let the handlers of `app` find `state`."""
    app.state.service = state


def service_state(connection: HTTPConnection) -> ServiceState:
    """The state of the application that a request or websocket came to; a FastAPI dependency."""
    state = getattr(connection.app.state, "service", None)
    if not isinstance(state, ServiceState):
        raise RuntimeError("the application was not wired: call keep_state before it serves")
    return state
