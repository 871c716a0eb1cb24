"""The reference pages say what the program says of itself today."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from tests.support.asking import asking
from tests.support.reference.metrics import read_metrics
from tests.support.reference.pages import COMMAND, PAGES
from tests.support.reference.tables import read_tables
from tests.support.small_hall import add_hall

Rows = dict[tuple[str, str], str]


@pytest.mark.parametrize(("page", "render"), PAGES.items(), ids=lambda part: getattr(part, "name", ""))
def test_a_reference_page_is_what_the_program_says_today(page: Path, render: Callable[[], str]) -> None:
    assert page.read_text(encoding="utf-8") == render(), f"run: {COMMAND}"


def test_a_scrape_tells_nothing_that_the_page_does_not(database_url: str, connection: Connection[Any]) -> None:
    add_hall(connection)
    with asking(database_url) as service:
        service.get("/api/v1/board")
        told = re.findall(r"^# TYPE (esupervision_\w+) ", service.get("/metrics").text, re.MULTILINE)
    assert len(told) > 10
    assert [name for name in told if not name.endswith("_created") and name not in read_metrics()] == []


def test_the_tables_described_are_those_of_a_migrated_database(connection: Connection[Any]) -> None:
    found: Rows = {
        (table, column): kind
        for table, column, kind in connection.execute(
            """
            select relname, attname, format_type(atttypid, null)
            from pg_attribute join pg_class on pg_class.oid = attrelid
            where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v')
                and attnum > 0 and not attisdropped and relname <> 'schema_migration'
            """
        )
    }
    described: Rows = {}
    for table in read_tables():
        for column in table.columns.values():
            row = connection.execute("select format_type(%s::regtype, null)", [column.type_name]).fetchone()
            assert row is not None
            described[table.name, column.name] = row[0]
    assert described == found
