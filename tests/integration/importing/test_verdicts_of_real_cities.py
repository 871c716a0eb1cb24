"""Real logs, judged by their own city's rules through profile and `evaluate`, give that city's verdicts."""

import csv
import gzip
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.support.independent_figures import AMSTERDAM, FIGURES, LOGS, Figures, instant, read_traces
from tests.support.program_runs import clock_of, evaluate_log

RealLog = Callable[[str], Path]
Judge = Callable[[str], dict[str, dict[str, Any]]]


@pytest.fixture(scope="module")
def judge(real_log: RealLog, tmp_path_factory: pytest.TempPathFactory) -> Judge:
    """Judges one of the logs, each only once; judgements by case number."""

    @cache
    def judge_log(name: str) -> dict[str, dict[str, Any]]:
        file, as_of = LOGS[name]
        folder = tmp_path_factory.mktemp(name)
        return {judged["case_no"]: judged for judged in evaluate_log(real_log(file), name, as_of, folder)}

    return judge_log


def test_boston_s_targets_agree_to_the_minute_and_its_verdicts_one_by_one(judge: Judge, real_log: RealLog) -> None:
    judged = judge("boston311")
    off, wrong = [], []
    with gzip.open(real_log(LOGS["boston311"][0]), "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        clock = clock_of(judged[row["CASE_ENQUIRY_ID"]])
        target = instant(row["TARGET_DT"], ZoneInfo("America/New_York"))
        if abs(datetime.fromisoformat(clock["due_at"]) - target) > timedelta(minutes=1):
            off.append((row["OPEN_DT"], row["TARGET_DT"], clock["due_at"]))
        if ("OVERDUE" if clock["state"] == "breached" else "ONTIME") != row["OnTime_Status"]:
            wrong.append(row)
    assert len(rows) == len(judged) == 6_318
    assert (off, wrong) == ([], [])


def test_the_eight_weeks_of_the_receipt_log_keep_the_clock_time_across_summer_time(
    judge: Judge, real_log: RealLog
) -> None:
    """1,080 deadlines lie eight weeks after the start.

    982 of them carry the start's clock time and agree to the minute. The other 98 were stored with another time of day
    than their own start (90 of them with none, 00:00 against the system's 01:06:40): for them the day agrees.
    """
    judged = judge("receipt")
    counted: Counter[str] = Counter()
    for trace in read_traces(real_log(LOGS["receipt"][0])):
        start, deadline = (
            instant(trace.attributes[name], AMSTERDAM).astimezone(AMSTERDAM).replace(tzinfo=None)
            for name in ("startdate", "deadline")
        )
        due = datetime.fromisoformat(clock_of(judged[trace.attributes["concept:name"]])["due_at"])
        assert due.replace(tzinfo=None) == start + timedelta(days=56)
        eight_weeks = deadline.date() - start.date() == timedelta(days=56)
        assert eight_weeks == (due.date() == deadline.date())
        if not eight_weeks:
            continue
        summer_time_changes = (
            instant(trace.attributes["startdate"], AMSTERDAM).astimezone(AMSTERDAM).utcoffset() != due.utcoffset()
        )
        same_time = abs((deadline - start - timedelta(days=56)).total_seconds()) < 60
        assert same_time == (abs(due.replace(tzinfo=None) - deadline) < timedelta(minutes=1))
        counted["deadlines"] += 1
        counted["across summer time"] += summer_time_changes
        counted["to the minute"] += same_time
        counted["to the minute across summer time"] += same_time and summer_time_changes
    assert counted == {
        "deadlines": 1_080,
        "across summer time": 344,
        "to the minute": 983,
        "to the minute across summer time": 336,
    }


def test_the_applicants_of_the_receipt_log_who_were_told_another_day_are_found(judge: Judge, real_log: RealLog) -> None:
    deadlines = {
        trace.attributes["concept:name"]: datetime.fromisoformat(trace.attributes["deadline"]).date()
        for trace in read_traces(real_log(LOGS["receipt"][0]))
    }
    judged = judge("receipt")
    told_otherwise = {
        number for number, case in judged.items() if "X10" in {each["code"] for each in case["anomalies"]}
    }
    dues = {number: datetime.fromisoformat(clock_of(case)["due_at"]).date() for number, case in judged.items()}
    assert told_otherwise == {number for number, day in deadlines.items() if day != dues[number]}
    assert len(told_otherwise) == 354


def test_bpi_2015_has_the_ends_its_workflow_recorded(judge: Judge) -> None:
    judged = judge("bpi2015")
    assert Counter(case["status"] for case in judged.values()) == {
        "delivered": 386, "decided": 288, "accepted": 97, "refused": 30, "withdrawn": 29, "applied": 2,
    }  # fmt: skip


@pytest.mark.parametrize("name", LOGS)
def test_figures_from_the_judgements_are_those_computed_straight_from_the_file(
    name: str, judge: Judge, real_log: RealLog
) -> None:
    file, as_of = LOGS[name]
    computed = FIGURES[name](real_log(file), datetime.fromisoformat(as_of))
    assert asdict(figures_of(list(judge(name).values()))) == asdict(computed)


def figures_of(judgements: list[dict[str, Any]]) -> Figures:
    """The same sums, from what the product says of each case."""
    figures = Figures()
    for judged in judgements:
        clocks = {clock["name"]: clock for clock in judged["clocks"]}
        promise = clocks.get("promise")
        figures.cases += 1
        figures.received += promise is not None
        figures.accepted += judged["accepted_at"] is not None
        figures.decided += judged["status"] in ("decided", "delivered")
        if promise is None:
            continue
        stopped = promise["stopped_at"] is not None
        figures.promise_stopped += stopped
        figures.promise_met += stopped and promise["state"] == "met"
        figures.promise_early += stopped and promise["early"]
        is_open = judged["status"] in ("received", "correcting", "accepted", "suspended")
        figures.promise_breached_running += is_open and promise["state"] == "breached"
        if stopped and promise["unit"] == "working_days":
            figures.speedup_cases += 1
            figures.used_days += clocks["statutory"]["used"]
            figures.statutory_days += clocks["statutory"]["limit"]
    return figures


def test_southwark_counts_the_first_day_and_the_other_boroughs_do_not(real_log: RealLog, tmp_path: Path) -> None:
    log = real_log("london_planning_500.csv")
    judged = {
        case["case_no"]: case for case in evaluate_log(log, "london_planning", "2022-01-01T00:00+00:00", tmp_path)
    }
    with log.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["decision_target_date"]]
    agreed = Counter(
        row["lpa_name"] for row in rows if clock_of(judged[row["id"]])["due_at"].startswith(row["decision_target_date"])
    )
    assert agreed["Southwark"] == 75
    assert sum(agreed.values()) == 411
