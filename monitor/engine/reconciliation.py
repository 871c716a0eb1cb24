"""Cards follow judgements: what the ladder now calls for is issued, what a correction made wrong is revoked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from psycopg import Cursor

from alerts.issuing import IssueDecision
from alerts.ladder import LADDER, ExpectedCard, Level
from alerts.life import CardState, RevokeReason
from monitor.domain.calendars import WorkingCalendar
from monitor.domain.counting import Meter
from monitor.domain.instants import Instant
from monitor.domain.items import Counting, Unit
from monitor.engine.case_rows import Judged
from monitor.engine.casework import CaseWork
from monitor.engine.issuing import Issuing
from monitor.engine.shut_cases import ShutCase
from monitor.storage.card_writing import (
    CardRow,
    CardUpdate,
    draw_card_ids,
    insert_cards,
    insert_first_steps,
    select_cards_of_cases,
    update_cards,
)
from monitor.storage.copying import moment, wire_time
from monitor.storage.silence import replace_held_cards

# Members of an enum are looked up by a slow path: these are asked for with every card.
_REVOKED: Final = CardState.REVOKED.value
_REMINDER: Final = Level.REMINDER


class Carded(NamedTuple):
    """A case that calls for cards; `not_before`: for no moment before a recalculation."""

    case_id: int
    source_id: int
    department: str | None
    item: str | None
    not_before: Instant | None


class AlikeCard(NamedTuple):
    """A card that cases of one kind call for; times as `wire_time` gives them."""

    clock: str
    level: str
    state: str
    expected_at: int | None
    due_at: int | None
    recipient: str
    reply_due_at: int | None
    reason: str


class Reconciliation:
    """The cards of one engine transaction: found by `compare`, written by `write`; `call_alike` tells of those of cases
    whose file stays shut (`monitor.engine.turning`).
    """

    def __init__(self, hall_id: int, as_of: Instant, issuing: Issuing, calendar: WorkingCalendar) -> None:
        self.hall_id = hall_id
        self.as_of = as_of
        self.issuing = issuing
        self.calendar = calendar
        self.compared: list[int] = []
        self.issued: list[tuple[Carded, ExpectedCard, int, str, IssueDecision]] = []
        self.held: list[tuple[Carded, ExpectedCard]] = []
        self.updates: list[CardUpdate] = []
        self._asked: dict[Level, tuple[str, int | None]] = {}

    def compare(self, cursor: Cursor[Any], judged: Iterable[Judged], cause: RevokeReason | None) -> None:
        """Find what to issue, move, revoke and close; `cause` names what revokes (None: read from what arrived)."""
        changed = [case for case in judged if case.cards_may_differ or (self.issuing.was_held and _is_judged(case))]
        held = self._read_cards(cursor, [case.case_id for case in changed])
        for case in changed:
            self._compare_case(case, held.get(case.case_id, []), cause)

    def call_alike(self, case: ShutCase) -> list[AlikeCard] | None:
        """What is to be issued for a case whose file stays shut, and for all that are alike; None where a card has to
        wait for the word of its source. No card of theirs was revoked, and none is called for no longer.
        """
        found: list[AlikeCard] = []
        is_closed = case.facts.closed_at is not None
        for card in case.cards:
            if case.cards_not_before is not None and card.expected_at < case.cards_not_before:
                continue
            decision = self.issuing.decide(case.source_id, card.expected_at)
            if not decision.is_issued:
                return None
            state = "closed" if _closes(card.level, is_closed) else "issued"
            times = wire_time(card.expected_at), wire_time(card.due_at)
            asked = self._asked_of(card.level)
            found.append(AlikeCard(card.clock, card.level._value_, state, *times, *asked, decision._value_))
        return found

    def _read_cards(self, cursor: Cursor[Any], case_ids: Sequence[int]) -> dict[int, list[CardRow]]:
        """The cards that cases to be compared have, by their ids."""
        self.compared += case_ids
        held: dict[int, list[CardRow]] = {}
        if case_ids:
            for row in select_cards_of_cases(cursor, case_ids):
                held.setdefault(row.case_id, []).append(row)
        return held

    def _compare_case(self, case: Judged, held: Sequence[CardRow], cause: RevokeReason | None) -> None:
        facts, cards = case.verdict.facts, case.verdict.cards
        department, item = (None, None) if facts is None else (facts.department, facts.item)
        not_before = case.verdict.record.cards_not_before
        carded = Carded(case.case_id, case.work.source_id, department, item, not_before)
        self._call_for(carded, cards, held, is_closed=facts is None or facts.closed_at is not None)
        expected = {(card.clock, card.level._value_) for card in cards}
        for row in held:
            if row.state != _REVOKED and (row.clock, row.level) not in expected:
                self._revoke(row, cause or _cause_of(case.work))

    def _call_for(
        self, case: Carded, cards: Sequence[ExpectedCard], held: Sequence[CardRow], *, is_closed: bool
    ) -> None:
        """Keep the cards that stand, issue those that do not."""
        standing = {(row.clock, row.level): row for row in held if row.state != _REVOKED}
        revoked = [(row.clock, row.level) for row in held if row.state == _REVOKED]
        for card in cards:
            key = card.clock, card.level._value_
            row = standing.get(key)
            if row is not None:
                self._keep(row, card, is_closed)
            elif case.not_before is None or card.expected_at >= case.not_before:
                self._issue(case, card, revoked.count(key), "closed" if _closes(card.level, is_closed) else "issued")

    def _issue(self, case: Carded, card: ExpectedCard, generation: int, state: str) -> None:
        decision = self.issuing.decide(case.source_id, card.expected_at)
        if decision.is_issued:
            self.issued.append((case, card, generation, state, decision))
        else:
            self.held.append((case, card))

    def _keep(self, row: CardRow, card: ExpectedCard, is_closed: bool) -> None:
        state = row.state
        if _closes(card.level, is_closed) and state in (CardState.ISSUED, CardState.ACKNOWLEDGED):
            state = CardState.CLOSED
        elif card.level is _REMINDER and not is_closed and state == CardState.CLOSED:
            state = CardState.ISSUED
        expected_at, due_at = moment(card.expected_at), moment(card.due_at)
        assert expected_at is not None
        if state != row.state:
            reason = "case_closed" if state == CardState.CLOSED else "case_reopened"
        elif (row.expected_at, row.due_at) != (expected_at, due_at):
            reason = "due_moved"
        else:
            return
        self.updates.append(CardUpdate(row.card_id, row.state, state, reason, expected_at, due_at, None))

    def _revoke(self, row: CardRow, cause: RevokeReason) -> None:
        self.updates.append(
            CardUpdate(
                row.card_id, row.state, CardState.REVOKED, cause, row.expected_at, row.due_at, moment(self.as_of)
            )
        )

    def write(self, cursor: Cursor[Any]) -> list[int]:
        """Write everything found; gives the ids of the cards to announce, newest last."""
        observed_at = moment(self.as_of)
        assert observed_at is not None
        update_cards(cursor, self.updates, observed_at)
        self._write_held(cursor, observed_at)
        seen_at = wire_time(self.as_of)
        announced = [update.card_id for update in self.updates]  # also of a moment that moved: the wall shows it
        if not self.issued:
            return announced
        self.issued.sort(key=lambda issue: issue[1].expected_at)
        card_ids = draw_card_ids(cursor, len(self.issued))
        insert_cards(
            cursor,
            [self._row(card_id, *issue, seen_at) for card_id, issue in zip(card_ids, self.issued, strict=True)],
        )
        insert_first_steps(
            cursor,
            [
                (card_id, state, decision._value_, wire_time(card.expected_at), seen_at)
                for card_id, (_case, card, _generation, state, decision) in zip(card_ids, self.issued, strict=True)
            ],
        )
        return announced + card_ids

    def due_moments(self) -> list[Instant]:
        """The moments of the issued cards that fell due while the engine was looking."""
        return [card.expected_at for _, card, _, _, decision in self.issued if decision is IssueDecision.DUE]

    @property
    def holding_moved(self) -> bool:
        """Whether cards were held back, or may have ceased to be."""
        return bool(self.held or (self.issuing.is_holding and self.compared))

    def _write_held(self, cursor: Cursor[Any], held_at: datetime) -> None:
        if not self.holding_moved:
            return
        rows = [
            (
                case.case_id, self.hall_id, case.source_id, card.clock, card.level.value,
                moment(card.expected_at), held_at,
            )
            for case, card in self.held
        ]  # fmt: skip
        replace_held_cards(cursor, self.compared, rows)

    def _row(
        self, card_id: int, case: Carded, card: ExpectedCard, generation: int, state: str, decision: IssueDecision,
        seen_at: int | None,
    ) -> tuple[object, ...]:  # fmt: skip
        recipient, reply_due_at = self._asked_of(card.level)
        return (
            card_id, self.hall_id, case.case_id, card.clock, card.level._value_, generation, case.department,
            case.item, state, wire_time(card.expected_at), seen_at, wire_time(card.due_at), recipient, reply_due_at,
            decision._value_,
        )  # fmt: skip

    def _asked_of(self, level: Level) -> tuple[str, int | None]:
        """Whom a card of this moment asks first, and until when (as COPY takes it)."""
        asked = self._asked.get(level)
        if asked is None:
            rung = LADDER[level]
            due = None
            if rung.reply_days is not None:
                counting = Unit.WORKING_DAYS, Counting.START_EXCLUDED
                due = Meter(self.calendar, self.as_of, rung.reply_days, *counting, True).due(())
            asked = self._asked[level] = rung.recipient.value, wire_time(due)
        return asked


def _closes(level: Level, is_closed: bool) -> bool:
    """A reminder asks no answer: it closes with its case. Yellow and red wait for theirs."""
    return level is _REMINDER and is_closed


def _is_judged(case: Judged) -> bool:
    """Whether a case could be judged; one that was set aside keeps its cards as they are."""
    return bool(case.verdict.cards) == case.new.has_cards


def _cause_of(work: CaseWork) -> RevokeReason:
    corrected = any(event.kind == "voided" for event in work.arrived)
    return RevokeReason.CORRECTION if corrected else RevokeReason.LATE_EVENT
