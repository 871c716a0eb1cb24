"""Why a card is issued, or held: a function of its moment, of what its source has told, and of our own blindness."""

from __future__ import annotations

import pytest

from alerts.issuing import IssueDecision, decide_issue
from monitor.domain.instants import HOUR, Instant
from monitor.domain.outages import BlindSpan
from monitor.domain.silence import HeardSource, Hearing

KNOWN_UNTIL = 10 * HOUR
BLIND = BlindSpan(10 * HOUR, 14 * HOUR)


def decide(
    expected_at: Instant, hearing: Hearing | None = None, blind: BlindSpan | None = None, *, was_held: bool = False
) -> IssueDecision:
    heard = None if hearing is None else HeardSource(9 * HOUR, hearing)
    return decide_issue(expected_at, KNOWN_UNTIL, heard, blind, was_held=was_held)


@pytest.mark.parametrize("hearing", [None, Hearing.CURRENT])
def test_a_moment_under_the_engines_eyes_is_due_and_an_earlier_one_known_late(hearing: Hearing | None) -> None:
    assert decide(11 * HOUR, hearing) is IssueDecision.DUE
    assert decide(10 * HOUR - 1, hearing) is IssueDecision.KNOWN_LATE


@pytest.mark.parametrize("hearing", [Hearing.SILENT, Hearing.AWAITED])
def test_what_a_source_has_not_told_yet_is_held(hearing: Hearing) -> None:
    assert decide(9 * HOUR + 1, hearing) is IssueDecision.HELD
    assert not decide(11 * HOUR, hearing).is_issued


@pytest.mark.parametrize("hearing", [Hearing.SILENT, Hearing.AWAITED, Hearing.SILENT_A_DAY])
def test_what_it_had_told_before_it_fell_silent_is_issued(hearing: Hearing) -> None:
    assert decide(9 * HOUR, hearing) is IssueDecision.KNOWN_LATE


def test_after_a_working_day_cards_are_issued_by_last_known_data() -> None:
    assert decide(11 * HOUR, Hearing.SILENT_A_DAY) is IssueDecision.LAST_KNOWN_DATA
    assert decide(11 * HOUR, Hearing.SILENT_A_DAY, was_held=True) is IssueDecision.LAST_KNOWN_DATA
    assert decide(11 * HOUR, Hearing.SILENT_A_DAY, BLIND) is IssueDecision.LAST_KNOWN_DATA


def test_a_card_released_by_its_source_became_known_late() -> None:
    assert decide(11 * HOUR, Hearing.CURRENT, was_held=True) is IssueDecision.KNOWN_LATE


def test_a_moment_slept_through_is_due_while_blind_whether_or_not_it_was_held_since() -> None:
    assert decide(11 * HOUR, Hearing.CURRENT, BLIND) is IssueDecision.DUE_WHILE_BLIND
    assert decide(11 * HOUR, Hearing.CURRENT, BLIND, was_held=True) is IssueDecision.DUE_WHILE_BLIND
    assert decide(15 * HOUR, Hearing.CURRENT, BLIND) is IssueDecision.DUE


def test_a_late_record_of_an_old_outage_is_known_late() -> None:
    assert decide_issue(11 * HOUR, 20 * HOUR, None, BLIND) is IssueDecision.KNOWN_LATE
