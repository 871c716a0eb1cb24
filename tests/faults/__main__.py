"""`python -m tests.faults [KILLS]`: kills service and database in turn under load and prints what became of it."""

from __future__ import annotations

import argparse

from rich.console import Console
from rich.table import Table

from tests.faults.audit import Audit
from tests.faults.campaign import Campaign, Kill

WIDTH = 110


def main() -> None:
    """Run a campaign; exit code 1 where anything is wrong."""
    words = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    words.add_argument("kills", nargs="?", type=int, default=20)
    words.add_argument("--seed", type=int, default=1)
    given = words.parse_args()
    console = Console(width=WIDTH)
    campaign = Campaign(given.kills, seed=given.seed, told=lambda kill: console.print(f"[dim]{_said(kill)}[/]"))
    audit = campaign.run()
    console.print(kill_table(campaign.kills))
    console.print(audit_table(audit))
    raise SystemExit(1 if audit.faults else 0)


def kill_table(kills: list[Kill]) -> Table:
    """A row for each kill."""
    table = Table("kill", "-9 of", "at", "answered", "broken off", "5xx", "ready", "judging", "waiting")
    table.caption = (
        "at, ready and judging in seconds; answered: requests before; ready, judging: after the kill; waiting: batches"
    )
    for kill in kills:
        table.add_row(
            str(kill.number), kill.what, f"{kill.at:.1f}", f"{kill.answered_before:,}", str(kill.broken_off),
            str(kill.turned_away), f"{kill.ready_after:.1f}", f"{kill.judged_after:.1f}", str(kill.waiting),
        )  # fmt: skip
    return table


def audit_table(audit: Audit) -> Table:
    """What was held against what."""
    table = Table("audit", "found")
    table.add_row("events acknowledged", f"{audit.acknowledged_events:,}")
    table.add_row("events in the log", f"{audit.logged_events:,}")
    table.add_row("sent, never acknowledged", f"{audit.unacknowledged_events:,}")
    table.add_row("… of them in the log", f"{audit.logged_unacknowledged:,}")
    table.add_row("feed rows shown, all kept", f"{audit.feed_rows_shown:,}")
    table.add_row("replay --check", audit.replay)
    table.add_row("faults", "none" if not audit.faults else "\n".join(audit.faults[:20]))
    return table


def _said(kill: Kill) -> str:
    return f"{kill.number}: {kill.what} killed at {kill.at:.1f} s, judging again {kill.judged_after:.1f} s later"


if __name__ == "__main__":
    main()
