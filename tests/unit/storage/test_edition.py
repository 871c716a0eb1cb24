"""Which TimescaleDB a server is, and which servers are refused with which sentence."""

from dataclasses import replace

import pytest

from monitor.storage.database import DatabaseError, Edition, Server, complete_url, decide_edition

APACHE = Server("17.5", "2.19.3", "2.19.3", "apache", "supervision")


def test_the_licence_decides_the_edition() -> None:
    assert decide_edition(APACHE) is Edition.APACHE
    assert decide_edition(replace(APACHE, license="timescale")) is Edition.COMMUNITY


def test_a_plain_postgresql_is_refused_with_a_sentence_that_says_so() -> None:
    plain = replace(APACHE, offered_version=None, installed_version=None, license=None)
    with pytest.raises(DatabaseError, match=r"plain PostgreSQL 17\.5 without TimescaleDB"):
        decide_edition(plain)


def test_a_database_without_the_extension_is_told_to_migrate() -> None:
    with pytest.raises(DatabaseError, match=r"database supervision does not have it yet\. Run: e-supervision migrate"):
        decide_edition(replace(APACHE, installed_version=None, license=None))


def test_a_version_too_old_is_refused_and_one_with_a_suffix_is_not() -> None:
    with pytest.raises(DatabaseError, match=r"TimescaleDB 2\.14\.2 .* too old"):
        decide_edition(replace(APACHE, installed_version="2.14.2"))
    assert decide_edition(replace(APACHE, installed_version="2.21.0-dev")) is Edition.APACHE


def test_sessions_are_in_utc_whatever_else_the_url_asks_for() -> None:
    completed = complete_url("postgresql://u@h/d?options=-c%20work_mem%3D9MB&application_name=mine")
    assert "-c timezone=UTC " in completed
    assert "-c work_mem=9MB" in completed
    assert "application_name=mine" in completed


def test_an_unreadable_url_is_explained_without_being_shown() -> None:
    with pytest.raises(DatabaseError, match="should look like postgresql://USER") as raised:
        complete_url("postgresql://u:secret@h:port/d?nonsense=1")
    assert "secret" not in str(raised.value)
