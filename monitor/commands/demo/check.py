"""Findings held against truth.ndjson: none missed, none extra."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import Connection
from rich.console import Console

from monitor.commands.demo.settings import DemoError, DemoSettings
from monitor.simulator.registry import HALL_CODE
from monitor.simulator.truth import Comparison, compare_findings, read_truth
from monitor.storage.database import connect
from monitor.storage.findings import read_findings
from monitor.storage.halls import find_hall, read_engine_as_of
from monitor.storage.hosting import host_database

IN_FLIGHT = timedelta(minutes=30)
"""Case time; while the hall lives, what came true so shortly before may still be on its way from its window."""


def check_findings(settings: DemoSettings) -> None:
    """Print how the findings compare, of a running demo or of one that was stopped. Raises DemoError if they differ."""
    if not settings.truth_file.exists():
        raise DemoError(f"{settings.folder} holds no demo: run `e-supervision demo` first, or name its --data")
    with (
        host_database(settings.database_folder, url=settings.database_url) as host,
        connect(host.url) as connection,
    ):
        as_of, compared = compare_hall(connection, settings.truth_file, allowed=IN_FLIGHT)
    show_comparison(Console(), as_of, compared)
    if not compared.is_equal:
        raise DemoError("the findings are not the truth")


def compare_hall(
    connection: Connection[Any], truth_file: Path, allowed: timedelta = timedelta(0)
) -> tuple[datetime, Comparison]:
    """Compare at the engine's own case time, given in the hall's zone.

    What came or ceased to be true within `allowed` before it may differ.
    """
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read")
        hall = find_hall(connection, HALL_CODE)
        as_of = read_engine_as_of(connection, hall.hall_id)
        found = read_findings(connection, hall.hall_id)
    if as_of is None:
        raise DemoError("nothing has been judged yet")
    truth = list(read_truth(truth_file))
    compared = compare_findings(truth, found, as_of)
    if allowed and not compared.is_equal:
        earlier, later = as_of - allowed, as_of + allowed
        loose = {line.key() for line in truth if _changes(line.since, line.until, earlier, later)}
        compared = Comparison(compared.expected, compared.missed - loose, compared.extra - loose)
    return as_of.astimezone(ZoneInfo(hall.zone)), compared


def show_comparison(console: Console, as_of: datetime, compared: Comparison) -> None:
    """One line, and the first differences if there are any."""
    verdict = "[green]=[/]" if compared.is_equal else "[red]≠[/]"
    console.print(
        f"findings {verdict} truth.ndjson as of {as_of:%Y-%m-%d %H:%M}: {compared.expected:,} true, "
        f"{len(compared.missed)} missed, {len(compared.extra)} extra"
    )
    for name, keys in (("missed", compared.missed), ("extra", compared.extra)):
        for source, case_no, code, event_id in sorted(keys, key=str)[:10]:
            console.print(f"  {name}: {code} {source} {case_no} {event_id or ''}")


def _changes(since: str, until: str | None, earlier: datetime, later: datetime) -> bool:
    moments = [datetime.fromisoformat(moment) for moment in (since, until) if moment is not None]
    return any(earlier <= moment <= later for moment in moments)
