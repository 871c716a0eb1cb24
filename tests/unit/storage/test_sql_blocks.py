"""SQL stands in named blocks; what is written wrongly is refused with the place and the remedy."""

from pathlib import Path

import pytest

from monitor.storage.sql_blocks import SqlBlockError, find_block, load_sql_blocks, parse_sql_blocks, sql_block

FILE = Path("cases.sql")

TWO_BLOCKS = """\
-- Statements about cases.

-- name: select_clocks_due
-- Clocks whose next change has come.
select case_id
from clock -- by index
where due_at <= %(as_of)s and name like 'p%%';

-- name: count_cases
-- How many cases there are.
select count(*) from case_state
"""


def test_blocks_are_cut_at_their_names_with_purpose_and_without_semicolon() -> None:
    first, second = parse_sql_blocks(TWO_BLOCKS, FILE)
    assert (first.name, first.purpose) == ("select_clocks_due", "Clocks whose next change has come.")
    assert first.text == "select case_id\nfrom clock -- by index\nwhere due_at <= %(as_of)s and name like 'p%%'"
    assert second.text == "select count(*) from case_state"


def test_a_shipped_block_is_a_statement_loaded_once() -> None:
    statement = sql_block("select_server")
    assert "current_database()" in statement.as_string(None)
    assert sql_block("select_server") is statement


def test_an_unknown_name_lists_what_exists_and_what_is_near() -> None:
    with pytest.raises(SqlBlockError, match=r"Did you mean select_server .* There are: .*create_timescaledb"):
        sql_block("select_servers")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("select 1;\n-- name: a\n-- p\nselect 1", "SQL before the first"),
        ("-- name: selectClocks\n-- p\nselect 1", "lower case words"),
        ("-- name: a\nselect 1", "lacks its purpose"),
        ("-- part: a\nselect 1", "the block a lacks its purpose"),
        ("-- name: a\n-- purpose\n-- only a comment\n", "is empty"),
        ("-- name: a\n-- p\nselect %(x)s where y like 'z%'", "stray percent sign before `%'`"),
        ("-- name: a\n-- p\nselect %(x)s, %s", "stray percent sign"),
    ],
)
def test_a_block_written_wrongly_is_refused(text: str, message: str) -> None:
    with pytest.raises(SqlBlockError, match=message):
        parse_sql_blocks(text, FILE)


TWO_BLOCKS_WITH_A_PART = """\
-- part: of_hall
-- Cases of one hall.
hall_id = %(hall_id)s and closed_at is null

-- name: count_cases
-- How many cases are open.
select count(*) from case_state where {of_hall};

-- name: select_cases
-- Open cases.
select case_id from case_state where {of_hall} order by case_id;
"""


def test_a_part_stands_in_every_block_that_names_it_and_is_no_block_itself() -> None:
    first, second = parse_sql_blocks(TWO_BLOCKS_WITH_A_PART, FILE)
    assert (first.name, second.name) == ("count_cases", "select_cases")
    wanted = "hall_id = %(hall_id)s and closed_at is null"
    assert first.text == f"select count(*) from case_state where {wanted}"
    assert second.text == f"select case_id from case_state where {wanted} order by case_id"


def test_a_part_that_the_file_does_not_have_is_refused() -> None:
    text = TWO_BLOCKS_WITH_A_PART.replace("where {of_hall} order", "where {of_halls} order")
    with pytest.raises(
        SqlBlockError, match=r"cases\.sql: the block select_cases names the part of_halls; there are: of_"
    ):
        parse_sql_blocks(text, FILE)


def test_braces_of_a_file_without_parts_are_left_for_whoever_fills_them() -> None:
    (block,) = parse_sql_blocks("-- name: a\n-- p\nselect count(*) from {table}", FILE)
    assert block.text == "select count(*) from {table}"


def test_a_percent_sign_in_a_block_without_parameters_stays_as_it_is() -> None:
    (block,) = parse_sql_blocks("-- name: a\n-- p\nselect 7 % 2", FILE)
    assert block.text == "select 7 % 2"


def test_a_name_used_in_two_files_is_refused(tmp_path: Path) -> None:
    for name in ("one.sql", "two.sql"):
        (tmp_path / name).write_text(f"-- name: same\n-- p\nselect '{name}'\n")
    with pytest.raises(SqlBlockError, match=r"same stands in one\.sql and two\.sql"):
        find_block("same", load_sql_blocks(tmp_path))


def test_no_name_is_used_twice_in_what_is_shipped() -> None:
    twice = {name: [block.file.name for block in found] for name, found in load_sql_blocks().items() if len(found) > 1}
    assert twice == {}
