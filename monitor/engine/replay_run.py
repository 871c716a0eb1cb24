"""A replay as an operator runs it: waits for a settled moment, shows progress, prints what differs."""

from __future__ import annotations

import time

import rich
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from monitor.engine.replay import NotSettledError, ReplayReport, replay
from monitor.engine.service import EngineBusyError, settle
from monitor.storage.database import connect
from monitor.storage.halls import HallFacts
from monitor.storage.replay import count_log

SHOWN = 20
TRIES = 100
SECONDS_BETWEEN_TRIES = 0.05


def replay_hall(url: str, hall: HallFacts) -> int:
    """Replay one hall and print the result; gives the number of differences.

    Where no service is running, what waits is judged first; where one is, a moment is chosen at which it is settled.
    """
    try:
        settle(url, hall.hall_id)
    except EngineBusyError:
        pass
    report = _replay_when_settled(url, hall.hall_id)
    rich.print(
        f"{hall.code}: {report.events:,} events, {report.cases:,} cases, {report.values:,} stored values compared "
        f"as of {hall.time_text(report.as_of)}: {_verdict(report)}"
    )
    for difference in report.differences[:SHOWN]:
        print(f"  {difference}")
    if len(report.differences) > SHOWN:
        print(f"  … and {len(report.differences) - SHOWN:,} more")
    return len(report.differences)


def _replay_when_settled(url: str, hall_id: int) -> ReplayReport:
    for _ in range(TRIES - 1):
        try:
            return _replay_once(url, hall_id)
        except NotSettledError:
            time.sleep(SECONDS_BETWEEN_TRIES)
    return _replay_once(url, hall_id)


def _replay_once(url: str, hall_id: int) -> ReplayReport:
    columns = (TextColumn("replaying"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with connect(url) as connection, connection.transaction():
        connection.execute("set transaction isolation level repeatable read")
        with Progress(*columns, transient=True) as progress:
            bar = progress.add_task("", total=count_log(connection, hall_id).events)
            return replay(connection, hall_id, lambda done: progress.update(bar, completed=done))


def _verdict(report: ReplayReport) -> str:
    return "[bold red]DIFFERENT[/]" if report.differences else "[bold green]equal[/]"
