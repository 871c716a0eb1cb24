"""A log file is opened by what it is, not by what it is called, and says what is wrong with it."""

import gzip
from pathlib import Path

import pytest

from monitor.intake.importing.log_file import LogFile, ReadingError
from monitor.intake.importing.records import Layout


@pytest.mark.parametrize("name", ["log.csv", "log.csv.gz"])
def test_packed_files_are_told_by_their_content(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(b"a,b\n"))
    with LogFile(path) as log:
        assert log.stream.read() == b"a,b\n"
        assert log.position() == log.size


def test_a_file_called_gz_that_is_not_packed_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "log.csv.gz"
    path.write_bytes(b"a,b\n")
    with LogFile(path) as log:
        assert log.stream.read() == b"a,b\n"


@pytest.mark.parametrize(
    ("name", "layout"),
    [
        ("l.xes", Layout.XES),
        ("l.XES.GZ", Layout.XES),
        ("l.csv.gz", Layout.CSV),
        ("l.jsonl", Layout.NDJSON),
        ("l.txt", None),
    ],
)
def test_the_name_tells_the_layout_where_it_does(tmp_path: Path, name: str, layout: Layout | None) -> None:
    path = tmp_path / name
    path.write_bytes(b"")
    with LogFile(path) as log:
        assert log.layout() is layout


@pytest.mark.parametrize("lost", [slice(-20, None), slice(20, 30)], ids=["end", "middle"])
def test_a_damaged_archive_says_so_and_what_to_do(tmp_path: Path, lost: slice) -> None:
    content = bytearray(gzip.compress(bytes(range(256)) * 100))
    del content[lost]
    path = tmp_path / "log.csv.gz"
    path.write_bytes(content)
    with LogFile(path) as log, pytest.raises(ReadingError, match=r"damaged or cut off .*fetch it again"):
        log.stream.read()


def test_a_file_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ReadingError, match="cannot be opened: No such file"):
        LogFile(tmp_path / "nothing.csv")
