"""What the documentation tells a reader to type does what it says, page by page, with a real database and service."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.held_port import held_port
from tests.support.page_blocks import ROOT, Block, find_pages, read_blocks
from tests.support.page_shell import PageShell


def list_pages() -> list[Path]:
    """The pages that have something to run; a translation that types the same as a page before it is left out."""
    typed: dict[tuple[Block, ...], Path] = {}
    for page in find_pages():
        blocks = tuple(replace(block, line=0) for block in read_blocks(page.read_text("utf-8")) if block.is_run)
        typed.setdefault(blocks, page)
    return [page for blocks, page in typed.items() if blocks]


@pytest.mark.parametrize("page", list_pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_the_blocks_of_a_page_do_what_it_says(page: Path, empty_database_url: str, tmp_path: Path) -> None:
    with held_port() as port, PageShell(tmp_path, port, {"DATABASE_URL": empty_database_url}) as shell:
        for block in read_blocks(page.read_text("utf-8")):
            if block.is_run:
                shell.run_block(block)
