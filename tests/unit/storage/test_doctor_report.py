"""What doctor says: plain words for every state, a remedy for every fault, silence about what is well."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.storage.backup import BackupRecord
from monitor.storage.database import Edition, Server
from monitor.storage.doctor import (
    CalendarReport,
    EngineProgress,
    Examination,
    Hypertable,
    SilentSource,
    SourceReport,
    WaitingBatches,
)
from monitor.storage.doctor_report import LOAD_NOTICE, describe_bytes, describe_span, report_examination
from monitor.storage.migration_files import MigrationFile
from monitor.storage.migrations import AppliedMigration, MigrationStatus

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
APPLIED = AppliedMigration(1, "0001_registry", "ab", "apache", NOW - timedelta(days=3))
PENDING = MigrationFile(2, "0002_log", "select 1;", "cd", in_transaction=True)

SHANGHAI = "Asia/Shanghai"
CALENDAR = CalendarReport(
    "HZ", "national 2024–2027", 2026, has_working_time=True, unusable=None, missing_years=(), zone=SHANGHAI
)
SILENT = SilentSource("HZ", "ems", "silent", NOW - timedelta(hours=2), 0)

WELL = Examination(
    real_time=NOW,
    case_time=NOW,
    case_rate=1.0,
    server=Server("17.5 (Debian 17.5-1)", "2.19.3", "2.19.3", "apache", "supervision"),
    edition=Edition.APACHE,
    edition_problem=None,
    data_folder=Path("/data"),
    free_disk=50_000_000_000,
    size=12_345_678,
    settings={"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"},
    migrations=MigrationStatus((APPLIED,), (), ()),
    invalid_indexes=(),
    hypertables=(Hypertable("event", 1, 25_000),),
    engines=(EngineProgress("HZ", 41, NOW - timedelta(seconds=5)),),
    waiting=WaitingBatches(0, None),
    sources=(SourceReport("HZ", "ems", NOW - timedelta(minutes=2), NOW),),
    refusals={},
    service_expected=True,
    backup=BackupRecord(NOW - timedelta(hours=7), "hall-1:/backup/monday", 3_400_000_000, 40),
    calendars=(CALENDAR,),
)


def list_faults(examination: Examination) -> list[str]:
    return [fault.what for fault in report_examination(examination).faults]


def test_a_healthy_database_is_described_and_nothing_is_wrong() -> None:
    report = report_examination(WELL)
    assert report.exit_code == 0
    assert report.render().splitlines() == [
        "Database",
        "  TimescaleDB 2.19.3 (Apache edition) on PostgreSQL 17.5",
        "  embedded, data in /data, 12.3 MB, 50.0 GB free on its disk",
        "Migrations",
        "  1 applied, 0 pending",
        "  newest: 0001_registry, applied 2026-11-20 18:00:00 +08:00 for the apache edition",
        "Hypertables",
        "  event: 1 chunk, 25 kB",
        "Engine",
        "  HZ: judged up to 2026-11-23 17:59:55 +08:00 (5 s behind), folded up to batch 41",
        "  0 accepted batches waiting",
        "Sources",
        "  HZ ems: complete until 2026-11-23 17:58:00 +08:00",
        "Calendars",
        "  HZ: national 2024–2027",
        "Back-up",
        "  newest taken 7 h ago up to batch 40: hall-1:/backup/monday, 3.4 GB",
        "Nothing is wrong.",
    ]


def test_an_external_server_in_the_community_edition_is_named_so() -> None:
    external = replace(WELL, data_folder=None, free_disk=None, edition=Edition.COMMUNITY)
    text = report_examination(external).render()
    assert "(Community edition)" in text
    assert "external server, database supervision, 12.3 MB" in text


@pytest.mark.parametrize(
    ("change", "what", "remedy"),
    [
        ({"settings": {"fsync": "off"}}, "fsync is off", "Set fsync = on"),
        ({"settings": {"synchronous_commit": "off"}}, "synchronous_commit is off", "Set synchronous_commit = on"),
        ({"invalid_indexes": ("case_open",)}, "index case_open was left unfinished", "REINDEX INDEX case_open"),
        ({"free_disk": 5_000_000}, "Only 5.0 MB are free on the disk of /data", "Free some space"),
        ({"migrations": MigrationStatus((APPLIED,), (PENDING,), ())}, "not applied: 0002_log", "e-supervision migrate"),
        (
            {"migrations": MigrationStatus((APPLIED,), (), ("Migration 0001_registry was changed. Restore it.",))},
            "Migration 0001_registry was changed.",
            "Restore it.",
        ),
        ({"hypertables": ()}, "The table event is no hypertable", "Restore the database"),
        (
            {"waiting": WaitingBatches(3, NOW - timedelta(minutes=5))},
            "Accepted events have waited 5 min",
            "e-supervision serve",
        ),
        (
            {"engines": (EngineProgress("HZ", 41, NOW - timedelta(hours=3)),)},
            "The engine of HZ has not judged for 3 h",
            "e-supervision serve",
        ),
        (
            {"silent_sources": (SILENT,)},
            (
                "The source ems of HZ is silent: it last said that everything up to 2026-11-23 16:00:00 +08:00 had "
                "been sent."
            ),
            "Ask whoever runs it",
        ),
        ({"silent_sources": (replace(SILENT, cards_held=1),)}, "1 card of its cases waits for its word", "Ask whoever"),
        (
            {"silent_sources": (replace(SILENT, state="silent_a_day", cards_held=0),)},
            "its cases' cards are issued by last known data",
            "whether its key still holds",
        ),
        (
            {"calendars": (replace(CALENDAR, has_working_time=False),)},
            "The calendar of HZ has no working time in the next 30 days: no limit runs and no card is issued.",
            "e-supervision calendar list",
        ),
        (
            {"calendars": (replace(CALENDAR, unusable="opening 18:00 is not before closing 17:00"),)},
            "The calendar of HZ loaded last cannot be used: opening 18:00 is not before closing 17:00. Super",
            "e-supervision calendar load FILE",
        ),
        (
            {"calendars": (replace(CALENDAR, missing_years=(2026, 2027)),)},
            "No notice of 2026 is loaded for HZ: due times go by weekends and fixed holidays and are provisional.",
            "e-supervision calendar load FILE",
        ),
        (
            {"edition": None, "edition_problem": "This server is a plain PostgreSQL 17. Install TimescaleDB."},
            "This server is a plain PostgreSQL 17.",
            "Install TimescaleDB.",
        ),
    ],
)
def test_every_fault_comes_alone_with_its_remedy_and_exit_code_1(
    change: dict[str, object], what: str, remedy: str
) -> None:
    report = report_examination(replace(WELL, **change))  # type: ignore[arg-type]
    (fault,) = report.faults
    assert what in fault.what
    assert remedy in fault.remedy
    assert report.exit_code == 1
    assert f"✗ {fault.what}" in report.render()


def test_a_stopped_service_is_no_fault_where_none_is_expected() -> None:
    stopped = replace(
        WELL,
        engines=(EngineProgress("HZ", 41, NOW - timedelta(days=9)),),
        waiting=WaitingBatches(1, NOW - timedelta(days=9)),
        service_expected=False,
    )
    assert list_faults(stopped) == []
    assert "9 days behind" in report_examination(stopped).render()


def test_the_engines_lag_is_told_in_real_time_where_case_time_runs_faster() -> None:
    fast = replace(WELL, case_rate=480.0, engines=(EngineProgress("HZ", 41, NOW - timedelta(hours=4)),))
    assert list_faults(fast) == []
    text = report_examination(fast).render()
    assert "(30 s behind)" in text
    assert "480 times as fast as real time" in text


def test_halted_case_time_is_no_lag() -> None:
    assert list_faults(replace(WELL, case_rate=0.0, engines=(EngineProgress("HZ", 1, NOW - timedelta(days=1)),))) == []


def test_sources_without_heartbeat_and_silent_ones_are_told_apart() -> None:
    sources = (
        SourceReport("HZ", "new", None, None),
        SourceReport("HZ", "quiet", NOW - timedelta(hours=2), NOW - timedelta(hours=2)),
    )
    text = report_examination(replace(WELL, sources=sources, refusals={"conflicting": 1, "rejected": 12})).render()
    assert "HZ new: no heartbeat yet" in text
    assert "HZ quiet: complete until 2026-11-23 16:00:00 +08:00 (its cards say so after 30 working minutes)" in text
    assert "1 event conflicting in the last 24 hours" in text
    assert "12 events rejected in the last 24 hours" in text


def test_a_coming_year_that_is_not_loaded_is_told_and_no_fault() -> None:
    report = report_examination(replace(WELL, calendars=(replace(CALENDAR, missing_years=(2027,)),)))
    assert report.exit_code == 0
    assert report.sections["Calendars"] == (
        "HZ: national 2024–2027",
        f"HZ: no notice of 2027 is loaded; due times that reach into it are provisional. {LOAD_NOTICE}",
    )


def test_the_plain_form_carries_the_same_sections_and_faults() -> None:
    plain = report_examination(replace(WELL, invalid_indexes=("i",))).to_plain()
    assert plain["sections"]["Migrations"][0] == "1 applied, 0 pending"  # type: ignore[index]
    assert plain["faults"] == [
        {"what": "The index i was left unfinished and is not used.", "remedy": "Run in the database: REINDEX INDEX i"}
    ]


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 kB"), (999_499, "999 kB"), (1_500_000, "1.5 MB"), (2_340_000_000, "2.3 GB")]
)
def test_sizes_are_written_for_people(count: int, text: str) -> None:
    assert describe_bytes(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (119, "119 s"), (120, "2 min"), (7_300, "2 h"), (200_000, "2 days")]
)
def test_spans_are_written_in_their_largest_fitting_unit(seconds: float, text: str) -> None:
    assert describe_span(timedelta(seconds=seconds)) == text


def test_without_a_known_back_up_it_says_how_to_take_one() -> None:
    report = report_examination(replace(WELL, backup=None))
    assert report.sections["Back-up"] == ("none is known; take one with: e-supervision backup FOLDER",)
    assert report.exit_code == 0


def test_times_are_those_of_the_hall_and_in_utc_where_halls_differ_or_none_is_known() -> None:
    def lines(examination: Examination) -> tuple[str, str]:
        sections = report_examination(examination).sections
        return sections["Migrations"][1], sections["Engine"][0]

    other = replace(CALENDAR, hall="AMS", zone="Europe/Amsterdam")
    applied, judged = lines(replace(WELL, calendars=(CALENDAR, other)))
    assert "2026-11-20 10:00:00 UTC" in applied
    assert "2026-11-23 17:59:55 +08:00" in judged
    applied, judged = lines(replace(WELL, calendars=()))
    assert "2026-11-20 10:00:00 UTC" in applied
    assert "2026-11-23 09:59:55 UTC" in judged
