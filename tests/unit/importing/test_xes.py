"""XES logs are read as a stream, with what was recorded and nothing from outside the file."""

import gzip
import io
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.intake.importing.log_file import ReadingError
from monitor.intake.importing.records import CaseRecord
from monitor.intake.importing.xes import read_xes

TEN_MEGABYTES_IN_KILOBYTES = 10_000
READ_AND_MEASURE = """
import resource, sys
from pathlib import Path
from monitor.intake.importing.log_file import LogFile
from monitor.intake.importing.xes import read_xes
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with LogFile(Path(sys.argv[1])) as log:
    events = sum(len(record.rows) for record in read_xes(log.stream))
print(events, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def traces(body: str) -> list[CaseRecord]:
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<log xes.version="1.0">\n{body}\n</log>'
    return list(read_xes(io.BufferedReader(io.BytesIO(text.encode()))))


def test_a_trace_comes_with_its_own_attributes_and_those_of_its_events() -> None:
    (trace,) = traces(
        '<trace><string key="concept:name" value="case-1"/><date key="start" value="2011-10-11T13:42:22.688+02:00"/>'
        '<event><string key="concept:name" value="A"/><int key="cost" value="3"/></event>'
        '<event><string key="concept:name" value="B"/></event></trace>'
    )
    assert trace.attributes == {"concept:name": "case-1", "start": "2011-10-11T13:42:22.688+02:00"}
    assert [dict(row.values) for row in trace.rows] == [{"concept:name": "A", "cost": "3"}, {"concept:name": "B"}]


def test_a_time_keeps_the_offset_it_was_recorded_with() -> None:
    (trace,) = traces('<trace><event><date key="at" value="2011-10-30T02:30:00+02:00"/></event></trace>')
    assert trace.rows[0].values["at"] == "2011-10-30T02:30:00+02:00"


def test_attributes_of_a_trace_may_follow_its_events() -> None:
    (trace,) = traces('<trace><event><string key="a" value="1"/></event><string key="late" value="x"/></trace>')
    assert trace.attributes == {"late": "x"}
    assert dict(trace.rows[0].values) == {"a": "1"}


def test_attributes_nested_in_attributes_and_those_of_the_log_are_not_taken_for_a_case_s() -> None:
    (trace,) = traces(
        '<global scope="trace"><string key="a" value="UNKNOWN"/></global><float key="average" value="4"><float '
        'key="inner" value="1"/></float><trace><string key="a" value="1"><string key="a" value="nested"/></string>'
        '<event><list key="l"><values><string key="v" value="1"/></values></list><string key="b" value="2"><string '
        'key="b" value="nested"/></string></event></trace>'
    )
    assert trace.attributes == {"a": "1"}
    assert dict(trace.rows[0].values) == {"b": "2"}


def test_events_outside_any_trace_are_read_one_by_one() -> None:
    found = traces('<event><string key="case" value="1"/></event><event><string key="case" value="2"/></event>')
    assert [(dict(record.attributes), dict(record.rows[0].values)) for record in found] == [
        ({}, {"case": "1"}),
        ({}, {"case": "2"}),
    ]


def test_rows_know_their_line() -> None:
    (trace,) = traces("<trace>\n<event/>\n<event/></trace>")
    assert [row.line for row in trace.rows] == [4, 5]


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE log [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE log [<!ENTITY file SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE log SYSTEM "http://127.0.0.1/log.dtd">',
    ],
)
def test_a_document_type_is_refused_and_with_it_every_entity(declaration: str) -> None:
    text = f'<?xml version="1.0"?>\n{declaration}\n<log><trace><string key="a" value="&b;"/></trace></log>'
    with pytest.raises(ReadingError, match=r"line 2: .*document type.*refused"):
        list(read_xes(io.BufferedReader(io.BytesIO(text.encode()))))


def test_an_undeclared_entity_is_an_error_with_its_line() -> None:
    with pytest.raises(ReadingError, match="line 3"):
        traces('<trace><string key="a" value="&nobody;"/></trace>')


def test_broken_xml_names_its_line_and_what_to_do() -> None:
    with pytest.raises(ReadingError, match=r"line 3: .*well-formed.*export the log again"):
        traces("<trace><event></trace>")


def test_xml_without_a_log_is_told_apart_from_an_empty_log() -> None:
    assert traces("") == []
    with pytest.raises(ReadingError, match="no <log>"):
        list(read_xes(io.BufferedReader(io.BytesIO(b"<other/>"))))


def test_a_log_of_many_times_ten_megabytes_is_read_in_less_than_ten(tmp_path: Path) -> None:
    path = tmp_path / "large.xes.gz"
    event = '<event><string key="concept:name" value="step"/><date key="time" value="2020-01-01T00:00:00Z"/></event>\n'
    with gzip.open(path, "wt", compresslevel=1) as file:
        file.write("<log>\n")
        for number in range(1_500):
            file.write(f'<trace><string key="n" value="{number}"/>\n{event * 100}</trace>\n')
        file.write("</log>")
    # A process of its own, because the most memory ever held is only known for a whole process.
    read = subprocess.run([sys.executable, "-c", READ_AND_MEASURE, path], capture_output=True, text=True, check=True)
    events, kilobytes = map(int, read.stdout.split())
    assert events == 150_000
    assert kilobytes < TEN_MEGABYTES_IN_KILOBYTES
