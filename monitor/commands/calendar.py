"""`e-supervision calendar`: load a year's notice or a local closure, after a preview of every due time it moves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.command_options import DatabaseUrl, DataFolder

if TYPE_CHECKING:
    from psycopg import Connection

    from monitor.engine.recalculation import RecalculationPreview
    from monitor.storage.halls import HallFacts

Notice = Annotated[Path, typer.Argument(help='JSON: {"years": {"2027": {"holidays": […], "workdays": […]}}}')]
Layer = Annotated[str, typer.Option(help="national, province, city or hall.")]
Hall = Annotated[str | None, typer.Option(help="Code of the hall; default: the only one.")]


@dataclass(frozen=True)
class ProposedLoad:
    """One more load of a layer: for `hall`, or for every hall where none was named and the layer stands above halls."""

    connection: Connection[Any]
    hall: HallFacts
    is_for_all: bool
    layer: str
    content: dict[str, Any]
    loaded_at: datetime
    """Case time."""


def register(program: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(help="Working calendars (工作日历): load, preview, list.", no_args_is_help=True)
    group.command("preview")(preview)
    group.command("load")(load)
    group.command("list")(list_loads)
    program.add_typer(group, name="calendar")


def preview(
    file: Notice,
    layer: Layer = "national",
    hall: Hall = None,
    database_url: DatabaseUrl = None,
    data_folder: DataFolder = None,
) -> None:
    """Say what a load would move (预览); nothing is written."""
    with _propose(file, layer, hall, database_url, data_folder) as proposed:
        _show(_preview(proposed))


def load(
    file: Notice,
    title: Annotated[str, typer.Option("--notice", help="Title, number and date of the notice.")],
    layer: Layer = "national",
    hall: Hall = None,
    yes: Annotated[bool, typer.Option("--yes", help="Load without asking after the preview.")] = False,
    database_url: DatabaseUrl = None,
    data_folder: DataFolder = None,
) -> None:
    """Preview, ask, load as a new version (载入); the engine then judges everything that still runs anew."""
    with _propose(file, layer, hall, database_url, data_folder) as proposed:
        found = _preview(proposed)
        _show(found)
        if not yes and not typer.confirm("Load it?"):
            raise typer.Exit(1)
        version = _write(proposed, title, found)
    print(f"Loaded as calendar version {version}. The running service judges every open case by it now.")


def list_loads(database_url: DatabaseUrl = None, data_folder: DataFolder = None) -> None:
    """List the loads, newest first (载入记录)."""
    import rich
    from rich.table import Table

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


@contextmanager
def _propose(
    file: Path, layer: str, hall: str | None, database_url: str | None, data_folder: Path | None
) -> Iterator[ProposedLoad]:
    """What the command line asks for, checked, with the database open; ends the program where it cannot be done."""
    from monitor.storage.case_clock import CaseClock
    from monitor.storage.database import connect
    from monitor.storage.hosting import host_database
    from monitor.storage.rules import LAYERS

    if layer not in LAYERS:
        raise typer.BadParameter(f"{layer!r} is no layer: give one of {', '.join(LAYERS)}")
    content = _read(file)
    with host_database(data_folder, url=database_url) as host, connect(host.url) as connection:
        clock = CaseClock()
        clock.reload(connection)
        is_for_all = hall is None and layer != "hall"
        yield ProposedLoad(connection, _choose_hall(connection, hall), is_for_all, layer, content, clock.now())


def _read(file: Path) -> dict[str, Any]:
    from monitor.domain.calendars import BadCalendar, WorkingCalendar, calendar_content

    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        WorkingCalendar(calendar_content([content]))
    except (OSError, ValueError, BadCalendar) as error:
        raise typer.BadParameter(f"{file}: {error}") from error
    return dict(content)


def _choose_hall(connection: Connection[Any], code: str | None) -> HallFacts:
    from monitor.storage.halls import read_halls

    known = read_halls(connection)
    chosen = [hall for hall in known if code in (None, hall.code)]
    if len(chosen) != 1:
        codes = ", ".join(hall.code for hall in known) or "none: load a registry first"
        raise typer.BadParameter(f"name one hall with --hall; there are: {codes}")
    return chosen[0]


def _preview(proposed: ProposedLoad) -> RecalculationPreview:
    """Judge every open case by the calendar as it would be; nothing is written."""
    from rich.progress import Progress

    from monitor.domain.instants import instant_of
    from monitor.engine.recalculation import calendar_with_load, preview_calendar
    from monitor.storage.rules import RulesCache

    connection, hall_id = proposed.connection, proposed.hall.hall_id
    calendar = calendar_with_load(connection, hall_id, proposed.layer, proposed.content)
    rules = RulesCache().get(connection, hall_id)
    with Progress(transient=True) as progress:
        bar = progress.add_task("judging open cases", total=None)
        found = preview_calendar(
            connection,
            rules,
            calendar,
            instant_of(proposed.loaded_at),
            lambda done: progress.update(bar, completed=done),
        )
    connection.rollback()  # nothing is held while somebody thinks it over
    return found


def _show(found: RecalculationPreview) -> None:
    import rich
    from rich.table import Table

    table = Table("what", "how many", title="Preview 预览")
    table.add_row("open cases judged 在办件", f"{found.cases:,}")
    table.add_row("due times earlier 提前", f"{found.earlier:,}")
    table.add_row("due times later 推后", f"{found.later:,}")
    table.add_row("no longer provisional 不再暂定", f"{found.no_longer_provisional:,}")
    table.add_row("cards to issue 将发牌", _count_levels(found.cards_to_issue))
    table.add_row("cards to revoke 将撤牌", _count_levels(found.cards_to_revoke))
    if found.not_judged:
        table.add_row("set aside, not judged 未能判定", f"{found.not_judged:,}")
    rich.print(table)


def _count_levels(cards: dict[str, int]) -> str:
    return ", ".join(f"{level} {count:,}" for level, count in sorted(cards.items())) or "0"


def _write(proposed: ProposedLoad, title: str, found: RecalculationPreview) -> int:
    """Load the layer with its audit record in one transaction; gives its version."""
    import getpass

    from monitor.storage.recalculation import insert_calendar_version, insert_recalculation

    connection, by, at = proposed.connection, getpass.getuser(), proposed.loaded_at
    hall_id = None if proposed.is_for_all else proposed.hall.hall_id
    version = insert_calendar_version(connection, proposed.layer, hall_id, at, by, title, proposed.content)
    insert_recalculation(connection, proposed.hall.hall_id, at, by, "calendar", title, found.as_json())
    connection.commit()
    return version
