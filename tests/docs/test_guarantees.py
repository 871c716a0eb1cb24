"""Each guarantee names tests that exist; so does every other page that names one."""

import ast
import re
from pathlib import Path

import pytest

from tests.support.page_blocks import DOCS, ROOT, find_pages

NAMED = re.compile(r"`(?P<file>tests/[\w/]+\.py)::(?P<test>\w+)`")
GUARANTEES = (DOCS / "explanation" / "guarantees.md").read_text("utf-8").split("\n## ")[1:]


@pytest.mark.parametrize("guarantee", GUARANTEES, ids=lambda text: text.split(".")[0])
def test_a_guarantee_names_its_proofs(guarantee: str) -> None:
    assert len(NAMED.findall(guarantee)) >= 2


@pytest.mark.parametrize("page", find_pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_test_that_a_page_names_exists(page: Path) -> None:
    missing = [
        f"{file}::{test}"
        for file, test in NAMED.findall(page.read_text("utf-8"))
        if not (ROOT / file).exists() or test not in list_tests(ROOT / file)
    ]
    assert missing == []


def list_tests(file: Path) -> set[str]:
    parts = ast.parse(file.read_text("utf-8")).body
    return {part.name for part in parts if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)}
