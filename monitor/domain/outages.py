"""The supervision's own outages: when it was blind, and what is not done for a moment that it slept through."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from monitor.domain.instants import MINUTE, Instant

BLIND_AFTER = MINUTE
"""Real time without an engine that counts as an outage: longer than a restart takes."""


class OutageReason(StrEnum):
    """Why nobody judged: no engine ran, or the one that ran had lost its database."""

    ENGINE_DOWN = "engine_down"
    DATABASE_LOST = "database_lost"


class BlindSpan(NamedTuple):
    """Case time in which nothing was judged: after `since`, up to and including `until`."""

    since: Instant
    until: Instant

    def contains(self, moment: Instant) -> bool:
        """Whether a moment was slept through."""
        return self.since < moment <= self.until


def find_outage(judged_until: Instant, as_of: Instant, rate: float) -> BlindSpan | None:
    """The outage that an engine finds when it begins at `as_of`, everything up to `judged_until` being judged.

    `rate` is that of case time: a minute of real time is no outage, however much case time passes in it.
    """
    blind_after = int(BLIND_AFTER * max(rate, 1.0))
    return BlindSpan(judged_until, as_of) if as_of - judged_until > blind_after else None


class StepDecision(StrEnum):
    """What to do about a step of an escalation whose moment the ladder names."""

    NOT_YET = "not_yet"
    TAKE = "take"
    PASSED_WHILE_BLIND = "passed_while_blind"


def decide_step(step_at: Instant, as_of: Instant, outages: Iterable[BlindSpan]) -> StepDecision:
    """Whether a step is taken: never one whose moment passed while the supervision was blind.

    Whoever should have answered may have done so unheard, and a pile of steps at once would warn nobody. The next step
    is still due at its own moment: start + sum of delays.
    """
    if step_at > as_of:
        return StepDecision.NOT_YET
    if any(span.contains(step_at) for span in outages):
        return StepDecision.PASSED_WHILE_BLIND
    return StepDecision.TAKE
