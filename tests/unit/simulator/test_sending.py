"""Senders speak plain HTTP: gzipped NDJSON with the source's key, again when it was not taken, never silently less."""

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from monitor.simulator.sending import Senders, SendingError, Sent
from monitor.simulator.sent_events import SentEvent
from monitor.simulator.working_days import DAY, moment_text

Answer = tuple[int, dict[str, object]]
TAKEN: dict[str, object] = {"accepted": 0, "duplicate": 0, "conflicting": 0, "rejected": 0, "refusals": []}


class Intake:
    """A fake intake that remembers requests and gives the prepared answers, then takes everything."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[tuple[str, str, list[dict[str, object]]]] = []
        self.lock = threading.Lock()

    def answer(self, path: str, key: str, events: list[dict[str, object]]) -> Answer:
        with self.lock:
            self.requests.append((path, key, events))
            if self.answers:
                return self.answers.pop(0)
        return 200, TAKEN | {"accepted": len(events)}


@contextmanager
def serving(intake: Intake) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            status, answer = intake.answer(
                self.path, self.headers["Authorization"], [json.loads(line) for line in body.splitlines()]
            )
            said = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def event(source: str, number: int) -> SentEvent:
    fields = {"source": source, "event_id": f"e{number}", "case_no": "C", "kind": "applied", "reason": "补正"}
    return SentEvent(source, 20_000 * DAY, 20_000 * DAY, fields)


KEYS = {"A": "esk_a", "B": "esk_b"}


def test_each_source_sends_its_own_events_with_its_own_key() -> None:
    intake = Intake()
    with serving(intake) as port, Senders("127.0.0.1", port, KEYS) as senders:
        sent = senders.send([event("A", 1), event("B", 2), event("A", 3)])
    assert sent == Sent(accepted=3)
    by_key = {key: [said["event_id"] for said in events] for _, key, events in intake.requests}
    assert by_key == {"Bearer esk_a": ["e1", "e3"], "Bearer esk_b": ["e2"]}
    assert intake.requests[0][2][0]["reason"] == "补正"


def test_what_a_busy_or_broken_service_did_not_take_is_sent_again() -> None:
    intake = Intake((503, {"title": "busy"}), (500, {}), (429, {}))
    with serving(intake) as port, Senders("127.0.0.1", port, KEYS) as senders:
        assert senders.send([event("A", 1)]).accepted == 1
    assert len(intake.requests) == 4


def test_a_refused_request_is_an_error_that_says_who_and_why() -> None:
    intake = Intake((401, {"title": "The key is not valid"}))
    with (
        serving(intake) as port,
        Senders("127.0.0.1", port, KEYS) as senders,
        pytest.raises(SendingError, match=r"did not take what A sent: 401: .*The key is not valid"),
    ):
        senders.send([event("A", 1)])
    assert len(intake.requests) == 1


def test_refused_events_are_counted_with_the_first_complaint() -> None:
    refusal = {"event_id": "e2", "detail": "too far in the future"}
    answer: Answer = (
        200,
        TAKEN | {"accepted": 1, "duplicate": 2, "conflicting": 1, "rejected": 1, "refusals": [refusal]},
    )
    with serving(Intake(answer)) as port, Senders("127.0.0.1", port, KEYS) as senders:
        sent = senders.send([event("A", 2)])
    assert sent == Sent(accepted=1, duplicate=2, refused=2, complaint="A: e2: too far in the future")


def test_a_heartbeat_says_for_every_source_up_to_when_it_has_sent_everything() -> None:
    intake = Intake((200, {}), (200, {}))
    with serving(intake) as port, Senders("127.0.0.1", port, KEYS) as senders:
        senders.heartbeat(["A", "B"], 20_000 * DAY)
    assert {(path, key) for path, key, _ in intake.requests} == {
        ("/api/v1/heartbeat", "Bearer esk_a"),
        ("/api/v1/heartbeat", "Bearer esk_b"),
    }
    assert {json.dumps(said) for _, _, said in intake.requests} == {
        json.dumps([{"complete_until": moment_text(20_000 * DAY)}])
    }
