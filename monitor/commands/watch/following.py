"""A client of the live channel: follows it through losses, takes up where it left, and says how it stands."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus, WebSocketException

SECONDS_OF_SILENCE = 5.0
"""The service speaks every 2 s; this long without a word is a loss."""

FIRST_RETRY_SECONDS = 0.5
LAST_RETRY_SECONDS = 5.0
RETRIED_STATUSES = frozenset({500, 502, 503, 504})

Message = dict[str, Any]


class RefusedError(RuntimeError):
    """The service refuses this client, now and later; the text says why."""


class Following:
    """Keeps one connection. `told` gets every message in order, `changed` every change of the connection."""

    def __init__(
        self, url: str, hall: str | None, told: Callable[[Message], None], changed: Callable[[str | None], None]
    ) -> None:
        self._url = url
        self._hall = hall
        self._told = told
        self._changed = changed
        self._seq: int | None = None

    async def run(self) -> None:
        """Follow until cancelled. Raises RefusedError where trying again is of no use."""
        delay = FIRST_RETRY_SECONDS
        while True:
            try:
                async with connect(live_address(self._url, self._hall, self._seq), proxy=None) as socket:
                    self._changed(None)
                    while True:
                        async with asyncio.timeout(SECONDS_OF_SILENCE):
                            text = await socket.recv()
                        delay = FIRST_RETRY_SECONDS
                        self._take(json.loads(text))
            except InvalidStatus as error:
                if error.response.status_code not in RETRIED_STATUSES:
                    raise RefusedError(explain_refusal(self._url, error)) from error
                self._changed(explain_refusal(self._url, error))
            except TimeoutError:
                self._changed(f"nothing heard for {SECONDS_OF_SILENCE:.0f} s")
            except (OSError, WebSocketException) as error:
                self._changed(str(error) or type(error).__name__)
            await asyncio.sleep(delay)
            delay = min(delay * 2, LAST_RETRY_SECONDS)

    def _take(self, message: Message) -> None:
        if message["type"] in ("snapshot", "delta"):
            self._seq = message["seq"]
        self._told(message)


def live_address(url: str, hall: str | None, since: int | None) -> str:
    """The address of the live channel of the service at `url`. Raises RefusedError for what is no address."""
    parts = urlsplit(url if "//" in url else f"http://{url}")
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise RefusedError(f"{url} is no address of a service: give one as http://127.0.0.1:8080/")
    asked = {"hall": hall, "since": since}
    query = urlencode({name: value for name, value in asked.items() if value is not None})
    scheme = "wss" if parts.scheme == "https" else "ws"
    return f"{scheme}://{parts.netloc}/ws" + (f"?{query}" if query else "")


def explain_refusal(url: str, error: InvalidStatus) -> str:
    """Say why a handshake was refused, in the service's own words where it gave some."""
    try:
        detail = json.loads(error.response.body or b"")["detail"]
    except (ValueError, KeyError, TypeError):
        detail = "is it e-supervision that answers there?"
    return f"{url} refuses ({error.response.status_code}): {detail}"
