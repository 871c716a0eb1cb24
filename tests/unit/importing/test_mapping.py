"""Rules of a profile turn rows into events; what they cannot turn is refused with a reason."""

from collections.abc import Mapping
from typing import Any

from monitor.intake.importing.mapping import Draft, LogMapping, RefusedRow
from monitor.intake.importing.personal import Pseudonyms
from monitor.intake.importing.profile_file import read_profile
from monitor.intake.importing.records import CaseRecord, Row, UnreadableRow

XES = """
layout = "xes"
title = "a log"
zone = "Europe/Amsterdam"
activity = "name"
empty = ["EMPTY"]

[fields]
case_no = { case = "id" }
at = "time"
"""
TABLE = """
layout = "csv"
title = "a table"
zone = "America/New_York"

[fields]
case_no = "id"
"""


def mapping(text: str) -> LogMapping:
    return LogMapping(read_profile(text, "test"), "city", Pseudonyms("a secret of sufficient length", None))


def trace(*rows: Mapping[str, str], **attributes: str) -> CaseRecord:
    return CaseRecord(1, attributes, [Row(line, row) for line, row in enumerate(rows, 2)])


def row(**values: str) -> CaseRecord:
    return CaseRecord(2, {}, (Row(2, values),))


def events(text: str, *records: CaseRecord) -> list[dict[str, Any]]:
    made = mapping(text)
    found = [each for record in records for each in made.drafts(record)]
    assert all(isinstance(each, Draft) for each in found), found
    return [each.fields for each in found if isinstance(each, Draft)]


def refusals(text: str, *records: CaseRecord) -> list[RefusedRow]:
    made = mapping(text)
    return [each for record in records for each in made.drafts(record) if isinstance(each, RefusedRow)]


def click(name: str, time: str = "2012-04-04T10:00:00+02:00", **values: str) -> dict[str, str]:
    return {"name": name, "time": time, **values}


def test_an_activity_becomes_an_event_of_the_rule_s_kind() -> None:
    text = XES + '[[event]]\nactivity = ["taken", "made"]\nkind = "decided"\nhandler = "who"\n'
    (event,) = events(text, trace(click("taken", who="R1"), click("other"), id="c1"))
    assert event == {
        "source": "city",
        "case_no": "c1",
        "kind": "decided",
        "occurred_at": "2012-04-04T10:00:00+02:00",
        "handler": "R1",
    }


def test_a_condition_on_another_attribute_decides_which_rows_are_meant() -> None:
    text = XES + '[[event]]\nactivity = "suspend"\nwhen = { question = "True" }\nkind = "suspended"\n'
    found = events(text, trace(click("suspend", question="False"), click("suspend", question="True"), id="c1"))
    assert len(found) == 1


def test_conditions_may_list_deny_and_ask_for_presence() -> None:
    def kept(condition: str) -> list[str]:
        text = TABLE + f'[[event]]\nkind = "received"\nat = "open"\nwhen = {{ {condition} }}\n'
        rows = [row(id=state or "-", open="2015-01-02", state=state) for state in ("a", "b", "c", "")]
        return [event["case_no"] for event in events(text, *rows)]

    assert kept('state = ["a", "b"]') == ["a", "b"]
    assert kept('state = { not = ["a", "b"] }') == ["c", "-"]
    assert kept('state = { not = "a" }') == ["b", "c", "-"]
    assert kept("state = { present = true }") == ["a", "b", "c"]
    assert kept("state = { present = false }") == ["-"]


def test_a_condition_may_ask_the_case() -> None:
    text = XES + '[[event]]\nactivity = "end"\nwhen_case = { procedure = "short" }\nkind = "decided"\n'
    found = events(text, trace(click("end"), id="c1", procedure="short"), trace(click("end"), id="c2"))
    assert [event["case_no"] for event in found] == ["c1"]


def test_a_rule_may_hold_only_where_the_case_lacks_an_activity() -> None:
    text = XES + (
        '[[event]]\nactivity = "taken"\nkind = "decided"\n'
        '[[event]]\nactivity = "registered"\nunless_case_has = "taken"\nkind = "decided"\n'
    )
    both = trace(click("registered", "2011-01-01T00:00"), click("taken", "2011-01-02T00:00"), id="new")
    old = trace(click("registered", "2011-01-01T00:00"), id="old")
    assert [(event["case_no"], event["occurred_at"][:10]) for event in events(text, both, old)] == [
        ("new", "2011-01-02"),
        ("old", "2011-01-01"),
    ]


def test_one_row_becomes_several_events_and_a_missing_time_means_it_has_not_happened() -> None:
    text = TABLE + (
        '[[event]]\nkind = "received"\nat = "open"\n[[event]]\nkind = "accepted"\nat = "open"\ndue_claimed = "target"\n'
        '[[event]]\nkind = "decided"\nat = "closed"\noptional = true\n'
    )
    found = events(
        text,
        row(id="1", open="2015-01-02T13:30:55", target="2015-01-07T13:30:55", closed="2015-01-06T10:07:09"),
        row(id="2", open="2015-07-02T13:30:55", target="2015-07-07T13:30:55", closed=""),
    )
    assert [(event["case_no"], event["kind"]) for event in found] == [
        ("1", "received"), ("1", "accepted"), ("1", "decided"), ("2", "received"), ("2", "accepted"),
    ]  # fmt: skip
    assert found[1]["due_claimed"] == "2015-01-07T13:30:55-05:00"
    assert found[4]["due_claimed"] == "2015-07-07T13:30:55-04:00"


def test_a_case_s_own_attributes_become_events_once_a_case_however_many_rows_it_has() -> None:
    text = (
        XES + '[[case_event]]\nkind = "received"\nat = { case = "start" }\n[[event]]\nactivity = "x"\nkind = "rated"\n'
    )
    found = events(text, trace(click("x"), click("x"), id="c1", start="2011-10-11"), trace(id="c2", start="2011-10-12"))
    assert [(event["case_no"], event["kind"]) for event in found] == [
        ("c1", "received"), ("c1", "rated"), ("c1", "rated"), ("c2", "received"),
    ]  # fmt: skip


def test_rest_takes_every_row_of_which_no_rule_made_an_event() -> None:
    text = XES + (
        '[[event]]\nactivity = "ask"\nwhen = { answer = "yes" }\nkind = "withdrawn"\n'
        '[rest]\nkind = "step_finished"\nstep = "name"\n'
    )
    found = events(text, trace(click("ask", answer="no"), click("ask", answer="yes"), click("else"), id="c1"))
    assert [(event["kind"], event.get("step")) for event in found] == [
        ("step_finished", "ask"), ("withdrawn", None), ("step_finished", "else"),
    ]  # fmt: skip


def test_rows_no_rule_speaks_of_are_counted_by_activity() -> None:
    made = mapping(XES + '[[event]]\nactivity = "x"\nkind = "rated"\n')
    assert len(list(made.drafts(trace(click("x"), click("y"), click("y"), id="c1")))) == 1
    assert made.unmapped == {"y": 2}


def test_a_value_may_come_from_another_row_of_the_case() -> None:
    text = XES + (
        '[[event]]\nactivity = "extend"\nkind = "extended"\n'
        'days = { column = "question", elsewhere = "days", default = "42" }\n'
    )
    found = events(
        text,
        trace(click("extend", question="True"), click("days", question="14"), id="told"),
        trace(click("extend", question="True"), id="untold"),
        trace(click("extend", question="True"), click("days", question="EMPTY"), id="empty"),
    )
    assert [event["days"] for event in found] == [14, 42, 42]


def test_calendar_days_become_working_days_at_five_a_week_rounded_up() -> None:
    text = TABLE + '[[event]]\nkind = "suspended"\nat = "at"\ndays = { column = "days", calendar_days = true }\n'
    found = events(text, *(row(id="1", at="2012-01-02", days=days) for days in ("28", "42", "30", "1")))
    assert [event["days"] for event in found] == [20, 30, 22, 1]


def test_texts_that_mean_nothing_are_absent() -> None:
    text = XES + '[[event]]\nactivity = "x"\nkind = "rated"\nreason = "why"\n'
    (event,) = events(text, trace(click("x", why="EMPTY"), id="c1"))
    assert "reason" not in event


def test_a_map_names_every_value_or_the_row_is_refused() -> None:
    text = TABLE + '[[event]]\nkind = "received"\nat = "at"\nwindow = { column = "channel", map = { Desk = "w1" } }\n'
    assert events(text, row(id="1", at="2012-01-02", channel="Desk"))[0]["window"] == "w1"
    (refused,) = refusals(text, row(id="1", at="2012-01-02", channel="Fax"))
    assert (refused.line, refused.reason) == (2, "unmapped_value")
    assert "event[1].window: its map does not name 'Fax'" in refused.detail
    assert b'"channel":"Fax"' in refused.body


def test_a_map_may_keep_or_drop_what_it_does_not_name() -> None:
    def window(unmapped: str) -> object:
        field = f'window = {{ column = "channel", map = {{ Desk = "w1" }}, unmapped = "{unmapped}" }}\n'
        text = TABLE + '[[event]]\nkind = "received"\nat = "at"\n' + field
        return events(text, row(id="1", at="2012-01-02", channel="Fax"))[0].get("window")

    assert window("keep") == "Fax"
    assert window("drop") is None


def test_several_columns_make_one_value() -> None:
    text = TABLE + '[[event]]\nkind = "received"\nat = "at"\nitem = { column = ["borough", "type"], join = "/" }\n'
    assert events(text, row(id="1", at="2012-01-02", borough="Sutton", type="Other"))[0]["item"] == "Sutton/Other"
    assert "item" not in events(text, row(id="1", at="2012-01-02"))[0]


def test_a_name_becomes_a_keyed_hash_that_is_the_same_for_the_same_person_only() -> None:
    text = TABLE + '[[event]]\nkind = "received"\nat = "at"\nhandler = { column = "who", hash = true }\n'
    found = events(text, *(row(id="1", at="2012-01-02", who=who) for who in ("李四", "李四", "张三", "")))
    hashes = [event.get("handler") for event in found]
    assert hashes[0] == hashes[1] != hashes[2]
    assert hashes[3] is None
    assert all("李四" not in str(event) for event in found)
    other = LogMapping(read_profile(text, "test"), "city", Pseudonyms("another secret of good length", None))
    (draft,) = other.drafts(row(id="1", at="2012-01-02", who="李四"))
    assert isinstance(draft, Draft)
    assert draft.fields["handler"] != hashes[0]


def test_a_time_may_have_a_format_of_its_own_and_is_in_the_profile_s_zone() -> None:
    text = TABLE + '[[event]]\nkind = "received"\nat = { column = "at", format = "%d-%m-%Y %H:%M:%S" }\n'
    found = events(text, row(id="1", at="7-2-2013 0:00:00"), row(id="1", at="7-7-2013 13:05:00"))
    assert [event["occurred_at"] for event in found] == ["2013-02-07T00:00:00-05:00", "2013-07-07T13:05:00-04:00"]


def test_a_time_with_an_offset_means_that_moment_and_a_date_alone_its_midnight() -> None:
    text = TABLE + '[[event]]\nkind = "received"\nat = "at"\n'
    found = events(text, row(id="1", at="2013-07-07T12:00:00Z"), row(id="1", at="2013-07-07"))
    assert [event["occurred_at"] for event in found] == ["2013-07-07T08:00:00-04:00", "2013-07-07T00:00:00-04:00"]


def test_impossible_values_are_refused_with_place_and_reason() -> None:
    text = TABLE + '[[event]]\nkind = "suspended"\nat = "at"\ndays = "days"\n'
    found = refusals(
        text,
        row(id="1", at="2013-02-30"),
        row(id="1", at="2013-02-03", days="soon"),
        row(id="1", at="2013-02-03", days="-1"),
        row(id="1", at=""),
        row(id="", at="2013-02-03"),
    )
    assert [each.reason for each in found] == [
        "impossible_time", "bad_days", "bad_days", "bad_occurred_at", "bad_case_no",
    ]  # fmt: skip
    assert all(each.detail.startswith(("event[1].", "fields.")) for each in found)


def test_a_kind_may_come_from_a_column_and_an_unknown_one_is_refused() -> None:
    text = TABLE + '[[event]]\nkind = { column = "what" }\nat = "at"\n'
    assert events(text, row(id="1", at="2013-02-03", what="decided"))[0]["kind"] == "decided"
    (refused,) = refusals(text, row(id="1", at="2013-02-03", what="done"))
    assert refused.reason == "unknown_kind"


def test_a_rule_may_leave_out_a_field_all_others_have() -> None:
    text = XES + 'handler = "who"\n[[event]]\nactivity = "x"\nkind = "accepted"\nhandler = false\n'
    assert "handler" not in events(text, trace(click("x", who="R1"), id="c1"))[0]


def test_a_row_that_could_not_be_read_is_handed_on_as_refused() -> None:
    made = mapping(TABLE + '[[event]]\nkind = "received"\nat = "at"\n')
    assert list(made.drafts(UnreadableRow(7, "bad_row", "3 fields", b"x"))) == [
        RefusedRow(7, "bad_row", "3 fields", b"x")
    ]


def test_events_are_known_by_case_activity_kind_time_and_the_identity_columns() -> None:
    text = 'identity = ["task"]\n' + XES + '[[event]]\nactivity = "x"\nkind = "rated"\nhandler = "who"\n'
    made = mapping(text)
    keys = [
        draft.key
        for draft in made.drafts(
            trace(
                click("x", task="1", who="a"),
                click("x", task="1", who="b"),
                click("x", task="2", who="a"),
                click("x", "2012-04-04T08:00:00Z", task="1", who="a"),
                id="c1",
            )
        )
        if isinstance(draft, Draft)
    ]
    assert keys[0] == keys[1] == keys[3]  # another handler makes no other event: a conflict is to be told
    assert keys[0] != keys[2]
