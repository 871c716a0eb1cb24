"""A reader finds every page from the index, every link leads somewhere, and what is not run says why."""

import re
from pathlib import Path

import pytest

from tests.support.page_blocks import NOT_RUN, ROOT, RUN_LANGUAGES, find_pages, read_blocks

LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^#+ (?P<title>.+)$", re.MULTILINE)
PAGES = find_pages()


def links_of(page: Path) -> list[tuple[Path, str]]:
    """The files a page links to, each with the heading named, or nothing; a folder stands for the pages in it."""
    text = re.sub(r"^```.*?^```$|`[^`\n]*`", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    found: list[tuple[Path, str]] = []
    for target in LINK.findall(text):
        if not target.startswith(("http:", "https:")):
            file, _, heading = target.partition("#")
            place = (page.parent / file).resolve() if file else page
            found += [(inner, "") for inner in sorted(place.glob("*.md"))] if place.is_dir() else [(place, heading)]
    return found


def anchors_of(page: Path) -> set[str]:
    titles = HEADING.findall(page.read_text("utf-8"))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_its_heading(page: Path) -> None:
    broken = [
        f"{file.relative_to(ROOT)}#{heading}"
        for file, heading in links_of(page)
        if not file.exists() or (heading and heading not in anchors_of(file))
    ]
    assert broken == []


def test_every_page_is_reached_from_the_readme() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached and page.suffix == ".md":
            reached.add(page)
            waiting += [file for file, _ in links_of(page) if file.exists()]
    assert [str(page.relative_to(ROOT)) for page in PAGES if page not in reached] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_block_to_type_is_run_or_says_why_it_is_not(page: Path) -> None:
    for block in read_blocks(page.read_text("utf-8")):
        if block.language in RUN_LANGUAGES and not block.is_run:
            assert len(block.remark) > len(NOT_RUN) + 10, f"line {block.line}"


@pytest.mark.parametrize(
    "chinese", [page for page in PAGES if page.name.endswith(".zh.md")], ids=lambda page: page.name
)
def test_the_two_languages_of_a_page_lead_to_each_other(chinese: Path) -> None:
    english = chinese.with_name(chinese.name.replace(".zh.md", ".md"))
    assert english in {file for file, _ in links_of(chinese)}
    assert chinese in {file for file, _ in links_of(english)}
