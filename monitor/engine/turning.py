"""Time or a calendar moves many cases at once: of those that are alike the first is asked, and all are moved together.

Their files stay shut (`monitor.engine.shut_cases`), and what is written of them is written by the database from what
became of the first of each kind: a closing time asks some hundreds of cases, not a hundred thousand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import structlog
from psycopg import Cursor

from alerts.issuing import IssueDecision
from monitor.domain.calendars import WorkingCalendar
from monitor.domain.instants import Instant
from monitor.engine.case_writing import CaseWriting
from monitor.engine.reconciliation import AlikeCard, Reconciliation
from monitor.engine.shut_cases import ShutCase, row_of_turn, rows_of_clocks, rows_of_findings
from monitor.storage import turning as tables
from monitor.storage.copying import EPOCH_OF_POSTGRESQL, moment
from monitor.storage.rules import HallRules
from monitor.storage.shut_files import read_clocks, read_facts

FEW = 50
"""So few cases are hardly alike: each counts for itself."""
DAYS_ALIKE = 120
"""Clocks that started longer ago are alike only where they started in the same instant."""

log = structlog.get_logger(__name__)


class Turning:
    """The cases of one transaction that are moved where their rows lie; once a transaction.

    `turned` are their ids, `cards` those issued, newest last, `due_moments` the moments of those that fell due.
    """

    def __init__(
        self, cursor: Cursor[Any], hall: HallRules, as_of: Instant, writing: CaseWriting, reconciliation: Reconciliation
    ) -> None:
        self.cursor = cursor
        self.hall = hall
        self.as_of = as_of
        self.turned: set[int] = set()
        self.cards: list[int] = []
        self.due_moments: list[Instant] = []
        self._writing = writing
        self._reconciliation = reconciliation

    def let_time_pass(self, case_ids: Sequence[int]) -> None:
        """Move those whose next change has come, as far as their rows tell what it is."""
        self._turn(case_ids, self.hall.calendar_version, self.passes, uncarded=False)

    def follow_calendar(self, case_ids: Sequence[int], version: int, loaded_at: Instant) -> None:
        """Move those that follow calendar `version` to the hall's, which differs in days to come."""

        def moves(case: ShutCase) -> bool:
            return case.follow_calendar(self.hall.rules, self.hall.calendar_version, self.as_of, loaded_at)

        self._turn(case_ids, version, moves, uncarded=True)

    def passes(self, case: ShutCase) -> bool:
        """Whether it is known what time makes of a case; it stands so then."""
        is_carded = not self.hall.is_archive(case.source_id)
        return case.let_time_pass(self.hall.rules, self.as_of, is_carded=is_carded)

    def _turn(
        self, case_ids: Sequence[int], calendar_version: int, turn: Callable[[ShutCase], bool], *, uncarded: bool
    ) -> None:
        if not case_ids:
            return
        stretches = _stretches(self.hall.calendar, self.as_of) if len(case_ids) > FEW else []
        kinds = tables.stage_alike(self.cursor, case_ids, calendar_version, stretches, uncarded=uncarded)
        found: list[tuple[ShutCase, list[AlikeCard]]] = []
        for case in self._first_of_each(kinds):
            cards = self._reconciliation.call_alike(case) if _is_turned(turn, case) else None
            if cards is not None:
                found.append((case, cards))
        left = kinds.keys() - {case.case_id for case, _ in found}
        if left:
            tables.leave_alike(self.cursor, list(left))
        if not found:
            return
        self._write([case for case, _ in found])
        self._issue([row for case, cards in found for row in _rows_of_cards(case, cards)])
        for case, _ in found:
            members = kinds[case.case_id]
            self.turned.update(members)
            self._writing.note_turned(case, len(members), self.hall.rules)

    def _first_of_each(self, kinds: dict[int, list[int]]) -> list[ShutCase]:
        first = list(kinds)
        clocks = read_clocks(self.cursor, first)
        return [ShutCase(*stored, clocks.get(stored.case_id, [])) for stored in read_facts(self.cursor, first)]

    def _write(self, cases: Sequence[ShutCase]) -> None:
        cursor, epoch = self.cursor, EPOCH_OF_POSTGRESQL
        tables.turn_case_states(cursor, [row_of_turn(case, epoch) for case in cases])
        tables.turn_clocks(cursor, [row for case in cases for row in rows_of_clocks(case, epoch)])
        tables.insert_turned_findings(cursor, [row for case in cases for row in rows_of_findings(case)])

    def _issue(self, rows: Sequence[Sequence[object]]) -> None:
        issued_at = moment(self._reconciliation.as_of)
        assert issued_at is not None
        for card in tables.issue_turned_cards(self.cursor, self.hall.hall_id, issued_at, rows):
            self.cards.append(card.card_id)
            if card.reason == IssueDecision.DUE:
                self.due_moments.append(card.expected_at)


def _stretches(calendar: WorkingCalendar, as_of: Instant) -> list[Instant]:
    today = calendar.zone.day(as_of)
    return calendar.stretches(today - DAYS_ALIKE, today + 1)


def _is_turned(turn: Callable[[ShutCase], bool], case: ShutCase) -> bool:
    """Whether a case's rows could be moved; whatever that stumbles over, the judge says what it was."""
    try:
        return turn(case)
    except Exception:
        log.debug("case_not_turned", case_id=case.case_id, exc_info=True)
        return False


def _rows_of_cards(case: ShutCase, cards: Sequence[AlikeCard]) -> list[tuple[object, ...]]:
    facts = case.facts
    return [(case.case_id, card.clock, card.level, facts.department, facts.item, *card[2:]) for card in cards]
