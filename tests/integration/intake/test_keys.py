"""A key stands for one source, is shown once, and ends when it is told to."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg import Connection

from monitor.commands import main
from monitor.intake.keys import KeyRing, SourceKeyError, create_key, hash_key, revoke_key, rotate_key
from monitor.intake.sender import Sender
from monitor.storage.keys import list_keys
from tests.support.small_hall import add_hall, add_source

NOW = datetime(2026, 9, 16, 4, 0, tzinfo=UTC)


class HandTime:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def source_id(connection: Connection[Any]) -> int:
    return add_source(connection, add_hall(connection, zone="Europe/Rome"), "permits", [], feed="archive")


def test_a_key_leads_to_its_source(connection: Connection[Any], source_id: int) -> None:
    new = create_key(connection, "permits", NOW)
    assert new.key.startswith("esk_")
    assert len(new.key) == 47
    [hall_id] = connection.execute("select hall_id from hall").fetchone() or [None]
    assert KeyRing().look_up(connection, new.key, NOW) == Sender(
        source_id, "permits", hall_id, "Asia/Shanghai", "archive"
    )


def test_only_its_hash_is_kept(connection: Connection[Any], source_id: int) -> None:
    new = create_key(connection, "permits", NOW)
    [row] = connection.execute("select key_hash, hint, source_key::text from source_key").fetchall()
    assert row[0] == hash_key(new.key)
    assert new.key.startswith(row[1])
    assert len(row[1]) < 10
    assert new.key not in row[2]


@pytest.mark.parametrize("key", ["", "esk_", "esk_" + "A" * 43, "Bearer x", "esk_" + "A" * 5000, "esk_é"])
def test_another_key_leads_nowhere(connection: Connection[Any], source_id: int, key: str) -> None:
    create_key(connection, "permits", NOW)
    assert KeyRing().look_up(connection, key, NOW) is None


def test_a_key_is_made_for_a_source_that_exists_and_the_refusal_says_what_to_do(
    connection: Connection[Any], source_id: int
) -> None:
    with pytest.raises(SourceKeyError, match=r"no source called taxes\. There are: permits\. .*registry load DIR"):
        create_key(connection, "taxes", NOW)


def test_after_a_rotation_both_work_until_the_grace_is_over(connection: Connection[Any], source_id: int) -> None:
    old = create_key(connection, "permits", NOW)
    rotation = rotate_key(connection, old.key_id, NOW, timedelta(hours=1))
    assert rotation.old_ends_at == NOW + timedelta(hours=1)
    ring = KeyRing()
    before, after = NOW + timedelta(minutes=59), NOW + timedelta(hours=1)
    assert ring.look_up(connection, old.key, before) == ring.look_up(connection, rotation.new.key, before) is not None
    assert ring.look_up(connection, old.key, after) is None
    assert ring.look_up(connection, rotation.new.key, after) is not None


def test_a_second_rotation_does_not_lengthen_the_grace(connection: Connection[Any], source_id: int) -> None:
    old = create_key(connection, "permits", NOW)
    rotate_key(connection, old.key_id, NOW, timedelta(hours=1))
    again = rotate_key(connection, old.key_id, NOW + timedelta(minutes=30), timedelta(hours=9))
    assert again.old_ends_at == NOW + timedelta(hours=1)


def test_a_revoked_key_is_refused_and_can_be_neither_revoked_nor_rotated_again(
    connection: Connection[Any], source_id: int
) -> None:
    key = create_key(connection, "permits", NOW)
    revoke_key(connection, key.key_id, NOW)
    assert KeyRing().look_up(connection, key.key, NOW) is None
    for change in (revoke_key, rotate_key):
        with pytest.raises(SourceKeyError, match="is revoked since 2026-09-16 04:00 UTC"):
            change(connection, key.key_id, NOW)
    with pytest.raises(SourceKeyError, match="no key number 99"):
        revoke_key(connection, 99, NOW)
    assert [found.state_at(NOW) for found in list_keys(connection, "permits")] == ["revoked"]


def test_a_key_is_remembered_for_seconds_and_its_revocation_acts_within_five(
    connection: Connection[Any], source_id: int
) -> None:
    time = HandTime()
    ring = KeyRing(monotonic=time)
    key = create_key(connection, "permits", NOW)
    assert ring.recall(key.key) is None
    ring.look_up(connection, key.key, NOW)
    revoke_key(connection, key.key_id, NOW)
    time.seconds += 3.9
    assert ring.recall(key.key) is not None
    time.seconds += 1.0
    assert ring.recall(key.key) is None
    assert ring.look_up(connection, key.key, NOW) is None
    assert ring.recall(key.key) is None


def test_a_key_about_to_end_is_not_remembered_beyond_its_end(connection: Connection[Any], source_id: int) -> None:
    time = HandTime()
    ring = KeyRing(monotonic=time)
    old = create_key(connection, "permits", NOW)
    rotate_key(connection, old.key_id, NOW, timedelta(seconds=1))
    ring.look_up(connection, old.key, NOW)
    time.seconds += 0.9
    assert ring.recall(old.key) is not None
    time.seconds += 0.2
    assert ring.recall(old.key) is None


# ---- the command ----------------------------------------------------------------------------------------------------


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as raised:
        main(["keys", *words])
    printed = capsys.readouterr()
    assert isinstance(raised.value.code, int)
    return raised.value.code, printed.out, printed.err


def test_the_command_makes_lists_rotates_and_revokes(
    capsys: pytest.CaptureFixture[str], connection: Connection[Any], source_id: int, database_url: str
) -> None:
    here = ("--database-url", database_url)
    code, first, note = run(capsys, "create", "permits", *here)
    assert (code, "shown this once" in note) == (0, True)
    code, second, note = run(capsys, "rotate", "1", "--grace-hours", "2", *here)
    assert code == 0
    assert "Key number 1 works until" in note
    ring = KeyRing()
    assert ring.look_up(connection, first.strip()) == ring.look_up(connection, second.strip()) is not None
    assert run(capsys, "revoke", "1", *here)[0] == 0
    code, listed, _ = run(capsys, "list", *here)
    assert code == 0
    states = [(line.split()[0], line.split()[1], "revoked" in line, "valid" in line) for line in listed.splitlines()]
    assert states == [("1", "permits", True, False), ("2", "permits", False, True)]
    assert first.strip() not in listed
    assert ring.look_up(connection, first.strip()) is None


def test_the_command_says_what_to_do_about_an_unknown_source(
    capsys: pytest.CaptureFixture[str], database_url: str
) -> None:
    code, out, err = run(capsys, "create", "nobody", "--database-url", database_url)
    assert (code, out) == (1, "")
    assert "There is none yet" in err
    assert "registry load" in err
