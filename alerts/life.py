"""The life of a card (牌): its states, which change may follow which, and what the engine may do by itself."""

from __future__ import annotations

from enum import StrEnum


class CardState(StrEnum):
    """issued → acknowledged → answered → accepted | sent back | appealed → upheld | revoked; closed at the end."""

    ISSUED = "issued"
    ACKNOWLEDGED = "acknowledged"
    ANSWERED = "answered"
    ACCEPTED = "accepted"
    SENT_BACK = "sent_back"
    APPEALED = "appealed"
    UPHELD = "upheld"
    REVOKED = "revoked"
    CLOSED = "closed"


STANDING = frozenset(CardState) - {CardState.REVOKED, CardState.CLOSED}
"""States in which a card counts as standing against its case."""

_S = CardState
FOLLOWS: dict[CardState, frozenset[CardState]] = {
    _S.ISSUED: frozenset({_S.ACKNOWLEDGED, _S.ANSWERED, _S.APPEALED, _S.REVOKED, _S.CLOSED}),
    _S.ACKNOWLEDGED: frozenset({_S.ANSWERED, _S.APPEALED, _S.REVOKED, _S.CLOSED}),
    _S.ANSWERED: frozenset({_S.ACCEPTED, _S.SENT_BACK, _S.APPEALED, _S.REVOKED}),
    _S.ACCEPTED: frozenset({_S.REVOKED, _S.CLOSED}),
    _S.SENT_BACK: frozenset({_S.ANSWERED, _S.APPEALED, _S.REVOKED}),
    _S.APPEALED: frozenset({_S.UPHELD, _S.REVOKED}),
    _S.UPHELD: frozenset({_S.REVOKED, _S.CLOSED}),
    _S.REVOKED: frozenset(),
    _S.CLOSED: frozenset({_S.REVOKED, _S.ISSUED}),
}
"""Which state may follow which. A closed card is issued again when a correction reopens its case."""


class RevokeReason(StrEnum):
    """Why the engine takes a card back: what made it wrong."""

    CORRECTION = "correction"
    LATE_EVENT = "late_event"
    CALENDAR = "calendar"
    ITEM_VERSION = "item_version"
    POLICY = "policy"


def may_follow(state: CardState, following: CardState) -> bool:
    """Whether a card in `state` may pass to `following`."""
    return following in FOLLOWS[state]
