"""A page in two languages tells its reader to type the same."""

from pathlib import Path

import pytest

from tests.support.page_blocks import ROOT, find_pages, read_blocks

TRANSLATED = [page for page in find_pages() if page.name.endswith(".zh.md")]


@pytest.mark.parametrize("chinese", TRANSLATED, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_blocks_that_are_run_are_those_of_the_english_page(chinese: Path) -> None:
    english = chinese.with_name(chinese.name.replace(".zh.md", ".md"))
    typed = [
        [(block.language, block.text, block.remark) for block in read_blocks(page.read_text("utf-8")) if block.is_run]
        for page in (english, chinese)
    ]
    assert typed[0] == typed[1]
    assert f"[中文]({chinese.name})" in english.read_text("utf-8")
    assert f"[English]({english.name})" in chinese.read_text("utf-8")
