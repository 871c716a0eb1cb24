"""Lines become events, or refusals that say what is wrong and what to do."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.domain.events import BadEvent, Event, EventKind, decode_event
from monitor.domain.instants import instant_of, zone_named
from monitor.intake.bodies import BodyLimits, UnreadableBodyError
from monitor.intake.parsing import LineReader, ParsedBatch, parse_body
from monitor.intake.sender import Sender

SENDER = Sender(7, "permits", 1, "Asia/Shanghai")
RECEIPT = datetime(2026, 9, 16, 4, 0, tzinfo=UTC)
HASH = "9f" * 32


def sent(**fields: Any) -> dict[str, Any]:
    event = {
        "source": "permits",
        "event_id": "e-1",
        "case_no": "2026-0001",
        "kind": "accepted",
        "occurred_at": "2026-09-16T10:12:00+08:00",
    }
    return {name: value for name, value in {**event, **fields}.items() if value != "ABSENT"}


def parse(*lines: dict[str, Any] | str | bytes, receipt: datetime = RECEIPT) -> ParsedBatch:
    texts = [
        line if isinstance(line, bytes) else line.encode() if isinstance(line, str) else json.dumps(line).encode()
        for line in lines
    ]
    return parse_body(b"\n".join(texts), SENDER, receipt)


def reason_of(line: dict[str, Any] | str) -> str:
    # A good line keeps company, for a body without any JSON is refused as a whole.
    batch = parse(sent(event_id="good"), line)
    assert [event.event_id for event in batch.events] == ["good"]
    [refused] = batch.refusals
    assert refused.line == 2
    assert refused.verdict == "rejected"
    assert refused.detail
    return refused.reason


def test_a_full_event_is_read_with_every_field() -> None:
    texts: dict[str, Any] = {
        "item": "330500-0007", "department": "D07", "window": "W3", "handler": "H11", "step": "审查",
        "reason": "expert_review", "legal_basis": "行政许可法45", "notice_no": "N-1", "approver": "H2",
        "result": "granted", "voids": "e-0",
        "applicant_ref": HASH,
    }  # fmt: skip
    line = sent(**texts, days=5, due_claimed="2026-09-20", recorded_at="2026-09-16T10:13:00Z")
    [event] = parse(line).events
    assert event == Event(
        source="permits",
        event_id="e-1",
        case_no="2026-0001",
        kind="accepted",
        occurred_at=instant_of(datetime(2026, 9, 16, 2, 12, tzinfo=UTC)),
        days=5.0,
        due_claimed=instant_of(datetime(2026, 9, 19, 16, 0, tzinfo=UTC)),
        **texts,
    )


def test_when_it_was_recorded_is_ours_to_say() -> None:
    assert parse(sent(recorded_at="2020-01-01T00:00:00Z")).events[0].recorded_at is None


def test_an_absent_source_is_the_senders_own() -> None:
    assert [event.source for event in parse(sent(source="ABSENT"), sent(source=None, event_id="e-2")).events] == [
        "permits",
        "permits",
    ]


def test_another_source_is_refused() -> None:
    assert reason_of(sent(source="somebody-else")) == "wrong_source"


def test_a_time_without_zone_is_in_the_senders_zone() -> None:
    batch = parse(sent(occurred_at="2026-09-16T10:12:00"), sent(occurred_at="2026-09-16", event_id="e-2"))
    assert batch.events[0].occurred_at == instant_of(datetime(2026, 9, 16, 2, 12, tzinfo=UTC))
    assert batch.events[1].occurred_at == instant_of(datetime(2026, 9, 15, 16, 0, tzinfo=UTC))


def test_line_numbers_count_blank_lines() -> None:
    batch = parse("", sent(), "   ", "no json", "\r", sent(event_id="e-2"), "")
    assert batch.lines == [2, 6]
    assert [refused.line for refused in batch.refusals] == [4]
    assert batch.refusals[0].body == b"no json"
    assert json.loads(batch.text_of(1)) == sent(event_id="e-2")


def test_lines_may_end_as_windows_ends_them_and_begin_with_a_mark() -> None:
    body = b"\xef\xbb\xbf" + json.dumps(sent()).encode() + b"\r\n" + json.dumps(sent(event_id="e-2")).encode() + b"\r\n"
    assert parse_body(body, SENDER, RECEIPT).lines == [1, 2]


def test_two_objects_on_a_line_and_an_object_on_two_lines_are_no_events() -> None:
    double = json.dumps(sent()) + json.dumps(sent(event_id="e-2"))
    assert reason_of(double) == "not_json"
    first, second = json.dumps(sent()).split(", ", 1)
    batch = parse(f"{first},", second, sent(event_id="e-3"))
    assert [refused.reason for refused in batch.refusals] == ["not_json", "not_json"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"event_id": "ABSENT"}, "bad_event_id"),
        ({"event_id": 7}, "bad_event_id"),
        ({"event_id": ""}, "bad_event_id"),
        ({"event_id": "x" * 201}, "too_long"),
        ({"case_no": ""}, "bad_case_no"),
        ({"case_no": "案" * 201}, "too_long"),
        ({"voids": "x" * 201}, "too_long"),
        ({"department": "x" * 201}, "too_long"),
        ({"reason": "x" * 4001}, "too_long"),
        ({"kind": "blessed"}, "unknown_kind"),
        ({"occurred_at": "yesterday"}, "impossible_time"),
        ({"occurred_at": "2026-02-30T10:00:00+08:00"}, "impossible_time"),
        ({"occurred_at": "2026-09-16T12:10:00.000001+08:00"}, "future"),
        ({"occurred_at": "1989-12-31T23:59:59+08:00"}, "too_old"),
        ({"occurred_at": "0026-09-16T10:12:00+08:00"}, "impossible_time"),
        ({"recorded_at": "never"}, "impossible_time"),
        ({"due_claimed": 20260920}, "bad_due_claimed"),
        ({"days": "5"}, "bad_days"),
        ({"days": -1}, "bad_days"),
        ({"days": True}, "bad_days"),
        ({"days": 1e6}, "bad_days"),
        ({"handler": 12}, "bad_handler"),
        ({"reason": "a\0b"}, "nul"),
        ({"event_id": "a\0b"}, "nul"),
        ({"applicant_ref": "张三"}, "bad_applicant_ref"),
        ({"applicant_ref": "330501199001011234"}, "bad_applicant_ref"),
        ({"applicant_ref": "name " + HASH}, "bad_applicant_ref"),
        ({"applicant_ref": HASH + "\n"}, "bad_applicant_ref"),
    ],
)
def test_a_bad_field_is_refused_with_its_reason(change: dict[str, Any], reason: str) -> None:
    assert reason_of(sent(**change)) == reason


def test_what_is_just_within_the_bounds_is_accepted() -> None:
    good: list[dict[str, Any]] = [
        {"event_id": "案" * 200},
        {"reason": "x" * 4000},
        {"occurred_at": "2026-09-16T12:10:00+08:00"},
        {"occurred_at": "1990-01-01T00:00:00+08:00"},
        {"days": 0},
        {"days": 999_999.5},
        {"applicant_ref": "A-_9" * 8},
        {"applicant_ref": "A" * 43 + "="},
        {"due_claimed": "2099-01-01"},
    ]
    batch = parse(*(sent(**{"event_id": str(number), **change}) for number, change in enumerate(good)))
    assert batch.refusals == []
    assert len(batch.events) == len(good)


def test_half_of_a_surrogate_pair_is_refused_as_such() -> None:
    line = json.dumps(sent()).replace("2026-0001", "\\ud83d")
    assert reason_of(line) == "lone_surrogate"
    assert parse(json.dumps(sent()).replace("2026-0001", "\\ud83d\\ude00")).events[0].case_no == "😀"


def test_a_line_of_other_json_and_one_too_deep_are_refused() -> None:
    assert reason_of("[1]") == "not_an_object"
    assert reason_of("null") == "not_an_object"
    assert reason_of('{"event_id": ' + "[" * 5000 + "]" * 5000 + "}") == "not_json"


def test_an_endless_line_is_refused_before_it_is_read() -> None:
    assert reason_of(json.dumps(sent(note="x" * 1024 * 1024))) == "too_long"
    assert reason_of(json.dumps(sent()) + " " * 1024 * 1024) == "too_long"


def test_a_refusal_stays_small_and_can_be_stored_whatever_was_sent() -> None:
    batch = parse(sent(), sent(event_id="x\0" * 5000, kind="k" * 5000))
    [refused] = batch.refusals
    assert refused.event_id is not None
    assert len(refused.event_id) <= 200
    assert "\0" not in refused.event_id + refused.detail
    assert len(refused.detail) < 600


def test_unknown_fields_are_ignored() -> None:
    assert parse(sent(colour="red", nested={"a": [1, 2]})).events == parse(sent()).events


def test_a_json_array_numbers_its_elements() -> None:
    body = json.dumps([sent(), 5, sent(event_id="e-2"), sent(event_id="e-3", kind="?")]).encode()
    batch = parse_body(body, SENDER, RECEIPT, content_type="application/json; charset=utf-8")
    assert batch.lines == [1, 3]
    assert [(refused.line, refused.reason) for refused in batch.refusals] == [(2, "not_an_object"), (4, "unknown_kind")]
    assert json.loads(batch.text_of(1))["event_id"] == "e-2"
    assert batch.refusals[0].body == b"5"


def test_a_body_without_any_json_is_refused_as_a_whole() -> None:
    with pytest.raises(UnreadableBodyError, match="No line of the body is JSON; line 1") as caught:
        parse("hello", "world")
    assert caught.value.code == "not_json"


def test_an_empty_body_holds_no_event() -> None:
    batch = parse("", "")
    assert (batch.events, batch.refusals) == ([], [])


def test_as_many_events_as_allowed_and_not_one_more() -> None:
    limits = BodyLimits(events=3)
    lines = [json.dumps(sent(event_id=str(number))).encode() for number in range(4)]
    assert len(parse_body(b"\n\n".join(lines[:3]), SENDER, RECEIPT, limits=limits).events) == 3
    for content_type, body in (
        ("application/x-ndjson", b"\n".join(lines)),
        ("application/json", b"[" + b",".join(lines) + b"]"),
    ):
        with pytest.raises(UnreadableBodyError, match="at most 3 events") as caught:
            parse_body(body, SENDER, RECEIPT, content_type=content_type, limits=limits)
        assert caught.value.code == "too_many_events"


def test_an_event_made_here_has_a_text_too() -> None:
    event = parse(sent()).events[0]
    assert json.loads(ParsedBatch([event], [12]).text_of(0))["event_id"] == "e-1"


# ---- the fast path says the same as the careful one -----------------------------------------------------------------

TIMES = st.one_of(
    st.sampled_from(
        ["2026-09-16", "20260916T101200", "2026-09-16 10:12", "2026-W38-3", "2026-09-16T10:12:00.1234567Z", "", "x",
         "2026-09-16T24:00:00", "2026-09-16T10:12:00+25:00", "1899-01-01", "2999-12-31T23:59:59-12:00",
         "1986-05-04T00:30:00", "1989-12-31T16:00:00Z", "1989-12-31T15:59:59Z", "2026-09-16T04:10:00Z",
         "2026-09-16T04:10:00.000001Z", "九月"]
    ),
    st.integers(-36 * 365 * 24 * 3600, 3600).map(lambda seconds: (RECEIPT + timedelta(seconds=seconds)).isoformat()),
    st.integers(-36 * 365 * 24, 1).map(lambda hours: (RECEIPT + timedelta(hours=hours)).isoformat()[:19]),
)  # fmt: skip
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.lists(st.integers(), max_size=2),
    st.just(10**400), st.just({"a": 1}), st.just("\0"), st.just("\ud800"),
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=8), st.sampled_from(["x" * 200, "x" * 201, "案" * 4001, "permits", HASH, ""]))
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "source": st.sampled_from(["permits", "other", "", None]) | ODD,
    "event_id": TEXTS | ODD,
    "case_no": TEXTS | ODD,
    "kind": st.sampled_from([*(kind.value for kind in EventKind), "ACCEPTED", ""]) | ODD,
    "occurred_at": TIMES | ODD,
    "recorded_at": TIMES | ODD,
    "due_claimed": TIMES | ODD,
    "days": st.floats(-1, 1.1e6) | st.integers(-1, 10**7) | ODD,
    "applicant_ref": st.sampled_from([HASH, "a" * 31, "a" * 32 + "==", "a" * 4001, HASH + "\n"]) | ODD,
    "unknown": ODD,
    **dict.fromkeys(("item", "department", "window", "handler", "step", "reason", "legal_basis"), TEXTS | ODD),
    **dict.fromkeys(("notice_no", "approver", "result", "voids"), TEXTS | ODD),
}
GOOD = st.fixed_dictionaries(
    {
        "source": st.just("permits"),
        "event_id": st.text(min_size=1, max_size=8),
        "case_no": st.text(min_size=1, max_size=8),
        "kind": st.sampled_from([kind.value for kind in EventKind]),
        "occurred_at": TIMES,
    }
)
LINES = st.builds(
    lambda good, odd, ascii_only: json.dumps({**good, **odd}, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass"),
    GOOD,
    st.dictionaries(st.sampled_from(sorted(FIELDS)), st.none(), max_size=4).flatmap(
        lambda names: st.fixed_dictionaries({name: FIELDS[name] for name in names})
    ),
    st.booleans(),
)


def outcome(read: Any, line: bytes) -> Event | tuple[str, str] | str | None:
    try:
        event: Event | None = read(line)
    except BadEvent as bad:
        return bad.reason, bad.detail
    except UnicodeDecodeError:
        return "not_utf8"
    return event


@given(st.one_of(LINES, st.binary(max_size=20), LINES.map(lambda line: line[:-1]), LINES.map(lambda line: line + line)))
@example(b'{"event_id":"a","case_no":"b","kind":"rated","occurred_at":"2026-09-16","unknown":1e999}')
@example(b'{"event_id":"a","case_no":"b","kind":"rated","occurred_at":"2026-09-16","unknown":"\xff"}')
@example(b'{"event_id":"a","case_no":"b","kind":"rated","occurred_at":"2026-09-16","days":-0.0}')
@example(b'{"event_id":"a","case_no":"b","kind":"rated","occurred_at":"2026-09-16","days":1e400}')
@example(b'{"event_id":"a","event_id":5,"case_no":"b","kind":"rated","occurred_at":"2026-09-16"}')
@example(b'{"event_id":5,"event_id":"a","case_no":"b","kind":"rated","occurred_at":"2026-09-16"}')
def test_the_fast_path_reads_what_the_careful_one_reads(line: bytes) -> None:
    reader = LineReader(SENDER, RECEIPT)
    careful = outcome(reader.read_carefully, line)
    if b"\\u0000" not in line:  # parse_body keeps such lines from the fast path
        assert outcome(reader.read, line) == careful
    if isinstance(careful, Event) and b'"source"' in line and json.loads(line).get("source") is not None:
        plain = decode_event(line, zone_named(SENDER.zone))
        assert careful == msgspec.structs.replace(plain, recorded_at=None)


def refusal_as_a_whole(body: bytes, content_type: str) -> str | None:
    try:
        parse_body(body, SENDER, RECEIPT, content_type=content_type)
    except UnreadableBodyError as error:
        return error.code
    return None


@given(st.lists(LINES, max_size=6), st.booleans())
def test_every_line_is_an_event_or_a_refusal_and_nothing_else(lines: list[bytes], as_array: bool) -> None:
    body = b"[" + b",".join(lines) + b"]" if as_array else b"\n".join(lines)
    content_type = "application/json" if as_array else "text/plain"
    if refusal_as_a_whole(body, content_type) in ("not_json", "not_utf8"):
        return
    batch = parse_body(body, SENDER, RECEIPT, content_type=content_type)
    assert sorted([*batch.lines, *(refused.line for refused in batch.refusals)]) == list(range(1, len(lines) + 1))
    assert len(batch.lines) == len(batch.events)
    assert all(batch.text_of(position) == lines[line - 1] for position, line in enumerate(batch.lines))
