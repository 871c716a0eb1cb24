"""A case that the rules cannot judge is set aside and reported; the hall goes on."""

from __future__ import annotations

from monitor.engine.casework import CaseWork
from monitor.engine.judged_record import JudgedRecord
from monitor.engine.record import EMPTY_TALLY
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
    record = None if work.record is None else work.unpack()
    if record is None or record.facts is None:
        return Verdict([], JudgedRecord(calendar_version, None, None, None, [], [], [], EMPTY_TALLY))
    record.quiet, record.facts.next_change_at = None, None
    return Verdict([], record)
