"""The glossary knows every word of the field that code, tables and interface use, in both languages."""

import re
from enum import StrEnum
from pathlib import Path

import pytest

from alerts.ladder import Level
from alerts.life import CardState
from monitor.api.finding_words import FINDINGS
from monitor.domain.clocks import ClockState
from monitor.domain.events import EventKind
from monitor.domain.items import Counting, ItemKind, Unit
from monitor.domain.judge import Light, Status
from monitor.domain.registry import Feed, Power, SetUp
from tests.support.page_blocks import DOCS

ENGLISH, CHINESE = (DOCS / name for name in ("glossary.md", "glossary.zh.md"))
WORDS: list[type[StrEnum]] = [
    CardState, ClockState, Counting, EventKind, Feed, ItemKind, Level, Light, Power, SetUp, Status, Unit,
]  # fmt: skip


@pytest.mark.parametrize("page", [ENGLISH, CHINESE], ids=lambda page: page.name)
@pytest.mark.parametrize("words", WORDS, ids=lambda words: words.__name__)
def test_every_value_of_the_fields_enums_is_explained(words: type[StrEnum], page: Path) -> None:
    told = set(re.findall(r"`(\w+)`", page.read_text("utf-8")))
    assert {word.value for word in words} - told == set()


@pytest.mark.parametrize("page", [ENGLISH, CHINESE], ids=lambda page: page.name)
def test_every_finding_has_its_row(page: Path) -> None:
    text = page.read_text("utf-8")
    rows = [f"| {code} | {words.zh} | {words.en} | {words.article or ''} |" for code, words in FINDINGS.items()]
    assert [row for row in rows if row not in text] == []


def test_both_languages_have_the_same_words() -> None:
    english, chinese = (
        sorted(re.findall(pattern, page.read_text("utf-8"), re.MULTILINE))
        for page, pattern in ((ENGLISH, r"^\| ([^|]+) \| [^|]+ \|"), (CHINESE, r"^\| [^|]+ \| ([^|]+) \|"))
    )
    assert [word for word in english if word not in chinese and not re.match(r"[AX]\d\d|word|code|-", word)] == []
