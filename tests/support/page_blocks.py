"""The blocks of a documentation page, and the remarks that say how a test treats them.

A fenced block marked `console` shows what one types after `$ ` (continued after `> `) and what is answered; one marked
`sh` or `python` is run and must succeed. `…` in an answer stands for anything. A remark on the line above says more:

    <!-- answered -->              what the block before it is answered: that one can be copied as it stands
    <!-- not run: why -->          the block is only read
    <!-- left running -->          its one command goes on, as in a terminal of its own, until the page ends
    <!-- asked again -->           what it shows comes a moment later; its one command is typed again until it does

What a reader has done before (a hall set up, say) stands in a comment, run like a block marked `sh`:

    <!-- done before
    e-supervision migrate
    -->
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

FENCE = re.compile(
    r"(?:^<!-- (?P<remark>[^\n]*?) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$"
    r"|^<!-- done before\n(?P<before>.*?)^-->$",
    re.MULTILINE | re.DOTALL,
)
RUN_LANGUAGES = ("console", "sh", "python")
NOT_RUN = "not run: "
LEFT_RUNNING = "left running"
ASKED_AGAIN = "asked again"
ANSWERED = "answered"


@dataclass(frozen=True)
class Block:
    """A fenced block: where it stands (line of its beginning), its language, text, and the remark above it."""

    line: int
    language: str
    text: str
    remark: str
    answer: str | None = None
    """What it is answered, where the page shows that in a block of its own."""

    @property
    def is_run(self) -> bool:
        """Whether the test runs it."""
        return self.language in RUN_LANGUAGES and not self.remark.startswith(NOT_RUN)

    @property
    def is_left_running(self) -> bool:
        """Whether its command goes on until the page ends."""
        return self.remark == LEFT_RUNNING

    @property
    def is_asked_again(self) -> bool:
        """Whether its command is typed again until it is answered as shown."""
        return self.remark == ASKED_AGAIN


@dataclass(frozen=True)
class Exchange:
    """A command as typed, and the answer as printed; None where the page shows none that is compared."""

    command: str
    answer: str | None


def find_pages() -> list[Path]:
    """Every page of the documentation, the two READMEs of the repository included."""
    return [ROOT / "README.md", ROOT / "README.zh.md", *sorted(DOCS.rglob("*.md"))]


def read_blocks(page: str) -> list[Block]:
    """The fenced blocks of a page's text, in order."""
    blocks: list[Block] = []
    for found in FENCE.finditer(page):
        line = page.count("\n", 0, found.start()) + 1
        if found["before"] is not None:
            blocks.append(Block(line, "sh", found["before"], ""))
        elif found["remark"] == ANSWERED:
            blocks[-1] = replace(blocks[-1], answer=found["text"])
        else:
            blocks.append(Block(line, found["language"], found["text"], found["remark"] or ""))
    return blocks


def read_exchanges(block: Block) -> Iterator[Exchange]:
    """What is typed and what is answered."""
    match block.language:
        case "console":
            yield from _read_console(block.text)
        case "python":
            yield Exchange(f"python3 - <<'END_OF_BLOCK'\n{block.text}END_OF_BLOCK", None)
        case _:
            yield Exchange(block.text.rstrip("\n"), block.answer)


def _read_console(text: str) -> Iterator[Exchange]:
    command: list[str] = []
    answer: list[str] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            if command:
                yield Exchange("\n".join(command), "\n".join(answer))
            command, answer = [line.removeprefix("$ ")], []
        elif command and not answer and (line.startswith("> ") or line == ">"):
            command.append(line[2:])
        else:
            answer.append(line)
    yield Exchange("\n".join(command), "\n".join(answer))


def matches(printed: str, shown: str) -> bool:
    """Whether what was printed is what the page shows, `…` standing for anything; ends of lines do not matter."""
    pattern = ".*?".join(re.escape(part) for part in _trim(shown).split("…"))
    return re.fullmatch(pattern, _trim(printed), re.DOTALL) is not None


def _trim(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())
