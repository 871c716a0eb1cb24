"""Each test has a database of its own, migrated or empty."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from monitor.storage.database import DatabaseError, Edition, connect, read_edition
from monitor.storage.migrations import read_migration_status
from tests.support.databases import DatabaseServer


def test_a_database_of_a_test_has_every_migration(connection: Connection[Any]) -> None:
    status = read_migration_status(connection)
    assert status.applied
    assert status.pending == ()
    assert status.faults == ()
    assert isinstance(read_edition(connection), Edition)


def test_two_databases_of_one_template_share_nothing(
    database_server: DatabaseServer, database_template: str, database_url: str
) -> None:
    other_url = database_server.create(database_template)
    with connect(database_url, autocommit=True) as one, connect(other_url) as other:
        one.execute("create table mark ()")
        row = other.execute("select to_regclass('mark')").fetchone()
    database_server.drop(other_url)
    assert row == (None,)


def test_a_dropped_database_is_gone_though_somebody_is_connected(database_server: DatabaseServer) -> None:
    url = database_server.create()
    held = connect(url)
    database_server.drop(url)
    with pytest.raises(DatabaseError, match="does not exist"):
        connect(url)
    held.close()


@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="the server of DATABASE_URL may offer no other database")
def test_an_empty_database_has_not_even_timescaledb(empty_database_url: str) -> None:
    with (
        connect(empty_database_url) as connection,
        pytest.raises(DatabaseError, match=r"does not have it yet\. Run: e-supervision migrate"),
    ):
        read_edition(connection)


def test_a_named_log_that_is_missing_fails_and_does_not_skip(
    real_log: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for folder in ("", str(tmp_path / "absent"), str(tmp_path)):
        monkeypatch.setenv("ESUPERVISION_LOGS", folder)
        with pytest.raises(pytest.fail.Exception, match="ESUPERVISION_LOGS"):
            real_log("receipt.xes.gz")


def test_without_the_variable_a_log_is_a_named_skip(
    real_log: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ESUPERVISION_LOGS", raising=False)
    with pytest.raises(pytest.skip.Exception, match="ESUPERVISION_LOGS is not set"):
        real_log("receipt.xes.gz")


def test_a_log_that_is_there_is_found(
    real_log: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "log.csv").touch()
    monkeypatch.setenv("ESUPERVISION_LOGS", str(tmp_path))
    assert real_log("log.csv") == tmp_path / "log.csv"
