"""What most cases that something arrived for take: it is quiet, or followed from the stored record."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from monitor.domain.instants import Instant
from monitor.domain.judge import Rules
from monitor.domain.quiet import QUIET_KINDS, stays_quiet
from monitor.engine.case_rows import Judged
from monitor.engine.casework import CaseWork
from monitor.engine.judged_record import JudgedRecord
from monitor.engine.record import StoredRecord, pack_record
from monitor.engine.verdict import Verdict, follow_case, open_case

log = structlog.get_logger(__name__)


class Arrivals:
    """Cases sorted by what the events that arrived do to them: nothing but to be kept (`quiet`), or more (`judged`).

    `rules_of` gives the rules of a case whose record is not of `calendar_version`, and their version; `judge` takes
    what neither is quiet nor can be followed.
    """

    def __init__(
        self, rules: Rules, calendar_version: int, as_of: Instant,
        rules_of: Callable[[StoredRecord], tuple[Rules, int]], judge: Callable[[CaseWork], Judged],
    ) -> None:  # fmt: skip
        self.rules = rules
        self.calendar_version = calendar_version
        self.as_of = as_of
        self.rules_of = rules_of
        self.judge = judge
        self.quiet: list[CaseWork] = []
        self.judged: list[Judged] = []

    def sort(self, works: Sequence[CaseWork]) -> None:
        """Add cases to the lists, each in the order in which they came."""
        for work in works:
            if self._is_quiet(work):
                self.quiet.append(work)
                continue
            verdict = self._followed(work)
            self.judged.append(self.judge(work) if verdict is None else Judged(work, verdict))

    def _is_quiet(self, work: CaseWork) -> bool:
        """The cheap path: what arrived is newest and changes nothing stored (see `monitor.domain.quiet`)."""
        record = work.record
        if record is None or not work.arrived:
            return False
        for event in work.arrived:
            if event.kind not in QUIET_KINDS:
                return False
        summary = record.read_quiet()
        if summary is None:
            return False
        rules, _ = self._rules_for(record)
        if not stays_quiet(summary, work.arrived_in_order(), rules, self.as_of):
            return False
        work.judged = pack_record(record.with_quiet(summary))
        return True

    def _followed(self, work: CaseWork) -> Verdict | None:
        """The short way: the next ordinary events of a plain case (see `monitor.domain.arrival`), or its first ones."""
        record = work.record
        if not work.arrived or (record is None and work.count):
            return None
        try:
            followed = self._record_after(work)
        except Exception:  # whatever it stumbles over: the judge says what it was, or finds nothing in the way
            log.debug("case_not_followed", case_no=work.case_no, exc_info=True)
            return None
        return None if followed is None else Verdict([], followed)

    def _record_after(self, work: CaseWork) -> JudgedRecord | None:
        record, arrived = work.record, work.arrived_in_order()
        if record is None:
            return open_case(arrived, self.rules, self.as_of, self.calendar_version)
        if record.has_cards or record.has_anomalies:
            return None
        rules, version = self._rules_for(record)
        known = work.unpack()
        return known if follow_case(known, arrived, rules, self.as_of, version) else None

    def _rules_for(self, record: StoredRecord) -> tuple[Rules, int]:
        if record.calendar_version == self.calendar_version:
            return self.rules, self.calendar_version
        return self.rules_of(record)
