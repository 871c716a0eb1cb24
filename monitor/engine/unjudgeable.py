"""A case that the rules cannot judge is set aside and reported; the hall goes on."""

from __future__ import annotations

import msgspec

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
    stored = None if work.record is None else work.record.read_facts()
    if work.record is None or stored is None:
        return Verdict(None, [], JudgedRecord(calendar_version, None, None, (), [], [], [], []))
    facts = stored._replace(next_change_at=None)
    return Verdict(facts, [], msgspec.structs.replace(work.record.read(), quiet=None, facts=facts))
