"""truth.ndjson: every finding the simulated hall holds, natural and planted, with the time from which it is true."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from monitor.simulator.findings import MICRO
from monitor.simulator.forged_records import PlayedCase
from monitor.simulator.working_days import moment_text

FoundKey = tuple[str, str, str, str | None]
"""(source, case_no, code, event_id) of a finding."""


@dataclass(frozen=True, slots=True)
class TruthLine:
    """One finding that supervision must have at every as-of in [since, until), given all records sent by then.

    `deed` names the planted wrongdoing of its case; None: it came about by itself.
    """

    source: str
    case_no: str
    code: str
    event_id: str
    since: str
    until: str | None
    deed: str | None

    def key(self) -> FoundKey:
        """What it is compared by."""
        return self.source, self.case_no, self.code, self.event_id

    def holds_at(self, as_of: datetime) -> bool:
        """Whether it is true at an aware moment."""
        if as_of < datetime.fromisoformat(self.since):
            return False
        return self.until is None or as_of < datetime.fromisoformat(self.until)

    def json(self) -> str:
        """The line as written."""
        return json.dumps(
            {
                "source": self.source, "case_no": self.case_no, "code": self.code, "event_id": self.event_id,
                "from": self.since, "until": self.until, "deed": self.deed,
            },
            ensure_ascii=False,
        )  # fmt: skip


@dataclass(frozen=True)
class Comparison:
    """Truth against what was found: true and not found, found and not true."""

    expected: int
    missed: frozenset[FoundKey]
    extra: frozenset[FoundKey]

    @property
    def is_equal(self) -> bool:
        """Whether nothing is missed and nothing extra."""
        return not self.missed and not self.extra


def truth_lines(case: PlayedCase) -> Iterator[TruthLine]:
    """The truth about one case."""
    if not case.events:
        return
    first = case.events[0]
    for found in case.findings:
        until = None if found.until is None else _text(found.until)
        case_no = str(first.fields["case_no"])
        yield TruthLine(first.source, case_no, found.code, found.event_id, _text(found.since), until, case.deed)


def read_truth(file: Path) -> Iterator[TruthLine]:
    """The lines of a truth file."""
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            said = json.loads(line)
            said["since"] = said.pop("from")
            yield TruthLine(**said)


def compare_findings(truth: Iterable[TruthLine], found: Iterable[FoundKey], as_of: datetime) -> Comparison:
    """What was missed and what is extra at `as_of`. Findings are compared as sets of (source, case_no, code, event_id).

    A found key without event_id stands for all true ones of its case and code.
    """
    expected = {line.key() for line in truth if line.holds_at(as_of)}
    got = set(found)
    whole = {(source, case_no, code) for source, case_no, code, event_id in got if event_id is None}
    missed = {key for key in expected - got if key[:3] not in whole}
    codes = {key[:3] for key in expected}
    extra = {key for key in got - expected if key[3] is not None or key[:3] not in codes}
    return Comparison(len(expected), frozenset(missed), frozenset(extra))


def _text(micros: int) -> str:
    whole, rest = divmod(micros, MICRO)
    text = moment_text(whole)
    return text if not rest else f"{text[:19]}.{rest:06}{text[19:]}"
