"""When a card that a case calls for is issued: at once, late, or held back until its source speaks again."""

from __future__ import annotations

from enum import StrEnum

from monitor.domain.instants import Instant
from monitor.domain.outages import BlindSpan
from monitor.domain.silence import HeardSource, Hearing


class IssueDecision(StrEnum):
    """Why a card is issued (its `reason`), or not yet.

    `due`: its moment came under the engine's eyes · `known_late`: it became known later than it was true ·
    `due_while_blind`: its moment came while the supervision was down · `last_known_data`: its source has been silent
    for a working day, and what is known calls for it · `held`: its source is silent for less; the decision may have
    been taken unheard.
    """

    DUE = "due"
    KNOWN_LATE = "known_late"
    DUE_WHILE_BLIND = "due_while_blind"
    LAST_KNOWN_DATA = "last_known_data"
    HELD = "held"

    @property
    def is_issued(self) -> bool:
        """Whether the card is issued now."""
        return self is not IssueDecision.HELD


def decide_issue(
    expected_at: Instant,
    known_until: Instant,
    heard: HeardSource | None,
    blind: BlindSpan | None,
    *,
    was_held: bool = False,
) -> IssueDecision:
    """Decide about a card whose moment, `expected_at`, has come.

    `known_until`: up to here everything due had been judged before. `heard`: its source; None for one that has never
    sent a heartbeat, whose silence cannot be told from quiet. `blind`: the newest outage, where its cards are still
    being issued. `was_held`: it is looked at again because what held it may have ended.
    """
    if heard is not None and expected_at > heard.complete_until:
        match heard.hearing:
            case Hearing.SILENT | Hearing.AWAITED:
                return IssueDecision.HELD
            case Hearing.SILENT_A_DAY:
                return IssueDecision.LAST_KNOWN_DATA
            case Hearing.CURRENT:
                pass
    if blind is not None and blind.contains(expected_at) and (was_held or expected_at >= known_until):
        return IssueDecision.DUE_WHILE_BLIND
    if was_held or expected_at < known_until:
        return IssueDecision.KNOWN_LATE
    return IssueDecision.DUE
