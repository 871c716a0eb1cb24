"""Holds the log against what windows were told, the tables against the log, and the feed against what was shown."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import pairwise
from typing import Any

from psycopg import Connection

from monitor.domain.instants import instant_of, zone_named
from monitor.storage.database import connect
from monitor.storage.intake import find_chain_breaks
from tests.faults.audit_cards import audit_cards
from tests.faults.ledger import Ledger, SentEvent
from tests.faults.live_clients import LiveClient
from tests.support.program_runs import run_program

SHANGHAI = zone_named("Asia/Shanghai")
Identity = tuple[str, str]
_SHOWN = 20


@dataclass
class Audit:
    """What was found; nothing is wrong where `faults` is empty."""

    acknowledged_events: int = 0
    unacknowledged_events: int = 0
    logged_unacknowledged: int = 0
    logged_events: int = 0
    conflicts_kept: int = 0
    feed_rows_shown: int = 0
    live_deltas: int = 0
    live_connections: int = 0
    resyncs: Counter[str] = field(default_factory=Counter)
    cards: int = 0
    replayed_values: int = 0
    faults: list[str] = field(default_factory=list)

    def find(self, what: str, of: object) -> None:
        """Note a fault."""
        self.faults.append(f"{what}: {of}")

    def add(self, other: Audit) -> None:
        """Add another installation's findings."""
        for number in fields(self):
            setattr(self, number.name, getattr(self, number.name) + getattr(other, number.name))

    def told(self) -> str:
        """The faults as a text, for an assertion to show."""
        return "\n".join(self.faults[:_SHOWN])


def audit_site(
    url: str, ledger: Ledger, shown: Mapping[int, bytes], clients: Sequence[LiveClient], *, restores: int = 0
) -> Audit:
    """Every acknowledged event once in the log as sent, none else but unacknowledged ones once, everything equal.

    `restores`: how often a copy of the database was put back, each of which leaves one gap in the feed.
    """
    audit = Audit(faults=list(ledger.complaints))
    with connect(url) as connection:
        _audit_log(connection, ledger, audit)
        _audit_conflicts(connection, ledger, audit)
        _audit_feed(connection, shown, restores, audit)
        _audit_clients(connection, clients, audit)
        audit.cards, faults = audit_cards(connection)
    audit.faults += faults
    _replay(url, audit)
    return audit


def _replay(url: str, audit: Audit) -> None:
    replayed = run_program("replay", "--check", environment={**os.environ, "DATABASE_URL": url})
    if replayed.returncode != 0 or "equal" not in replayed.stdout:
        audit.find("replay --check", replayed.stdout + replayed.stderr[-2000:])
        return
    said = replayed.stdout.split(" stored values")[0]
    audit.replayed_values = int(said.rsplit(" ", 1)[1].replace(",", ""))


def _audit_log(connection: Connection[Any], ledger: Ledger, audit: Audit) -> None:
    sent, acknowledged = _read_ledger(ledger)
    logged: Counter[Identity] = Counter()
    for source, event_id, case_no, kind, occurred_at in connection.execute(
        "select s.code, event_id, case_no, kind::text, occurred_at from event join source s using (source_id)"
    ):
        identity = source, event_id
        logged[identity] += 1
        said = sent.get(identity)
        if said is None:
            audit.find("an event in the log that nobody sent", identity)
        elif (said.case_no, said.kind, SHANGHAI.parse(said.occurred_at)) != (case_no, kind, instant_of(occurred_at)):
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


def _read_ledger(ledger: Ledger) -> tuple[dict[Identity, SentEvent], set[Identity]]:
    """What was sent by identity, and what of it was acknowledged."""
    sent: dict[Identity, SentEvent] = {}
    acknowledged: set[Identity] = set()
    for body in ledger.bodies:
        for event in body.events():
            sent[event.source, event.event_id] = event
            if body.acknowledged:
                acknowledged.add((event.source, event.event_id))
    return sent, acknowledged


def _audit_conflicts(connection: Connection[Any], ledger: Ledger, audit: Audit) -> None:
    """Changed events answered as conflicting are kept for their sender; that none was applied the log says."""
    [[kept]] = connection.execute("select count(*) from refused_event where verdict = 'conflicting'").fetchall()
    audit.conflicts_kept = kept
    if kept < ledger.conflicts:
        audit.find("conflicts answered and not kept", f"{ledger.conflicts} answered, {kept} kept")


def _audit_feed(connection: Connection[Any], shown: Mapping[int, bytes], restores: int, audit: Audit) -> None:
    """Numbers run on without a gap, and nothing that was ever shown is gone or says something else."""
    kept: dict[int, bytes] = dict(
        connection.execute("select seq, sha256(body::text::bytea) from feed order by seq").fetchall()
    )
    gaps = [after for before, after in pairwise(sorted(kept)) if after != before + 1]
    if len(gaps) > restores:
        audit.find("gaps of the feed, each before", gaps[:_SHOWN])
    for seq, content in shown.items():
        if kept.get(seq) != content:
            audit.find("a feed row that was shown is gone or changed", seq)
    audit.feed_rows_shown = len(shown)


def _audit_clients(connection: Connection[Any], clients: Sequence[LiveClient], audit: Audit) -> None:
    """Each client got every number once, and what the deltas made of its board is what is stored."""
    stored: dict[str, int] = dict(connection.execute("select department, open from department_load").fetchall())
    for client in clients:
        audit.faults += client.faults
        audit.live_deltas += client.deltas
        audit.live_connections += client.connections
        audit.resyncs += client.resyncs
        told = {code: tile["open"] for code, tile in client.tiles.items()}
        wrong = {code: (told.get(code), number) for code, number in stored.items() if told.get(code, 0) != number}
        if wrong:
            audit.find(f"client {client.number} shows open cases that are not so (shown, stored)", wrong)
