"""The life of a card: which state may follow which, and that the engine's own changes are among them."""

from __future__ import annotations

import pytest

from alerts.life import FOLLOWS, STANDING, CardState, RevokeReason, may_follow

S = CardState


def test_the_life_of_a_card_goes_as_the_design_says() -> None:
    for state, following in [
        (S.ISSUED, S.ACKNOWLEDGED),
        (S.ACKNOWLEDGED, S.ANSWERED),
        (S.ANSWERED, S.ACCEPTED),
        (S.ANSWERED, S.SENT_BACK),
        (S.ANSWERED, S.APPEALED),
        (S.SENT_BACK, S.ANSWERED),
        (S.APPEALED, S.UPHELD),
        (S.APPEALED, S.REVOKED),
        (S.ACCEPTED, S.CLOSED),
        (S.UPHELD, S.CLOSED),
    ]:
        assert may_follow(state, following), f"{state} → {following}"


@pytest.mark.parametrize(
    ("state", "following"),
    [
        (S.ISSUED, S.ACCEPTED),  # nobody has answered
        (S.ISSUED, S.UPHELD),  # nobody has appealed
        (S.ACKNOWLEDGED, S.ISSUED),
        (S.ANSWERED, S.ACKNOWLEDGED),
        (S.ACCEPTED, S.APPEALED),
        (S.CLOSED, S.ANSWERED),
        (S.APPEALED, S.CLOSED),  # an appeal is decided first
    ],
)
def test_a_card_skips_no_step(state: CardState, following: CardState) -> None:
    assert not may_follow(state, following)


def test_every_card_that_is_not_revoked_can_be_revoked() -> None:
    """A correction may make any card wrong, whatever has become of it."""
    for state in CardState:
        assert may_follow(state, S.REVOKED) == (state is not S.REVOKED)


def test_a_revoked_card_is_the_end_of_its_generation() -> None:
    assert FOLLOWS[S.REVOKED] == frozenset()


def test_a_closed_card_comes_back_when_its_case_does() -> None:
    assert may_follow(S.CLOSED, S.ISSUED)


def test_nothing_follows_itself_and_every_state_is_reached() -> None:
    assert set(FOLLOWS) == set(CardState)
    assert all(state not in following for state, following in FOLLOWS.items())
    reached = frozenset().union(*FOLLOWS.values())
    assert reached == set(CardState)


def test_a_card_stands_until_it_is_revoked_or_closed() -> None:
    assert set(CardState) - STANDING == {S.REVOKED, S.CLOSED}


def test_every_cause_of_a_recalculation_has_its_reason_to_revoke() -> None:
    assert {reason.value for reason in RevokeReason} == {
        "correction", "late_event", "calendar", "item_version", "policy",
    }  # fmt: skip
