"""`e-supervision doctor`: says what is running and what is wrong."""

import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.command_options import DatabaseUrl, DataFolder

if TYPE_CHECKING:
    from monitor.storage.doctor_report import Report


def register(program: typer.Typer) -> None:
    """Add the command."""
    program.command("doctor")(doctor)


def doctor(
    database_url: DatabaseUrl = None,
    data_folder: DataFolder = None,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False,
) -> None:
    """Say in plain words what is running, in which edition, and what is wrong (体检). Exit code 1 if anything is."""
    report = _with_rules(_examine(database_url, data_folder))
    print(json.dumps(report.to_plain(), ensure_ascii=False, indent=2) if as_json else report.render())
    raise typer.Exit(report.exit_code)


def _with_rules(report: "Report") -> "Report":
    from dataclasses import replace

    from monitor.native import form

    running = form()
    said = f"{'compiled' if running.compiled else 'as written, slower'}: {running.why}"
    return replace(report, sections={**report.sections, "Rules": (said,)})


def _examine(database_url: str | None, data_folder: Path | None) -> "Report":
    from monitor.storage.database import connect
    from monitor.storage.doctor import examine_database
    from monitor.storage.doctor_report import Fault, Report, report_examination
    from monitor.storage.hosting import choose_data_folder, find_database_url, host_database

    folder = choose_data_folder(data_folder)
    database_url = database_url or find_database_url()
    if database_url is None and not (folder / "cluster").is_dir():
        nothing = Fault(f"There is no database in {folder} yet.", "Run: e-supervision migrate (or: e-supervision demo)")
        return Report({}, (nothing,))
    with host_database(folder, url=database_url) as host, closing(connect(host.url, autocommit=True)) as connection:
        examination = examine_database(connection, data_folder=host.data_folder, service_expected=host.server is None)
        return report_examination(examination)
