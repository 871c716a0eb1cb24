"""Every error of the HTTP interface is told as problem details and leaks nothing."""

from collections.abc import AsyncIterator

import httpx
import psycopg
import pytest
from fastapi import FastAPI, HTTPException
from structlog.testing import capture_logs

from monitor.api.problems import ProblemError, install_problem_handlers


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    install_problem_handlers(app)

    @app.get("/problem")
    async def raise_problem() -> None:
        raise ProblemError(
            409, "two-truths", "Two truths", "Line 3 says otherwise: send it again.", headers={"X-Line": "3"}, line=3
        )

    @app.get("/number")
    async def read_number(n: int) -> int:
        return n

    @app.get("/gone")
    async def raise_http() -> None:
        raise HTTPException(410, "The list was closed in May.")

    @app.get("/away")
    async def raise_away() -> None:
        raise psycopg.OperationalError("server closed the connection unexpectedly at host 10.1.2.3")

    @app.get("/bug")
    async def raise_bug() -> None:
        raise KeyError("secret password")

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as opened:
        yield opened


async def test_a_problem_is_told_in_full(client: httpx.AsyncClient) -> None:
    answer = await client.get("/problem")
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-line"] == "3"
    assert answer.json() == {
        "type": "/problems/two-truths",
        "title": "Two truths",
        "status": 409,
        "detail": "Line 3 says otherwise: send it again.",
        "instance": "/problem",
        "line": 3,
    }


async def test_a_wrong_parameter_is_named_but_not_repeated(client: httpx.AsyncClient) -> None:
    answer = await client.get("/number", params={"n": "hunter2"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["type"] == "/problems/invalid-request"
    assert body["errors"][0]["at"] == "query.n"
    assert "query.n" in body["detail"]
    assert "hunter2" not in answer.text


async def test_an_unknown_path_and_a_wrong_method_are_problems_too(client: httpx.AsyncClient) -> None:
    unknown = await client.get("/nowhere")
    assert (unknown.status_code, unknown.json()["type"]) == (404, "/problems/not-found")
    assert "/nowhere" in unknown.json()["detail"]
    wrong = await client.post("/number")
    assert (wrong.status_code, wrong.json()["type"]) == (405, "/problems/method-not-allowed")
    assert wrong.headers["allow"] == "GET"


async def test_a_detail_given_with_the_status_is_kept(client: httpx.AsyncClient) -> None:
    assert (await client.get("/gone")).json()["detail"] == "The list was closed in May."


async def test_a_database_away_asks_to_try_again_and_hides_where_it_is(client: httpx.AsyncClient) -> None:
    with capture_logs() as logs:
        answer = await client.get("/away")
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["type"] == "/problems/database-away"
    assert "10.1.2.3" not in answer.text
    assert [entry["event"] for entry in logs] == ["database_away"]
    assert "10.1.2.3" in logs[0]["error"]


async def test_a_fault_of_ours_is_logged_and_leaks_nothing(client: httpx.AsyncClient) -> None:
    with capture_logs() as logs:
        answer = await client.get("/bug")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text
    assert "KeyError" not in answer.text
    [entry] = logs
    assert entry["event"] == "unexpected_error"
    assert entry["incident"] == answer.json()["incident"]
    assert isinstance(entry["exc_info"], KeyError)
