"""`e-supervision import`: takes the log of another system in, by a mapping profile."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.command_options import DatabaseUrl, DataFolder

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from monitor.intake.importing.evaluation_input import EvaluationInput
    from monitor.intake.importing.log_reader import LogReader, Portion
    from monitor.intake.importing.profile import Profile
    from monitor.intake.importing.transfer import ImportTally

REFUSALS_SHOWN = 50
ACTIVITIES_SHOWN = 10
REFUSED, CALLED_WRONGLY = 1, 2


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("import")(import_log)


def import_log(
    file: Annotated[Path, typer.Argument(help="The log: XES, CSV or NDJSON, each also as .gz.")],
    profile: Annotated[str, typer.Option(help="A shipped profile, or the path of a .toml file of your own.")],
    source: Annotated[str | None, typer.Option(help="Code of the source; default: the one the profile names.")] = None,
    to_evaluate: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write the input of `evaluate` into DIR; no database is used.")
    ] = None,
    fold: Annotated[bool, typer.Option(help="Judge the cases at once; else a running service does.")] = True,
    personal_key: Annotated[
        str | None,
        typer.Option(envvar="ESUPERVISION_PERSONAL_KEY", help="Secret for hiding names (set the variable)."),
    ] = None,
    database_url: DatabaseUrl = None,
    data_folder: DataFolder = None,
) -> None:
    """Import the log (导入日志) of another system; running it again adds only what is missing.

    Exit code 0 when every event is in, 1 when something was rejected (listed) or the file could not be read to its
    end, 2 when profile or source cannot be used.
    """
    from monitor.intake.importing.log_file import ReadingError
    from monitor.intake.importing.log_reader import LogReader
    from monitor.intake.importing.personal import MissingKey, Pseudonyms
    from monitor.intake.importing.profile_file import load_profile
    from monitor.intake.importing.profile_part import ProfileError
    from monitor.intake.importing.registration import RegistrationError

    try:
        read = load_profile(profile)
        code = source or (read.source.code if read.source is not None else None)
        if code is None:
            raise RegistrationError(f"the profile {read.name} names no source: name a registered one with --source.")
        with LogReader(file, read, code, Pseudonyms(personal_key, read.salt)) as reader:
            if to_evaluate is not None:
                _write_files(reader, read, to_evaluate)
            else:
                _import(reader, read, code, database_url, data_folder, fold=fold)
    except (ProfileError, RegistrationError, MissingKey) as error:
        raise _stopped(str(error), CALLED_WRONGLY) from error
    except ReadingError as error:
        raise _stopped(f"{file.name}: {error}", REFUSED) from error


def _write_files(reader: LogReader, profile: Profile, folder: Path) -> None:
    from monitor.intake.importing.evaluation_input import write_evaluation_input
    from monitor.intake.importing.registration import RegistrationError
    from monitor.intake.importing.transfer import EVENTS_A_COMMIT

    if profile.hall is None:
        raise RegistrationError(f"the profile {profile.name} describes no hall, so there are no rules to evaluate by.")
    with _progress() as progress:
        task = _add_task(progress, "reading", reader)

        def advance(portion: Portion) -> None:
            _advance(progress, task, portion, progress.tasks[task].fields["events"] + len(portion.events))

        written = write_evaluation_input(reader.portions(EVENTS_A_COMMIT), profile.hall, folder, advance)
    _report_files(written, reader, folder)


def _import(
    reader: LogReader, profile: Profile, code: str, url: str | None, data_folder: Path | None, *, fold: bool
) -> None:
    from psycopg import OperationalError

    from monitor.intake.importing.registration import register_source
    from monitor.intake.importing.transfer import EVENTS_A_COMMIT, import_portions
    from monitor.storage.case_clock import CaseClock
    from monitor.storage.database import connect
    from monitor.storage.hosting import host_database
    from monitor.storage.migrations import require_current_schema

    with host_database(data_folder, url=url) as host:
        with connect(host.url, autocommit=True) as connection:
            require_current_schema(connection)
            clock = CaseClock()
            clock.reload(connection)
            sender = register_source(connection, profile, code, clock.now())
            started = time.monotonic()
            with _progress() as progress:
                task = _add_task(progress, "importing", reader)

                def advance(portion: Portion, tally: ImportTally) -> None:
                    clock.reload(connection)
                    _advance(progress, task, portion, tally.events)

                try:
                    tally = import_portions(connection, sender, reader.portions(EVENTS_A_COMMIT), clock.now, advance)
                except OperationalError as error:
                    raise _stopped(
                        f"the database was lost ({str(error).strip()}). What was confirmed is in: import the same file "
                        "again, and only what is missing is added.",
                        REFUSED,
                    ) from error
        _report_import(tally, reader, code, time.monotonic() - started)
        if fold:
            _fold(host.url, sender.hall_id)
    if tally.refused:
        raise typer.Exit(REFUSED)


def _fold(url: str, hall_id: int) -> None:
    from monitor.engine.service import EngineBusyError, settle

    started = time.monotonic()
    try:
        settle(url, hall_id)
    except EngineBusyError:
        typer.echo("The cases are being judged by the running service.")
    else:
        typer.echo(f"The cases are judged ({time.monotonic() - started:.1f} s).")


def _report_import(tally: ImportTally, reader: LogReader, code: str, seconds: float) -> None:
    speed = tally.events / seconds if seconds else 0.0
    typer.echo(
        f"source {code}: {tally.events:,} events in {seconds:.1f} s ({speed:,.0f} events/s): "
        f"{tally.accepted:,} accepted, {tally.duplicate:,} already there, {tally.conflicting:,} conflicting, "
        f"{tally.rejected:,} rejected."
    )
    _report_unmapped(reader)
    for refused in tally.refusals[:REFUSALS_SHOWN]:
        typer.echo(f"line {refused.line}: {refused.verdict}: {refused.reason}: {refused.detail}", err=True)
    _report_hidden(tally.refused)


def _report_files(written: EvaluationInput, reader: LogReader, folder: Path) -> None:
    typer.echo(f"{written.events:,} events written to {folder}, {len(written.refused):,} rejected.")
    _report_unmapped(reader)
    for refused in written.refused[:REFUSALS_SHOWN]:
        typer.echo(f"line {refused.line}: rejected: {refused.reason}: {refused.detail}", err=True)
    _report_hidden(len(written.refused))
    if written.refused:
        raise typer.Exit(REFUSED)


def _report_unmapped(reader: LogReader) -> None:
    if not reader.unmapped:
        return
    listed = [f"{activity or '(none)'} ({rows:,})" for activity, rows in reader.unmapped.most_common(ACTIVITIES_SHOWN)]
    more = f" and {len(reader.unmapped) - len(listed):,} more" if len(reader.unmapped) > len(listed) else ""
    typer.echo(f"{reader.unmapped.total():,} rows are spoken of by no rule of the profile: {', '.join(listed)}{more}.")


def _report_hidden(refused: int) -> None:
    if refused > REFUSALS_SHOWN:
        typer.echo(f"… and {refused - REFUSALS_SHOWN:,} more that were not taken in.", err=True)


@contextmanager
def _progress() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[events]:,} events"),
        TextColumn("{task.fields[speed]:,.0f} events/s"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield progress


def _add_task(progress: Progress, what: str, reader: LogReader) -> TaskID:
    return progress.add_task(what, total=reader.size, events=0, speed=0.0)


def _advance(progress: Progress, task: TaskID, portion: Portion, events: int) -> None:
    elapsed = progress.tasks[task].elapsed
    progress.update(task, completed=portion.position, events=events, speed=events / elapsed if elapsed else 0.0)


def _stopped(message: str, code: int) -> typer.Exit:
    typer.echo(f"import: {message}", err=True)
    return typer.Exit(code)
