"""A case that the rules cannot judge is set aside and reported; the hall goes on."""

from __future__ import annotations

import msgspec

from monitor.domain.facts import CaseFacts
from monitor.engine.casework import CaseWork
from monitor.engine.record import JudgedRecord
from monitor.engine.verdict import Verdict


class UnjudgeableCaseError(RuntimeError):
    """A rule failed on a case; its cause says where."""

    def __init__(self, work: CaseWork) -> None:
        super().__init__(
            f"case {work.case_no} of source {work.source_id} cannot be judged and stays as it was. Its events are "
            "kept; it is judged again with its next event. Please report the cause below."
        )


def set_aside(work: CaseWork, calendar_version: int) -> Verdict:
    """What is stored of it, repeated, but nothing waits for a moment or passes as quiet; nothing, if it is new."""
    record = work.record
    if record is None or not record.facts:
        return Verdict(None, [], JudgedRecord(calendar_version, None, None, [], [], [], [], []))
    facts = CaseFacts(*record.facts)._replace(next_change_at=None)  # type: ignore[arg-type] # packed in this order
    return Verdict(facts, [], msgspec.structs.replace(record, quiet=None, facts=list(facts)))
