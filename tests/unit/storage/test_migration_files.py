"""Migration files: names, numbers, header, parts for one edition, statements."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.storage.database import Edition
from monitor.storage.migration_files import (
    MigrationError,
    find_migrations_folder,
    read_migration_files,
    select_edition_part,
    split_statements,
)
from monitor.storage.migrations import AppliedMigration, compare_ledger


def write(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (folder / f"{name.removeprefix('m')}.sql").write_text(text)
    return folder


def note(number: int, name: str, sha256: str) -> AppliedMigration:
    return AppliedMigration(number, name, sha256, "apache", datetime(2026, 11, 1, tzinfo=UTC))


def test_the_shipped_migrations_are_found_and_well_numbered() -> None:
    files = read_migration_files(find_migrations_folder())
    assert files[0].number == 1
    assert [file.number for file in files] == list(range(1, len(files) + 1))


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["m1_short"], "a migration is called NNNN_what.sql"),
        (["m0001_Upper"], "a migration is called NNNN_what.sql"),
        (["m0001_a", "m0003_c"], "0003_c stands where number 0002 is due"),
        (["m0001_a", "m0001_b"], "0001_b stands where number 0002 is due"),
    ],
)
def test_misnamed_and_misnumbered_files_are_refused(tmp_path: Path, names: list[str], message: str) -> None:
    write(tmp_path, **dict.fromkeys(names, "select 1;"))
    with pytest.raises(MigrationError, match=message):
        read_migration_files(tmp_path)


def test_the_header_decides_about_the_transaction_and_later_comments_do_not(tmp_path: Path) -> None:
    write(
        tmp_path,
        m0001_a="-- Why.\n-- no-transaction\n\ncreate index concurrently i on t (c);",
        m0002_b="select 1;\n-- no-transaction\n",
    )
    assert [file.in_transaction for file in read_migration_files(tmp_path)] == [False, True]


PARTS = "a;\n-- edition: community\nb;\n-- edition: apache\nc;\n-- edition: all\nd;"


def test_each_edition_gets_its_sections_on_the_lines_of_the_file() -> None:
    assert select_edition_part(PARTS, Edition.APACHE, "x").splitlines() == [
        "a;", "", "", "-- edition: apache", "c;", "-- edition: all", "d;",
    ]  # fmt: skip
    community = select_edition_part(PARTS, Edition.COMMUNITY, "x")
    assert "b;" in community
    assert "c;" not in community


def test_a_section_for_no_known_edition_is_refused() -> None:
    with pytest.raises(MigrationError, match="0001_a: `-- edition: pro` names no edition"):
        select_edition_part("-- edition: pro\nselect 1;", Edition.APACHE, "0001_a")


def test_statements_end_at_semicolons_that_are_not_inside_anything() -> None:
    text = """
    -- a; comment
    create function f() returns void language plpgsql as $body$ begin perform 1; end $body$;
    insert into t values ('one; ''two;'''); /* three; */
    comment on table "odd;name" is 'x';
    -- the end;
    """
    statements = list(split_statements(text))
    assert len(statements) == 3
    assert statements[0].endswith("end $body$")
    assert statements[1].endswith("('one; ''two;''')")
    assert statements[2].endswith("is 'x'")


def test_a_ledger_that_fits_leaves_only_the_new_files_pending(tmp_path: Path) -> None:
    files = read_migration_files(write(tmp_path, m0001_a="select 1;", m0002_b="select 2;"))
    status = compare_ledger(files, [note(1, "0001_a", files[0].sha256)])
    assert [file.name for file in status.pending] == ["0002_b"]
    assert status.faults == ()


def test_changed_missing_and_overtaken_files_are_told_apart(tmp_path: Path) -> None:
    files = read_migration_files(write(tmp_path, m0001_a="select 1;", m0002_b="select 2;"))
    status = compare_ledger(files, [note(1, "0001_a", "other"), note(3, "0003_c", "any")])
    changed, missing, overtaken = status.faults
    assert "0001_a was changed after it was applied on 2026-11-01" in changed
    assert "0003_c was applied on 2026-11-01 but its file is gone" in missing
    assert "0002_b is not applied although 0003 is" in overtaken
