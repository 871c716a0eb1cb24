"""Loading a registry into a real database: read back as written, only differences written, one rules version a load."""

import shutil
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import Connection
from typer.testing import CliRunner

from monitor.commands import build_program
from monitor.domain.registry import HallRecord, HandlerRecord, Placed, Record, RegionRecord, Registry, merge
from monitor.domain.registry_change import ChangeKind, difference
from monitor.intake.registry_files import read_registry_files
from monitor.intake.registry_load import preview_load
from monitor.storage.registry import RegistryLoadError, apply_change, read_registry
from tests.support.registry_rows import make_department, make_hall, make_item, place

EXAMPLE = Path(__file__).parents[3] / "examples" / "registry"
LOADED_AT = datetime(2026, 11, 23, 2, tzinfo=UTC)
JULY = date(2026, 7, 1)


def load(connection: Connection[Any], *records: Record, hall: str = "test") -> int | None:
    stored = read_registry(connection, hall)
    change = difference(stored, merge(stored, [place(record) for record in records]))
    return apply_change(connection, hall, change, loaded_at=LOADED_AT).rules_version


def fetch(connection: Connection[Any], query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query.encode()).fetchall()


def records_of(rows: Registry | tuple[Placed[Record], ...]) -> set[Any]:
    return {row.record for row in rows}


def test_what_was_loaded_is_read_back_as_the_files_say_it(connection: Connection[Any]) -> None:
    files = read_registry_files(EXAMPLE)
    preview = preview_load(connection, files, None)
    assert preview.hall_code == "shifan"
    assert preview.change is not None
    apply_change(connection, "shifan", preview.change, loaded_at=LOADED_AT)
    assert records_of(read_registry(connection, "shifan")) == records_of(files.rows)
    again = preview_load(connection, files, None)
    assert again.change is not None
    assert not again.change, "the same files change nothing"


def test_each_load_that_changes_something_raises_the_rules_version_and_notifies(
    connection: Connection[Any], database_url: str
) -> None:
    with closing(psycopg.connect(database_url, autocommit=True)) as listener:
        listener.execute("listen rules")
        first = load(connection, make_hall(), make_department(), make_item())
        second = load(connection, make_item(promised=5.0))
        nothing = load(connection, make_item(promised=5.0))
        connection.execute("notify rules, 'the end'")
        heard = [notice.payload for notice in listener.notifies(timeout=60, stop_after=3)]
    assert (first, second, nothing) == (2, 3, None)
    assert heard == ["2", "3", "the end"]


def test_only_changed_rows_are_written_and_an_old_version_stays(connection: Connection[Any]) -> None:
    load(connection, make_hall(), make_department(), make_item(), make_item("i02"))
    later = datetime(2026, 12, 1, tzinfo=UTC)
    stored = read_registry(connection, "test")
    change = difference(stored, merge(stored, [place(make_item(valid_from=JULY, promised=5.0))]))
    apply_change(connection, "test", change, loaded_at=later)
    rows = fetch(
        connection, "select code, valid_from::text, promised::float8, loaded_at from item_version order by 1, 2 desc"
    )
    assert rows == [
        ("i01", "2026-07-01", 5.0, later),
        ("i01", "-infinity", 10.0, LOADED_AT),
        ("i02", "-infinity", 10.0, LOADED_AT),
    ]


def test_a_failing_load_leaves_nothing_behind(connection: Connection[Any]) -> None:
    change = difference(Registry(), Registry([place(make_department()), place(make_item())]))
    with pytest.raises(RegistryLoadError, match=r"hall\.csv"):
        apply_change(connection, "nowhere", change, loaded_at=LOADED_AT)
    assert fetch(connection, "select count(*) from department") == [(0,)]
    assert fetch(connection, "select version from rules_version") == [(1,)]


def test_a_handlers_name_is_kept_apart_expires_after_leaving_and_is_deleted_when_left_out(
    connection: Connection[Any],
) -> None:
    def handler(name: str | None, valid_to: date | None) -> HandlerRecord:
        return HandlerRecord(code="h1", department="d01", name=name, valid_from=None, valid_to=valid_to)

    names = "select name, keep_until from handler_person"
    load(connection, make_hall(), make_department(), handler("甲", None))
    assert fetch(connection, names) == [("甲", None)]
    load(connection, handler("甲", JULY))
    assert fetch(connection, names) == [("甲", date(2028, 7, 1))]
    load(connection, handler(None, JULY))
    assert fetch(connection, names) == []
    assert fetch(connection, "select code from handler") == [("h1",)]


def test_halls_keep_their_rows_apart_and_a_source_code_belongs_to_one_hall(
    connection: Connection[Any], tmp_path: Path
) -> None:
    load(connection, make_hall(), make_department(), make_item())
    load(connection, make_hall("other"), make_department(name_zh="别处"), hall="other")
    assert [row.name_zh for row in read_registry(connection, "test").records(type(make_department()))] == ["部门d01"]
    source = "code,name_zh,name_en,zone,feed,departments\nfeed,系统,,,live,d01\n"
    (tmp_path / "sources.csv").write_text(source, encoding="utf-8")
    files = read_registry_files(tmp_path)
    preview = preview_load(connection, files, "test")
    assert preview.change is not None
    apply_change(connection, "test", preview.change, loaded_at=LOADED_AT)
    refused = preview_load(connection, files, "other")
    assert refused.change is None
    assert ["belongs to the hall test" in problem.what for problem in refused.problems] == [True]


def test_the_hall_must_be_known_or_named(connection: Connection[Any], tmp_path: Path) -> None:
    shutil.copy(EXAMPLE / "departments.csv", tmp_path)
    files = read_registry_files(tmp_path)
    (nobody,) = preview_load(connection, files, None).problems
    assert "--hall CODE" in nobody.to_do
    (unknown,) = preview_load(connection, files, "ghost").problems
    assert "ghost is not registered" in unknown.what
    (other,) = preview_load(connection, read_registry_files(EXAMPLE), "ghost").problems
    assert "describe the hall shifan, not ghost" in other.what


def test_a_department_given_an_end_is_previewed_as_ended(connection: Connection[Any]) -> None:
    load(connection, make_hall(), make_department())
    stored = read_registry(connection, "test")
    change = difference(stored, merge(stored, [place(make_department(valid_to=JULY))]))
    assert [row.kind for row in change.rows] == [ChangeKind.ENDED]


def test_regions_are_written_from_the_top_and_shared_by_halls(connection: Connection[Any]) -> None:
    files = read_registry_files(EXAMPLE)
    regions = [row.record for row in files.rows if isinstance(row.record, RegionRecord)]
    load(connection, *reversed(regions), make_hall(region_code="SF-C"))
    stored = read_registry(connection, "not yet")
    assert {region.code for region in stored.records(RegionRecord)} == {"CN", "SF-P", "SF-C"}
    assert stored.records(HallRecord) == []


class TestCommand:
    """`e-supervision registry load`, run as a person runs it."""

    def run(self, url: str, *words: str | Path) -> tuple[int, str, str]:
        arguments = ["registry", "load", *map(str, words), "--database-url", url]
        result = CliRunner().invoke(build_program(arguments), arguments)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.stdout, result.stderr

    def test_check_previews_and_writes_nothing(self, database_url: str, connection: Connection[Any]) -> None:
        code, out, err = self.run(database_url, EXAMPLE, "--check")
        assert code == 0
        assert "nothing was written" in out
        assert "HOU-01" in out
        assert "promised: 10 → 3" in out
        assert "warning: items.csv, line 8, column statutory: ENV-01" in err
        assert fetch(connection, "select count(*) from hall") == [(0,)]

    def test_load_writes_and_says_from_which_rules_version(
        self, database_url: str, connection: Connection[Any]
    ) -> None:
        code, out, _ = self.run(database_url, EXAMPLE)
        assert (code, "rules version 2" in out) == (0, True)
        assert fetch(connection, "select count(*) from item") == [(12,)]
        code, out, _ = self.run(database_url, EXAMPLE)
        assert (code, "nothing changes" in out) == (0, True)
        assert fetch(connection, "select version from rules_version") == [(2,)]

    def test_changed_limits_leave_an_audit_record_and_an_unchanged_load_leaves_none(
        self, database_url: str, connection: Connection[Any], tmp_path: Path
    ) -> None:
        self.run(database_url, EXAMPLE)
        self.run(database_url, EXAMPLE)
        text = (
            (EXAMPLE / "items.csv")
            .read_text(encoding="utf-8")
            .replace(",promise,working_days,,,5,10,", ",promise,working_days,,,4,10,")
        )
        (tmp_path / "items.csv").write_text(text, encoding="utf-8")
        self.run(database_url, tmp_path)
        first, second = fetch(connection, "select cause, preview from recalculation order by recalculation_id")
        assert (first[0], len(first[1]["items"])) == ("items", 14)
        assert second[1]["items"] == [
            {"item": "HOU-02", "valid_from": None, "change": "changed", "fields": {"promised": [5, 4]}}
        ]

    def test_no_preview_prints_a_handlers_name(self, database_url: str, tmp_path: Path) -> None:
        self.run(database_url, EXAMPLE)
        text = (EXAMPLE / "handlers.csv").read_text(encoding="utf-8").replace("示例丙", "新名字")
        (tmp_path / "handlers.csv").write_text(text, encoding="utf-8")
        code, out, err = self.run(database_url, tmp_path, "--check", "--hall", "shifan")
        assert (code, "personal" in out) == (0, True)
        assert "新名字" not in out + err
        assert "示例丙" not in out + err

    @pytest.mark.parametrize("check", [True, False])
    def test_an_error_writes_nothing_and_exits_with_one(
        self, database_url: str, connection: Connection[Any], tmp_path: Path, check: bool
    ) -> None:
        shutil.copytree(EXAMPLE, tmp_path, dirs_exist_ok=True)
        broken = (EXAMPLE / "windows.csv").read_text(encoding="utf-8").replace("environment", "enviroment")
        (tmp_path / "windows.csv").write_text(broken, encoding="utf-8")
        code, out, err = self.run(database_url, tmp_path, *(["--check"] if check else []))
        assert (code, out) == (1, "")
        assert "error: windows.csv, line 5, column department: department enviroment does not exist" in err
        assert fetch(connection, "select count(*) from hall") == [(0,)]

    def test_a_folder_that_does_not_exist_is_told(self, database_url: str, tmp_path: Path) -> None:
        code, _, err = self.run(database_url, tmp_path / "nowhere")
        assert (code, "no folder" in err) == (1, True)
