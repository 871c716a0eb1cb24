"""Findings equal the truth the simulator wrote without the judge: none missed, none extra, at any moment."""

import json
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

import pytest

from monitor.commands import main
from monitor.domain.events import Event, event_of
from monitor.domain.instants import instant_of
from monitor.domain.judge import Rules, judge
from monitor.simulator.forged_records import PlayedCase
from monitor.simulator.life import BEFORE_REFORM, LIVE_FROM, HallLife
from monitor.simulator.registry import SimulatedHall, items_for_evaluation
from monitor.simulator.truth import FoundKey, TruthLine, compare_findings, read_truth, truth_lines
from monitor.simulator.working_days import day_number, moment_text

MOMENTS = [
    "2026-03-04T12:00:00+08:00",
    "2026-03-20T17:00:00+08:00",  # closing: due is not yet late
    "2026-03-20T17:00:00.000001+08:00",
    "2026-04-13T00:00:00+08:00",  # an item becomes an immediate one
    "2026-05-11T08:00:00+08:00",
    "2026-05-13T14:20:00+08:00",  # limits in hours run out
    "2026-12-31T23:59:59+08:00",
]
END = datetime.fromisoformat("2029-12-31T00:00:00+08:00")


@pytest.fixture(scope="module")
def cases(hall: SimulatedHall) -> list[PlayedCase]:
    life = HallLife(hall, 2026, 0.3)
    days = life.days.span(day_number(date(2026, 2, 10)), day_number(date(2026, 4, 17)))
    week_of_hours = life.days.span(day_number(LIVE_FROM), day_number(LIVE_FROM) + 4)
    before = life.days.span(*map(day_number, BEFORE_REFORM))
    return [
        *(case for day in (*days, *week_of_hours) for case in life.cases(day)),
        *(case for day in before for case in life.cases_before_reform(day)),
    ]


def known_by(case: PlayedCase, as_of: datetime) -> list[dict[str, object]]:
    """The events sent by a moment, with the time of their sending as that of their recording."""
    sent = [(datetime.fromisoformat(moment_text(event.known)), event) for event in case.events]
    return [event.fields | {"recorded_at": known.isoformat()} for known, event in sent if known <= as_of]


@pytest.fixture(scope="module")
def read_cases(cases: list[PlayedCase], rules: Rules) -> list[list[Event]]:
    """The events of every case as the judge reads them, all of them known."""
    return [[event_of(event, rules.calendar.zone) for event in known_by(case, END)] for case in cases]


@pytest.mark.parametrize("moment", MOMENTS)
def test_findings_equal_the_truth_at_any_moment(
    cases: list[PlayedCase], read_cases: list[list[Event]], rules: Rules, moment: str
) -> None:
    as_of = datetime.fromisoformat(moment)
    at = instant_of(as_of)
    found: set[FoundKey] = set()
    for events in read_cases:
        judgement = judge([event for event in events if (event.recorded_at or 0) <= at], rules, at)
        if judgement is not None:
            named = judgement.anomalies
            found |= {(judgement.source, judgement.case_no, finding.code, finding.event_id) for finding in named}
    compared = compare_findings((line for case in cases for line in truth_lines(case)), found, as_of)
    assert len(cases) > 5000
    assert compared.expected > 0
    assert (sorted(compared.missed), sorted(compared.extra)) == ([], [])


def test_the_command_evaluate_finds_the_truth_from_files(
    cases: list[PlayedCase], hall: SimulatedHall, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    as_of = datetime.fromisoformat("2026-05-11T08:00:00+08:00")
    _write(tmp_path / "events.ndjson", (json.dumps(event) for case in cases for event in known_by(case, as_of)))
    _write(tmp_path / "truth.ndjson", (line.json() for case in cases for line in truth_lines(case)))
    (tmp_path / "items.json").write_text(json.dumps(items_for_evaluation(hall)), "utf-8")
    with pytest.raises(SystemExit) as ended:
        main([
            "evaluate", "--events", str(tmp_path / "events.ndjson"), "--items", str(tmp_path / "items.json"),
            "--as-of", as_of.isoformat(),
        ])  # fmt: skip
    printed = capsys.readouterr()
    assert (ended.value.code, printed.err) == (0, "")
    judged = [json.loads(line) for line in printed.out.splitlines()]
    found = {
        (case["source"], case["case_no"], finding["code"], finding["event_id"])
        for case in judged
        for finding in case["anomalies"]
    }
    compared = compare_findings(read_truth(tmp_path / "truth.ndjson"), found, as_of)
    assert compared.is_equal, (compared.missed, compared.extra)


def test_every_code_of_one_case_is_among_the_truth(cases: list[PlayedCase]) -> None:
    codes = Counter(finding.code for case in cases for finding in case.findings)
    one_case = {f"A{number:02}" for number in (*range(1, 9), 10, 11, 12, 13, 14, 15, 17, 21, 22)}
    assert set(codes) == one_case | {f"X{number:02}" for number in range(1, 11)}


def test_limits_change_only_while_a_case_is_open(cases: list[PlayedCase]) -> None:
    """What is stored of a closed case and what is judged of it later must not differ (A21)."""
    changed = [(case, found) for case in cases for found in case.findings if found.code == "A21"]
    assert changed
    for case, found in changed:
        closed = max(event.occurred for event in case.events if event.fields["kind"] == "decided")
        assert found.since <= closed * 1_000_000


LINE = TruthLine("S", "C-1", "A05", "e1", "2026-03-04T17:00:00.000001+08:00", "2026-03-10T10:00:00+08:00", "deed")


@pytest.mark.parametrize(
    ("moment", "holds"),
    [
        ("2026-03-04T17:00:00+08:00", False),
        ("2026-03-04T17:00:00.000001+08:00", True),
        ("2026-03-10T01:59:59Z", True),
        ("2026-03-10T10:00:00+08:00", False),
    ],
)
def test_a_line_holds_from_its_first_moment_until_a_later_record_takes_it_away(moment: str, holds: bool) -> None:
    assert LINE.holds_at(datetime.fromisoformat(moment)) is holds


def test_what_is_not_found_is_missed_and_what_is_not_true_is_extra() -> None:
    as_of = datetime.fromisoformat("2026-03-05T00:00:00+08:00")
    other: FoundKey = ("S", "C-1", "A06", "e1")
    compared = compare_findings([LINE], {other}, as_of)
    assert compared.missed == {LINE.key()}
    assert compared.extra == {other}
    assert not compared.is_equal
    assert compare_findings([LINE], {LINE.key()}, as_of).is_equal


def test_a_truth_file_reads_back_as_it_was_written(tmp_path: Path) -> None:
    _write(tmp_path / "truth.ndjson", [LINE.json()])
    assert list(read_truth(tmp_path / "truth.ndjson")) == [LINE]


def _write(file: Path, lines: Iterable[str]) -> None:
    file.write_text("".join(line + "\n" for line in lines), "utf-8")
