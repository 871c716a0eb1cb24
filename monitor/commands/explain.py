"""`e-supervision explain`: one case's clocks day by day, from files, without a database."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from monitor.commands.evaluate import FILE, read_events, read_moment, read_rules, report
from monitor.domain.clocks import Clock
from monitor.domain.evaluation import group_by_case
from monitor.domain.explain import ExplainedDay, explain_clock
from monitor.domain.instants import date_of
from monitor.domain.judge import Judgement, judge

WEEKDAYS_ZH = "一二三四五六日"


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(explain)


def explain(
    events: Annotated[str, typer.Option(help=f"Events as NDJSON: {FILE}.")],
    items: Annotated[str, typer.Option(help=f"Items with their limits, a JSON array: {FILE}.")],
    as_of: Annotated[str, typer.Option(help="The moment to judge at, ISO 8601; without zone, in the calendar's.")],
    case: Annotated[str | None, typer.Option(help="Case number; default: every case.")] = None,
    clock: Annotated[str | None, typer.Option(help="Name of one clock, as promise; default: all.")] = None,
    calendar: Annotated[str | None, typer.Option(help="A calendar (JSON); default: the built-in national one.")] = None,
    policy: Annotated[str | None, typer.Option(help="A policy (JSON); default: the defaults.")] = None,
    english: Annotated[bool, typer.Option("--english", help="Reasons in English instead of Chinese.")] = False,
) -> None:
    """Print the clocks of a case day by day: counted or not, and why, ending in the due time (逐日说明)."""
    rules = read_rules(items, calendar, policy)
    moment = read_moment(as_of, rules)
    found = read_events(events, rules)
    shown = 0
    for (_source, case_no), of_case in group_by_case(found.events).items():
        if case is not None and case_no != case:
            continue
        judgement = judge(of_case, rules, moment)
        if judgement is not None:
            shown += _print_case(judgement, clock, english)
    if not shown:
        print("e-supervision: no such clock in these events: see `evaluate` for what there is", file=sys.stderr)
        raise typer.Exit(1)
    report(found)


def _print_case(judgement: Judgement, wanted: str | None, english: bool) -> int:
    clocks = [clock for clock in judgement.clocks if wanted in (None, clock.name)]
    for clock in clocks:
        print(f"{judgement.case_no} · {clock.name} · {_summary(clock)}")
        for day in explain_clock(judgement, clock):
            print(f"  {_line(day, english)}")
    return len(clocks)


def _summary(clock: Clock) -> str:
    zone = clock.meter.calendar.zone
    due = "-" if clock.due_at is None else zone.text(clock.due_at)
    return f"{clock.state.value} · {clock.total:g} {clock.unit.value} · used {clock.used:g} · due {due}"


def _line(day: ExplainedDay, english: bool) -> str:
    local = date_of(day.day)
    weekday = local.strftime("%a") if english else f"周{WEEKDAYS_ZH[local.weekday()]}"
    number = f"{day.number:>6g}" if day.number is not None else " " * 6
    mark = "▨" if day.suspended else ("●" if day.counted else "·")
    return f"{local.isoformat()} {weekday} {mark}{number}  {day.why.en if english else day.why.zh}"
