"""Time or a calendar moves cohorts: of each one case is asked, and all of its cases are moved by moving the cohort.

Their files stay shut (`monitor.engine.shut_cases`): a closing time asks some hundreds of cases, not a hundred thousand,
and writes as many rows; only findings and cards are a row a case.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import structlog
from psycopg import Cursor

from alerts.issuing import IssueDecision
from monitor.domain.instants import Instant
from monitor.engine.case_writing import CaseWriting
from monitor.engine.earlier_calendars import CalendarMove
from monitor.engine.reconciliation import AlikeCard, Reconciliation
from monitor.engine.shut_cases import ShutCase, row_of_turn, rows_of_clocks, rows_of_findings
from monitor.storage import turning as tables
from monitor.storage.cohorts import (
    Cohort,
    NamedStart,
    delete_cohorts,
    give_calendar_version,
    select_cases_of_cohorts,
    select_examples,
    select_unclear_starts,
    set_cases_apart,
)
from monitor.storage.copying import EPOCH_OF_POSTGRESQL, moment
from monitor.storage.rules import HallRules
from monitor.storage.shut_files import read_clocks, read_facts

DAYS_LOOKED_AHEAD = 40_000
"""A century: a calendar that changes nothing at all has no first changed day."""

log = structlog.get_logger(__name__)


class Turning:
    """The cohorts of one transaction that are moved where their rows lie; once a transaction.

    `turned` counts their cases, `left` are the ids of those whose files have to be opened, `cards` those issued, newest
    last, `due_moments` the moments of those that fell due.
    """

    def __init__(
        self, cursor: Cursor[Any], hall: HallRules, as_of: Instant, writing: CaseWriting, reconciliation: Reconciliation
    ) -> None:
        self.cursor = cursor
        self.hall = hall
        self.as_of = as_of
        self.turned = 0
        self.left: list[int] = []
        self.cards: list[int] = []
        self.due_moments: list[Instant] = []
        self._writing = writing
        self._reconciliation = reconciliation

    def let_time_pass(self, cohorts: Sequence[Cohort]) -> None:
        """Move those whose next change has come, as far as their rows tell what it is."""
        there = self._peopled(cohorts)
        self._turn(there, [cohort.cohort_id for cohort in there if cohort.ordinary], self.passes)

    def follow_calendar(self, cohorts: Sequence[Cohort], move: CalendarMove, loaded_at: Instant) -> None:
        """Move those of the calendar before a load to the hall's, which differs in days to come."""

        def moves(case: ShutCase) -> bool:
            return case.follow_calendar(self.hall.rules, self.hall.calendar_version, self.as_of, loaded_at)

        there = self._peopled(cohorts)
        untouched = self._pass_on([cohort.cohort_id for cohort in there], move)
        touched = [cohort for cohort in there if cohort.cohort_id not in untouched]
        # What becomes of cards that stand is the judge's to say.
        shut = [cohort.cohort_id for cohort in touched if cohort.ordinary and not cohort.carded]
        self._turn(touched, shut, moves)

    def passes(self, case: ShutCase) -> bool:
        """Whether it is known what time makes of a case; it stands so then."""
        is_carded = not self.hall.is_archive(case.source_id)
        return case.let_time_pass(self.hall.rules, self.as_of, is_carded=is_carded)

    def _peopled(self, cohorts: Sequence[Cohort]) -> list[Cohort]:
        """Those that have cases; the others are forgotten."""
        deserted = [cohort.cohort_id for cohort in cohorts if not cohort.cases]
        if deserted:
            delete_cohorts(self.cursor, deserted)
        return [cohort for cohort in cohorts if cohort.cases]

    def _pass_on(self, cohort_ids: Sequence[int], move: CalendarMove) -> set[int]:
        """Give those that end before the first changed day the calendar's new number; gives their ids.

        Not where tomorrow changes: what came a moment after `as_of` may have been recorded tomorrow already.
        """
        zone = self.hall.calendar.zone
        if not cohort_ids or move.first_changed <= zone.day(self.as_of) + 1:
            return set()
        last_day = min(move.first_changed, zone.day(self.as_of) + DAYS_LOOKED_AHEAD)
        first_changed = moment(zone.instant(last_day, 0))
        assert first_changed is not None
        return give_calendar_version(self.cursor, cohort_ids, self.hall.calendar_version, first_changed)

    def _turn(self, cohorts: Sequence[Cohort], ordinary: Sequence[int], turn: Callable[[ShutCase], bool]) -> None:
        """Move those of some cohorts that are `ordinary`, as far as it is known how; cases of the others are left."""
        found: list[tuple[int, ShutCase, list[AlikeCard]]] = []
        for cohort_id, case in self._examples(ordinary):
            cards = self._reconciliation.call_alike(case) if _is_turned(turn, case) else None
            if cards is not None:
                found.append((cohort_id, case, cards))
        members = {cohort.cohort_id: cohort.cases for cohort in cohorts}
        turned = [cohort_id for cohort_id, _, _ in found]
        opened = members.keys() - set(turned)
        if opened:
            self.left = select_cases_of_cohorts(self.cursor, list(opened))
        if not turned:
            return
        starts = _starts_of(found)
        unclear = select_unclear_starts(self.cursor, starts)
        for case_id, cohort_id in set_cases_apart(self.cursor, turned, unclear):
            self.left.append(case_id)
            members[cohort_id] -= 1
        self._write([(cohort_id, case) for cohort_id, case, _ in found], starts)
        self._issue([row for cohort_id, case, cards in found for row in _rows_of_cards(cohort_id, case, cards)])
        for cohort_id, case, _ in found:
            self.turned += members[cohort_id]
            self._writing.note_turned(case, members[cohort_id], self.hall.rules)

    def _examples(self, cohort_ids: Sequence[int]) -> list[tuple[int, ShutCase]]:
        if not cohort_ids:
            return []
        cohort_of = {case_id: cohort_id for cohort_id, case_id in select_examples(self.cursor, cohort_ids).items()}
        case_ids = list(cohort_of)
        clocks = read_clocks(self.cursor, case_ids)
        return [
            (cohort_of[stored.case_id], ShutCase(*stored, clocks.get(stored.case_id, [])))
            for stored in read_facts(self.cursor, case_ids)
        ]

    def _write(self, cases: Sequence[tuple[int, ShutCase]], starts: Sequence[NamedStart]) -> None:
        cursor, epoch = self.cursor, EPOCH_OF_POSTGRESQL
        tables.turn_cohorts(cursor, [row_of_turn(*turned, epoch) for turned in cases])
        tables.turn_clocks(cursor, [row for turned in cases for row in rows_of_clocks(*turned, epoch)])
        tables.write_turned_findings(cursor, [row for turned in cases for row in rows_of_findings(*turned)], starts)

    def _issue(self, rows: Sequence[Sequence[object]]) -> None:
        issued_at = moment(self._reconciliation.as_of)
        assert issued_at is not None
        for card in tables.issue_turned_cards(self.cursor, self.hall.hall_id, issued_at, rows):
            self.cards.append(card.card_id)
            if card.reason == IssueDecision.DUE:
                self.due_moments.append(card.expected_at)


def _starts_of(found: Sequence[tuple[int, ShutCase, list[AlikeCard]]]) -> list[NamedStart]:
    """What started clocks that are breached now and has no name yet."""
    starts = [(cohort_id, case.newly_named_start()) for cohort_id, case, _ in found]
    return [NamedStart(cohort_id, *start) for cohort_id, start in starts if start is not None]


def _is_turned(turn: Callable[[ShutCase], bool], case: ShutCase) -> bool:
    """Whether a case's rows could be moved; whatever that stumbles over, the judge says what it was."""
    try:
        return turn(case)
    except Exception:
        log.debug("case_not_turned", case_id=case.case_id, exc_info=True)
        return False


def _rows_of_cards(cohort_id: int, case: ShutCase, cards: Sequence[AlikeCard]) -> list[tuple[object, ...]]:
    facts = case.facts
    return [(cohort_id, card.clock, card.level, facts.department, facts.item, *card[2:]) for card in cards]
