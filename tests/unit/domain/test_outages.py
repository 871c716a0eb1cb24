"""Own outages as pure decisions: what counts as one, and which step of an escalation is not taken because of it."""

from __future__ import annotations

import pytest

from monitor.domain.instants import HOUR, MINUTE, SECOND
from monitor.domain.outages import BlindSpan, StepDecision, decide_step, find_outage

NOON = 12 * HOUR
OUTAGE = BlindSpan(NOON, NOON + 4 * HOUR)


def test_a_restart_is_no_outage_and_a_longer_absence_is() -> None:
    assert find_outage(NOON, NOON + MINUTE, 1.0) is None
    assert find_outage(NOON, NOON + MINUTE + SECOND, 1.0) == BlindSpan(NOON, NOON + MINUTE + SECOND)


def test_a_moment_that_lies_before_what_is_judged_is_no_outage() -> None:
    """The machine's clock stepped back an hour while the engine was down."""
    assert find_outage(NOON, NOON - HOUR, 1.0) is None


def test_fast_case_time_makes_no_outage_of_a_restart() -> None:
    """In the demo an hour of case time passes in ten seconds: the minute counts in real time."""
    assert find_outage(NOON, NOON + HOUR, 360.0) is None
    assert find_outage(NOON, NOON + 7 * HOUR, 360.0) is not None
    assert find_outage(NOON, NOON + 2 * MINUTE, 0.0) is not None


@pytest.mark.parametrize(
    ("step_at", "as_of", "expected"),
    [
        (NOON - MINUTE, NOON + 5 * HOUR, StepDecision.TAKE),
        (NOON, NOON + 5 * HOUR, StepDecision.TAKE),
        (NOON + 1, NOON + 5 * HOUR, StepDecision.PASSED_WHILE_BLIND),
        (NOON + 4 * HOUR, NOON + 4 * HOUR, StepDecision.PASSED_WHILE_BLIND),
        (NOON + 4 * HOUR + 1, NOON + 5 * HOUR, StepDecision.TAKE),
        (NOON + 6 * HOUR, NOON + 5 * HOUR, StepDecision.NOT_YET),
    ],
)
def test_no_step_is_taken_whose_moment_passed_while_blind(step_at: int, as_of: int, expected: StepDecision) -> None:
    """Edge case 49: after an outage the backlog caused false escalations."""
    assert decide_step(step_at, as_of, [OUTAGE]) is expected


def test_every_outage_counts_not_only_the_newest() -> None:
    outages = [BlindSpan(0, HOUR), OUTAGE]
    assert decide_step(HOUR, 20 * HOUR, outages) is StepDecision.PASSED_WHILE_BLIND
    assert decide_step(2 * HOUR, 20 * HOUR, outages) is StepDecision.TAKE
    assert decide_step(2 * HOUR, 20 * HOUR, []) is StepDecision.TAKE
