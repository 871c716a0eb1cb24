"""What every answer has in common: who may ask, what browsers are told, pages, description, probes."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from psycopg import Connection

from monitor.api.guard import host_name
from monitor.api.pages import find_file
from tests.support.asking import asking
from tests.support.severable_link import severable_link
from tests.support.small_hall import add_department, add_hall


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """A build of pages: the page, an asset, a file beside, and something that must not be served."""
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<title>the page</title>", encoding="utf-8")
    (folder / "assets" / "index-abc.js").write_text("run()", encoding="utf-8")
    (folder / "favicon.svg").write_text("<svg/>", encoding="utf-8")
    (folder / ".sources").write_text("hidden", encoding="utf-8")
    (tmp_path / "secret.txt").write_text("not for the public", encoding="utf-8")
    return folder


@pytest.fixture
def hall_id(connection: Connection[Any]) -> int:
    hall_id = add_hall(connection)
    for number in range(30):
        add_department(connection, hall_id, f"D{number:02}", number)
    return hall_id


@pytest.fixture
def client(database_url: str, hall_id: int, pages: Path) -> Iterator[httpx.Client]:
    with asking(database_url, pages=pages) as opened:
        yield opened


# -- who may ask -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1:1234", "localhost", "LOCALHOST:80", "[::1]:8080"])
def test_loopback_is_answered_under_each_of_its_names(client: httpx.Client, host: str) -> None:
    assert client.get("/api/v1/board", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "", "[::2]"])
@pytest.mark.parametrize("path", ["/", "/api/v1/board", "/metrics", "/assets/index-abc.js"])
def test_a_name_that_is_not_ours_is_refused(client: httpx.Client, host: str, path: str) -> None:
    """DNS rebinding: a foreign page whose name suddenly means this machine reads nothing."""
    answer = client.get(path, headers={"Host": host})
    assert (answer.status_code, answer.headers["content-type"]) == (421, "application/problem+json")
    assert "ESUPERVISION_ALLOWED_HOSTS" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_answer_under_any_name(client: httpx.Client, path: str) -> None:
    assert client.get(path, headers={"Host": "pod-17.cluster"}).status_code == 200


def test_a_foreign_page_may_send_nothing(client: httpx.Client) -> None:
    answer = client.post("/api/v1/events", json=[], headers={"Origin": "http://evil.example"})
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/foreign-origin")


def test_a_program_needs_no_origin_only_a_key(client: httpx.Client) -> None:
    assert client.post("/api/v1/events", json=[]).status_code == 401


def test_host_names_are_read_without_port_and_brackets() -> None:
    assert [host_name(text) for text in ("A:80", "[::1]:80", "[::1]", " a ", ":80")] == ["a", "::1", "::1", "a", ""]


# -- what browsers are told --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/cases/S/1", "/api/v1/board", "/nowhere.txt", "/api/v1/nothing"])
def test_every_answer_confines_the_page_to_this_service(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert f"ws://127.0.0.1:{client.base_url.port}" in policy
    assert "unsafe-eval" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "server" not in headers


def test_long_answers_are_compressed_for_who_takes_it(client: httpx.Client) -> None:
    assert client.get("/api/v1/board").headers["content-encoding"] == "gzip"
    plain = client.get("/api/v1/board", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert len(gzip.compress(plain.content)) < len(plain.content)


# -- pages -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/cases", "/cases/S1/A%2FB.html", "/figures", "/cards", "/index.html"])
def test_every_route_of_the_pages_is_the_page(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.text) == (200, "<title>the page</title>")
    assert answer.headers["cache-control"] == "no-cache"


def test_assets_may_be_kept_for_ever(client: httpx.Client) -> None:
    answer = client.get("/assets/index-abc.js")
    assert answer.text == "run()"
    assert "immutable" in answer.headers["cache-control"]
    assert client.get("/favicon.svg").text == "<svg/>"


@pytest.mark.parametrize("path", ["/assets/gone.js", "/api/v1/nothing", "/api/", "/ws"])
def test_what_is_not_there_is_a_problem_and_not_the_page(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/assets/..%2f..%2fsecret.txt"]
)
def test_nothing_outside_the_build_is_served(client: httpx.Client, path: str) -> None:
    assert "not for the public" not in client.get(path).text


def test_hidden_files_of_the_build_are_not_served(client: httpx.Client, pages: Path) -> None:
    assert client.get("/.sources").text != "hidden"
    assert find_file(pages, "assets/../../secret.txt") is None
    assert find_file(pages, "favicon.svg") == pages / "favicon.svg"


def test_without_built_pages_it_says_how_to_build_them(database_url: str, hall_id: int) -> None:
    with asking(database_url) as client:
        answer = client.get("/cases")
    assert answer.status_code == 200
    assert "make pages" in answer.text
    assert answer.headers["content-type"].startswith("text/html")


# -- description and probes --------------------------------------------------------------------------------------------


def test_the_interface_describes_itself_completely(client: httpx.Client) -> None:
    described = client.get("/openapi.json").json()
    operations = [
        (path, method, operation)
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    ]
    assert {path for path, _, _ in operations} >= {
        "/api/v1/board", "/api/v1/cases", "/api/v1/cases/{source}/{case_no}", "/api/v1/cards", "/api/v1/figures",
        "/api/v1/cases/{source}/{case_no}/explanation", "/api/v1/events", "/api/v1/heartbeat", "/healthz", "/readyz",
    }  # fmt: skip
    names = [operation["operationId"] for _, _, operation in operations]
    assert len(set(names)) == len(names)
    declared = {tag["name"] for tag in described["tags"]}
    for path, method, operation in operations:
        where = f"{method} {path}"
        assert operation["summary"], where
        assert set(operation["tags"]) <= declared, where
        for status, answer in operation["responses"].items():
            if path.startswith("/api/") and status >= "400":
                assert "application/problem+json" in answer["content"], f"{where} {status}"


def test_metrics_count_requests_by_route_not_by_case(client: httpx.Client) -> None:
    for number in range(3):
        client.get(f"/api/v1/cases/S/{number}")
    text = client.get("/metrics").text
    line = 'esupervision_http_requests_total{method="GET",route="/api/v1/cases/{source}/{case_no}",status="404"} 3.0'
    assert line in text


@asynccontextmanager
async def asking_from_a_thread(url: str) -> AsyncIterator[httpx.Client]:
    """`asking`, while this thread's loop keeps the link to the database going."""
    opened = asking(url)
    client = await asyncio.to_thread(opened.__enter__)
    try:
        yield client
    finally:
        await asyncio.to_thread(opened.__exit__, None, None, None)


async def test_a_database_that_is_away_is_told_as_a_problem_and_found_again(
    database_url: str, hall_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(client: httpx.Client, path: str) -> int:
        return client.get(path).status_code

    async with severable_link(database_url) as link, asking_from_a_thread(link.url) as client:
        assert await asyncio.to_thread(ask, client, "/api/v1/board") == 200
        monkeypatch.setattr("monitor.api.hall_reading.SECONDS_FOR_CONNECTION", 0.5)
        link.cut()
        answer = await asyncio.to_thread(client.get, "/api/v1/board")
        assert (answer.status_code, answer.json()["type"]) == (503, "/problems/database-away")
        assert await asyncio.to_thread(ask, client, "/readyz") == 503
        assert await asyncio.to_thread(ask, client, "/healthz") == 200
        link.restore()
        async with asyncio.timeout(60):
            while await asyncio.to_thread(ask, client, "/api/v1/board") != 200:
                await asyncio.sleep(0.05)


def test_json_is_sent_as_utf8_and_not_escaped(client: httpx.Client) -> None:
    raw = client.get("/api/v1/board").content.decode()
    assert "大厅" in raw
    assert json.loads(raw)["hall"]["name"]["zh"] == "DEMO大厅"
