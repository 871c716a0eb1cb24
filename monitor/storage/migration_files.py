"""The files `NNNN_what.sql`: found, numbered, and read with their header and their parts for one edition."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from monitor.storage.database import Edition

_FILE_NAME = re.compile(r"(?P<number>\d{4})_(?P<what>[a-z0-9_]+)\.sql")
_NO_TRANSACTION = re.compile(r"^-- no-transaction\s*$", re.MULTILINE)
_EDITION_LINE = re.compile(r"^-- edition:\s*(?P<edition>\S*)\s*$", re.MULTILINE)

_SQL_TOKEN = re.compile(
    r"""
      --[^\n]*                                   # comment to the end of the line
    | /\*.*?\*/                                  # comment (not nested)
    | \$(?P<tag>[A-Za-z_]*)\$.*?\$(?P=tag)\$     # dollar-quoted body
    | '(?:[^']|'')*'                             # text
    | "(?:[^"]|"")*"                             # quoted name
    | (?P<end>;)
    """,
    re.VERBOSE | re.DOTALL,
)


class MigrationError(RuntimeError):
    """Migrations cannot be applied as they are; the text names the file and the remedy."""


@dataclass(frozen=True, slots=True)
class MigrationFile:
    """One migration as it stands on disk; `sha256` is of the whole file, all editions."""

    number: int
    name: str
    text: str
    sha256: str
    in_transaction: bool

    def select_part(self, edition: Edition) -> str:
        """Give the text for `edition`: what stands outside sections, and the sections of that edition.

        Left-out lines stay as empty ones, so that an error's line number is the file's.
        """
        return select_edition_part(self.text, edition, self.name)


def find_migrations_folder() -> Path:
    """Find the migrations: inside the package in an installed wheel, beside it in a checkout."""
    packaged = Path(__file__).parents[1] / "_migrations"
    checkout = Path(__file__).parents[2] / "migrations"
    for folder in (packaged, checkout):
        if folder.is_dir():
            return folder
    raise MigrationError(f"The migrations are neither in {packaged} nor in {checkout}: the installation is incomplete.")


def read_migration_files(folder: Path) -> list[MigrationFile]:
    """Read every migration of `folder` in order; numbers must be 0001, 0002, … without gap or repetition."""
    files = []
    for path in sorted(folder.glob("*.sql")):
        match = _FILE_NAME.fullmatch(path.name)
        if match is None:
            raise MigrationError(f"{path}: a migration is called NNNN_what.sql, four digits and lower case words.")
        raw = path.read_bytes()
        text = raw.decode("utf-8")
        in_transaction = _NO_TRANSACTION.search(_read_header(text)) is None
        files.append(
            MigrationFile(int(match["number"]), path.stem, text, hashlib.sha256(raw).hexdigest(), in_transaction)
        )
    for expected, file in enumerate(files, start=1):
        if file.number != expected:
            raise MigrationError(
                f"{folder}: {file.name} stands where number {expected:04d} is due; "
                "numbers have no gap and no repetition."
            )
    return files


def _read_header(text: str) -> str:
    lines = []
    for line in text.splitlines():
        if line.strip() and not line.startswith("--"):
            break
        lines.append(line)
    return "\n".join(lines)


def select_edition_part(text: str, edition: Edition, name: str) -> str:
    """Blank the sections of other editions: `-- edition: community` … `-- edition: all`."""
    current = "all"
    lines = []
    for line in text.splitlines():
        match = _EDITION_LINE.match(line)
        if match is not None:
            current = match["edition"]
            if current not in {"all", *(known.value for known in Edition)}:
                raise MigrationError(f"{name}: `{line.strip()}` names no edition; write apache, community or all.")
        lines.append(line if current in ("all", edition.value) else "")
    return "\n".join(lines)


def split_statements(text: str) -> Iterator[str]:
    """Split SQL at the semicolons that end statements, for migrations that run outside a transaction."""
    start = 0
    for token in _SQL_TOKEN.finditer(text):
        if token["end"]:
            yield from _yield_statement(text[start : token.start()])
            start = token.end()
    yield from _yield_statement(text[start:])


def _yield_statement(text: str) -> Iterator[str]:
    without_comments = re.sub(r"--[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL)
    if without_comments.strip():
        yield text.strip()
