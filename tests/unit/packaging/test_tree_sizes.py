"""The table of sizes counts what it says, and stops what grew too long."""

from pathlib import Path

import pytest

from tests.support import tree_sizes
from tests.support.tree_sizes import LONGEST_FUNCTION, describe, measure


def write_functions(folder: Path, *lengths: int) -> None:
    text = "".join(f"def f{number}():\n" + "    pass\n" * (lines - 1) for number, lines in enumerate(lengths))
    (folder / "part.py").write_text(text)


def test_functions_and_files_are_measured_in_lines(tmp_path: Path) -> None:
    write_functions(tmp_path, 2, 3, 10)
    sizes = measure(["part.py"], tmp_path)
    assert sizes.files == {"part.py": 15}
    assert sizes.functions == {"part.py:f0": 2, "part.py:f1": 3, "part.py:f2": 10}
    assert describe("part", sizes).split()[1:] == ["1", "15", "15", "15", "15", "3", "3", "9", "10"]


def test_methods_of_the_same_name_are_both_counted(tmp_path: Path) -> None:
    (tmp_path / "part.py").write_text("class A:\n    def f(self): ...\nclass B:\n    def f(self):\n        pass\n")
    assert measure(["part.py"], tmp_path).functions == {"part.py:A:f": 1, "part.py:B:f": 2}


def test_one_line_too_many_is_told_unless_it_has_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_functions(tmp_path, LONGEST_FUNCTION, LONGEST_FUNCTION + 1)
    sizes = measure(["part.py"], tmp_path)
    (told,) = sizes.too_long()
    assert told.startswith(f"part.py:f1: {LONGEST_FUNCTION + 1} lines, at most {LONGEST_FUNCTION}")
    monkeypatch.setitem(tree_sizes.LONGER_WITH_A_REASON, "part.py:f1", "a table of cases")
    assert sizes.too_long() == []
