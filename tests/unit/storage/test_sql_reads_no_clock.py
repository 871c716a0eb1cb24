"""Judgements go by case time, which is given as a parameter: their SQL does not read the clock of the machine."""

import re

import pytest

from monitor.storage.sql_blocks import load_sql_blocks

CLOCK = re.compile(
    r"\b(now\(\)|clock_timestamp|statement_timestamp|transaction_timestamp|current_(date|time)|localtime)"
)
JUDGED_BY = {
    "board.sql", "cards.sql", "cases.sql", "figure_cases.sql", "figures.sql", "findings.sql", "fold.sql", "intake.sql",
    "recalculation.sql", "replay.sql", "rules.sql",
}  # fmt: skip


@pytest.mark.parametrize("file", sorted(JUDGED_BY))
def test_no_judging_query_reads_the_clock(file: str) -> None:
    blocks = [block for found in load_sql_blocks().values() for block in found if block.file.name == file]
    assert blocks, f"{file} is gone: name the file that took its place"
    assert [block.name for block in blocks if CLOCK.search(block.text)] == []
