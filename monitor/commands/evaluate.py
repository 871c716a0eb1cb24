"""`e-supervision evaluate`: judge events from files, without a database."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from monitor.domain.calendars import BadCalendar
from monitor.domain.evaluation import BadRules, describe, group_by_case, read_calendar, read_items, read_policy
from monitor.domain.event_lines import EventLines, read_event_lines
from monitor.domain.instants import Instant
from monitor.domain.judge import Rules, judge

FILE = "a file, or - for standard input"


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(evaluate)


def evaluate(
    events: Annotated[str, typer.Option(help=f"Events as NDJSON: {FILE}.")],
    items: Annotated[str, typer.Option(help=f"Items with their limits, a JSON array: {FILE}.")],
    as_of: Annotated[str, typer.Option(help="The moment to judge at, ISO 8601; without zone, in the calendar's.")],
    calendar: Annotated[str | None, typer.Option(help="A calendar (JSON); default: the built-in national one.")] = None,
    policy: Annotated[str | None, typer.Option(help="A policy (JSON); default: the defaults.")] = None,
) -> None:
    """Judge every case of a file and print one judgement a line, sorted by source, then case number."""
    rules = read_rules(items, calendar, policy)
    moment = read_moment(as_of, rules)
    found = read_events(events, rules)
    for of_case in group_by_case(found.events).values():
        judgement = judge(of_case, rules, moment)
        if judgement is not None:
            print(json.dumps(describe(judgement, rules.calendar.zone), ensure_ascii=False))
    report(found)


def read_rules(items: str, calendar: str | None, policy: str | None) -> Rules:
    """Items, calendar and policy of the command line; ends the program with a clear message when one is unusable."""
    try:
        return Rules(
            read_items(_json(items, "--items")),
            read_calendar(None if calendar is None else _json(calendar, "--calendar")),
            read_policy(None if policy is None else _json(policy, "--policy")),
        )
    except (BadRules, BadCalendar) as error:
        raise _refused(str(error)) from error


def read_moment(as_of: str, rules: Rules) -> Instant:
    """The instant to judge at."""
    try:
        return rules.calendar.zone.parse(as_of)
    except ValueError as error:
        raise _refused(f"--as-of {as_of!r} is no possible time ({error}): use ISO 8601") from error


def read_events(events: str, rules: Rules) -> EventLines:
    """The events of a file with the reports of its bad lines."""
    with sys.stdin.buffer if events == "-" else _open(events, "--events") as lines:
        return read_event_lines(_lines(lines), rules.calendar.zone)


def report(found: EventLines) -> None:
    """Print what was reported to standard error; exit code 1 if anything was."""
    for line in found.reports:
        print(line, file=sys.stderr)
    if found.reports:
        raise typer.Exit(1)


def _lines(stream: Iterable[bytes]) -> Iterable[bytes]:
    for number, line in enumerate(stream):
        yield line.removeprefix(b"\xef\xbb\xbf") if number == 0 else line


def _json(name: str, option: str) -> Any:
    try:
        with sys.stdin.buffer if name == "-" else _open(name, option) as stream:
            return json.load(stream)
    except ValueError as error:
        raise _refused(f"{option} {name}: not valid JSON ({error})") from error


def _open(name: str, option: str) -> Any:
    try:
        return Path(name).open("rb")
    except OSError as error:
        raise _refused(f"{option} {name}: {error.strerror}: give a file that exists, or -") from error


def _refused(message: str) -> typer.Exit:
    print(f"e-supervision: {message}", file=sys.stderr)
    return typer.Exit(2)
