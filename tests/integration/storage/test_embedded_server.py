"""The embedded server starts, recovers from every death, and serves only its owner."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from monitor.storage.embedded import EmbeddedServer, EmbeddedServerError, find_running_url
from monitor.storage.embedded.processes import is_running, wait_for_end

ServerMaker = Callable[..., EmbeddedServer]


@pytest.fixture
def make_server(tmp_path: Path) -> Iterator[ServerMaker]:
    servers: list[EmbeddedServer] = []

    def make(folder: Path = tmp_path / "data", **options: object) -> EmbeddedServer:
        options.setdefault("settings", {"shared_buffers": "32MB"})
        server = EmbeddedServer(folder, **options)  # type: ignore[arg-type]
        servers.append(server)
        return server

    yield make
    for server in servers:
        server.stop()


def fetch_value(url: str, query: str) -> object:
    with closing(psycopg.connect(url)) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def write_rows(url: str, count: int) -> None:
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        connection.execute("create table if not exists proof (n integer)")
        connection.execute("insert into proof select generate_series(1, %s)", [count])


def test_it_starts_with_timescaledb_and_durable_commits(make_server: ServerMaker) -> None:
    url = make_server().start()
    assert fetch_value(url, "select extversion from pg_extension where extname = 'timescaledb'")
    assert fetch_value(url, "show timescaledb.license") == "apache"
    assert fetch_value(url, "show synchronous_commit") == "on"
    assert fetch_value(url, "show fsync") == "on"
    assert fetch_value(url, "show wal_compression") == "lz4"


def test_starting_twice_gives_the_same_server(make_server: ServerMaker) -> None:
    server = make_server()
    assert server.start() == server.start() == server.url


def test_data_survives_a_stop_and_a_start(make_server: ServerMaker) -> None:
    server = make_server()
    write_rows(server.start(), 10)
    server.stop()
    assert not server.is_alive()
    assert fetch_value(server.start(), "select count(*) from proof") == 10


def test_committed_data_survives_a_kill_of_every_process(make_server: ServerMaker) -> None:
    server = make_server()
    write_rows(server.start(), 1000)
    postmaster = server.process_id
    server.kill()
    assert not is_running(postmaster)
    assert fetch_value(server.start(), "select count(*) from proof") == 1000


def test_a_postmaster_killed_alone_leaves_no_worker_in_the_way(make_server: ServerMaker) -> None:
    server = make_server()
    write_rows(server.start(), 5)
    with closing(psycopg.connect(server.url)) as held:
        held.execute("select 1")
        os.kill(server.process_id, signal.SIGKILL)
        assert wait_for_end([server.process_id], 30) == []
        server.kill()
        assert fetch_value(server.start(), "select count(*) from proof") == 5


def test_a_pid_file_naming_a_stranger_does_not_hinder_the_start(make_server: ServerMaker) -> None:
    server = make_server()
    server.start()
    server.stop()
    pid_file = server.data_folder / "cluster/postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{server.data_folder / 'cluster'}\n1\n5432\n\n\n\nready\n")
    assert fetch_value(server.start(), "select 1") == 1


OWNER_THAT_DIES = """
import os, signal, sys
from pathlib import Path
from monitor.storage.embedded import EmbeddedServer
server = EmbeddedServer(Path(sys.argv[1]), settings={"shared_buffers": "32MB"})
server.start()
print(server.process_id, flush=True)
sys.stdin.read()
"""


def start_owner(folder: Path) -> tuple[subprocess.Popen[str], int]:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER_THAT_DIES, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert owner.stdout is not None
    return owner, int(owner.stdout.readline())


def end_owner(owner: subprocess.Popen[str]) -> None:
    owner.kill()
    owner.communicate()


def test_the_server_ends_with_an_owner_that_was_killed(tmp_path: Path) -> None:
    owner, postmaster = start_owner(tmp_path / "data")
    end_owner(owner)
    assert wait_for_end([postmaster], 60) == []


def test_a_server_whose_owner_was_killed_is_taken_over(make_server: ServerMaker, tmp_path: Path) -> None:
    owner, _ = start_owner(tmp_path / "data")
    url = find_running_url(tmp_path / "data")
    assert url is not None
    write_rows(url, 7)
    end_owner(owner)
    assert fetch_value(make_server().start(), "select count(*) from proof") == 7


def test_a_data_folder_in_use_is_refused_with_the_holder_named(make_server: ServerMaker, tmp_path: Path) -> None:
    owner, _ = start_owner(tmp_path / "data")
    try:
        with pytest.raises(EmbeddedServerError, match=f"in use by process {owner.pid}"):
            make_server().start()
    finally:
        end_owner(owner)


def test_nobody_but_the_owner_can_reach_the_socket(make_server: ServerMaker) -> None:
    server = make_server()
    server.start()
    assert server.data_folder.stat().st_mode & 0o777 == 0o700
    assert fetch_value(server.url, "show listen_addresses") == ""


def test_tcp_is_opened_on_request_only_with_a_password_on_loopback(make_server: ServerMaker) -> None:
    server = make_server(port=0)
    url = server.start()
    assert "@127.0.0.1:" in url
    assert fetch_value(url, "select 1") == 1
    without_password = url.replace(url.split("postgres:")[1].split("@")[0], "guess")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(without_password)


def test_a_path_too_long_for_a_socket_gets_a_private_folder_elsewhere(make_server: ServerMaker, tmp_path: Path) -> None:
    server = make_server(tmp_path / ("long" * 30) / "data")
    url = server.start()
    assert fetch_value(url, "select 1") == 1
    folder = Path(str(fetch_value(url, "show unix_socket_directories")))
    assert folder.stat().st_mode & 0o777 == 0o700
    server.stop()
    assert not folder.exists()


def test_settings_of_the_caller_come_before_those_of_the_machine(make_server: ServerMaker) -> None:
    url = make_server(settings={"shared_buffers": "32MB", "work_mem": "5MB"}).start()
    assert fetch_value(url, "show work_mem") == "5MB"


def test_a_setting_postgresql_refuses_is_shown_with_its_words(make_server: ServerMaker) -> None:
    server = make_server(settings={"work_mem": "much"})
    with pytest.raises(EmbeddedServerError, match=r'invalid value for parameter "work_mem": "much"'):
        server.start()
    assert not server.is_alive()


def test_an_unfinished_creation_is_done_again(make_server: ServerMaker, tmp_path: Path) -> None:
    unfinished = tmp_path / "data/cluster.unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("17\n")
    assert fetch_value(make_server().start(), "select 1") == 1
    assert not unfinished.exists()


def test_the_url_is_found_while_it_runs_and_not_after(make_server: ServerMaker) -> None:
    with make_server() as server:
        assert find_running_url(server.data_folder) == server.url
    assert find_running_url(server.data_folder) is None


def test_a_stopped_server_has_no_url(make_server: ServerMaker) -> None:
    server = make_server()
    with pytest.raises(EmbeddedServerError, match="not running; start it first"):
        _ = server.url
