"""Holds the log against what windows were told, the tables against the log, and the feed against what was shown."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from monitor.domain.instants import instant_of, zone_named
from monitor.storage.database import connect
from monitor.storage.intake import find_chain_breaks
from tests.faults.ledger import Ledger, SentEvent
from tests.support.program_runs import run_program

SHANGHAI = zone_named("Asia/Shanghai")
Identity = tuple[str, str]


@dataclass
class Audit:
    """What was found; nothing is wrong where `faults` is empty."""

    acknowledged_events: int = 0
    unacknowledged_events: int = 0
    logged_unacknowledged: int = 0
    logged_events: int = 0
    feed_rows_shown: int = 0
    replay: str = ""
    faults: list[str] = field(default_factory=list)

    def find(self, what: str, of: object) -> None:
        """Note a fault."""
        self.faults.append(f"{what}: {of}")


def audit_site(url: str, ledger: Ledger, shown: Mapping[int, bytes]) -> Audit:
    """Every acknowledged event once in the log as sent, none else but unacknowledged ones once, everything equal."""
    audit = Audit(faults=list(ledger.complaints))
    _audit_log(url, ledger, audit)
    _audit_feed(url, shown, audit)
    replayed = run_program("replay", "--check", environment={**os.environ, "DATABASE_URL": url})
    audit.replay = replayed.stdout.strip().splitlines()[0] if replayed.stdout else replayed.stderr[-2000:]
    if replayed.returncode != 0:
        audit.find("replay --check", replayed.stdout + replayed.stderr)
    return audit


def _audit_log(url: str, ledger: Ledger, audit: Audit) -> None:
    sent: dict[Identity, SentEvent] = {}
    acknowledged: set[Identity] = set()
    for body in ledger.bodies:
        for event in body.events():
            sent[event.source, event.event_id] = event
            if body.acknowledged:
                acknowledged.add((event.source, event.event_id))
    logged: Counter[Identity] = Counter()
    with connect(url) as connection:
        for source, event_id, case_no, kind, occurred_at in connection.execute(
            "select s.code, event_id, case_no, kind::text, occurred_at from event join source s using (source_id)"
        ):
            identity = source, event_id
            logged[identity] += 1
            said = sent.get(identity)
            if said is None:
                audit.find("an event in the log that nobody sent", identity)
            elif (said.case_no, said.kind, SHANGHAI.parse(said.occurred_at)) != (
                case_no,
                kind,
                instant_of(occurred_at),
            ):
                audit.find("an event in the log that is not as sent", identity)
        for broken in find_chain_breaks(connection):
            audit.find("chain of batches", broken)
    for identity in acknowledged - logged.keys():
        audit.find("an acknowledged event that is not in the log", identity)
    for identity, times in logged.items():
        if times > 1:
            audit.find(f"an event {times} times in the log", identity)
    audit.acknowledged_events = len(acknowledged)
    audit.unacknowledged_events = len(sent) - len(acknowledged)
    audit.logged_events = logged.total()
    audit.logged_unacknowledged = len(logged.keys() - acknowledged)


def _audit_feed(url: str, shown: Mapping[int, bytes], audit: Audit) -> None:
    """Numbers run on without a gap, and nothing that was ever shown is gone or says something else."""
    with connect(url) as connection:
        rows = connection.execute("select seq, sha256(body::text::bytea) from feed order by seq").fetchall()
    kept: dict[int, bytes] = dict(rows)
    if kept and max(kept) - min(kept) + 1 != len(kept):
        audit.find("the feed has gaps", f"{len(kept)} rows from {min(kept)} to {max(kept)}")
    for seq, content in shown.items():
        if kept.get(seq) != content:
            audit.find("a feed row that was shown is gone or changed", seq)
    audit.feed_rows_shown = len(shown)
