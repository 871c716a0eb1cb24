"""What `doctor` says in plain words: how things stand, what is wrong, and what to do about it. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.storage.doctor import Examination

LONGEST_WAIT = timedelta(seconds=60)
"""Real time an accepted batch, or an engine's cycle, may take before something is wrong."""

SILENCE_WORTH_A_WORD = timedelta(minutes=30)
LEAST_FREE_DISK = 1024**3
LOG_TABLE = "event"
LOAD_NOTICE = "When the State Council has published it: e-supervision calendar load FILE"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong, and what to do about it."""

    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Report:
    """Sections of plain lines, and the faults; `exit_code` is 1 if there is any."""

    sections: dict[str, tuple[str, ...]]
    faults: tuple[Fault, ...]

    @property
    def exit_code(self) -> int:
        """Give the exit code of the command: 0 all well, 1 something is wrong."""
        return 1 if self.faults else 0

    def render(self) -> str:
        """Write the report for a terminal."""
        lines: list[str] = []
        for title, section in self.sections.items():
            lines += [title, *(f"  {line}" for line in section)]
        if not self.faults:
            return "\n".join([*lines, "Nothing is wrong."])
        lines.append(f"Wrong: {len(self.faults)}")
        for fault in self.faults:
            lines += [f"  ✗ {fault.what}", f"    → {fault.remedy}"]
        return "\n".join(lines)

    def to_plain(self) -> dict[str, object]:
        """Give the report as plain values for JSON."""
        faults = [{"what": fault.what, "remedy": fault.remedy} for fault in self.faults]
        return {"sections": {title: list(lines) for title, lines in self.sections.items()}, "faults": faults}


def report_examination(examination: Examination) -> Report:
    """Judge an examination."""
    sections = {
        "Database": tuple(_describe_database(examination)),
        "Migrations": tuple(_describe_migrations(examination)),
        "Hypertables": tuple(_describe_hypertables(examination)),
        "Engine": tuple(_describe_engine(examination)),
        "Sources": tuple(_describe_sources(examination)),
        "Calendars": tuple(_describe_calendars(examination)),
        "Back-up": (_describe_backup(examination),),
    }
    faults = (
        *_find_database_faults(examination),
        *_find_migration_faults(examination),
        *_find_engine_faults(examination),
        *_find_silent_sources(examination),
        *_find_calendar_faults(examination),
    )
    return Report({title: lines for title, lines in sections.items() if lines}, faults)


def _describe_database(examination: Examination) -> Iterator[str]:
    server = examination.server
    edition = f"{examination.edition.value.capitalize()} edition" if examination.edition else "not usable"
    version = server.installed_version or server.offered_version or "absent"
    yield f"TimescaleDB {version} ({edition}) on PostgreSQL {server.server_version.split(' ')[0]}"
    size = describe_bytes(examination.size)
    if examination.data_folder is None:
        yield f"external server, database {server.database_name}, {size}"
    else:
        free = "" if examination.free_disk is None else f", {describe_bytes(examination.free_disk)} free on its disk"
        yield f"embedded, data in {examination.data_folder}, {size}{free}"
    if examination.case_rate != 1.0:
        stands = _describe_time(examination, examination.case_time)
        yield f"case time {stands}, {examination.case_rate:g} times as fast as real time"


def _describe_migrations(examination: Examination) -> Iterator[str]:
    status = examination.migrations
    yield f"{len(status.applied)} applied, {len(status.pending)} pending"
    if status.applied:
        newest = status.applied[-1]
        at = _describe_time(examination, newest.applied_at)
        yield f"newest: {newest.name}, applied {at} for the {newest.edition} edition"


def _describe_hypertables(examination: Examination) -> Iterator[str]:
    for table in examination.hypertables:
        yield f"{table.name}: {table.chunks} chunk{'' if table.chunks == 1 else 's'}, {describe_bytes(table.bytes)}"


def _describe_engine(examination: Examination) -> Iterator[str]:
    for engine in examination.engines:
        behind = describe_span(_real_lag(examination, engine.as_of))
        yield (
            f"{engine.hall}: judged up to {_describe_time(examination, engine.as_of, engine.hall)} ({behind} behind), "
            f"folded up to batch {engine.folded_batch_no}"
        )
    waiting = examination.waiting
    if waiting is not None:
        since = waiting.oldest_received_at
        detail = "" if since is None else f", the oldest for {describe_span(examination.real_time - since)}"
        yield f"{waiting.batches} accepted batch{'' if waiting.batches == 1 else 'es'} waiting{detail}"


def _describe_sources(examination: Examination) -> Iterator[str]:
    for source in examination.sources:
        if source.complete_until is None:
            yield f"{source.hall} {source.code}: no heartbeat yet, its silence cannot be told from quiet"
            continue
        silence = examination.case_time - source.complete_until
        quiet = " (its cards say so after 30 working minutes)" if silence > SILENCE_WORTH_A_WORD else ""
        until = _describe_time(examination, source.complete_until, source.hall)
        yield f"{source.hall} {source.code}: complete until {until}{quiet}"
    for verdict, events in examination.refusals.items():
        yield f"{events} event{'' if events == 1 else 's'} {verdict} in the last 24 hours; their senders can list them"


def _describe_calendars(examination: Examination) -> Iterator[str]:
    for calendar in examination.calendars:
        yield f"{calendar.hall}: {calendar.version}"
        if calendar.missing_years == (calendar.year + 1,):
            yield (
                f"{calendar.hall}: no notice of {calendar.year + 1} is loaded; due times that reach into it are "
                f"provisional. {LOAD_NOTICE}"
            )


def _describe_backup(examination: Examination) -> str:
    backup = examination.backup
    if backup is None:
        return "none is known; take one with: e-supervision backup FOLDER"
    age = describe_span(examination.real_time - backup.taken_at)
    return f"newest taken {age} ago up to batch {backup.batch_no}: {backup.place}, {describe_bytes(backup.bytes)}"


def _find_database_faults(examination: Examination) -> Iterator[Fault]:
    if examination.edition_problem is not None:
        what, _, remedy = examination.edition_problem.partition(". ")
        yield Fault(f"{what}.", remedy or "See the documentation of the installation.")
    for name, value in examination.settings.items():
        if value == "off":
            yield Fault(
                f"{name} is off: what the service has acknowledged can be lost in a crash.",
                f"Set {name} = on in the server's configuration and reload it.",
            )
    for index in examination.invalid_indexes:
        yield Fault(
            f"The index {index} was left unfinished and is not used.", f"Run in the database: REINDEX INDEX {index}"
        )
    if examination.free_disk is not None and examination.free_disk < LEAST_FREE_DISK:
        yield Fault(
            f"Only {describe_bytes(examination.free_disk)} are free on the disk of {examination.data_folder}.",
            "Free some space: when the disk is full, no event is accepted any more.",
        )


def _find_migration_faults(examination: Examination) -> Iterator[Fault]:
    status = examination.migrations
    for text in status.faults:
        what, _, remedy = text.partition(". ")
        yield Fault(f"{what}.", remedy or "Install the version that made the database.")
    if status.pending and not status.faults:
        names = ", ".join(file.name for file in status.pending)
        yield Fault(f"Migrations are not applied: {names}.", "Run: e-supervision migrate")
    if not status.pending and not any(table.name == LOG_TABLE for table in examination.hypertables):
        yield Fault(
            f"The table {LOG_TABLE} is no hypertable: the event log would slow down as it grows.",
            "Restore the database from a backup made with TimescaleDB's own procedure.",
        )


def _find_engine_faults(examination: Examination) -> Iterator[Fault]:
    if not examination.service_expected:
        return
    start = "Start it with: e-supervision serve (or look into its log, if it runs)."
    waiting = examination.waiting
    if waiting is not None and waiting.oldest_received_at is not None:
        wait = examination.real_time - waiting.oldest_received_at
        if wait > LONGEST_WAIT:
            yield Fault(
                f"Accepted events have waited {describe_span(wait)} for the engine: it stands still or is behind.",
                start,
            )
    for engine in examination.engines:
        lag = _real_lag(examination, engine.as_of)
        if lag > LONGEST_WAIT:
            yield Fault(
                f"The engine of {engine.hall} has not judged for {describe_span(lag)}: nothing falls due meanwhile.",
                start,
            )


def _find_silent_sources(examination: Examination) -> Iterator[Fault]:
    for source in examination.silent_sources:
        wait = "1 card of its cases waits" if source.cards_held == 1 else f"{source.cards_held} cards of its cases wait"
        waiting = f"; {wait} for its word, at most one working day" if source.cards_held else ""
        if source.state == "silent_a_day":
            waiting = "; its cases' cards are issued by last known data"
        yield Fault(
            f"The source {source.code} of {source.hall} is silent: it last said that everything up to "
            f"{_describe_time(examination, source.heard_until, source.hall)} had been sent{waiting}.",
            "Ask whoever runs it whether it sends events and heartbeats, and whether its key still holds.",
        )


def _find_calendar_faults(examination: Examination) -> Iterator[Fault]:
    for calendar in examination.calendars:
        if calendar.unusable is not None:
            yield Fault(
                f"The calendar of {calendar.hall} loaded last cannot be used: {calendar.unusable}. "
                "Supervision goes on by the one before.",
                "Correct it and load it anew: e-supervision calendar load FILE",
            )
        if not calendar.has_working_time:
            yield Fault(
                f"The calendar of {calendar.hall} has no working time in the next 30 days: no limit runs and no card "
                "is issued.",
                "Look at its loads with: e-supervision calendar list. Then load a corrected one.",
            )
        if calendar.year in calendar.missing_years:
            yield Fault(
                f"No notice of {calendar.year} is loaded for {calendar.hall}: due times go by weekends and fixed "
                "holidays and are provisional.",
                LOAD_NOTICE,
            )


def _real_lag(examination: Examination, as_of: datetime) -> timedelta:
    """Give how long ago in real time case time stood at `as_of`; zero while case time is halted."""
    if examination.case_rate <= 0:
        return timedelta(0)
    return max(timedelta(0), (examination.case_time - as_of) / examination.case_rate)


def describe_bytes(count: int) -> str:
    """Write a size for people: `512 kB`, `3.4 GB` (powers of 1,000)."""
    if count < 1_000_000:
        return f"{count / 1_000:.0f} kB"
    if count < 1_000_000_000:
        return f"{count / 1_000_000:.1f} MB"
    return f"{count / 1_000_000_000:.1f} GB"


def describe_span(span: timedelta) -> str:
    """Write a span for people in its largest fitting unit: `12 s`, `5 min`, `3 h`, `9 days`."""
    seconds = int(span.total_seconds())
    for size, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _describe_time(examination: Examination, moment: datetime, hall: str | None = None) -> str:
    """Write a moment in the hall's zone; what is no hall's own in the zone that all halls share, else in UTC."""
    zones = {calendar.zone for calendar in examination.calendars if hall in (None, calendar.hall)}
    if len(zones) != 1:
        return f"{moment:%Y-%m-%d %H:%M:%S %Z}"
    local = moment.astimezone(ZoneInfo(zones.pop()))
    return f"{local:%Y-%m-%d %H:%M:%S} {local.isoformat()[-6:]}"
