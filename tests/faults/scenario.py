"""What a scenario is: a name, what it does, how often, and what became of it."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.faults.audit import Audit
from tests.faults.scale import Times
from tests.faults.trial import Setting, Trial

Told = Callable[[int], None]
"""Told after each blow how many have been dealt."""


@dataclass
class Outcome:
    """What was done, what was found, and what is worth telling of it; `skipped` says why nothing could be done."""

    name: str
    what: str
    done: int = 0
    seconds: float = 0.0
    audit: Audit = field(default_factory=Audit)
    notes: dict[str, str] = field(default_factory=dict)
    skipped: str | None = None

    @property
    def held(self) -> bool:
        """Whether everything held."""
        return self.skipped is None and not self.audit.faults


class Skip(Exception):
    """The machine does not have what a scenario needs; the text says what."""


class Experiment(ABC):
    """Something done to an installation, so many times, at each scale."""

    name = ""
    what = ""
    times = Times(1, 1, 1)

    @abstractmethod
    def run(self, times: int, told: Told = lambda _: None) -> Outcome:
        """Do it so many times, in installations of its own."""

    def notes(self) -> dict[str, str]:
        """What is worth telling."""
        return {}


class Scenario(Experiment):
    """A kind of blow, dealt so many times to an installation under load.

    A subclass says `name`, `what`, `times` and deals one blow in `strike`; it may want another `setting`. After at most
    `most_at_once` blows the installation is audited and another one is made.
    """

    most_at_once = 50

    def setting(self) -> Setting:
        """The installation it wants."""
        return Setting()

    @abstractmethod
    def strike(self, trial: Trial, number: int) -> None:
        """Deal blow `number` (from 0), and wait until the service is back."""

    def run(self, times: int, told: Told = lambda _: None) -> Outcome:
        """Deal so many blows, in installations of its own."""
        outcome, began = Outcome(self.name, self.what), time.monotonic()
        try:
            while outcome.done < times:
                with Trial(self.setting(), seed=outcome.done + 1) as trial:
                    outcome.audit.add(self.deal(trial, outcome, min(times, outcome.done + self.most_at_once), told))
        except Skip as skip:
            outcome.skipped = str(skip)
        outcome.notes |= self.notes()
        outcome.seconds = time.monotonic() - began
        return outcome

    def deal(self, trial: Trial, outcome: Outcome, up_to: int, told: Told = lambda _: None) -> Audit:
        """Deal blows until `up_to` are dealt, and audit the installation."""
        with trial.load():
            while outcome.done < up_to:
                self.strike(trial, outcome.done)
                outcome.done += 1
                told(outcome.done)
        return trial.audit()
