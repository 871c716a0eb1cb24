"""Tables and NDJSON are read row by row; a row that cannot be read is told and does not stop the others."""

import io

import pytest

from monitor.intake.importing.log_file import ReadingError
from monitor.intake.importing.records import CaseRecord, UnreadableRow
from monitor.intake.importing.tables import read_csv, read_ndjson


def stream(content: bytes) -> io.BufferedReader:
    return io.BufferedReader(io.BytesIO(content))


def table(text: str, **options: str) -> list[CaseRecord | UnreadableRow]:
    return list(read_csv(stream(text.encode(options.get("encoding", "utf-8"))), **options))


def values(record: CaseRecord | UnreadableRow) -> dict[str, str]:
    assert isinstance(record, CaseRecord)
    return dict(record.rows[0].values)


def test_each_row_is_a_record_with_the_header_s_names() -> None:
    rows = table("a,b\n1,2\n3,4\n")
    assert [values(row) for row in rows] == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]


def test_quoted_line_breaks_belong_to_a_field_and_lines_are_counted_as_they_lie() -> None:
    rows = table('a,b\n"x\ny",2\n3,4\n')
    assert values(rows[0]) == {"a": "x\ny", "b": "2"}
    assert [row.line for row in rows] == [2, 4]


def test_a_byte_order_mark_is_no_part_of_the_first_column() -> None:
    assert values(table("\ufeffa,b\n1,2\n")[0]) == {"a": "1", "b": "2"}


def test_delimiter_and_encoding_are_the_profile_s() -> None:
    rows = table("案号;事项\n一;二\n", encoding="gb18030", delimiter=";")
    assert values(rows[0]) == {"案号": "一", "事项": "二"}


def test_a_row_of_another_length_is_told_with_its_line_and_the_next_is_read() -> None:
    short, good = table("a,b\n1\n3,4\n")
    assert isinstance(short, UnreadableRow)
    assert (short.line, short.reason) == (2, "bad_row")
    assert "1 fields where the header names 2" in short.detail
    assert values(good) == {"a": "3", "b": "4"}


def test_a_row_with_broken_quotes_is_told_and_the_next_is_read() -> None:
    broken, good = table('a,b\n"1"x,2\n3,4\n')
    assert isinstance(broken, UnreadableRow)
    assert broken.line == 2
    assert values(good) == {"a": "3", "b": "4"}


def test_blank_lines_are_no_rows() -> None:
    assert len(table("a,b\n\n1,2\n\n")) == 1


def test_a_column_the_profile_needs_and_the_table_lacks_is_named_with_those_there_are() -> None:
    with pytest.raises(ReadingError, match="asks for due, but the columns are a, b"):
        list(read_csv(stream(b"a,b\n1,2\n"), needed=["a", "due"]))


@pytest.mark.parametrize(
    ("text", "said"), [("", "no header"), ("\n1,2\n", "no header"), ("a,a\n1,2\n", "more than once")]
)
def test_a_table_needs_a_header_of_distinct_names(text: str, said: str) -> None:
    with pytest.raises(ReadingError, match=said):
        table(text)


def test_text_in_another_encoding_is_an_error_that_says_which_was_expected() -> None:
    with pytest.raises(ReadingError, match="not text in utf-8-sig"):
        list(read_csv(stream("a,b\n受理,2\n".encode("gb18030"))))


def test_objects_are_flattened_with_dotted_names_and_keep_their_texts() -> None:
    (record,) = read_ndjson(stream(b'{"a": "x", "n": 1.5, "yes": true, "no": null, "deep": {"b": {"c": 2}}, "l": [1]}'))
    assert values(record) == {"a": "x", "n": "1.5", "yes": "true", "deep.b.c": "2"}


def test_lines_that_are_no_objects_are_told_and_blank_ones_skipped() -> None:
    found = list(read_ndjson(stream(b'\xef\xbb\xbf{"a": "1"}\n\n{"a": \n[1]\n{"a": "2"}')))
    assert [(record.line, getattr(record, "reason", None)) for record in found] == [
        (1, None),
        (3, "not_json"),
        (4, "not_an_object"),
        (5, None),
    ]


@pytest.mark.parametrize("depth", [980, 5_000])
def test_an_object_nested_beyond_measure_is_told_like_any_other_bad_line(depth: int) -> None:
    deep = b'{"a":' * depth + b"1" + b"}" * depth
    bad, good = read_ndjson(stream(deep + b'\n{"a": "1"}\n'))
    assert isinstance(bad, UnreadableRow)
    assert values(good) == {"a": "1"}


def test_a_line_that_spans_chunks_is_one_line() -> None:
    long = "x" * 200_000
    (record,) = read_ndjson(stream(f'{{"a": "{long}"}}\n'.encode()))
    assert values(record) == {"a": long}
