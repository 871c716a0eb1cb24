"""The programs are fetched and unpacked once for a user, however many ask for them, and start on their own."""

import subprocess
import threading
from pathlib import Path

import pytest

from monitor.storage.embedded.apt_packages import TIMESCALEDB_PACKAGE
from monitor.storage.embedded.programs import UNPACKING, Programs, bring_programs


@pytest.mark.long
def test_two_who_ask_at_once_get_the_same_programs_unpacked_once(tmp_path: Path) -> None:
    (tmp_path / f"{UNPACKING}killed/root").mkdir(parents=True)
    said: list[str] = []
    brought: list[Programs] = []
    threads = [
        threading.Thread(target=lambda: brought.append(bring_programs(tmp_path, progress=said.append)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    first, second = brought
    assert first == second
    assert sum("packages, " in line for line in said) == 1, "downloaded once"
    assert said[-1] == "unpacked"
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == [first.folder.name], "nothing is left over"


def test_what_was_unpacked_runs_with_its_own_loader_and_says_where_it_came_from() -> None:
    programs = bring_programs()
    done = subprocess.run([programs.find("postgres"), "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("postgres (PostgreSQL) 17.")
    interpreter = subprocess.run(["ldd", programs.find("postgres")], capture_output=True, text=True, check=True).stdout
    assert str(programs.folder) in interpreter
    assert programs.read_versions()[TIMESCALEDB_PACKAGE].startswith("2.")
