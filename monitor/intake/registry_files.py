"""Reads a hall's registry from a folder of CSV files or from a workbook with a sheet a table."""

from __future__ import annotations

import csv
import difflib
import io
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from monitor.domain.registry import RECORD_TYPES, Place, Placed, Record, Table
from monitor.domain.registry_check import RegistryProblem, error, warning
from monitor.intake.registry_cells import COLUMNS, OPTIONAL_COLUMNS, CellError

SheetCell = Cell | MergedCell
Line = tuple[int, list[str]]
"""1-based line number and the texts of its cells."""

_UNREADABLE_WORKBOOK = (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError)


@dataclass(frozen=True, slots=True)
class RegistryFiles:
    """What a folder says: its rows as far as they could be read, what could not, and the tables that were there."""

    rows: tuple[Placed[Record], ...]
    problems: tuple[RegistryProblem, ...]
    tables: frozenset[Table]


def read_registry_files(folder: Path) -> RegistryFiles:
    """Read every table found in `folder`: `items.csv`, or the sheet `items` of any `.xlsx`; or that of one workbook.

    Raises NotADirectoryError if there is nothing of that name. Whatever is wrong inside comes back as problems.
    """
    reading = _Reading()
    if folder.is_file() and folder.suffix.lower() == ".xlsx":
        reading.take_workbook(folder)
    elif folder.is_dir():
        for path in sorted(folder.iterdir()):
            if path.suffix.lower() == ".csv":
                reading.take_csv(path)
            elif path.suffix.lower() == ".xlsx" and not path.name.startswith("~$"):
                reading.take_workbook(path)
    else:
        raise NotADirectoryError(f"{folder} is no folder and no .xlsx file: name the folder with hall.csv, items.csv …")
    if not reading.tables and not reading.problems:
        names = ", ".join(f"{table}.csv" for table in Table)
        reading.problems.append(error(Place(folder.name, 0), "", "no registry table found", f"put here any of {names}"))
    return RegistryFiles(tuple(reading.rows), tuple(reading.problems), frozenset(reading.tables))


class _Reading:
    """Collects rows and problems, and remembers which file gave which table."""

    def __init__(self) -> None:
        self.rows: list[Placed[Record]] = []
        self.problems: list[RegistryProblem] = []
        self.tables: dict[Table, str] = {}

    def take_csv(self, path: Path) -> None:
        table = self._claim(path.stem, path.name, path.name)
        if table is None:
            return
        try:
            text = path.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError as problem:
            line = problem.object[: problem.start].count(b"\n") + 1
            self.problems.append(error(Place(path.name, line), "", "not UTF-8", "save the file as “CSV UTF-8”"))
            return
        try:
            self._take_table(table, path.name, _read_csv(text))
        except csv.Error as problem:
            self.problems.append(error(Place(path.name, 0), "", f"not CSV: {problem}", "check quotes and commas"))

    def take_workbook(self, path: Path) -> None:
        try:
            with warnings.catch_warnings():
                # openpyxl warns of styles and validations it does not keep; only cell values matter here.
                warnings.simplefilter("ignore", UserWarning)
                workbook = load_workbook(path, read_only=True)
                sheets = [(sheet.title, list(sheet.iter_rows())) for sheet in workbook.worksheets]
            workbook.close()
        except _UNREADABLE_WORKBOOK as problem:
            self.problems.append(
                error(Place(path.name, 0), "", f"not a readable workbook: {problem}", "save it anew as .xlsx")
            )
            return
        for title, rows in sheets:
            file = f"{path.name}[{title}]"
            table = self._claim(title, file, f"the sheet {title} of {path.name}")
            if table is not None:
                self._take_table(table, file, self._read_sheet(file, rows))

    def _claim(self, name: str, file: str, called: str) -> Table | None:
        """The table a file or sheet holds; None, with a problem, if it is none or was read already."""
        try:
            table = Table(name.strip().lower())
        except ValueError:
            near = difflib.get_close_matches(name.lower(), list(Table), n=1)
            to_do = f"rename it to {near[0]} if that is meant" if near else f"tables are {', '.join(Table)}"
            self.problems.append(warning(Place(file, 0), "", f"{called} is no registry table and is not read", to_do))
            return None
        if table in self.tables:
            what = f"the table {table} stands also in {self.tables[table]}"
            self.problems.append(error(Place(file, 0), "", what, "keep one of the two"))
            return None
        self.tables[table] = file
        return table

    def _read_sheet(self, file: str, rows: list[tuple[SheetCell, ...]]) -> Iterator[Line]:
        width = max((len(cells) for cells in rows), default=0)
        for number, cells in enumerate(rows, start=1):
            texts = []
            for column, cell in enumerate(cells, start=1):
                if cell.data_type in ("f", "e"):
                    kind = "a formula" if cell.data_type == "f" else f"the error {cell.value}"
                    place, letter = Place(file, number), get_column_letter(column)
                    self.problems.append(error(place, letter, f"the cell holds {kind}", "paste its value instead"))
                texts.append(_cell_text(cell.value))
            yield number, texts + [""] * (width - len(texts))

    def _take_table(self, table: Table, file: str, lines: Iterable[Line]) -> None:
        filled = ((number, cells) for number, cells in lines if any(cells))
        number, header = next(filled, (0, []))
        if not header:
            self.problems.append(error(Place(file, 1), "", "the header line is missing", _header_hint(table)))
            return
        header = _drop_empty_end(header)
        wrong = list(_check_header(table, Place(file, number), header))
        self.problems += wrong
        if wrong:
            return
        for number, cells in filled:
            self._take_line(table, Place(file, number), header, cells)

    def _take_line(self, table: Table, place: Place, header: list[str], cells: list[str]) -> None:
        if len(cells) < len(header) or any(cells[len(header) :]):
            what = f"{len(cells)} cells, but the header has {len(header)}"
            self.problems.append(error(place, "", what, "look for a missing comma, or one that needs quotes around it"))
            return
        texts = dict(zip(header, cells, strict=False))
        values: dict[str, object] = {}
        for column, read_cell in COLUMNS[table].items():
            try:
                values[column] = read_cell(texts.get(column, ""))
            except CellError as problem:
                self.problems.append(error(place, column, problem.what, problem.to_do))
        if len(values) == len(COLUMNS[table]):
            self.rows.append(Placed(RECORD_TYPES[table](**values), place))


def _read_csv(text: str) -> Iterator[Line]:
    """Lines of cells; a record that spans lines bears the number of its first."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    first = 1
    for cells in reader:
        yield first, [cell.strip() for cell in cells]
        first = reader.line_num + 1


def _cell_text(value: object) -> str:
    """What a person would have typed into a CSV file."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return str(int(value)) if value.is_integer() else repr(value)
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime() | date():
            return value.isoformat()
        case _:
            return str(value).strip()


def _check_header(table: Table, place: Place, header: list[str]) -> Iterator[RegistryProblem]:
    known = COLUMNS[table]
    for column in sorted({name for name in header if header.count(name) > 1}):
        yield error(place, column, "the column stands twice", "keep one of the two")
    for column in header:
        if column not in known:
            near = difflib.get_close_matches(column, list(known), n=1)
            yield error(
                place,
                column,
                f"{table} knows no column {column!r}",
                f"rename it to {near[0]}" if near else f"remove it; {_header_hint(table)}",
            )
    for column in known:
        if column not in header and column not in OPTIONAL_COLUMNS.get(table, ()):
            yield error(
                place, column, "the column is missing", "add it; its cells may be empty where nothing is to say"
            )


def _header_hint(table: Table) -> str:
    return f"the header is: {','.join(COLUMNS[table])}"


def _drop_empty_end(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells = cells[:-1]
    return cells
