"""Tables and NDJSON, read as a stream: every row stands alone, and one that cannot be read does not stop the others."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator
from typing import IO, Any, cast

import msgspec

from monitor.intake.importing.log_file import ReadingError
from monitor.intake.importing.records import CaseRecord, Row, UnreadableRow

_LONGEST_LINE = 16 * 1024 * 1024
_LONGEST_FIELD = 1024 * 1024
_NO_ATTRIBUTES: dict[str, str] = {}


def read_csv(
    stream: io.BufferedIOBase, encoding: str = "utf-8-sig", delimiter: str = ",", needed: Iterable[str] = ()
) -> Iterator[CaseRecord | UnreadableRow]:
    """Rows of a table with a header line, each a record of its own.

    Raises ReadingError where a column of `needed` is missing, and when nothing more can be read.
    """
    lines = _TableLines(stream, encoding, delimiter)
    header = _read_header(lines, needed)
    while True:
        line = lines.taken + 1
        try:
            row = next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            yield UnreadableRow(line, "bad_row", f"no row of this table ({error}): check its quotes and delimiter", b"")
            continue
        if len(row) == len(header):
            yield CaseRecord(line, _NO_ATTRIBUTES, (Row(line, dict(zip(header, row, strict=True))),))
        elif row:
            detail = f"{len(row)} fields where the header names {len(header)}: check its quotes and delimiter"
            yield UnreadableRow(line, "bad_row", detail, msgspec.json.encode(row))


def _read_header(lines: _TableLines, needed: Iterable[str]) -> list[str]:
    try:
        header = next(lines, [])
    except csv.Error as error:
        raise ReadingError(
            f"line 1: no header line ({error}): check the file and the profile's `delimiter`."
        ) from error
    if not any(header):
        raise ReadingError("line 1: the table has no header line: its first line must name the columns.")
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise ReadingError(
            f"line 1: the header names {', '.join(twice)} more than once: columns need names of their own."
        )
    missing = [name for name in needed if name not in header]
    if missing:
        raise ReadingError(
            f"line 1: the profile asks for {', '.join(missing)}, but the columns are {', '.join(header)}: "
            "take the profile made for this table, or mend its column names."
        )
    return header


def read_ndjson(stream: io.BufferedIOBase) -> Iterator[CaseRecord | UnreadableRow]:
    """Objects of an NDJSON file, nested ones with dotted names; lists, nulls and blank lines are left out."""
    decode = msgspec.json.Decoder().decode
    for number, line in enumerate(_lines(stream), 1):
        if not line.strip():
            continue
        values: dict[str, str] = {}
        try:
            content = decode(line)
            if isinstance(content, dict):
                _flatten(content, "", values)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            yield UnreadableRow(
                number, "not_json", f"not valid JSON ({error}): one JSON object is expected a line", line
            )
            continue
        if isinstance(content, dict):
            yield CaseRecord(number, _NO_ATTRIBUTES, (Row(number, values),))
        else:
            yield UnreadableRow(number, "not_an_object", "no JSON object: one is expected a line", line)


def _flatten(content: dict[str, Any], prefix: str, values: dict[str, str]) -> None:
    for name, value in content.items():
        if isinstance(value, str):
            values[prefix + name] = value
        elif isinstance(value, dict):
            _flatten(value, f"{prefix}{name}.", values)
        elif isinstance(value, bool | int | float):
            values[prefix + name] = msgspec.json.encode(value).decode()


def _lines(stream: io.BufferedIOBase) -> Iterator[bytes]:
    """Lines without end-of-line; one that is endless is an error, not a full memory."""
    rest = stream.read(65_536).removeprefix(codecs.BOM_UTF8)
    while True:
        *lines, rest = rest.split(b"\n")
        yield from lines
        if len(rest) > _LONGEST_LINE:
            raise ReadingError(f"a line is longer than {_LONGEST_LINE:,} bytes: this is no NDJSON file.")
        more = stream.read(65_536)
        if not more:
            break
        rest += more
    if rest:
        yield rest


class _TableLines(Iterator[list[str]]):
    """Rows of a table as lists; `taken` is the number of lines taken in."""

    def __init__(self, stream: io.BufferedIOBase, encoding: str, delimiter: str) -> None:
        self._encoding = encoding
        csv.field_size_limit(_LONGEST_FIELD)
        text = io.TextIOWrapper(cast(IO[bytes], stream), encoding=encoding, newline="")
        self._reader = csv.reader(text, delimiter=delimiter, strict=True)

    @property
    def taken(self) -> int:
        return self._reader.line_num

    def __next__(self) -> list[str]:
        try:
            return next(self._reader)
        except UnicodeDecodeError as error:
            raise ReadingError(
                f"after line {self.taken}: not text in {self._encoding} ({error.reason}): give the right `encoding` "
                "in the profile."
            ) from error
