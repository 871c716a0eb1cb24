"""Calendars are loaded from the command line after a preview, and nothing is written before somebody agrees."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection
from typer.testing import CliRunner, Result

from monitor.commands import build_program
from tests.support.small_hall import add_hall

NOTICE = {"version": "公告", "years": {"2027": {"holidays": ["2027-01-01"], "workdays": []}}}


@pytest.fixture
def notice(tmp_path: Path) -> Path:
    file = tmp_path / "2027.json"
    file.write_text(json.dumps(NOTICE), encoding="utf-8")
    return file


@pytest.fixture
def hall_id(connection: Connection[Any]) -> int:
    return add_hall(connection)


def run(url: str, *words: str | Path, answer: str = "") -> Result:
    arguments = ["calendar", *map(str, words)]
    program = build_program(arguments)
    return CliRunner().invoke(program, arguments, input=answer, env={"DATABASE_URL": url, "COLUMNS": "200"})


def loads(connection: Connection[Any]) -> list[tuple[Any, ...]]:
    return connection.execute("select layer, hall_id, notice from calendar_version order by 1").fetchall()


def test_a_preview_writes_nothing(connection: Connection[Any], database_url: str, hall_id: int, notice: Path) -> None:
    result = run(database_url, "preview", notice)
    assert (result.exit_code, "open cases judged" in result.output) == (0, True)
    assert loads(connection) == []


def test_a_load_stands_with_its_audit_record_and_raises_the_rules_version(
    connection: Connection[Any], database_url: str, hall_id: int, notice: Path
) -> None:
    before = connection.execute("select version from rules_version").fetchone()
    assert before is not None
    result = run(database_url, "load", notice, "--notice", "第1号", "--yes")
    assert "Loaded as calendar version 1." in result.output
    assert loads(connection) == [("national", None, "第1号")]
    recorded = connection.execute(
        "select hall_id, cause, cause_detail, preview->>'cases' from recalculation"
    ).fetchall()
    assert recorded == [(hall_id, "calendar", "第1号", "0")]
    assert connection.execute("select version from rules_version").fetchone() == (before[0] + 1,)
    listed = run(database_url, "list").output
    assert "第1号" in listed
    assert "2027" in listed


def test_a_load_that_nobody_agrees_to_is_left_undone(
    connection: Connection[Any], database_url: str, hall_id: int, notice: Path
) -> None:
    assert run(database_url, "load", notice, "--notice", "第1号", answer="n\n").exit_code == 1
    assert loads(connection) == []
    assert run(database_url, "load", notice, "--notice", "第1号", answer="y\n").exit_code == 0
    assert len(loads(connection)) == 1


def test_a_layer_of_one_hall_belongs_to_it(
    connection: Connection[Any], database_url: str, hall_id: int, notice: Path
) -> None:
    run(database_url, "load", notice, "--notice", "闭馆", "--layer", "hall", "--yes")
    assert loads(connection) == [("hall", hall_id, "闭馆")]


@pytest.mark.parametrize(
    ("content", "words", "told"),
    [
        ('{"years": {"2027": {"holidays": ["2027-02-30"]}}}', (), "2027-02-30"),
        ("{", (), "2027.json"),
        (json.dumps(NOTICE), ("--layer", "village"), "'village' is no layer"),
        (json.dumps(NOTICE), ("--hall", "elsewhere"), "there are: DEMO"),
    ],
)
def test_what_cannot_be_loaded_is_refused_in_words(
    connection: Connection[Any], database_url: str, hall_id: int, notice: Path, content: str, words: tuple[str, ...],
    told: str,
) -> None:  # fmt: skip
    notice.write_text(content, encoding="utf-8")
    result = run(database_url, "load", notice, "--notice", "x", "--yes", *words)
    assert result.exit_code == 2
    assert told in result.output
    assert loads(connection) == []
