"""Reads what a database holds and how its parts are doing, from whatever tables exist yet."""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from monitor.domain.instants import Instant, date_of, instant_of
from monitor.domain.working_time import has_working_time
from monitor.storage.backup import BackupRecord, read_newest_backup
from monitor.storage.case_clock import CaseClock
from monitor.storage.database import DatabaseError, Edition, Server, decide_edition, read_server
from monitor.storage.halls import HallFacts, read_halls
from monitor.storage.migrations import MigrationStatus, read_migration_status
from monitor.storage.rules import HallRules, read_hall_rules, read_rules_version
from monitor.storage.sql_blocks import sql_block

SPAN_OF_REFUSALS = timedelta(hours=24)

_TABLES = (
    "hall",
    "engine_state",
    "unfolded_batch",
    "source",
    "heartbeat",
    "refused_event",
    "case_clock",
    "backup_record",
    "feed_card",
    "held_card",
)


@dataclass(frozen=True, slots=True)
class Hypertable:
    """One hypertable; size in bytes with its indexes."""

    name: str
    chunks: int
    bytes: int


@dataclass(frozen=True, slots=True)
class EngineProgress:
    """How far the engine has come in one hall; `as_of` is case time."""

    hall: str
    folded_batch_no: int
    as_of: datetime


@dataclass(frozen=True, slots=True)
class WaitingBatches:
    """Batches accepted but not judged, and since when the oldest waits (real time)."""

    batches: int
    oldest_received_at: datetime | None


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What a live source said last; both None before its first heartbeat."""

    hall: str
    code: str
    complete_until: datetime | None
    received_at: datetime | None


@dataclass(frozen=True, slots=True)
class SilentSource:
    """A source with an open feed card (`silent`, `silent_a_day`); `heard_until` is case time."""

    hall: str
    code: str
    state: str
    heard_until: datetime
    cards_held: int


@dataclass(frozen=True, slots=True)
class CalendarReport:
    """The calendar a hall is supervised by, as it stands at `year` of case time; `zone` is the hall's IANA name.

    `unusable`: why the one loaded last is not it. `missing_years`: this year and the next, where no notice is loaded.
    """

    hall: str
    version: str
    year: int
    has_working_time: bool
    unusable: str | None
    missing_years: tuple[int, ...]
    zone: str


@dataclass(frozen=True, slots=True)
class Examination:
    """Everything `doctor` knows of a database at one moment. Sizes in bytes, times aware."""

    real_time: datetime
    case_time: datetime
    case_rate: float
    server: Server
    edition: Edition | None
    edition_problem: str | None
    data_folder: Path | None
    free_disk: int | None
    size: int
    settings: dict[str, str]
    migrations: MigrationStatus
    invalid_indexes: tuple[str, ...]
    hypertables: tuple[Hypertable, ...]
    engines: tuple[EngineProgress, ...]
    waiting: WaitingBatches | None
    sources: tuple[SourceReport, ...]
    refusals: dict[str, int]
    service_expected: bool
    """False where nobody ran the embedded server before `doctor` did: then the engine's standing still is no fault."""
    backup: BackupRecord | None = None
    """The newest that came to its end, as far as the database knows."""
    silent_sources: tuple[SilentSource, ...] = ()
    calendars: tuple[CalendarReport, ...] = ()


def examine_database(
    connection: Connection[Any], *, data_folder: Path | None = None, service_expected: bool = True
) -> Examination:
    """Read everything; changes nothing. `data_folder` is the embedded server's, None for a server elsewhere."""
    server = read_server(connection)
    edition, edition_problem = _read_edition_or_problem(server)
    row = connection.execute(sql_block("select_existing_tables"), {"names": list(_TABLES)})
    tables = {name for (name,) in row}
    clock = CaseClock()
    if "case_clock" in tables:
        clock.reload(connection)
    real_time = datetime.now(UTC)
    case_time = clock.at(real_time)
    migrations = read_migration_status(connection)
    return Examination(
        real_time=real_time,
        case_time=case_time,
        case_rate=clock.row_at(real_time).rate,
        server=server,
        edition=edition,
        edition_problem=edition_problem,
        data_folder=data_folder,
        free_disk=None if data_folder is None else shutil.disk_usage(data_folder).free,
        size=_fetch_size(connection),
        settings=dict(connection.execute(sql_block("select_durability_settings")).fetchall()),
        migrations=migrations,
        invalid_indexes=tuple(name for (name,) in connection.execute(sql_block("select_invalid_indexes"))),
        hypertables=_read_hypertables(connection, edition),
        engines=_read_engines(connection) if {"hall", "engine_state"} <= tables else (),
        waiting=_read_waiting(connection) if "unfolded_batch" in tables else None,
        sources=_read_sources(connection) if {"source", "heartbeat"} <= tables else (),
        refusals=_count_refusals(connection, real_time) if "refused_event" in tables else {},
        service_expected=service_expected,
        backup=read_newest_backup(connection) if "backup_record" in tables else None,
        silent_sources=_read_silent_sources(connection) if {"feed_card", "held_card"} <= tables else (),
        calendars=() if migrations.pending or migrations.faults else _read_calendars(connection, case_time),
    )


def _read_edition_or_problem(server: Server) -> tuple[Edition | None, str | None]:
    try:
        return decide_edition(server), None
    except DatabaseError as error:
        return None, str(error)


def _fetch_size(connection: Connection[Any]) -> int:
    row = connection.execute(sql_block("select_database_size")).fetchone()
    return 0 if row is None else int(row[0])


def _read_hypertables(connection: Connection[Any], edition: Edition | None) -> tuple[Hypertable, ...]:
    if edition is None:  # the views come with the extension
        return ()
    with connection.cursor(row_factory=class_row(Hypertable)) as cursor:
        return tuple(cursor.execute(sql_block("select_hypertables")).fetchall())


def _read_engines(connection: Connection[Any]) -> tuple[EngineProgress, ...]:
    with connection.cursor(row_factory=class_row(EngineProgress)) as cursor:
        return tuple(cursor.execute(sql_block("select_engine_progress")).fetchall())


def _read_waiting(connection: Connection[Any]) -> WaitingBatches | None:
    with connection.cursor(row_factory=class_row(WaitingBatches)) as cursor:
        return cursor.execute(sql_block("select_waiting_batches")).fetchone()


def _read_sources(connection: Connection[Any]) -> tuple[SourceReport, ...]:
    with connection.cursor(row_factory=class_row(SourceReport)) as cursor:
        return tuple(cursor.execute(sql_block("select_source_reports")).fetchall())


def _read_silent_sources(connection: Connection[Any]) -> tuple[SilentSource, ...]:
    with connection.cursor(row_factory=class_row(SilentSource)) as cursor:
        return tuple(cursor.execute(sql_block("select_silent_source_reports")).fetchall())


def _read_calendars(connection: Connection[Any], case_time: datetime) -> tuple[CalendarReport, ...]:
    version = read_rules_version(connection)
    return tuple(
        _report_calendar(hall, read_hall_rules(connection, hall.hall_id, version), instant_of(case_time))
        for hall in read_halls(connection)
    )


def _report_calendar(hall: HallFacts, held: HallRules, as_of: Instant) -> CalendarReport:
    calendar = held.calendar
    year = date_of(calendar.zone.day(as_of)).year
    return CalendarReport(
        hall.code,
        calendar.content.version,
        year,
        has_working_time(calendar, as_of),
        held.unusable,
        tuple(wanted for wanted in (year, year + 1) if wanted not in calendar.content.published_years),
        hall.zone,
    )


def _count_refusals(connection: Connection[Any], real_time: datetime) -> dict[str, int]:
    since = {"since": real_time - SPAN_OF_REFUSALS}
    return dict(connection.execute(sql_block("count_recent_refusals"), since).fetchall())
