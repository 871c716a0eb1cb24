"""Logs say what happened and where, never what was sent: no personal field, no key, no password."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from monitor.log_output import describe_error, mask_secrets
from monitor.storage.embedded.processes import find_children, read_command_line
from tests.support.running_service import Service, serving

PERSONAL = {
    "handler": "李四光",
    "applicant_ref": "ref_330501199001011234_abcdefghijkl",
    "approver": "王五局长",
    "reason": "申请人张三丰电话13812345678",
}
UNKNOWN = {"applicant_name": "赵钱孙", "phone": "13987654321"}
MARKS = ("李四光", "330501199001011234", "王五局长", "张三丰", "13812345678", "赵钱孙", "13987654321", "秘密")
EVENT = {
    "source": "S1", "case_no": "K1", "item": "I1", "kind": "accepted", "occurred_at": "2026-01-05T09:00:00+08:00",
}  # fmt: skip


def post(service: Service, key: str, body: bytes | list[dict[str, Any]], **headers: str) -> int:
    content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    given = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", **headers}
    return service.client.post("/api/v1/events", content=content, headers=given).status_code


def assert_silent(service: Service, *secrets: str) -> list[dict[str, Any]]:
    """None of it stands in the log; gives the lines."""
    text = service.log
    assert [mark for mark in (*MARKS, *secrets) if mark in text] == []
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def test_what_windows_send_is_not_repeated_whatever_becomes_of_it(database_url: str, key: str, tmp_path: Path) -> None:
    with serving(database_url, tmp_path, ESUPERVISION_LOG_FORMAT="json", ESUPERVISION_LOG_LEVEL="debug") as service:
        service.wait_until_ready()
        assert post(service, key, [{**EVENT, **PERSONAL, **UNKNOWN, "event_id": "a"}]) == 200
        assert post(service, key, [{**EVENT, **PERSONAL, "event_id": "b", "kind": "秘密"}]) == 200
        assert post(service, key, [{**EVENT, **PERSONAL, "event_id": "a", "step": "秘密"}]) == 200
        assert post(service, key, '[{"handler": "李四光", '.encode()) == 400
        assert post(service, key, '{"reason": "张三丰"}'.encode("gb18030")) == 400
        assert post(service, key, "赵钱孙".encode(), **{"Content-Type": "text/esk_neverSeen"}) == 415
        assert post(service, "esk_nobodysKeyAtAll", [EVENT]) == 401
        assert service.client.get("/api/v1/cases/S1/K1?token=esk_inTheAddress").status_code in (200, 404)
        assert service.client.get("/ws?token=esk_inTheAddress").status_code == 404
        lines = assert_silent(service, key, "esk_")
    assert "service_stopped" in {line["event"] for line in assert_silent(service, key, "esk_")}
    assert all({"event", "level", "timestamp"} <= line.keys() for line in lines)


def test_a_row_that_the_database_refuses_is_not_quoted(
    database_url: str, key: str, connection: Connection[Any], tmp_path: Path
) -> None:
    """PostgreSQL quotes the failing row in its error, with every field of it."""
    connection.execute("alter table event add constraint no_such_handler check (handler <> '李四光')")
    with serving(database_url, tmp_path, ESUPERVISION_LOG_FORMAT="json") as service:
        service.wait_until_ready()
        assert post(service, key, [{**EVENT, **PERSONAL, "event_id": "a"}]) == 500
        lines = assert_silent(service, key)
    (told,) = [line for line in lines if line["event"] == "unexpected_error"]
    assert "psycopg.errors.CheckViolation" in told["exception"]
    assert "constraint=no_such_handler" in told["exception"]
    assert "copy_events" in told["exception"], "where it happened is told"
    assert told["incident"]


def test_an_engine_that_fails_does_not_quote_the_case(
    database_url: str, key: str, connection: Connection[Any], tmp_path: Path
) -> None:
    connection.execute("alter table judged_case add constraint no_such_case check (case_no <> '秘密')")
    with serving(database_url, tmp_path, ESUPERVISION_LOG_FORMAT="json") as service:
        service.wait_until_ready()
        assert post(service, key, [{**EVENT, **PERSONAL, "event_id": "a", "case_no": "秘密"}]) == 200
        service.wait_for(lambda: "engine_died" in service.log, "the engine's end")
        lines = assert_silent(service, key)
    (told, *_) = [line for line in lines if line["event"] == "engine_failed"]
    assert "constraint=no_such_case" in told["exception"]


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_password_stands_in_the_log_or_in_a_process_list(
    database_url: str, key: str, tmp_path: Path, form: str
) -> None:
    # A password that is not asked for is sent too.
    password = str(conninfo_to_dict(database_url).get("password") or "sesame-open")
    url = make_conninfo(database_url, password=password)
    with serving(url, tmp_path, ESUPERVISION_LOG_FORMAT=form, ESUPERVISION_LOG_LEVEL="debug") as service:
        service.wait_until_ready()
        post(service, key, [{**EVENT, "event_id": "a"}])
        engine = service.wait_for(service.engine_process, "the engine")
        processes = {service.process.pid, engine, *find_children(service.process.pid), *find_children(engine)}
        assert len(processes) >= 2
        for process in processes:
            words = read_command_line(process)
            assert not [word for word in words if password in word or key in word], words
    assert password not in service.log
    assert key not in service.log


def test_an_error_is_described_by_kind_place_and_cause_without_its_words() -> None:
    try:
        try:
            raise KeyError(MARKS[0])
        except KeyError as error:
            raise ValueError(MARKS[3]) from error
    except ValueError as error:
        told = describe_error(error)
    assert "builtins.ValueError: message withheld" in told
    assert "caused by" in told
    assert "builtins.KeyError" in told
    assert "test_logs.py" in told
    assert not any(mark in told for mark in MARKS)


def test_what_the_machine_says_is_told() -> None:
    assert describe_error(OSError(28, "No space left on device")).endswith("[Errno 28] No space left on device")


@pytest.mark.parametrize(
    ("text", "covered"),
    [
        ("key esk_w_1mj7yI94KExepPp refused", "key ••• refused"),
        ("postgresql://supervision:s3cret@db:5432/x", "postgresql://•••@db:5432/x"),
        ("host=db password=s3cret dbname=x", "host=db ••• dbname=x"),
        ("Authorization: Bearer abc.def", "Authorization: •••"),
        ("nothing to hide at http://127.0.0.1:8080/", "nothing to hide at http://127.0.0.1:8080/"),
    ],
)
def test_secrets_are_covered_where_a_library_writes_them(text: str, covered: str) -> None:
    assert mask_secrets(text) == covered
