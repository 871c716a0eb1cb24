"""The intake as window systems see it: over HTTP, against a real database."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from psycopg import Connection

from monitor.api.intake import router
from monitor.api.problems import install_problem_handlers
from monitor.api.state import ServiceState, keep_state
from monitor.intake.bodies import BodyLimits
from monitor.intake.keys import KeyRing, create_key, revoke_key
from monitor.storage.case_clock import set_case_time
from monitor.storage.database import open_pool
from tests.support.small_hall import add_hall, add_source

NOON = datetime(2026, 9, 16, 4, 0, tzinfo=UTC)
NDJSON = {"Content-Type": "application/x-ndjson"}


@pytest.fixture
def case_time(connection: Connection[Any]) -> datetime:
    """Case time stands still at noon."""
    set_case_time(connection, NOON, 0.0, "driven", datetime.now(UTC))
    return NOON


@pytest.fixture
def hall_id(connection: Connection[Any]) -> int:
    return add_hall(connection)


@pytest.fixture
def key(connection: Connection[Any], hall_id: int) -> str:
    add_source(connection, hall_id, "permits", [])
    return create_key(connection, "permits", datetime.now(UTC)).key


@pytest.fixture
def state(database_url: str) -> Iterator[ServiceState]:
    with closing(open_pool(database_url, largest=8)) as pool:
        yield ServiceState(pool=pool, body_limits=BodyLimits(sent=100_000, unpacked=200_000, events=500))


@pytest.fixture
async def client(state: ServiceState, key: str, case_time: datetime) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.include_router(router)
    install_problem_handlers(app)
    keep_state(app, state)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as opened:
        yield opened


def event(number: int, **fields: Any) -> dict[str, Any]:
    occurred_at = (NOON - timedelta(hours=number)).isoformat()
    return {"event_id": f"e-{number}", "case_no": "c-1", "kind": "accepted", "occurred_at": occurred_at, **fields}


def lines(*events: dict[str, Any]) -> bytes:
    return b"\n".join(json.dumps(one).encode() for one in events)


def fetch_value(connection: Connection[Any], query: str) -> Any:
    row = connection.execute(query.encode()).fetchone()
    return None if row is None else row[0]


def problem_of(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body["title"]
    assert len(body["detail"]) > 20
    return answer.status_code, str(body["type"]).removeprefix("/problems/")


# ---- events ---------------------------------------------------------------------------------------------------------


async def test_events_are_counted_and_what_was_not_applied_is_listed(
    client: httpx.AsyncClient, connection: Connection[Any], case_time: datetime
) -> None:
    await client.post("/api/v1/events", content=lines(event(1), event(2)), headers=NDJSON)
    body = lines(event(1), event(2, kind="decided"), event(3), event(4, kind="?"), event(5, source="taxes"))
    answer = await client.post("/api/v1/events", content=body, headers=NDJSON)
    assert answer.status_code == 200
    receipt = answer.json()
    details = [refused.pop("detail") for refused in receipt["refusals"]]
    assert all(len(detail) > 20 for detail in details)
    assert receipt == {
        "receipt_id": 2,
        "batch_no": 2,
        "accepted": 1,
        "duplicate": 1,
        "conflicting": 1,
        "rejected": 2,
        "refusals": [
            {"line": 2, "event_id": "e-2", "verdict": "conflicting", "reason": "other_content"},
            {"line": 4, "event_id": "e-4", "verdict": "rejected", "reason": "unknown_kind"},
            {"line": 5, "event_id": "e-5", "verdict": "rejected", "reason": "wrong_source"},
        ],
    }
    assert fetch_value(connection, "select count(*) from event") == 3
    assert fetch_value(connection, "select array_agg(distinct recorded_at) from event") == [case_time]


async def test_an_array_and_lines_packed_or_not_are_the_same(client: httpx.AsyncClient) -> None:
    events = [event(number) for number in range(300)]
    results = []
    for content_type, body in (("application/json", json.dumps(events).encode()), ("text/plain", lines(*events))):
        for encoding, content in (("identity", body), ("gzip", gzip.compress(body))):
            headers = {"Content-Type": content_type, "Content-Encoding": encoding}
            answer = await client.post("/api/v1/events", content=content, headers=headers)
            results.append((answer.status_code, answer.json()["accepted"], answer.json()["duplicate"]))
    assert results == [(200, 300, 0), (200, 0, 300), (200, 0, 300), (200, 0, 300)]


async def test_case_time_moved_by_another_process_counts_at_once(
    client: httpx.AsyncClient, connection: Connection[Any], case_time: datetime
) -> None:
    tomorrow = event(1, occurred_at=(case_time + timedelta(days=1)).isoformat())
    early = await client.post("/api/v1/events", content=lines(tomorrow), headers=NDJSON)
    assert early.json()["refusals"][0]["reason"] == "future"
    set_case_time(connection, case_time + timedelta(days=1), 0.0, "driven", datetime.now(UTC))
    later = await client.post("/api/v1/events", content=lines(tomorrow), headers=NDJSON)
    assert later.json()["accepted"] == 1


UNREADABLE: list[tuple[bytes, dict[str, str], tuple[int, str]]] = [
    (b"{}", {"Content-Type": "text/csv"}, (415, "unknown-type")),
    (b"{}", {}, (415, "unknown-type")),
    (b"{}", {"Content-Type": "application/json; charset=gbk"}, (415, "unknown-charset")),
    (b"{}", {**NDJSON, "Content-Encoding": "br"}, (415, "unknown-encoding")),
    (b"{}", {**NDJSON, "Content-Encoding": "gzip"}, (400, "broken-gzip")),
    (b"hello", NDJSON, (400, "not-json")),
    (b"{}", {"Content-Type": "application/json"}, (400, "not-json")),
    ("受理".encode("gbk"), NDJSON, (400, "not-utf8")),
    (b"x" * 100_001, NDJSON, (413, "too-large")),
    (gzip.compress(b"x" * 200_001), {**NDJSON, "Content-Encoding": "gzip"}, (413, "too-large")),
    (b"{}\n" * 501, NDJSON, (413, "too-many-events")),
]


async def test_a_body_that_cannot_be_read_is_refused_as_a_whole(
    client: httpx.AsyncClient, connection: Connection[Any]
) -> None:
    for content, headers, expected in UNREADABLE:
        answer = await client.post("/api/v1/events", content=content, headers=headers)
        assert problem_of(answer) == expected
    assert fetch_value(connection, "select count(*) from refused_event") == 0


async def test_a_body_of_unknown_length_is_cut_off_at_the_limit(client: httpx.AsyncClient) -> None:
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 10_000
            yield b" " * 10_000

    answer = await client.post("/api/v1/events", content=endless(), headers=NDJSON)
    assert problem_of(answer) == (413, "too-large")
    assert taken <= 130_000


async def test_a_request_without_events_is_a_receipt_of_nothing(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/events", content=b"", headers=NDJSON)
    assert (answer.status_code, answer.json()["accepted"], answer.json()["batch_no"]) == (200, 0, None)


async def find_waiter(connection: Connection[Any]) -> int:
    """The process that waits for the chain in this test's database."""
    waiting = (
        "select pid from pg_stat_activity where datname = current_database()"
        " and wait_event_type = 'Lock' and query like '%batch_chain%'"
    )
    while (process := fetch_value(connection, waiting)) is None:
        await asyncio.sleep(0.01)
    return int(process)


async def test_a_database_lost_before_the_commit_is_never_a_success(
    client: httpx.AsyncClient, connection: Connection[Any], database_url: str
) -> None:
    body = lines(event(1), event(2))
    with closing(psycopg.connect(database_url)) as holder:
        holder.execute("select * from batch_chain for update")
        answer = asyncio.create_task(client.post("/api/v1/events", content=body, headers=NDJSON))
        connection.execute("select pg_terminate_backend(%s)", [await find_waiter(connection)])
        refused = await answer
    assert problem_of(refused) == (503, "database-away")
    assert int(refused.headers["retry-after"]) > 0
    assert fetch_value(connection, "select count(*) from event_identity") == 0
    again = await client.post("/api/v1/events", content=body, headers=NDJSON)
    assert (again.status_code, again.json()["accepted"]) == (200, 2)


async def test_the_event_loop_answers_others_while_a_request_is_stored(
    client: httpx.AsyncClient, connection: Connection[Any], database_url: str
) -> None:
    with closing(psycopg.connect(database_url)) as holder:
        holder.execute("select * from batch_chain for update")
        stored = asyncio.create_task(client.post("/api/v1/events", content=lines(event(1)), headers=NDJSON))
        await find_waiter(connection)
        other = await asyncio.wait_for(client.get("/api/v1/refusals"), timeout=60)
        assert other.status_code == 200
        assert not stored.done()
        holder.rollback()
        assert (await stored).status_code == 200


# ---- keys -----------------------------------------------------------------------------------------------------------


async def test_without_a_valid_key_nothing_is_done(client: httpx.AsyncClient) -> None:
    del client.headers["Authorization"]
    for authorization, code in (
        (None, "no-key"),
        ("Basic cGVybWl0czp4", "no-key"),
        ("Bearer ", "no-key"),
        ("Bearer esk_wrong", "bad-key"),
    ):
        headers = {} if authorization is None else {"Authorization": authorization}
        for method, path in (("POST", "events"), ("GET", "refusals"), ("POST", "heartbeat")):
            answer = await client.request(method, f"/api/v1/{path}", headers=headers)
            assert problem_of(answer) == (401, code)
            assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_the_key_is_asked_for_before_the_body_is_read(client: httpx.AsyncClient) -> None:
    async def never() -> AsyncIterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    answer = await client.post("/api/v1/events", content=never(), headers={"Authorization": "Bearer esk_wrong"})
    assert answer.status_code == 401


async def test_a_key_revoked_while_its_body_comes_stores_nothing(
    client: httpx.AsyncClient, state: ServiceState, connection: Connection[Any]
) -> None:
    seconds = 0.0
    state.keys = KeyRing(monotonic=lambda: seconds)

    async def slowly() -> AsyncIterator[bytes]:
        nonlocal seconds
        yield lines(event(1))
        revoke_key(connection, 1, datetime.now(UTC))
        seconds += 5.0

    answer = await client.post("/api/v1/events", content=slowly(), headers=NDJSON)
    assert problem_of(answer) == (401, "bad-key")
    assert fetch_value(connection, "select count(*) from event") == 0


# ---- refusals -------------------------------------------------------------------------------------------------------


async def test_a_sender_pages_through_its_own_refusals_only(
    client: httpx.AsyncClient, connection: Connection[Any], hall_id: int
) -> None:
    add_source(connection, hall_id, "taxes", [])
    other = {"Authorization": f"Bearer {create_key(connection, 'taxes', datetime.now(UTC)).key}"}
    bad = [event(number, kind="?") for number in range(5)]
    mine = await client.post("/api/v1/events", content=lines(*bad), headers=NDJSON)
    await client.post("/api/v1/events", content=lines(event(9, days=-1)), headers={**NDJSON, **other})
    seen: list[dict[str, Any]] = []
    cursor: int | None = 0
    pages = 0
    while cursor is not None:
        page = (await client.get("/api/v1/refusals", params={"cursor": cursor, "limit": 2})).json()
        seen += page["refusals"]
        cursor = page["next_cursor"]
        pages += 1
    assert pages == 3
    assert [refused["event_id"] for refused in seen] == [f"e-{number}" for number in range(5)]
    assert {refused["reason"] for refused in seen} == {"unknown_kind"}
    assert {refused["receipt_id"] for refused in seen} == {mine.json()["receipt_id"]}
    theirs = (await client.get("/api/v1/refusals", headers=other)).json()["refusals"]
    assert [refused["reason"] for refused in theirs] == ["bad_days"]


async def test_refusals_of_one_request_can_be_asked_for(client: httpx.AsyncClient) -> None:
    for number in (1, 2):
        answer = await client.post("/api/v1/events", content=lines(event(number, kind="?")), headers=NDJSON)
    params = {"receipt_id": answer.json()["receipt_id"]}
    found = (await client.get("/api/v1/refusals", params=params)).json()["refusals"]
    assert [refused["event_id"] for refused in found] == ["e-2"]


async def test_a_wrong_page_is_refused(client: httpx.AsyncClient) -> None:
    for params in ("cursor=x", "cursor=-1", "limit=0", "limit=1001"):
        answer = await client.get(f"/api/v1/refusals?{params}")
        assert problem_of(answer) == (422, "invalid-request")


# ---- heartbeats -----------------------------------------------------------------------------------------------------


async def test_a_heartbeat_is_kept_and_never_goes_back(
    client: httpx.AsyncClient, connection: Connection[Any], case_time: datetime
) -> None:
    first = await client.post("/api/v1/heartbeat", json={"complete_until": "2026-09-16T11:00:00"})
    assert first.status_code == 200
    eleven = datetime(2026, 9, 16, 3, 0, tzinfo=UTC)
    assert datetime.fromisoformat(first.json()["complete_until"]) == eleven
    assert datetime.fromisoformat(first.json()["received_at"]) == case_time
    assert first.json()["last_event_at"] is None
    await client.post("/api/v1/events", content=lines(event(1)), headers=NDJSON)
    earlier = await client.post("/api/v1/heartbeat", json={"complete_until": "2026-09-16T10:00:00+08:00"})
    assert datetime.fromisoformat(earlier.json()["complete_until"]) == eleven
    assert datetime.fromisoformat(earlier.json()["last_event_at"]) == case_time - timedelta(hours=1)
    assert fetch_value(connection, "select complete_until from heartbeat") == eleven


async def test_a_fast_clock_proves_nothing_of_the_future(client: httpx.AsyncClient, case_time: datetime) -> None:
    fast = {"complete_until": (case_time + timedelta(minutes=10)).isoformat()}
    answer = await client.post("/api/v1/heartbeat", json=fast)
    assert datetime.fromisoformat(answer.json()["complete_until"]) == case_time
    wrong = {"complete_until": (case_time + timedelta(minutes=10, seconds=1)).isoformat()}
    assert problem_of(await client.post("/api/v1/heartbeat", json=wrong)) == (422, "future")


async def test_a_heartbeat_that_cannot_be_read_is_refused(client: httpx.AsyncClient) -> None:
    said = (b'{"complete_until": 5}', b'{"complete_until": "soon"}', b'{"complete_until": "2026-02-30"}')
    for content in (b"", b"{}", b"[]", b"\xff", b'{"a":' * 3000, *said):
        answer = await client.post("/api/v1/heartbeat", content=content)
        assert problem_of(answer) == (400, "bad-heartbeat")


async def test_a_heartbeat_of_endless_length_is_refused(client: httpx.AsyncClient) -> None:
    assert problem_of(await client.post("/api/v1/heartbeat", content=b" " * 20_000)) == (413, "too-large")


# ---- many at once ---------------------------------------------------------------------------------------------------


async def test_many_senders_of_the_same_events_store_each_once(
    client: httpx.AsyncClient, connection: Connection[Any]
) -> None:
    bodies = [lines(*(event(number) for number in range(first, first + 300))) for first in range(0, 400, 25)]
    answers = await asyncio.gather(*(client.post("/api/v1/events", content=one, headers=NDJSON) for one in bodies))
    assert {answer.status_code for answer in answers} == {200}
    receipts = [answer.json() for answer in answers]
    assert sum(receipt["accepted"] for receipt in receipts) == 675
    assert all(receipt["accepted"] + receipt["duplicate"] == 300 for receipt in receipts)
    assert fetch_value(connection, "select count(*) from event") == 675


async def test_the_interface_is_described(client: httpx.AsyncClient) -> None:
    described = (await client.get("/openapi.json")).json()
    events = described["paths"]["/api/v1/events"]["post"]
    assert set(events["requestBody"]["content"]) == {"application/x-ndjson", "application/json"}
    assert {"200", "400", "401", "408", "413", "415", "503"} <= set(events["responses"])
    assert "application/problem+json" in events["responses"]["401"]["content"]
    assert events["security"] == [{"source key": []}]
