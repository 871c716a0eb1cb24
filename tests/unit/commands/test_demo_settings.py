"""What a demo's folder remembers, what it refuses, and what --fresh forgets."""

from dataclasses import replace
from pathlib import Path

import pytest

from monitor.commands.demo.settings import DemoError, DemoSettings, Memory, read_memory, recall, write_memory

SIMULATOR = "0123456789abcdef"


@pytest.fixture
def settings(tmp_path: Path) -> DemoSettings:
    return DemoSettings(1, 60.0, 90, 300, 0, tmp_path / "demo", fresh=False, silence=False, database_url=None)


def test_a_new_folder_begins_a_hall_and_is_private(settings: DemoSettings) -> None:
    assert recall(settings, SIMULATOR) == Memory(1, 90, 300, SIMULATOR, begun=False, sent_until=0)
    assert settings.folder.stat().st_mode & 0o777 == 0o700


def test_the_same_hall_is_gone_on_with(settings: DemoSettings) -> None:
    recall(settings, SIMULATOR)
    lived = Memory(1, 90, 300, SIMULATOR, begun=True, sent_until=1_778_000_000)
    write_memory(settings.folder, lived)
    assert recall(replace(settings, pace=10.0, port=1, silence=True), SIMULATOR) == lived


def test_a_hall_of_other_options_is_refused_with_what_to_do(settings: DemoSettings) -> None:
    recall(settings, SIMULATOR)
    with pytest.raises(DemoError, match=r"holds a hall of --seed 1 --days 90 --cases 300, not of --seed 2 .*--fresh"):
        recall(replace(settings, seed=2), SIMULATOR)


def test_a_hall_that_another_simulator_began_is_refused_it_would_live_other_days(settings: DemoSettings) -> None:
    recall(settings, SIMULATOR)
    with pytest.raises(DemoError, match=r"another version of the simulator .*--fresh"):
        recall(settings, "fedcba9876543210")


def test_fresh_forgets_the_hall_and_nothing_else(settings: DemoSettings) -> None:
    recall(settings, SIMULATOR)
    write_memory(settings.folder, Memory(1, 90, 300, SIMULATOR, begun=True, sent_until=5))
    settings.database_folder.mkdir()
    (settings.database_folder / "data").write_text("old")
    settings.keys_file.write_text("{}")
    mine = settings.folder / "mine.txt"
    mine.write_text("kept")
    assert recall(replace(settings, fresh=True, seed=2), SIMULATOR) == Memory(2, 90, 300, SIMULATOR)
    assert not settings.database_folder.exists()
    assert not settings.keys_file.exists()
    assert mine.read_text() == "kept"


def test_fresh_does_not_touch_a_database_of_somebody_else(settings: DemoSettings) -> None:
    with pytest.raises(DemoError, match="give an empty database"):
        recall(replace(settings, fresh=True, database_url="postgresql://elsewhere/hall"), SIMULATOR)


def test_a_memory_that_cannot_be_read_is_said_to_be_so(settings: DemoSettings) -> None:
    recall(settings, SIMULATOR)
    (settings.folder / "demo.json").write_text("{")
    with pytest.raises(DemoError, match=r"demo\.json cannot be read"):
        read_memory(settings.folder)
