"""`e-supervision calendar`: load a year's notice or a local closure, after a preview of every due time it moves."""

import getpass
import json
from pathlib import Path
from typing import Annotated, Any

import rich
import typer
from rich.table import Table

DatabaseUrl = Annotated[
    str | None, typer.Option(envvar="DATABASE_URL", help="Server to use instead of the embedded one.")
]
DataFolder = Annotated[
    Path | None, typer.Option(envvar="ESUPERVISION_DATA", help="Data folder of the embedded server.")
]
Notice = Annotated[Path, typer.Argument(help='JSON: {"years": {"2027": {"holidays": […], "workdays": […]}}}')]
Layer = Annotated[str, typer.Option(help="national, province, city or hall.")]
Hall = Annotated[str | None, typer.Option(help="Code of the hall; default: the only one.")]


def register(program: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(help="Working calendars (工作日历): load, preview, list.", no_args_is_help=True)
    group.command("preview")(preview)
    group.command("load")(load)
    group.command("list")(show)
    program.add_typer(group, name="calendar")


def preview(
    file: Notice, layer: Layer = "national", hall: Hall = None, database_url: DatabaseUrl = None,
    data_folder: DataFolder = None,
) -> None:  # fmt: skip
    """Say what a load would move; nothing is written."""
    _run(file, layer, hall, database_url, data_folder, title=None, is_confirmed=None)


def load(
    file: Notice,
    title: Annotated[str, typer.Option("--notice", help="Title, number and date of the notice.")],
    layer: Layer = "national",
    hall: Hall = None,
    yes: Annotated[bool, typer.Option("--yes", help="Load without asking after the preview.")] = False,
    database_url: DatabaseUrl = None,
    data_folder: DataFolder = None,
) -> None:
    """Preview, ask, load as a new version; the engine then judges everything that still runs anew."""
    _run(file, layer, hall, database_url, data_folder, title=title, is_confirmed=yes)


def show(database_url: DatabaseUrl = None, data_folder: DataFolder = None) -> None:
    """List the loads, newest first."""
    from monitor.storage.database import connect
    from monitor.storage.hosting import host_database
    from monitor.storage.recalculation import read_calendar_versions

    table = Table("version", "layer", "hall", "years", "notice", "loaded at", "by")
    with host_database(data_folder, url=database_url) as host, connect(host.url) as connection:
        for row in read_calendar_versions(connection):
            loaded = row["loaded_at"].isoformat(timespec="seconds")
            table.add_row(
                str(row["calendar_version"]), row["layer"], row["hall"] or "*", row["years"], row["notice"], loaded,
                row["loaded_by"],
            )  # fmt: skip
    table.add_row("0", "national", "*", "2024 2025 2026", "built in: 国务院办公厅 notices", "", "")
    rich.print(table)


def _run(
    file: Path, layer: str, hall: str | None, database_url: str | None, data_folder: Path | None, *, title: str | None,
    is_confirmed: bool | None,
) -> None:  # fmt: skip
    from monitor.engine.recalculation import calendar_with_load, preview_calendar
    from monitor.storage.case_clock import CaseClock
    from monitor.storage.database import connect
    from monitor.storage.hosting import host_database
    from monitor.storage.recalculation import insert_calendar_version, insert_recalculation
    from monitor.storage.rules import LAYERS, RulesCache

    if layer not in LAYERS:
        raise typer.BadParameter(f"{layer!r} is no layer: give one of {', '.join(LAYERS)}")
    content = _read(file)
    with host_database(data_folder, url=database_url) as host, connect(host.url) as connection:
        chosen = _choose_hall(connection, hall)
        clock = CaseClock()
        clock.reload(connection)
        now = clock.now()
        calendar = calendar_with_load(connection, chosen.hall_id, layer, content)
        found = _preview(connection, chosen.hall_id, calendar, now, preview_calendar, RulesCache())
        if title is None:
            return
        if not is_confirmed and not typer.confirm("Load it?"):
            raise typer.Exit(1)
        hall_id = None if layer in ("national", "province", "city") and hall is None else chosen.hall_id
        by = getpass.getuser()
        version = insert_calendar_version(connection, layer, hall_id, now, by, title, content)
        insert_recalculation(connection, chosen.hall_id, now, by, "calendar", title, found)
        connection.commit()
    print(f"Loaded as calendar version {version}. The running service judges every open case by it now.")


def _read(file: Path) -> dict[str, Any]:
    from monitor.domain.calendars import BadCalendar, WorkingCalendar, calendar_content

    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        WorkingCalendar(calendar_content([content]))
    except (OSError, ValueError, BadCalendar) as error:
        raise typer.BadParameter(f"{file}: {error}") from error
    return dict(content)


def _choose_hall(connection: Any, code: str | None) -> Any:
    from monitor.storage.halls import read_halls

    halls = [hall for hall in read_halls(connection) if code in (None, hall.code)]
    if len(halls) != 1:
        known = ", ".join(hall.code for hall in read_halls(connection)) or "none: load a registry first"
        raise typer.BadParameter(f"name one hall with --hall; there are: {known}")
    return halls[0]


def _preview(
    connection: Any, hall_id: int, calendar: Any, now: Any, preview_calendar: Any, cache: Any
) -> dict[str, Any]:
    from rich.progress import Progress

    from monitor.domain.instants import instant_of

    with Progress(transient=True) as progress:
        bar = progress.add_task("judging open cases", total=None)
        rules = cache.get(connection, hall_id)
        found = preview_calendar(
            connection, rules, calendar, instant_of(now), lambda done: progress.update(bar, completed=done)
        )
    connection.rollback()
    table = Table("what", "how many", title="Preview 预览")
    table.add_row("open cases judged 在办件", f"{found.cases:,}")
    table.add_row("due times earlier 提前", f"{found.earlier:,}")
    table.add_row("due times later 推后", f"{found.later:,}")
    table.add_row("no longer provisional 不再暂定", f"{found.no_longer_provisional:,}")
    table.add_row("cards to issue 将发牌", str(dict(found.cards_to_issue) or 0))
    table.add_row("cards to revoke 将撤牌", str(dict(found.cards_to_revoke) or 0))
    rich.print(table)
    return dict(found.as_json())
