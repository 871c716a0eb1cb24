"""`evaluate` and `explain` from files: one judgement a line, every bad line reported with its number, exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from monitor.commands import main

ITEM = {
    "item": "i", "name": "许可", "department": "d", "kind": "promise", "unit": "working_days", "promised": 5,
    "statutory": 20,
}  # fmt: skip
ACCEPTED = {
    "source": "s", "event_id": "1", "case_no": "c1", "kind": "accepted", "occurred_at": "2026-09-30T10:00", "item": "i",
}  # fmt: skip


class Folder:
    """Files of one evaluation."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def run(
        self, *lines: Any, command: str = "evaluate", options: tuple[str, ...] = (), as_of: str = "2026-10-13T18:00"
    ) -> int:
        """Write the events (objects, or text as it stands), run, give the exit code."""
        text = "\n".join(line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines)
        (self.path / "events.ndjson").write_text(text, encoding="utf-8")
        (self.path / "items.json").write_text(json.dumps([ITEM]), encoding="utf-8")
        files = ["--events", str(self.path / "events.ndjson"), "--items", str(self.path / "items.json")]
        with pytest.raises(SystemExit) as ended:
            main([command, *files, "--as-of", as_of, *options])
        return int(ended.value.code or 0)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def judgements(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_judgements_come_one_a_line_sorted_by_source_and_case_number(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    other = {**ACCEPTED, "event_id": "2", "case_no": "c0"}
    foreign = {**ACCEPTED, "source": "a"}
    assert folder.run(ACCEPTED, "", other, foreign) == 0
    assert [(found["source"], found["case_no"]) for found in judgements(capsys)] == [
        ("a", "c1"),
        ("s", "c0"),
        ("s", "c1"),
    ]


def test_times_have_the_calendars_offset_and_nothing_is_omitted(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.run(ACCEPTED)
    (found,) = judgements(capsys)
    promise = found["clocks"][0]
    assert promise["due_at"] == "2026-10-13T17:00:00+08:00"
    assert promise["state"] == "breached"
    assert promise["stopped_at"] is None
    assert set(found) == {
        "source", "case_no", "item", "department", "status", "accepted_at", "accepted_claimed_at", "deemed", "light",
        "clocks", "anomalies",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 2: not_json"),
        ("[]", "line 2: not_an_object"),
        ({**ACCEPTED, "case_no": 7}, "line 2: bad_case_no"),
        ({**ACCEPTED, "event_id": None}, "line 2: bad_event_id"),
        ({**ACCEPTED, "kind": "vanished"}, "line 2: unknown_kind"),
        ({**ACCEPTED, "occurred_at": "2026-02-30"}, "line 2: impossible_time"),
        ({**ACCEPTED, "days": -1}, "line 2: bad_days"),
        ({**ACCEPTED, "days": True}, "line 2: bad_days"),
        ({**ACCEPTED, "occurred_at": "2026-10-01"}, "line 2: conflict"),
    ],
)
def test_a_bad_line_is_reported_with_number_and_reason_and_the_rest_is_judged(
    folder: Folder, capsys: pytest.CaptureFixture[str], line: Any, said: str
) -> None:
    assert folder.run(ACCEPTED, line) == 1
    streams = capsys.readouterr()
    assert said in streams.err
    assert len(streams.out.splitlines()) == 1


def test_the_same_event_twice_counts_once_and_is_no_report(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    assert folder.run(ACCEPTED, {**ACCEPTED, "reason": None}) == 0
    assert judgements(capsys)[0]["anomalies"] == [
        {"code": "A05", "event_id": "1", "detail": "promise breached"},
    ]


def test_a_case_of_voids_alone_has_no_judgement(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    void = {**ACCEPTED, "event_id": "2", "kind": "voided", "voids": "1", "occurred_at": "2026-10-01T10:00"}
    assert folder.run(ACCEPTED, void) == 0
    assert judgements(capsys) == []


def test_a_calendar_file_replaces_the_national_one(
    folder: Folder, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "calendar.json").write_text('{"zone": "Europe/Amsterdam", "opening": "08:00", "closing": "16:00"}')
    folder.run(ACCEPTED, options=("--calendar", str(tmp_path / "calendar.json")), as_of="2026-10-01")
    assert judgements(capsys)[0]["clocks"][0]["due_at"] == "2026-10-07T16:00:00+02:00"


def test_a_calendar_without_hours_is_refused_with_a_sentence(
    folder: Folder, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Edge case 3: a calendar with no working hours gave HTTP 500 on every edit; ours is refused when it is read."""
    (tmp_path / "calendar.json").write_text('{"opening": "09:00", "closing": "09:00"}')
    assert folder.run(ACCEPTED, options=("--calendar", str(tmp_path / "calendar.json"))) == 2
    assert "needs hours" in capsys.readouterr().err


def test_explain_prints_every_day_with_its_reason(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    assert folder.run(ACCEPTED, command="explain", options=("--clock", "promise", "--case", "c1")) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "民法典第201条" in lines[1]
    assert sum("国庆节不计" in line for line in lines) == 7
    assert lines[-1].endswith("17:00 到期，已超期")
