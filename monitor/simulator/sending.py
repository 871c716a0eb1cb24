"""Window systems as the intake sees them: each with its key, sending gzipped NDJSON and heartbeats over HTTP."""

from __future__ import annotations

import gzip
import http.client
import json
import threading
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from monitor.simulator.sent_events import SentEvent
from monitor.simulator.working_days import moment_text

EVENTS_A_REQUEST = 5000
SECONDS_TO_ANSWER = 60.0
SECONDS_OF_PATIENCE = 90.0
"""How long a request is tried again while the service does not answer or is busy."""
_COME_AGAIN = (408, 429)


class SendingError(RuntimeError):
    """The intake does not take what is sent; the text says what it answered."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of sent events; `refused` = conflicting and rejected ones, `complaint` the first of them."""

    accepted: int = 0
    duplicate: int = 0
    refused: int = 0
    complaint: str = ""

    def __add__(self, other: Sent) -> Sent:
        """Both together."""
        return Sent(
            self.accepted + other.accepted,
            self.duplicate + other.duplicate,
            self.refused + other.refused,
            self.complaint or other.complaint,
        )


class Senders:
    """Sends for all sources, a few at a time, each request on a kept connection; to be used as a context.

    `keys` holds the key of each source. What the service does not take because it is busy, restarting or gone for a
    while is sent again: intake counts an event once however often it comes.
    """

    def __init__(self, host: str, port: int, keys: Mapping[str, str], *, at_once: int = 4) -> None:
        self._host = host
        self._port = port
        self._keys = keys
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="sender")
        self._own = threading.local()
        self._connections: list[http.client.HTTPConnection] = []
        self._stopping = threading.Event()

    def __enter__(self) -> Self:
        """Nothing is sent yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop trying, end the threads, close the connections."""
        self._stopping.set()
        self._pool.shutdown(wait=True, cancel_futures=True)
        for connection in self._connections:
            connection.close()

    def send(self, events: Iterable[SentEvent]) -> Sent:
        """Send events, each source its own; returns when all are confirmed. Raises SendingError."""
        by_source: dict[str, list[SentEvent]] = {}
        for event in events:
            by_source.setdefault(event.source, []).append(event)
        portions = [
            (source, own[first : first + EVENTS_A_REQUEST])
            for source, own in by_source.items()
            for first in range(0, len(own), EVENTS_A_REQUEST)
        ]
        total = Sent()
        for sent in self._pool.map(self._send_portion, portions):
            total += sent
        return total

    def heartbeat(self, sources: Iterable[str], complete_until: int) -> None:
        """Say for each source that everything up to a moment has been sent. Raises SendingError."""
        body = json.dumps({"complete_until": moment_text(complete_until)}).encode()
        for _ in self._pool.map(lambda source: self._post("/api/v1/heartbeat", source, body, {}), sources):
            pass

    def _send_portion(self, portion: tuple[str, list[SentEvent]]) -> Sent:
        source, events = portion
        body = gzip.compress(b"".join(event.line() for event in events), 1)
        headers = {"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"}
        answer = self._post("/api/v1/events", source, body, headers)
        refusals = answer["refusals"]
        complaint = f"{source}: {refusals[0]['event_id']}: {refusals[0]['detail']}" if refusals else ""
        refused = answer["conflicting"] + answer["rejected"]
        return Sent(answer["accepted"], answer["duplicate"], refused, complaint)

    def _post(self, path: str, source: str, body: bytes, headers: dict[str, str]) -> Any:
        """One request until it is answered; the answer's JSON."""
        headers = {"Authorization": f"Bearer {self._keys[source]}", "Content-Type": "application/json", **headers}
        give_up = time.monotonic() + SECONDS_OF_PATIENCE
        pause = 0.05
        while True:
            try:
                status, answer = self._request(path, body, headers)
                problem = f"{status}: {answer[:300].decode(errors='replace')}"
            except (OSError, http.client.HTTPException) as error:
                status, answer, problem = 0, b"", str(error) or type(error).__name__
            if 200 <= status < 300:
                return json.loads(answer)
            if (
                (400 <= status < 500 and status not in _COME_AGAIN)
                or time.monotonic() > give_up
                or self._stopping.is_set()
            ):
                raise SendingError(f"http://{self._host}:{self._port}{path} did not take what {source} sent: {problem}")
            self._stopping.wait(pause)
            pause = min(pause * 2, 1.0)

    def _request(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        connection = getattr(self._own, "connection", None)
        if connection is None:
            connection = http.client.HTTPConnection(self._host, self._port, timeout=SECONDS_TO_ANSWER)
            self._own.connection = connection
            self._connections.append(connection)
        try:
            connection.request("POST", path, body, headers)
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException):
            connection.close()  # the next request opens it anew
            raise
