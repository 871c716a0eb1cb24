"""Who may speak to this service from a browser: Host against DNS rebinding, Origin against foreign pages."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from monitor.api.problems import problem_response

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
OPEN_PATHS = frozenset({"/healthz", "/readyz"})
"""Probes reach the service under whatever name the orchestrator has for it, and learn nothing but that it lives."""

USE_OUR_NAME = "Use a loopback address, or let the operator add the name to ESUPERVISION_ALLOWED_HOSTS."
USE_OUR_PAGE = (
    "Open the page at this service's own address, or let the operator add the origin to ESUPERVISION_ALLOWED_ORIGINS."
)
READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class HostGuard:
    """Refuses requests addressed to names that are not ours, and what foreign pages would have a browser send.

    `hosts` are names beside loopback, without port; `origins` are full origins (`https://board.example`) beside the
    page's own. A program that is no browser sends no Origin and is let through: what it may do, its key decides.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str] = (), origins: Collection[str] = ()) -> None:
        self._app = app
        self._hosts = LOOPBACK_NAMES | {host.lower() for host in hosts}
        self._origins = frozenset(origin.lower().rstrip("/") for origin in origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check a request or handshake and pass it on."""
        refusal = self._find_refusal(scope) if scope["type"] in ("http", "websocket") else None
        if refusal is None:
            await self._app(scope, receive, send)
            return
        status, code, title, detail = refusal
        # A handshake is refused with an ordinary answer, so that its sender can read why.
        request = Request({**scope, "type": "http", "method": scope.get("method", "GET")})
        await problem_response(request, status, code, title, detail)(scope, receive, send)

    def _find_refusal(self, scope: Scope) -> tuple[int, str, str, str] | None:
        if scope["path"] in OPEN_PATHS:
            return None
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        host = " and ".join(hosts)  # two names are one too many: who sends them hopes that we look at the other
        if len(hosts) != 1 or host_name(host) not in self._hosts:
            return (
                421,
                "unknown-host",
                "This service does not answer to that name",
                f"The request is addressed to {host or 'no host'}. {USE_OUR_NAME}",
            )
        if scope["type"] == "http" and scope["method"] in READING_METHODS:
            return None
        origin = headers.get("origin")
        if origin is None or self._admits(origin, host):
            return None
        return (
            403,
            "foreign-origin",
            "A page from elsewhere may not do this",
            f"The page that asks comes from {origin}. {USE_OUR_PAGE}",
        )

    def _admits(self, origin: str, host: str) -> bool:
        """Admit the page's own origin, whichever of http and https a proxy in front makes of it, and those listed."""
        parts = urlsplit(origin.lower())
        own = parts.scheme in ("http", "https") and parts.netloc == host.lower()
        return own or origin.lower().rstrip("/") in self._origins


def host_name(host: str) -> str:
    """The name in a Host header, lower case, without port and without the brackets of an IPv6 address."""
    name = host.strip().lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.partition(":")[0]
