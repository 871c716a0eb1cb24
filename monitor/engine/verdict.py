"""From a case's events to everything that is stored of it."""

from __future__ import annotations

from collections.abc import Sequence

from alerts.ladder import ExpectedCard, Level, breach_cards, expected_cards
from monitor.domain.arrival import follow_all, opened
from monitor.domain.events import Event
from monitor.domain.facts import (
    CaseFacts,
    ClockFacts,
    case_facts_of,
    clock_facts_of,
    facts_of,
    stored_anomalies,
    tally_of_rows,
)
from monitor.domain.instants import Instant
from monitor.domain.judge import Rules, judge
from monitor.domain.passing import origins_of, pass_time, warned_place
from monitor.domain.quiet import summarise
from monitor.domain.rescheduling import reschedule
from monitor.domain.standing import Standing, standing_of
from monitor.engine.record import JudgedRecord, StoredCard, StoredFinding


class Verdict:
    """One judgement as it will be stored; `facts` is None where nothing but voids is left of the case."""

    __slots__ = ("cards", "facts", "record")

    def __init__(self, facts: CaseFacts | None, cards: list[ExpectedCard], record: JudgedRecord) -> None:
        self.facts = facts
        self.cards = cards
        self.record = record

    @property
    def is_closed(self) -> bool:
        """Whether the case is decided, refused or withdrawn."""
        return self.facts is not None and self.facts.closed_at is not None


def judge_case(
    events: Sequence[Event],
    rules: Rules,
    as_of: Instant,
    calendar_version: int,
    cards_not_before: Instant | None,
    *,
    is_carded: bool = True,
) -> Verdict:
    """Judge a case and lay out what is stored; `cards_not_before`: no card for a moment before a recalculation.

    A case of an archive is not carded: nobody is left to answer, its breaches stand in clocks and findings.
    """
    case = judge(events, rules, as_of)
    if case is None:
        waiting = _waiting_facts(events, as_of)
        return Verdict(
            waiting, [], JudgedRecord(calendar_version, cards_not_before, None, waiting or (), [], [], [], [])
        )
    facts = facts_of(case)
    clocks = clock_facts_of(case)
    cards = expected_cards(case) if is_carded else []
    record = JudgedRecord(
        calendar_version=calendar_version,
        cards_not_before=cards_not_before,
        quiet=summarise(case, events),
        facts=facts,
        clocks=clocks,
        anomalies=[(found.code, found.event_id, found.detail) for found in stored_anomalies(case)],
        cards=[(card.clock, card.level.value, card.expected_at) for card in cards],
        tally=tally_of_rows(facts, clocks, rules.calendar.zone),
    )
    return Verdict(facts, cards, record)


def follow_case(
    record: JudgedRecord, arrived: Sequence[Event], rules: Rules, as_of: Instant, calendar_version: int
) -> Verdict | None:
    """What `judge_case` would give for a plain case after its next events, in order of time; None where that takes the
    judge. The record's summary may have moved then and must not be asked again.

    A case with a card, a finding or a calendar loaded under way is never plain.
    """
    findings, cards = record.anomalies, record.cards
    if findings or cards or record.cards_not_before is not None or record.calendar_version != calendar_version:
        return None
    standing = standing_of(record.quiet, record.facts, record.clocks, record.tally, rules, as_of)
    if standing is None or not follow_all(standing, arrived):
        return None
    return _verdict_of(standing, calendar_version, findings, cards)


def open_case(arrived: Sequence[Event], rules: Rules, as_of: Instant, calendar_version: int) -> Verdict | None:
    """What `judge_case` would give for a case of which nothing but these events is known, in order of time; None where
    that takes the judge.
    """
    standing = opened(arrived[0], rules, as_of)
    if standing is None or not follow_all(standing, arrived[1:]):
        return None
    return _verdict_of(standing, calendar_version, [], [])


def _verdict_of(
    standing: Standing, calendar_version: int, no_findings: list[StoredFinding], no_cards: list[StoredCard]
) -> Verdict:
    """The verdict on a case that was followed; what it has none of it may share with the verdict before."""
    facts = case_facts_of(standing.facts)
    record = JudgedRecord(
        calendar_version, None, standing.summary, facts, standing.clocks, no_findings, no_cards, standing.tally
    )
    return Verdict(facts, [], record)


def pass_case(
    record: JudgedRecord, events: Sequence[Event], rules: Rules, as_of: Instant, calendar_version: int,
    *, is_carded: bool = True,
) -> Verdict | None:  # fmt: skip
    """What `judge_case` would give for a case of these events that nothing but time has changed since its record, which
    may be changed then; None where that takes the judge.
    """
    if record.calendar_version != calendar_version:
        return None
    if record.quiet is None:
        return None
    origins = origins_of(events)
    passed = pass_time(record.quiet.item, record.facts, record.clocks, record.anomalies, origins, rules, as_of)
    if passed is None:
        return None
    if passed.findings:
        record.quiet.plain = False
    facts = case_facts_of(passed.facts)
    cards = _cards_of(record, passed.clocks, passed.reminder_at) if is_carded else []
    stored = [(card.clock, card.level.value, card.expected_at) for card in cards]
    tally = tally_of_rows(facts, passed.clocks, rules.calendar.zone)
    left = JudgedRecord(
        calendar_version, record.cards_not_before, record.quiet, facts, passed.clocks, passed.findings, stored, tally
    )
    return Verdict(facts, cards, left)


def move_case(
    record: JudgedRecord, events: Sequence[Event], rules: Rules, as_of: Instant, calendar_version: int,
    *, is_carded: bool = True,
) -> Verdict | None:  # fmt: skip
    """What `judge_case` would give for a case of these events by a calendar that differs from its record's only in days
    after that of `as_of`; None where that takes the judge.
    """
    moved = reschedule(record.quiet, record.facts, record.clocks, events, rules, as_of)
    if moved is None:
        return None
    facts, clocks = case_facts_of(moved[0]), moved[1]
    tally = tally_of_rows(facts, clocks, rules.calendar.zone)
    left = JudgedRecord(
        calendar_version, record.cards_not_before, record.quiet, facts, clocks, record.anomalies, record.cards, tally
    )
    return Verdict(facts, _cards_of(record, clocks, None) if is_carded else [], left)


def _cards_of(record: JudgedRecord, clocks: list[ClockFacts], reminder_at: Instant | None) -> list[ExpectedCard]:
    """The cards of a record's clocks: its reminder (or one of this moment), and those of all that is breached."""
    at = reminder_at
    for _, level, expected_at in record.cards:
        if level == "reminder":
            at = expected_at
    if at is None:
        return breach_cards(clocks)
    warned = clocks[warned_place(clocks)]
    return [ExpectedCard(warned.name, Level.REMINDER, at, warned.due_at), *breach_cards(clocks)]


def _waiting_facts(events: Sequence[Event], as_of: Instant) -> CaseFacts | None:
    """A case whose events all lie in the near future: nothing is true of it yet but when it will be judged."""
    moments = [event.occurred_at for event in events if event.occurred_at > as_of and event.kind != "voided"]
    if not moments:
        return None
    first = min(moments)
    empty = dict.fromkeys(CaseFacts._fields)
    known = {"status": "applied", "light": "none", "deemed": False, "next_change_at": first, "first_event_at": first}
    return CaseFacts(**{**empty, **known})  # type: ignore[arg-type] # every absent fact is None
