"""Preview of a recalculation: what a calendar would move, before anybody confirms it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from psycopg import Connection

from alerts.ladder import ExpectedCard
from monitor.domain.calendars import WorkingCalendar, calendar_content
from monitor.domain.instants import Instant
from monitor.domain.judge import Rules
from monitor.engine.record import unpack_record
from monitor.engine.verdict import Verdict, judge_case
from monitor.storage import fold as tables
from monitor.storage.packed_events import unpack_events
from monitor.storage.rules import HallRules, read_layers_with_load

CASES_AT_ONCE = 2_000


@dataclass
class RecalculationPreview:
    """How many due times of running clocks move, and which cards would be issued or revoked.

    `not_judged`: cases that the rules cannot judge; the engine sets them aside.
    """

    cases: int = 0
    earlier: int = 0
    later: int = 0
    no_longer_provisional: int = 0
    cards_to_issue: Counter[str] = field(default_factory=Counter)
    cards_to_revoke: Counter[str] = field(default_factory=Counter)
    not_judged: int = 0

    def as_json(self) -> dict[str, Any]:
        """For the audit record."""
        return asdict(self)


def calendar_with_load(
    connection: Connection[Any], hall_id: int, layer: str, load: Mapping[str, Any]
) -> WorkingCalendar:
    """The hall's calendar as it would be with one more load of a layer."""
    return WorkingCalendar(calendar_content(read_layers_with_load(connection, hall_id, layer, load)))


def preview_calendar(
    connection: Connection[Any],
    hall: HallRules,
    calendar: WorkingCalendar,
    as_of: Instant,
    progress: Callable[[int], None] = lambda _: None,
) -> RecalculationPreview:
    """Judge every running case by both calendars at `as_of`; nothing is written.

    A card for a moment before `as_of` would not be issued: it is not counted.
    """
    preview = RecalculationPreview()
    proposed = Rules(hall.rules.items, calendar, hall.rules.policy)
    last = 0
    with connection.cursor() as cursor:
        while case_ids := tables.select_open_case_ids(cursor, hall.hall_id, last, CASES_AT_ONCE):
            for row in tables.select_case_files_by_id(cursor, case_ids):
                record = unpack_record(row.judged)
                held = None if record is None else record.cards_not_before
                events = unpack_events(row.events, row.event_count)
                try:
                    old = judge_case(events, hall.rules, as_of, 0, held)
                    new = judge_case(events, proposed, as_of, 0, held)
                except Exception:  # the engine has set it aside, or will, and says so in its log
                    preview.not_judged += 1
                    continue
                _add(preview, old, new, as_of)
            last = case_ids[-1]
            preview.cases += len(case_ids)
            progress(preview.cases)
    return preview


def _add(preview: RecalculationPreview, old: Verdict, new: Verdict, as_of: Instant) -> None:
    before = {clock.name: clock for clock in old.record.clocks if not clock.ended}
    for clock in new.record.clocks:
        held = before.get(clock.name)
        if held is None:
            continue
        if held.due_at is not None and clock.due_at is not None:
            preview.earlier += clock.due_at < held.due_at
            preview.later += clock.due_at > held.due_at
        preview.no_longer_provisional += held.provisional and not clock.provisional
    for card in _missing(new.cards, old.cards):
        if card.expected_at >= as_of:
            preview.cards_to_issue[card.level.value] += 1
    for card in _missing(old.cards, new.cards):
        preview.cards_to_revoke[card.level.value] += 1


def _missing(cards: list[ExpectedCard], others: list[ExpectedCard]) -> list[ExpectedCard]:
    known = {(card.clock, card.level) for card in others}
    return [card for card in cards if (card.clock, card.level) not in known]
