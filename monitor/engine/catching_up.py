"""Files that are opened after time or a calendar moved the facts of their cases: their judgement is brought up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import Cursor

from monitor.domain.facts import ClockFacts
from monitor.domain.instants import Zone
from monitor.domain.quiet_summary import note_late
from monitor.domain.tally import packed_tally
from monitor.engine.casework import CaseWork
from monitor.engine.judged_record import JudgedRecord, StoredCard, StoredFinding
from monitor.storage.shut_files import (
    CalledFor,
    StoredFacts,
    read_called_for,
    read_clocks,
    read_facts,
    read_findings,
)


def catch_up(cursor: Cursor[Any], works: Sequence[CaseWork], zone: Zone) -> None:
    """Let the record of every file that is behind say what is stored of its case.

    Cards that a recalculation keeps from being issued (`cards_not_before`) are missing in it: they were for moments
    that are past, and whoever compares finds that nothing is to be done about them.
    """
    behind = {work.case_id: work for work in works if work.is_behind and work.case_id is not None}
    if not behind:
        return
    case_ids = list(behind)
    clocks, findings = read_clocks(cursor, case_ids), read_findings(cursor, case_ids)
    called_for = read_called_for(cursor, case_ids)
    for stored in read_facts(cursor, case_ids):
        case_id, work = stored.case_id, behind[stored.case_id]
        cards = _as_recorded(called_for.get(case_id, []), clocks.get(case_id, []))
        work.take_up(_record(work, stored, clocks.get(case_id, []), findings.get(case_id, []), cards, zone))


def _record(
    work: CaseWork, stored: StoredFacts, clocks: list[ClockFacts], findings: list[StoredFinding],
    cards: list[StoredCard], zone: Zone,
) -> JudgedRecord:  # fmt: skip
    assert work.record is not None, "a file is behind the judgement that it has"
    quiet = work.record.read_quiet()
    if quiet is None:  # nothing but the number of the calendar is moved of a case that is not ordinary
        record = work.record.read()
        record.calendar_version = stored.calendar_version
        return record
    if findings:
        note_late(quiet)
    return JudgedRecord(
        stored.calendar_version, stored.cards_not_before, quiet, stored.facts, clocks, findings, cards,
        packed_tally(stored.facts, clocks, zone),
    )  # fmt: skip


def _as_recorded(cards: list[CalledFor], clocks: list[ClockFacts]) -> list[StoredCard]:
    """In the order of the ladder: the reminder, then breaches in the order of their clocks."""
    places = {clock.name: place for place, clock in enumerate(clocks)}
    cards.sort(key=lambda card: (card.level != "reminder", places.get(card.clock, len(places))))
    return [(card.clock, card.level, card.expected_at) for card in cards]
