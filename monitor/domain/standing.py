"""What is stored of a plain case, in the hands of whatever follows its events: its clocks as rows, its next change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

from monitor.domain.calendars import WorkingCalendar
from monitor.domain.clocks import BREACHED, Clock, shown
from monitor.domain.counting import Cover, Meter, working_days_meter
from monitor.domain.events import Event
from monitor.domain.facts import (
    DUE_AT,
    ENDED,
    LIMIT_VALUE,
    NAME,
    STARTED_AT,
    CaseFacts,
    ClockFacts,
    Row,
    Tally,
    clock_facts,
    moved_to,
    stopped,
    tally_of_rows,
)
from monitor.domain.instants import Instant
from monitor.domain.item_history import ItemHistory
from monitor.domain.items import ItemVersion
from monitor.domain.judge import Rules
from monitor.domain.quiet_summary import QuietSummary
from monitor.domain.schedule import opening_of_day, reminder_of

_NEXT_CHANGE_AT: Final = CaseFacts._fields.index("next_change_at")


class Standing:
    """What is stored of a plain case, and what it is judged by at `as_of`; `follow_all` moves it. The rows it was made
    of stay as they are. `covers`: what suspensions took out of its clocks, all of them resumed.
    """

    __slots__ = ("as_of", "calendar", "clocks", "covers", "facts", "history", "summary", "tally")

    def __init__(
        self, summary: QuietSummary, facts: list[object], clocks: list[ClockFacts], tally: Tally, history: ItemHistory,
        calendar: WorkingCalendar, as_of: Instant, covers: Sequence[Cover],
    ) -> None:  # fmt: skip
        self.summary = summary
        self.facts = facts
        self.clocks = clocks
        self.tally = tally
        self.history = history
        self.calendar = calendar
        self.as_of = as_of
        self.covers = covers


def standing_of(
    summary: QuietSummary | None, facts: Row, clocks: list[ClockFacts], tally: Tally, rules: Rules, as_of: Instant
) -> Standing | None:
    """What is stored of a case, ready to follow its next events; None where the case is not plain, or time itself has
    changed something since.
    """
    covers = None if summary is None else _covers_of(summary)
    if summary is None or covers is None:
        return None
    next_change = cast(Instant | None, facts[_NEXT_CHANGE_AT])
    if next_change is not None and next_change <= as_of:
        return None
    history = rules.items.history(summary.item)
    if history is None:
        return None
    return Standing(summary, list(facts), clocks.copy(), tally, history, rules.calendar, as_of, covers)


def _covers_of(summary: QuietSummary) -> Sequence[Cover] | None:
    if summary.plain:
        return ()
    covers = summary.covers
    return None if covers is None else [Cover(*cover) for cover in covers]


def place_of(clocks: list[ClockFacts], name: str) -> int:
    """Where the clock of a name stands; −1 where there is none."""
    for place, row in enumerate(clocks):
        if row[NAME] == name:
            return place
    return -1


# -- clocks as rows ----------------------------------------------------------------------------------------------------


def end_of_steps(clocks: list[ClockFacts]) -> int:
    """The place behind the steps: only suspensions follow."""
    place = len(clocks)
    while place and clocks[place - 1][NAME].startswith("suspension:"):
        place -= 1
    return place


def start_clock(
    standing: Standing, place: int, name: str, event: Event, meter: Meter, covers: Sequence[Cover] = (),
    *, refusable: bool = False,
) -> Clock | None:  # fmt: skip
    """A clock that starts with the event, its row put at a place; None where it is breached by now."""
    clock = Clock(
        name, event, meter, meter.limit, 0.0, covers, stop=None, ended_by=None, as_of=standing.as_of,
        refusable=refusable,
    )  # fmt: skip
    if clock.state is BREACHED:
        return None
    clocks = standing.clocks
    for later in range(place, len(clocks)):
        clocks[later] = moved_to(later + 1, clocks[later])
    clocks.insert(place, clock_facts(place, clock))
    return clock


def stop_clock(standing: Standing, place: int, meter: Meter, covers: Sequence[Cover], at: Instant) -> bool:
    """Stop a running clock in time; False where it is too late."""
    row, unit = standing.clocks[place], meter.unit
    due_at = row[DUE_AT]
    if due_at is not None and at > due_at:
        return False
    used, suspended = meter.measure(covers, at)
    standing.clocks[place] = stopped(
        row, at, early=used < meter.limit, used=shown(unit, used), suspended=shown(unit, suspended)
    )
    return True


def main_meter(row: ClockFacts, version: ItemVersion, calendar: WorkingCalendar) -> Meter:
    """The counting of promise, statutory and steps."""
    if row[NAME] == "statutory" and version.statutory is None:
        return plain_meter(row, calendar)
    return limited_meter(row, version, calendar)


def limited_meter(row: ClockFacts, version: ItemVersion, calendar: WorkingCalendar) -> Meter:
    """The counting of a limit that the item gives."""
    return Meter(calendar, row[STARTED_AT], row[LIMIT_VALUE], version.unit, version.counting, version.roll)


def plain_meter(row: ClockFacts, calendar: WorkingCalendar) -> Meter:
    """The counting of acceptance and delivery, and of a statutory limit by default."""
    return working_days_meter(calendar, row[STARTED_AT], row[LIMIT_VALUE])


# -- what time alone will change, and what the case counts for ---------------------------------------------------------


def note_change(standing: Standing, at: Instant | None) -> None:
    """What the case stores as its next change is this moment where it comes sooner; the past is none."""
    soonest = cast(Instant | None, standing.facts[_NEXT_CHANGE_AT])
    if at is not None and at > standing.as_of and (soonest is None or at < soonest):
        standing.facts[_NEXT_CHANGE_AT] = at


def note_due(standing: Standing, clock: Clock) -> None:
    """A running clock is breached after its due time."""
    due_at = clock.due_at
    if due_at is not None:
        note_change(standing, due_at + 1)


def note_warnings(standing: Standing, reminded_at: Instant | None, due_at: Instant | None) -> None:
    """Nothing holds the reminder's card back: it comes with the light, where it comes at all."""
    note_change(standing, reminded_at)
    if due_at is not None:
        note_change(standing, opening_of_day(standing.calendar, due_at))


def note_all_changes(standing: Standing, version: ItemVersion) -> bool:
    """Find what comes next in an accepted, undecided case anew; False where a suspension may have held it back."""
    standing.facts[_NEXT_CHANGE_AT] = None
    is_warned = False
    for row in standing.clocks:
        if row[ENDED]:
            continue
        due_at = row[DUE_AT]
        note_change(standing, None if due_at is None else due_at + 1)
        if not is_warned and (row[NAME] == "promise" or row[NAME] == "statutory"):
            is_warned = True
            reminded_at = reminder_of(main_meter(row, version, standing.calendar), standing.covers, due_at)
            if standing.covers and (reminded_at is None or reminded_at <= standing.as_of):
                return False
            note_warnings(standing, reminded_at, due_at)
    note_coming_version(standing)
    return True


def main_clock(row: ClockFacts, version: ItemVersion, as_of: Instant, calendar: WorkingCalendar) -> Clock:
    """The running clock of a row."""
    start = Event("", "", "", "accepted", row[STARTED_AT])
    return Clock(
        row[NAME], start, main_meter(row, version, calendar), row[LIMIT_VALUE], 0.0, (),
        stop=None, ended_by=None, as_of=as_of, known_due=row[DUE_AT],
    )  # fmt: skip


def note_coming_version(standing: Standing) -> None:
    """Another version of the item comes into force."""
    history, zone = standing.history, standing.calendar.zone
    if history.only is None:
        day = history.next_change(max(zone.day(standing.as_of), history.days[0]))
        if day is not None:
            note_change(standing, zone.instant(day, 0))


def count_anew(standing: Standing) -> None:
    """The counters follow facts and clocks."""
    standing.tally = tally_of_rows(standing.facts, standing.clocks, standing.calendar.zone)
