"""Windows that go on sending whatever is killed: they send again what was not answered, give some up, repeat some."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator, Mapping
from random import Random
from types import TracebackType
from typing import Any, Self

from monitor.simulator.workload import Body
from tests.faults.ledger import Ledger, SentBody

SECONDS_TO_ANSWER = 30.0
SECONDS_BETWEEN_TRIES = 0.1
SHARE_GIVEN_UP = 0.25
"""Unanswered bodies that their window never sends again: the log may have their events once or not at all."""
SHARE_REPEATED = 0.05
"""Answered bodies that are sent once more: all of it must count as duplicate."""


class Senders:
    """A few windows at once on one stream of bodies; to be used as a context, which ends their sending."""

    def __init__(
        self, port: int, keys: Mapping[str, str], bodies: Iterator[Body], ledger: Ledger, *, at_once: int, pause: float
    ) -> None:
        self._port = port
        self._keys = keys
        self._bodies = bodies
        self._ledger = ledger
        self._pause = pause
        self._drawing = threading.Lock()
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._send_all, args=(Random(number),), name=f"window-{number}")
            for number in range(at_once)
        ]

    def __enter__(self) -> Self:
        """Begin."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish what is under way; what is not answered then stays so."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _send_all(self, rng: Random) -> None:
        line = _Line(self._port)
        while not self._stopping.wait(self._pause):
            with self._drawing:
                body = next(self._bodies, None)
            if body is None:
                break
            sent = self._ledger.open(body)
            self._send_until_answered(line, sent, rng)
            if sent.acknowledged and rng.random() < SHARE_REPEATED:
                self._repeat(line, sent)
        line.close()

    def _send_until_answered(self, line: _Line, sent: SentBody, rng: Random) -> None:
        while not self._stopping.is_set():
            sent.attempts += 1
            answer = self._post(line, sent)
            if answer is not None:
                taken = answer["accepted"] + answer["duplicate"]
                if taken != sent.body.events or (answer["duplicate"] and not sent.unanswered):
                    self._ledger.complain(f"attempt {sent.attempts} with {sent.body.events} events: {answer}")
                self._ledger.acknowledge(sent)
                return
            if sent.unanswered and rng.random() < SHARE_GIVEN_UP:
                return
            time.sleep(SECONDS_BETWEEN_TRIES)

    def _repeat(self, line: _Line, sent: SentBody) -> None:
        answer = self._post(line, sent)
        if answer is not None and answer["duplicate"] != sent.body.events:
            self._ledger.complain(f"an answered body sent again: {answer}")

    def _post(self, line: _Line, sent: SentBody) -> Any:
        """The answer's JSON, or None where there was none or the service could not take it now."""
        try:
            status, said = line.post(sent.body.content, self._keys[sent.body.source])
        except ConnectionRefusedError:
            line.close()
            return None
        except (OSError, http.client.HTTPException):
            sent.unanswered = True
            self._ledger.break_off()
            line.close()
            return None
        if status >= 500:  # the database may have been lost between its commit and its answer: nobody knows
            sent.unanswered = True
            self._ledger.turn_away()
            return None
        if status >= 300:
            self._ledger.complain(f"{status}: {said[:300]!r}")
            return None
        return json.loads(said)


class _Line:
    """One kept connection, opened anew when it broke."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection: http.client.HTTPConnection | None = None

    def post(self, content: bytes, key: str) -> tuple[int, bytes]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=SECONDS_TO_ANSWER)
        headers = {"Content-Type": "application/x-ndjson", "Authorization": f"Bearer {key}"}
        self._connection.request("POST", "/api/v1/events", content, headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
