"""`e-supervision registry load`: departments, items, windows, handlers and sources of a hall, from files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.command_options import DatabaseUrl, DataFolder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from psycopg import Connection
    from rich.table import Table as RichTable

    from monitor.domain.registry_change import RegistryChange, RowChange
    from monitor.intake.registry_files import RegistryFiles
    from monitor.intake.registry_load import RegistryPreview

ROWS_SHOWN = 60


def register(program: typer.Typer) -> None:
    """Add the command."""
    group = typer.Typer(help="登记册: halls, departments, items, windows, handlers, sources.", no_args_is_help=True)
    group.callback()(_keep_command_name)
    group.command("load")(load)
    program.add_typer(group, name="registry")


def _keep_command_name() -> None:
    """Without a callback, typer would run a group of one command without its name."""


def load(
    folder: Annotated[Path, typer.Argument(help="Folder with hall.csv, items.csv …, or a workbook.")],
    check: Annotated[bool, typer.Option("--check", help="Only show problems and what would change.")] = False,
    hall: Annotated[str | None, typer.Option(help="Code of the hall, where the files do not name it.")] = None,
    every: Annotated[bool, typer.Option("--every", help="List every changed row, however many.")] = False,
    database_url: DatabaseUrl = None,
    data_folder: DataFolder = None,
) -> None:
    """Load the registry (登记册) of a hall: shows what changes, then writes it in one transaction.

    Exit code 1 when anything is wrong in the files; nothing is written then. Warnings do not hinder.
    """
    from monitor.intake.registry_files import read_registry_files
    from monitor.storage.database import connect
    from monitor.storage.hosting import host_database
    from monitor.storage.migrations import require_current_schema
    from monitor.storage.registry import RegistryLoadError

    try:
        files = read_registry_files(folder)
        with host_database(data_folder, url=database_url) as host, connect(host.url) as connection:
            require_current_schema(connection)
            _load(connection, files, hall, check=check, every=every)
    except (NotADirectoryError, RegistryLoadError) as problem:
        typer.echo(f"registry load: {problem}", err=True)
        raise typer.Exit(1) from problem


def _load(connection: Connection[Any], files: RegistryFiles, hall: str | None, *, check: bool, every: bool) -> None:
    from monitor.intake.registry_load import preview_load
    from monitor.storage.registry import lock_registry

    if not check:
        lock_registry(connection)
    preview = preview_load(connection, files, hall)
    _print_problems(preview)
    if preview.change is None or preview.hall_code is None:
        typer.echo("Nothing was written: correct the errors above and load again.", err=True)
        raise typer.Exit(1)
    _print_change(preview.hall_code, preview.change, every=every)
    if check:
        typer.echo("Checked only: nothing was written.")
    elif preview.change:
        _apply(connection, preview.hall_code, preview.change)


def _apply(connection: Connection[Any], hall_code: str, change: RegistryChange) -> None:
    from rich.console import Console
    from rich.progress import Progress

    from monitor.domain.registry import Table
    from monitor.storage.case_clock import CaseClock
    from monitor.storage.registry import apply_change

    clock = CaseClock()
    clock.reload(connection)
    loaded_at = clock.now()
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("writing", total=len(change.rows))

        def report(table: Table, written: int) -> None:
            progress.update(task, advance=written, description=f"writing {table}")

        applied = apply_change(connection, hall_code, change, loaded_at=loaded_at, report=report)
        _record_items(connection, applied.hall_id, change, loaded_at)
        connection.commit()
    typer.echo(
        f"Registry of {hall_code}: {len(change.rows)} rows written, rules version {applied.rules_version}. "
        "A running service judges the open cases anew by it."
    )


def _record_items(connection: Connection[Any], hall_id: int, change: RegistryChange, loaded_at: datetime) -> None:
    """Leave the audit record of changed limits, by which the engine judges the open cases anew."""
    import getpass

    from monitor.domain.registry_change import describe_items_changed
    from monitor.storage.recalculation import insert_recalculation

    described = describe_items_changed(change)
    if described["items"]:
        insert_recalculation(connection, hall_id, loaded_at, getpass.getuser(), "items", "registry load", described)


def _print_problems(preview: RegistryPreview) -> None:
    from monitor.intake.registry_load import describe_place

    for problem in preview.problems:
        column = f", column {problem.column}" if problem.column else ""
        place = f"{describe_place(problem.place)}{column}"
        typer.echo(f"{problem.severity.value}: {place}: {problem.what}. What to do: {problem.to_do}.", err=True)


def _print_change(hall_code: str, change: RegistryChange, *, every: bool) -> None:
    from rich.console import Console

    console = Console()
    if not change:
        console.print(f"Registry of {hall_code}: nothing changes.")
        return
    console.print(_summary_table(hall_code, change))
    shown = change.rows if every else change.rows[:ROWS_SHOWN]
    console.print(_rows_table(shown))
    if len(shown) < len(change.rows):
        console.print(f"… and {len(change.rows) - len(shown)} rows more; --every lists them all.")


def _summary_table(hall_code: str, change: RegistryChange) -> RichTable:
    from rich.table import Table as RichTable

    from monitor.domain.registry import Table
    from monitor.domain.registry_change import ChangeKind

    summary = RichTable(title=f"Registry of {hall_code}: what changes", title_justify="left")
    summary.add_column("table")
    for kind in ChangeKind:
        summary.add_column(kind.value, justify="right")
    summary.add_column("unchanged", justify="right")
    for table in Table:
        counted = change.count(table)
        numbers = [*counted.values(), change.unchanged[table]]
        if any(numbers):
            summary.add_row(table.value, *(str(number) for number in numbers))
    return summary


def _rows_table(rows: Sequence[RowChange]) -> RichTable:
    from rich.markup import escape
    from rich.table import Table as RichTable

    from monitor.domain.registry import DatedRecord

    listed = RichTable()
    for heading in ("table", "change", "code", "from", "what"):
        listed.add_column(heading, overflow="fold")
    for row in rows:
        dated = isinstance(row.record, DatedRecord)
        key = row.record.key()[:-1] if dated else row.record.key()
        begins = (row.record.key()[-1] or "since ever") if dated else ""
        listed.add_row(row.table.value, row.kind.value, escape(" / ".join(key)), begins, escape(_describe(row)))
    return listed


def _describe(row: RowChange) -> str:
    if not row.fields:
        return str(getattr(row.record, "name_zh", "")) or "new"
    return "\n".join(
        f"{field.name}: (personal, changed)"
        if field.personal
        else f"{field.name}: {_plain(field.old)} → {_plain(field.new)}"
        for field in row.fields
    )


def _plain(value: object) -> str:
    """A value as the file would write it."""
    match value:
        case None | ():
            return "(empty)"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g}"
        case tuple():
            return ";".join(str(part) for part in value)
        case dict():
            return ";".join(f"{name}={'' if limit is None else format(limit, 'g')}" for name, limit in value.items())
        case _:
            return str(value)
