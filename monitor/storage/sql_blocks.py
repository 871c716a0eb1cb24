"""Named blocks of SQL, read once from the `.sql` files beside this module."""

import difflib
import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from psycopg import sql

SQL_FOLDER = Path(__file__).parent / "sql"

_HEAD = re.compile(r"^-- (?P<kind>name|part):\s*(?P<name>\S+)\s*$", re.MULTILINE)
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_PART = re.compile(r"\{(?P<name>[a-z_][a-z0-9_]*)\}")
_PARAMETER = re.compile(r"%\([a-z_][a-z0-9_]*\)[sbt]")
_PERCENT = re.compile(rf"%%|{_PARAMETER.pattern}|(?P<stray>%)")


class SqlBlockError(LookupError):
    """A block is unknown, named twice, or not written as the house wants it."""


@dataclass(frozen=True, slots=True)
class SqlBlock:
    """One statement with its name, its purpose in one line, and the file it stands in."""

    name: str
    purpose: str
    text: str
    file: Path


def sql_block(name: str) -> sql.SQL:
    """Give the statement called `name`, ready for `execute`; its parameters are written `%(name)s`.

    Raises SqlBlockError for a name that does not exist, listing what does, and for one that two files use.
    """
    return _as_statement(find_block(name, load_sql_blocks()))


def find_block(name: str, blocks: Mapping[str, Sequence[SqlBlock]]) -> SqlBlock:
    """Find the block called `name`. Raises SqlBlockError if there is none, or if two say different things."""
    found = blocks.get(name, ())
    if not found:
        raise SqlBlockError(_explain_unknown(name, sorted(blocks)))
    if len({block.text for block in found}) > 1:
        files = " and ".join(block.file.name for block in found)
        raise SqlBlockError(f"The block {name} stands in {files}: rename one.")
    return found[0]


@functools.cache
def load_sql_blocks(folder: Path = SQL_FOLDER) -> Mapping[str, Sequence[SqlBlock]]:
    """Read every block of every `.sql` file in `folder`, once; a name with several blocks is a mistake to be found."""
    blocks: dict[str, list[SqlBlock]] = {}
    for file in sorted(folder.glob("*.sql")):
        for block in parse_sql_blocks(file.read_text(encoding="utf-8"), file):
            blocks.setdefault(block.name, []).append(block)
    return MappingProxyType(blocks)


def parse_sql_blocks(text: str, file: Path) -> list[SqlBlock]:
    """Split a file at its `-- name:` and `-- part:` lines, check each block, and put parts where blocks name them.

    A part is text that several blocks of its file share, written `{part}` in them. A file without parts keeps its
    braces, for whoever fills them.
    """
    heads = list(_HEAD.finditer(text))
    before = text[: heads[0].start()] if heads else text
    if any(line.strip() and not line.startswith("--") for line in before.splitlines()):
        raise SqlBlockError(f"{file.name}: there is SQL before the first `-- name:` line; give it a name.")
    ends = [head.start() for head in heads[1:]] + [len(text)]
    cut = [
        (head["kind"], _parse_block(head["name"], text[head.end() : end].strip(), file))
        for head, end in zip(heads, ends, strict=True)
    ]
    parts = {block.name: block.text for kind, block in cut if kind == "part"}
    return [_fill(block, parts) if parts else block for kind, block in cut if kind == "name"]


def _parse_block(name: str, body: str, file: Path) -> SqlBlock:
    if not _NAME.fullmatch(name):
        raise SqlBlockError(f"{file.name}: the name {name} must be lower case words joined by underscores.")
    purpose, _, text = body.partition("\n")
    if not purpose.startswith("-- "):
        raise SqlBlockError(f"{file.name}: the block {name} lacks its purpose, a comment line below its name.")
    if not any(line.strip() and not line.strip().startswith("--") for line in text.splitlines()):
        raise SqlBlockError(f"{file.name}: the block {name} is empty.")
    stray = next((match for match in _PERCENT.finditer(text) if match["stray"]), None)
    if stray is not None and _PARAMETER.search(text):
        where = text[stray.start() :].splitlines()[0][:30]
        raise SqlBlockError(
            f"{file.name}: the block {name} has a stray percent sign before `{where}`: "
            "write parameters as %(name)s and the sign itself as %%."
        )
    return SqlBlock(name, purpose.removeprefix("-- ").strip(), text.strip().removesuffix(";"), file)


def _fill(block: SqlBlock, parts: Mapping[str, str]) -> SqlBlock:
    unknown = next((found["name"] for found in _PART.finditer(block.text) if found["name"] not in parts), None)
    if unknown is not None:
        known = ", ".join(parts)
        raise SqlBlockError(f"{block.file.name}: the block {block.name} names the part {unknown}; there are: {known}.")
    return replace(block, text=_PART.sub(lambda found: parts[found["name"]], block.text))


@functools.cache
def _as_statement(block: SqlBlock) -> sql.SQL:
    # The text comes from files shipped with the program, never from input: it is as literal as code.
    return sql.SQL(block.text)


def _explain_unknown(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=3)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    return f"There is no SQL block called {name}.{hint} There are: {', '.join(known)}."
