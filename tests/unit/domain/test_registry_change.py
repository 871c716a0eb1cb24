"""The preview of a load: what is added, changed field by field, ended, and what stays."""

from datetime import date

from monitor.domain.registry import HandlerRecord, Registry, Table
from monitor.domain.registry_change import ChangeKind, describe_items_changed, difference
from tests.support.registry_rows import make_department, make_hall, make_item, place

JULY = date(2026, 7, 1)


def registry(*records: object) -> Registry:
    return Registry([place(record) for record in records])  # type: ignore[arg-type]


def test_equal_registries_differ_in_nothing() -> None:
    change = difference(registry(make_item()), registry(make_item()))
    assert not change
    assert change.unchanged[Table.ITEMS] == 1


def test_a_new_row_is_added() -> None:
    change = difference(registry(), registry(make_item()))
    assert [(row.kind, row.record.key(), row.fields) for row in change.rows] == [(ChangeKind.ADDED, ("i01", ""), ())]


def test_a_changed_limit_is_shown_before_and_after() -> None:
    (row,) = difference(registry(make_item()), registry(make_item(promised=5.0))).rows
    assert row.kind is ChangeKind.CHANGED
    assert [(field.name, field.old, field.new) for field in row.fields] == [("promised", 10.0, 5.0)]


def test_a_new_version_is_compared_with_the_version_before_it_even_if_that_is_new_too() -> None:
    versions = [
        make_item(),
        make_item(valid_from=JULY, promised=5.0),
        make_item(valid_from=date(2026, 9, 1), promised=3.0),
    ]
    rows = difference(registry(versions[0]), registry(*versions)).rows
    assert [[(field.old, field.new) for field in row.fields] for row in rows] == [[(10.0, 5.0)], [(5.0, 3.0)]]


def test_a_row_given_an_end_is_ended_and_a_moved_end_is_a_change() -> None:
    (ended,) = difference(registry(make_department()), registry(make_department(valid_to=JULY))).rows
    assert ended.kind is ChangeKind.ENDED
    (moved,) = difference(
        registry(make_department(valid_to=date(2026, 6, 1))), registry(make_department(valid_to=JULY))
    ).rows
    assert moved.kind is ChangeKind.CHANGED


def test_rows_that_only_the_old_registry_has_are_counted_as_unchanged() -> None:
    change = difference(registry(make_item(), make_item("i02")), registry(make_item()))
    assert not change
    assert change.unchanged[Table.ITEMS] == 2


def test_a_personal_name_is_marked_so_that_no_preview_prints_it() -> None:
    def handler(name: str) -> HandlerRecord:
        return HandlerRecord(code="h1", department="d01", name=name, valid_from=None, valid_to=None)

    (row,) = difference(registry(handler("甲")), registry(handler("乙"))).rows
    assert [(field.name, field.personal) for field in row.fields] == [("name", True)]


def test_changes_are_counted_by_table_and_kind() -> None:
    change = difference(registry(make_item()), registry(make_item(promised=1.0), make_item("i02"), make_department()))
    assert change.count(Table.ITEMS) == {ChangeKind.ADDED: 1, ChangeKind.CHANGED: 1, ChangeKind.ENDED: 0}
    assert change.count(Table.DEPARTMENTS)[ChangeKind.ADDED] == 1


def test_a_changed_row_that_has_no_versions_is_compared_with_itself() -> None:
    (row,) = difference(registry(make_hall()), registry(make_hall(zone="Asia/Urumqi"))).rows
    assert [(field.name, field.old, field.new) for field in row.fields] == [("zone", "Asia/Shanghai", "Asia/Urumqi")]


def test_changed_items_are_written_down_as_json_and_nothing_else_is() -> None:
    before = registry(make_item(decision_steps=("审查",)))
    after = registry(make_item(valid_to=JULY, decision_steps=()), make_item(valid_from=JULY), make_department())
    assert describe_items_changed(difference(before, after)) == {
        "items": [
            {
                "item": "i01",
                "valid_from": None,
                "change": "ended",
                "fields": {"valid_to": [None, "2026-07-01"], "decision_steps": [["审查"], []]},
            },
            {"item": "i01", "valid_from": "2026-07-01", "change": "added", "fields": {}},
        ]
    }
