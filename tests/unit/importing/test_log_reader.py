"""A log read by a profile comes in portions of events as any window system would send them."""

import json
from pathlib import Path

import pytest

from monitor.intake.importing.evaluation_input import write_evaluation_input
from monitor.intake.importing.log_file import ReadingError
from monitor.intake.importing.log_reader import LogReader, Portion
from monitor.intake.importing.personal import Pseudonyms
from monitor.intake.importing.profile import Profile
from monitor.intake.importing.profile_file import load_profile, read_profile

PROFILE = """
layout = "csv"
title = "a table"
zone = "America/New_York"

[source]
code = "city"

[fields]
case_no = "id"

[[event]]
kind = "received"
at = "open"

[hall]
code = "h"
department = [{ code = "d" }]

[[hall.item]]
code = "i"
department = "d"
promised = 3
statutory = 3
counting = "clock"

[hall.calendar]
opening = "08:30"
notice = "city holidays"
years = [2015]

[hall.calendar.holidays]
2015-01-01 = "New Year's Day"

[hall.policy]
deemed_acceptance = false
"""


def profile() -> Profile:
    return read_profile(PROFILE, "mine")


def reader(path: Path, read: Profile | None = None) -> LogReader:
    return LogReader(path, read or profile(), "city", Pseudonyms(None, None))


def table(folder: Path, rows: int) -> Path:
    path = folder / "log.csv"
    path.write_text("id,open\n" + "".join(f"{n},2015-03-0{n % 9 + 1}T10:00\n" for n in range(rows)))
    return path


def test_the_same_file_gives_the_same_portions(tmp_path: Path) -> None:
    path = table(tmp_path, 25)
    with reader(path) as first, reader(path) as second:
        portions = list(first.portions(10))
        assert [len(portion.events) for portion in portions] == [10, 10, 5]
        assert [portion.events for portion in portions] == [portion.events for portion in second.portions(10)]
    assert portions[-1].position == path.stat().st_size


def test_an_event_is_one_json_object_with_its_line(tmp_path: Path) -> None:
    with reader(table(tmp_path, 1)) as log:
        (portion,) = log.portions(10)
    (event,) = portion.events
    sent = json.loads(event.text)
    assert event.line == 2
    assert sent.pop("event_id").startswith("received-")
    assert sent == {"source": "city", "case_no": "0", "kind": "received", "occurred_at": "2015-03-01T10:00:00-05:00"}


def test_what_was_read_before_a_file_breaks_off_comes_first(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(b"id,open\n1,2015-03-02\n2,2015-03-03\n" + b"3,2015-03-04\n" * 2_000 + b"\xff\xfe,x\n" * 2_000)
    got: list[Portion] = []
    with reader(path) as log, pytest.raises(ReadingError, match="not text in utf-8-sig"):
        got.extend(log.portions(100))
    assert sum(len(portion.events) for portion in got) > 100


def test_a_log_of_another_layout_than_the_profile_reads_is_told(tmp_path: Path) -> None:
    path = tmp_path / "log.xes.gz"
    path.write_bytes(b"<log/>")
    with pytest.raises(ReadingError, match="looks like XES, but the profile mine reads CSV"):
        reader(path)


def test_refused_rows_come_with_the_portion_they_stand_in(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("id,open\n1,2015-03-02\n2,2015-02-30\n3,2015-03-03\n")
    with reader(path) as log:
        (portion,) = log.portions(10)
    assert [event.line for event in portion.events] == [2, 4]
    assert [(row.line, row.reason) for row in portion.refused] == [(3, "impossible_time")]


def test_events_in_the_product_s_own_form_keep_their_ids(tmp_path: Path) -> None:
    path = tmp_path / "log.ndjson"
    path.write_text(
        '{"event_id": "e1", "case_no": "c", "kind": "received", "occurred_at": "2026-03-02T10:00", "days": 3}\n'
        '{"source": "x", "case_no": "c", "kind": "accepted", "occurred_at": "2026-03-02T11:00+08:00"}\n'
    )
    with reader(path, load_profile("events")) as log:
        (portion,) = log.portions(10)
    first, second = (json.loads(event.text) for event in portion.events)
    assert (first["event_id"], first["days"], first["source"]) == ("e1", 3.0, "city")
    assert first["occurred_at"] == "2026-03-02T10:00:00+08:00"
    assert second["event_id"].startswith("accepted-")


def test_log_and_profile_become_the_four_files_of_evaluate(tmp_path: Path) -> None:
    read = profile()
    assert read.hall is not None
    folder = tmp_path / "made" / "here"
    with reader(table(tmp_path, 12)) as log:
        written = write_evaluation_input(log.portions(5), read.hall, folder, lambda _: None)
    assert (written.events, written.refused) == (12, [])
    assert len((folder / "events.ndjson").read_text().splitlines()) == 12
    (item,) = json.loads((folder / "items.json").read_text())
    assert (item["item"], item["promised"], item["counting"], item["roll"]) == ("i", 3, "clock", True)
    assert "decision_steps" not in item
    calendar = json.loads((folder / "calendar.json").read_text())
    assert (calendar["zone"], calendar["opening"], calendar["closing"]) == ("America/New_York", "08:30", "17:00")
    assert calendar["years"]["2015"]["holidays"] == ["2015-01-01"]
    assert json.loads((folder / "policy.json").read_text())["deemed_acceptance"] is False
