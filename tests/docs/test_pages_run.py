"""What the documentation tells a reader to type does what it says, page by page, with a real database and service."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.support.page_blocks import ROOT, find_pages, read_blocks
from tests.support.page_shell import PageShell

PAGES = [
    page
    for page in find_pages()
    if not page.name.endswith(".zh.md")  # types the same as the English page: test_translations.py
    and any(block.is_run for block in read_blocks(page.read_text("utf-8")))
]


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_blocks_of_a_page_do_what_it_says(page: Path, empty_database_url: str, tmp_path: Path) -> None:
    with PageShell(tmp_path, free_port(), {"DATABASE_URL": empty_database_url}) as shell:
        for block in read_blocks(page.read_text("utf-8")):
            if block.is_run:
                shell.run_block(block)
