"""From a case's events to everything that is stored of it."""

from __future__ import annotations

from collections.abc import Sequence

from alerts.ladder import ExpectedCard, Level, breach_cards, expected_cards
from monitor.domain.arrival import follow_all, opened
from monitor.domain.events import Event
from monitor.domain.facts import CaseFacts, ClockFacts, clock_facts_of, facts_of, stored_anomalies, waiting_facts
from monitor.domain.instants import Instant
from monitor.domain.judge import Rules, judge
from monitor.domain.passing import origins_of, pass_time, warned_place
from monitor.domain.quiet import summarise
from monitor.domain.quiet_summary import note_late
from monitor.domain.rescheduling import reschedule
from monitor.domain.standing import Standing, standing_of
from monitor.domain.tally import packed_tally
from monitor.engine.judged_record import JudgedRecord
from monitor.engine.record import EMPTY_TALLY


class Verdict:
    """One judgement as it will be stored, with the cards that it calls for."""

    __slots__ = ("cards", "record")

    def __init__(self, cards: list[ExpectedCard], record: JudgedRecord) -> None:
        self.cards = cards
        self.record = record

    @property
    def facts(self) -> CaseFacts | None:
        """Its facts; None where nothing but voids is left of the case."""
        return self.record.facts

    @property
    def is_closed(self) -> bool:
        """Whether the case is decided, refused or withdrawn."""
        facts = self.record.facts
        return facts is not None and facts.closed_at is not None


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
        return Verdict([], JudgedRecord(calendar_version, cards_not_before, None, waiting, [], [], [], EMPTY_TALLY))
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
        tally=packed_tally(facts, clocks, rules.calendar.zone),
    )
    return Verdict(cards, record)


def follow_case(
    record: JudgedRecord, arrived: Sequence[Event], rules: Rules, as_of: Instant, calendar_version: int
) -> bool:
    """Whether a plain case after its next events, in order of time, is known without the judge: its record is the one
    that `judge_case` would give then, without cards. On False it may have moved halfway and must be thrown away.

    A case with a card, a finding or a calendar loaded under way is never plain.
    """
    if record.anomalies or record.cards or record.cards_not_before is not None:
        return False
    if record.calendar_version != calendar_version:
        return False
    standing = standing_of(record.quiet, record.facts, record.clocks, rules, as_of)
    if standing is None or not follow_all(standing, arrived):
        return False
    if not standing.is_counted:
        record.tally = _tally_of(standing)
    return True


def open_case(arrived: Sequence[Event], rules: Rules, as_of: Instant, calendar_version: int) -> JudgedRecord | None:
    """The record that `judge_case` would give for a case of which nothing but these events is known, in order of time;
    None where that takes the judge.
    """
    standing = opened(arrived[0], rules, as_of)
    if standing is None or not follow_all(standing, arrived[1:]):
        return None
    tally = _tally_of(standing)
    return JudgedRecord(calendar_version, None, standing.summary, standing.facts, standing.clocks, [], [], tally)


def _tally_of(standing: Standing) -> bytes:
    return packed_tally(standing.facts, standing.clocks, standing.calendar.zone)


def pass_case(
    record: JudgedRecord, events: Sequence[Event], rules: Rules, as_of: Instant, calendar_version: int,
    *, is_carded: bool = True,
) -> Verdict | None:  # fmt: skip
    """What `judge_case` would give for a case of these events that nothing but time has changed since its record, which
    may be changed then; None where that takes the judge.
    """
    quiet, before = record.quiet, record.facts
    if record.calendar_version != calendar_version or quiet is None or before is None:
        return None
    origins = origins_of(events)
    passed = pass_time(quiet.item, before, record.clocks, record.anomalies, origins, rules, as_of)
    if passed is None:
        return None
    if passed.findings:
        note_late(quiet)
    cards = _cards_of(record, passed.clocks, passed.reminder_at) if is_carded else []
    stored = [(card.clock, card.level.value, card.expected_at) for card in cards]
    tally = packed_tally(passed.facts, passed.clocks, rules.calendar.zone)
    left = JudgedRecord(
        calendar_version, record.cards_not_before, quiet, passed.facts, passed.clocks, passed.findings, stored, tally
    )
    return Verdict(cards, left)


def move_case(
    record: JudgedRecord, events: Sequence[Event], rules: Rules, as_of: Instant, calendar_version: int,
    *, is_carded: bool = True,
) -> Verdict | None:  # fmt: skip
    """What `judge_case` would give for a case of these events by a calendar that differs from its record's only in days
    after that of `as_of`; None where that takes the judge.
    """
    if record.facts is None:
        return None
    moved = reschedule(record.quiet, record.facts, record.clocks, events, rules, as_of)
    if moved is None:
        return None
    facts, clocks = moved
    tally = packed_tally(facts, clocks, rules.calendar.zone)
    left = JudgedRecord(
        calendar_version, record.cards_not_before, record.quiet, facts, clocks, record.anomalies, record.cards, tally
    )
    return Verdict(_cards_of(record, clocks, None) if is_carded else [], left)


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
    return waiting_facts(None, None, first, first)
