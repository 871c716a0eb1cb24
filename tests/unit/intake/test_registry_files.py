"""Registry files as people write them: CSV and workbooks, with the mistakes people make."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook

from monitor.domain.items import Unit
from monitor.domain.registry import HallRecord, ItemRecord, Registry, Table, merge
from monitor.domain.registry_check import RegistryProblem, Severity, check_registry
from monitor.intake.registry_cells import COLUMNS
from monitor.intake.registry_files import RegistryFiles, read_registry_files

EXAMPLE = Path(__file__).parents[3] / "examples" / "registry"
HALL_HEADER = "code,name_zh,name_en,zone,demo,region_code"
ITEM_HEADER = ",".join(COLUMNS[Table.ITEMS])
ITEM_LINE = "i1,2026-01-01,,事项,,d1,promise,,,,5,20,,,审查=5;现场核查=,审查;核准,,yes"


def read(folder: Path, **files: str) -> RegistryFiles:
    for stem, text in files.items():
        (folder / f"{stem}.csv").write_text(text, encoding="utf-8")
    return read_registry_files(folder)


def only(problems: tuple[RegistryProblem, ...]) -> RegistryProblem:
    assert len(problems) == 1, problems
    return problems[0]


def test_an_item_line_is_read_with_its_defaults_lists_and_steps(tmp_path: Path) -> None:
    files = read(tmp_path, items=f"{ITEM_HEADER}\n{ITEM_LINE}\n")
    assert files.problems == ()
    assert files.tables == {Table.ITEMS}
    item = files.rows[0].record
    assert isinstance(item, ItemRecord)
    assert (item.valid_from, item.valid_to, item.unit, item.roll) == (date(2026, 1, 1), None, Unit.WORKING_DAYS, True)
    assert (item.promised, item.acceptance, item.in_hall, item.accept_and_decide) == (5.0, None, True, True)
    assert (item.steps, item.decision_steps) == ({"审查": 5.0, "现场核查": None}, ("审查", "核准"))


def test_a_mark_of_byte_order_windows_line_ends_and_blank_lines_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "hall.csv").write_bytes(f"{HALL_HEADER}\r\n\r\nh,厅,Hall,,yes,\r\n".encode("utf-8-sig"))
    files = read_registry_files(tmp_path)
    assert files.problems == ()
    assert (files.rows[0].record, files.rows[0].place.line) == (
        HallRecord(code="h", name_zh="厅", name_en="Hall", zone="Asia/Shanghai", demo=True, region_code=None),
        3,
    )


def test_a_line_after_a_quoted_line_break_keeps_its_own_number(tmp_path: Path) -> None:
    text = f'{HALL_HEADER}\nh,"厅\n二行",Hall,,no,\nk,厅,Hall,,perhaps,\n'
    problem = only(read(tmp_path, hall=text).problems)
    assert (problem.place.line, problem.column) == (4, "demo")


@pytest.mark.parametrize(
    ("column", "cell", "told"),
    [
        ("valid_from", "2026/1/1", "ISO date"),
        ("valid_from", "2026-02-30", "no date of the calendar"),
        ("kind", "quick", "immediate, promise, joint, reported_up"),
        ("kind", "", "immediate, promise"),
        ("unit", "days", "working_days"),
        ("promised", "five", "number from 0"),
        ("promised", "-1", "number from 0"),
        ("promised", "nan", "number from 0"),
        ("in_hall", "1", "yes or no"),
        ("steps", "审查=5;审查=6", "twice"),
        ("steps", "=5", "names no step"),
        ("name_zh", "", "empty"),
    ],
)
def test_a_bad_cell_is_named_by_file_line_and_column_with_what_to_write(
    tmp_path: Path, column: str, cell: str, told: str
) -> None:
    cells = dict(zip(ITEM_HEADER.split(","), ITEM_LINE.split(","), strict=True)) | {column: cell}
    files = read(tmp_path, items=f"{ITEM_HEADER}\n{ITEM_LINE}\n{','.join(cells.values())}\n")
    problem = only(files.problems)
    assert (problem.severity, problem.place.file, problem.place.line, problem.column) == (
        Severity.ERROR,
        "items.csv",
        3,
        column,
    )
    assert told in f"{problem.what}: {problem.to_do}"
    assert len(files.rows) == 1, "the good line is read all the same"


def test_missing_unknown_and_doubled_columns_are_told_with_the_likely_name(tmp_path: Path) -> None:
    files = read(tmp_path, hall="code,name_zh,name_en,zone,demo,regioncode,zone\nh,厅,Hall,,no,,\n")
    told = {problem.column: problem.to_do for problem in files.problems}
    assert told["regioncode"] == "rename it to region_code"
    assert set(told) == {"regioncode", "region_code", "zone"}
    assert files.rows == ()


@pytest.mark.parametrize("line", ["h,厅,Hall,,no", "h,厅,Hall,,no,,,x"])
def test_a_line_with_too_few_or_too_many_cells_is_refused(tmp_path: Path, line: str) -> None:
    problem = only(read(tmp_path, hall=f"{HALL_HEADER}\n{line}\n").problems)
    assert "header has 6" in problem.what


def test_a_file_saved_in_gbk_is_told_so_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "hall.csv").write_bytes(f"{HALL_HEADER}\nh,厅,Hall,,no,\n".encode("gbk"))
    problem = only(read_registry_files(tmp_path).problems)
    assert (problem.place.line, problem.what) == (2, "not UTF-8")


def test_a_file_whose_name_is_nearly_a_table_is_warned_of_and_not_silently_skipped(tmp_path: Path) -> None:
    files = read(tmp_path, item="code\n", hall=f"{HALL_HEADER}\nh,厅,Hall,,no,\n")
    problem = only(files.problems)
    assert (problem.severity, "items" in problem.to_do) == (Severity.WARNING, True)
    assert files.tables == {Table.HALL}


def test_an_empty_folder_and_a_missing_one_are_told(tmp_path: Path) -> None:
    assert "hall.csv" in only(read_registry_files(tmp_path).problems).to_do
    with pytest.raises(NotADirectoryError, match="no folder"):
        read_registry_files(tmp_path / "nowhere")


def save_workbook(path: Path, **sheets: Sequence[Sequence[object]]) -> None:
    workbook = Workbook()
    for title, rows in sheets.items():
        sheet = workbook.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    del workbook["Sheet"]
    workbook.save(path)


def test_a_workbook_with_dates_numbers_and_booleans_of_its_own_reads_like_csv(tmp_path: Path) -> None:
    cells: dict[str, object] = dict(zip(ITEM_HEADER.split(","), ITEM_LINE.split(","), strict=True))
    cells |= {"code": 101, "valid_from": date(2026, 1, 1), "promised": 5, "statutory": 20.0, "accept_and_decide": True}
    save_workbook(tmp_path / "all.xlsx", items=[ITEM_HEADER.split(","), list(cells.values())])
    files = read_registry_files(tmp_path)
    assert files.problems == ()
    item = files.rows[0].record
    assert isinstance(item, ItemRecord)
    assert (item.code, item.valid_from, item.promised, item.statutory) == ("101", date(2026, 1, 1), 5.0, 20.0)
    assert item.accept_and_decide
    assert files.rows[0].place.file == "all.xlsx[items]"
    assert read_registry_files(tmp_path / "all.xlsx").rows == files.rows


def test_a_formula_is_refused_because_its_value_is_not_in_the_file(tmp_path: Path) -> None:
    save_workbook(tmp_path / "all.xlsx", hall=[HALL_HEADER.split(","), ["h", "厅", "=A1&B1", "", "no", ""]])
    assert ("C", "the cell holds a formula") in [
        (problem.column, problem.what) for problem in read_registry_files(tmp_path).problems
    ]


def test_a_table_in_two_files_is_refused(tmp_path: Path) -> None:
    save_workbook(tmp_path / "all.xlsx", hall=[HALL_HEADER.split(","), ["h", "厅", "Hall", "", "no", ""]])
    problem = only(read(tmp_path, hall=f"{HALL_HEADER}\nh,厅,Hall,,no,\n").problems)
    assert (problem.severity, "all.xlsx[hall]" in problem.what) == (Severity.ERROR, True)


def test_a_file_that_only_pretends_to_be_a_workbook_is_told(tmp_path: Path) -> None:
    (tmp_path / "all.xlsx").write_bytes(b"PK no workbook")
    assert "not a readable workbook" in only(read_registry_files(tmp_path).problems).what


def test_the_example_set_is_sound_but_for_the_one_warning_its_readme_explains() -> None:
    files = read_registry_files(EXAMPLE)
    assert files.problems == ()
    assert files.tables == set(Table)
    problem = only(tuple(check_registry(merge(Registry(), files.rows), files.rows)))
    assert (problem.severity, problem.column) == (Severity.WARNING, "statutory")
    assert "ENV-01" in problem.what
    assert "ENV-01" in (EXAMPLE / "README.md").read_text(encoding="utf-8")
