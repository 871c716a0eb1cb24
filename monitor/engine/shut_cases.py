"""Ordinary cases whose file stays shut: what time or a calendar does to them is known from their facts and clocks.

Their rows are moved where they lie; the file's own judgement stays behind and is brought up when the file is opened
next (`monitor.engine.catching_up`).
"""

from __future__ import annotations

from collections.abc import Sequence

from alerts.ladder import ExpectedCard, Level, breach_cards
from monitor.domain.facts import CaseFacts, ClockFacts, since
from monitor.domain.instants import Instant
from monitor.domain.judge import Rules
from monitor.domain.passing import (
    OWN_START,
    Origins,
    findings_of_clocks,
    is_order_known,
    origins_of_clocks,
    pass_time,
    start_kind,
    warned_place,
)
from monitor.domain.rescheduling import reschedule_ordinary
from monitor.domain.tally import packed_tally
from monitor.engine.judged_record import StoredFinding

_NOTHING_KNOWN = Origins(None, {}, is_held=False)


class ShutCase:
    """Facts and clocks of an ordinary case: `old_` as stored, then as time or a calendar leaves them.

    `findings` are all of the case, `old_findings` those stored before; they name the case's acceptance, or `OWN_START`.
    `cards` are those that come to what is stored.
    """

    __slots__ = (
        "accepted_event", "calendar_version", "cards", "cards_not_before", "case_id", "clocks", "facts", "findings",
        "old_clocks", "old_facts", "old_findings", "source_id",
    )  # fmt: skip

    def __init__(
        self, case_id: int, source_id: int, calendar_version: int, cards_not_before: Instant | None,
        accepted_event: str | None, facts: CaseFacts, clocks: list[ClockFacts],
    ) -> None:  # fmt: skip
        self.case_id = case_id
        self.source_id = source_id
        self.calendar_version = calendar_version
        self.cards_not_before = cards_not_before
        self.accepted_event = accepted_event
        self.old_facts = facts
        self.old_clocks = clocks
        self.facts = facts
        self.clocks = clocks
        self.findings: list[StoredFinding] = []
        self.old_findings: list[StoredFinding] = []
        self.cards: list[ExpectedCard] = []

    def let_time_pass(self, rules: Rules, as_of: Instant, *, is_carded: bool) -> bool:
        """Whether it is known what the judge would find at `as_of`; the case stands as it would then."""
        facts = self.old_facts
        before = findings_of_clocks(self.accepted_event, facts.accepted_at, self.old_clocks)
        if before is None:
            return False
        passed = pass_time(facts.item, facts, self.old_clocks, before, self._origins(), rules, as_of)
        if passed is None or not is_order_known(passed.findings) or _count_moved(before, passed.findings) > 1:
            return False
        self.old_findings = before
        self.facts, self.clocks, self.findings = passed.facts, passed.clocks, passed.findings
        if is_carded:
            if passed.reminder_at is not None:
                warned = self.clocks[warned_place(self.clocks)]
                self.cards.append(ExpectedCard(warned.name, Level.REMINDER, passed.reminder_at, warned.due_at))
            self.cards += breach_cards(self.changed_clocks())
        return True

    def follow_calendar(self, rules: Rules, calendar_version: int, as_of: Instant, loaded_at: Instant | None) -> bool:
        """Whether it is known what the judge would find by a calendar that has other days to come.

        Where a due time moves, no card is issued for a moment before `loaded_at`.
        """
        facts = self.old_facts
        moved = reschedule_ordinary(facts.item, facts, self.old_clocks, rules, as_of)
        if moved is None:
            return False
        self.facts, self.clocks = moved
        self.calendar_version = calendar_version
        for old, new in zip(self.old_clocks, self.clocks, strict=True):
            if old.due_at != new.due_at:
                self.cards_not_before = loaded_at
                break
        return True

    def breached_by_own_start(self) -> ClockFacts | None:
        """The clock that a finding is about which does not name the acceptance; there is at most one."""
        if any(event_id == OWN_START for _, event_id, _ in self.findings):
            for clock in self.clocks:
                if clock.state == "breached" and start_kind(clock) != "accepted":
                    return clock
        return None

    def newly_named_start(self) -> tuple[str, str, Instant] | None:
        """(clock, kind of event, moment) where a finding that comes to the stored ones names what started a clock."""
        clock = self.breached_by_own_start()
        if clock is None or any(event_id == OWN_START for _, event_id, _ in self.old_findings):
            return None
        kind = start_kind(clock)
        assert kind is not None, "a breach that is told here has an event that starts its clock"
        return clock.name, kind, clock.started_at

    def changed_clocks(self) -> list[ClockFacts]:
        """The clocks that are not as they were."""
        return [new for old, new in zip(self.old_clocks, self.clocks, strict=True) if new is not old and new != old]

    def tallies(self, rules: Rules) -> tuple[bytes, bytes]:
        """What it adds to the counters, packed: before and now."""
        zone = rules.calendar.zone
        return (
            packed_tally(self.old_facts, self.old_clocks, zone),
            packed_tally(self.facts, self.clocks, zone),
        )

    def _origins(self) -> Origins:
        accepted_at = self.old_facts.accepted_at
        if self.accepted_event is None or accepted_at is None:
            return _NOTHING_KNOWN
        return origins_of_clocks(self.accepted_event, accepted_at, self.old_clocks)


def _count_moved(before: Sequence[StoredFinding], after: Sequence[StoredFinding]) -> int:
    """How many findings have another place than before. More than one is rare: a promise behind the statutory limit."""
    return sum(1 for place, finding in enumerate(before) if after[place] != finding)


def row_of_turn(cohort_id: int, case: ShutCase, epoch: Instant) -> tuple[object, ...]:
    """Its cohort's row for `monitor.storage.turning.turn_cohorts`; times are counted from `epoch`."""
    facts = case.facts
    return (
        cohort_id, facts.light, since(epoch, facts.promise_due_at), facts.promise_state,
        since(epoch, facts.statutory_due_at), facts.statutory_state, since(epoch, facts.next_change_at),
        case.calendar_version, since(epoch, case.cards_not_before), bool(case.cards),
    )  # fmt: skip


def rows_of_clocks(cohort_id: int, case: ShutCase, epoch: Instant) -> list[tuple[object, ...]]:
    """The rows of its changed clocks for `turn_clocks`."""
    return [
        (
            cohort_id, row.name, since(epoch, row.due_at), since(epoch, row.due_at_if_refused), row.state,
            row.provisional,
        )
        for row in case.changed_clocks()
    ]  # fmt: skip


def rows_of_findings(cohort_id: int, case: ShutCase) -> list[tuple[object, ...]]:
    """The rows of its findings for `write_turned_findings`: those that are new, and those that get another place."""
    own = case.breached_by_own_start()
    rows: list[tuple[object, ...]] = []
    for place, finding in enumerate(case.findings):
        before = case.old_findings.index(finding) if finding in case.old_findings else None
        if before != place:
            code, event_id, detail = finding
            clock = own.name if own is not None and event_id == OWN_START else None
            rows.append((cohort_id, place, before, code, detail, clock))
    return rows
