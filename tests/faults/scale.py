"""How much of everything is done: short in every test run, medium in a quarter of an hour, long for the proof."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Scale(StrEnum):
    """Chosen by FAULTS_SCALE."""

    SHORT = "short"
    MEDIUM = "medium"
    LONG = "long"


@dataclass(frozen=True)
class Times:
    """How often a scenario does what it does, at each scale."""

    short: int
    medium: int
    long: int

    def at(self, scale: Scale) -> int:
        """The number for a scale."""
        return {Scale.SHORT: self.short, Scale.MEDIUM: self.medium, Scale.LONG: self.long}[scale]
