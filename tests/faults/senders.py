"""Windows that go on sending whatever is killed: they send again what was not answered, give some up, repeat some,
and change some of what they repeat.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import msgspec

from monitor.simulator.workload import Body
from tests.faults.ledger import Ledger, SentBody

SECONDS_TO_ANSWER = 30.0
SECONDS_BETWEEN_TRIES = 0.1


@dataclass(frozen=True)
class Habits:
    """How windows behave. Shares are probabilities for each body."""

    at_once: int = 4
    pause: float = 0.02
    """Seconds between two bodies of a window."""
    given_up: float = 0.25
    """Unanswered bodies that their window never sends again: the log may have their events once or not at all."""
    repeated: float = 0.05
    """Answered bodies that are sent once more: all of it must count as duplicate, or as conflicting where changed."""
    changed: float = 0.0
    """Repeated bodies in which some events have another time than before."""


class Senders:
    """A few windows at once on one stream of bodies, from `start` to `stop`."""

    def __init__(
        self, port: int, keys: Mapping[str, str], bodies: Iterator[Body], ledger: Ledger, habits: Habits
    ) -> None:
        self._port = port
        self._keys = keys
        self._bodies = bodies
        self._ledger = ledger
        self._habits = habits
        self._drawing = threading.Lock()
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._send_all, args=(Random(number),), name=f"window-{number}")
            for number in range(habits.at_once)
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish what is under way; what is not answered then stays so."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _send_all(self, rng: Random) -> None:
        line = _Line(self._port)
        while not self._stopping.wait(self._habits.pause):
            with self._drawing:
                body = next(self._bodies, None)
            if body is None:
                break
            sent = self._ledger.open(body)
            self._send_until_answered(line, sent, rng)
            if sent.acknowledged and rng.random() < self._habits.repeated:
                self._repeat(line, sent, rng)
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
            if sent.unanswered and rng.random() < self._habits.given_up:
                return
            time.sleep(SECONDS_BETWEEN_TRIES)

    def resend(self, bodies: Sequence[SentBody]) -> tuple[int, int]:
        """Send bodies again, in their order, until each is answered; gives how many events were new and known."""
        line, new, known = _Line(self._port), 0, 0
        for sent in bodies:
            while (answer := self._post(line, sent)) is None:
                time.sleep(SECONDS_BETWEEN_TRIES)
            new, known = new + answer["accepted"], known + answer["duplicate"]
            if answer["accepted"] + answer["duplicate"] != sent.body.events:
                self._ledger.complain(f"a body of {sent.body.events} events sent again after a restore: {answer}")
            self._ledger.acknowledge(sent)
        line.close()
        return new, known

    def _repeat(self, line: _Line, sent: SentBody, rng: Random) -> None:
        content, changed = sent.body.content, 0
        if rng.random() < self._habits.changed:
            content, changed = change_some(content, rng)
        answer = self._post(line, sent, content)
        if answer is None:
            return
        told = answer["accepted"], answer["duplicate"], answer["conflicting"], answer["rejected"]
        if told != (0, sent.body.events - changed, changed, 0):
            self._ledger.complain(f"an answered body sent again with {changed} events changed: {answer}")
        self._ledger.repeat(changed)

    def _post(self, line: _Line, sent: SentBody, content: bytes | None = None) -> Any:
        """The answer's JSON, or None where there was none or the service could not take it now."""
        try:
            status, said = line.post(content or sent.body.content, self._keys[sent.body.source])
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


def change_some(content: bytes, rng: Random) -> tuple[bytes, int]:
    """The same events, some of them with another time; gives how many."""
    lines = content.splitlines()
    drawn = rng.sample(range(len(lines)), rng.randint(1, len(lines)))
    for place in drawn:
        event = msgspec.json.decode(lines[place])
        day, _, time_of_day = event["occurred_at"].partition("T")
        event["occurred_at"] = f"{day}T08{time_of_day[2:]}"  # no window sends at eight
        lines[place] = msgspec.json.encode(event)
    return b"\n".join(lines) + b"\n", len(drawn)


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
