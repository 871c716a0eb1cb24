"""The database is where DATABASE_URL says, or embedded in a data folder, once for all processes of its user."""

from pathlib import Path

import pytest

from monitor.storage.hosting import choose_data_folder, host_database


def test_a_given_url_is_used_and_nothing_is_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://there/database")
    with host_database(tmp_path / "data") as host:
        assert host.url == "postgresql://there/database"
        assert not host.is_embedded
    assert not (tmp_path / "data").exists()


def test_the_second_to_come_uses_the_server_of_the_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with host_database(tmp_path / "data") as first:
        assert first.server is not None
        with host_database(tmp_path / "data") as second:
            assert second.url == first.url
            assert second.server is None
            assert second.is_embedded
        assert first.server.is_alive()
    assert not first.server.is_alive()


def test_the_data_folder_is_the_given_one_then_the_variables_then_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESUPERVISION_DATA", "/somewhere")
    monkeypatch.setenv("XDG_DATA_HOME", "/home/clerk/data")
    assert choose_data_folder(Path("/given")) == Path("/given")
    assert choose_data_folder() == Path("/somewhere")
    monkeypatch.delenv("ESUPERVISION_DATA")
    assert choose_data_folder() == Path("/home/clerk/data/e-supervision")
