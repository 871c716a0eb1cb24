"""Between `as_of` and `next_change_at` nothing stored changes by itself; whatever changes then was scheduled."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from monitor.domain.instants import DAY, Instant, datetime_of
from monitor.domain.schedule import Change, coming_changes, next_change_at, reminder_at
from monitor.engine.judged_record import JudgedRecord
from monitor.engine.verdict import judge_case
from tests.support.case_stories import Fields, event, item, judgement_of, suspended
from tests.support.random_cases import RandomCase, random_cases

BLOCK = 60
BLOCKS = 4
LONG_BLOCKS = 60
HORIZON = 400 * DAY


def record_at(case: RandomCase, as_of: Instant) -> JudgedRecord:
    return judge_case(case.events, case.rules, as_of, 0, None).record


def change_after(record: JudgedRecord) -> Instant | None:
    """The stored next change; None where the case has no facts, or waits for nothing."""
    return record.facts.next_change_at if record.facts else None


def instants_between(case: RandomCase, begin: Instant, end: Instant) -> list[Instant]:
    """Where a rule could turn, in (begin, end]: midnight, opening, closing, new item versions; and anywhere."""
    calendar, rng = case.rules.calendar, case.rng
    days = {calendar.zone.day(rng.randint(begin, min(end, begin + 40 * DAY))) for _ in range(4)}
    days |= {calendar.zone.day(begin) + 1, calendar.zone.day(end)}
    edges = [edge for day in days for edge in _edges_of(case, day)]
    for history in case.rules.items.histories.values():
        edges += [calendar.zone.instant(day, 0) for day in history.days if day > 0]
    around = {edge + beside for edge in edges for beside in (-1, 0, 1)} | {rng.randint(begin, end), end}
    return sorted(instant for instant in around if begin < instant <= end)


def _edges_of(case: RandomCase, day: int) -> Iterator[Instant]:
    calendar = case.rules.calendar
    yield calendar.zone.instant(day, 0)
    yield calendar.opening_at(day)
    yield calendar.closing_at(day)


def follow_changes(case: RandomCase, changes: int) -> int:
    """Go from change to change as the engine does, look in between, and give how many came."""
    as_of, came = case.as_of, 0
    for _ in range(changes):
        record = record_at(case, as_of)
        change_at = change_after(record)
        assert change_at is None or change_at > as_of, f"seed {case.seed}: a change in the past never stops coming"
        until = as_of + HORIZON if change_at is None else change_at - 1
        for instant in instants_between(case, as_of, until):
            assert record_at(case, instant) == record, f"seed {case.seed}: {case.rules.calendar.zone.text(instant)}"
        if change_at is None:
            break
        as_of = change_at
        came += 1
    return came


@pytest.mark.parametrize(
    "block",
    [*range(BLOCKS), *(pytest.param(block, marks=pytest.mark.long) for block in range(BLOCKS, LONG_BLOCKS))],
)
def test_nothing_stored_changes_before_the_next_change(block: int) -> None:
    came = sum(follow_changes(case, 3) for case in random_cases(range(block * BLOCK, (block + 1) * BLOCK)))
    assert came > BLOCK / 2, "hardly anything ever changed by itself"


def test_most_scheduled_instants_change_something() -> None:
    """The schedule may name an instant too many (a day of no consequence), but not by habit."""
    scheduled = changed = 0
    for case in random_cases(range(9_000, 9_200)):
        before = record_at(case, case.as_of)
        change_at = change_after(before)
        if change_at is None:
            continue
        after = record_at(case, change_at)
        scheduled += 1
        if before.facts is not None:
            before.facts.next_change_at = change_after(after)
        changed += after != before
    assert changed > 0.7 * scheduled


# -- each coming change, in a case one can read -----------------------------------------------------------------------

ACCEPTED = event("accepted", "2026-05-11T10:00")  # a Monday; promise 10 → 05-25, statutory 20 → 06-08


def coming(events: list[Fields], as_of: str, items: list[Fields] | None = None) -> list[tuple[str, str, str | None]]:
    """(local time, what, clock) of all that time alone will change, in order."""
    judgement = judgement_of(events, as_of, items)
    zone = judgement.walk.calendar.zone
    found = sorted(coming_changes(judgement))
    assert next_change_at(judgement) == (found[0].at if found else None)
    return [(zone.text(change.at)[:19], change.what.value, change.clock) for change in found]


def test_a_running_case_waits_for_reminder_due_day_and_breach() -> None:
    assert coming([ACCEPTED], "2026-05-11T10:00") == [
        ("2026-05-21T09:00:00", Change.REMINDER, "promise"),
        ("2026-05-25T09:00:00", Change.DUE_DAY, "promise"),
        ("2026-05-25T17:00:00", Change.BREACH, "promise"),
        ("2026-06-08T17:00:00", Change.BREACH, "statutory"),
    ]


def test_a_breach_holds_from_the_microsecond_after_the_due_time() -> None:
    judgement = judgement_of([ACCEPTED], "2026-05-25T16:00")
    promise = judgement.clock("promise")
    assert promise is not None
    assert promise.due_at is not None
    assert next_change_at(judgement) == promise.due_at + 1


def test_a_decided_case_waits_only_for_its_delivery() -> None:
    granted = event("decided", "2026-05-13T10:00", result="granted")
    assert coming([ACCEPTED, granted], "2026-05-13T10:00") == [("2026-05-27T17:00:00", Change.BREACH, "delivery")]
    denied = event("decided", "2026-05-13T10:00", result="denied")
    assert coming([ACCEPTED, denied], "2026-05-13T10:00") == []


def test_a_received_case_waits_for_the_breach_that_makes_it_accepted() -> None:
    assert coming([event("received", "2026-05-11T10:00")], "2026-05-11T10:00") == [
        ("2026-05-18T17:00:00", Change.BREACH, "acceptance")
    ]


def test_a_planned_suspension_ends_at_midnight_after_its_last_day() -> None:
    changes = coming([ACCEPTED, suspended("2026-05-13T10:00", 3)], "2026-05-13T10:00")
    assert changes[:2] == [
        ("2026-05-18T17:00:00", Change.BREACH, "suspension:1"),
        ("2026-05-19T00:00:00", Change.SUSPENSION_ENDS, "suspension:1"),
    ]


def test_a_reminder_that_falls_into_a_suspension_comes_at_the_opening_after_it() -> None:
    """The light turns at opening of its day; the card waits until somebody may work again."""
    changes = coming([ACCEPTED, suspended("2026-05-21T08:00", 3)], "2026-05-21T08:30")
    assert [change for change in changes if change[1] == Change.REMINDER] == [
        ("2026-05-21T09:00:00", Change.REMINDER, "promise"),
        ("2026-05-27T09:00:00", Change.REMINDER, "promise"),
    ]


def test_an_event_of_the_near_future_is_a_coming_change() -> None:
    decided = event("decided", "2026-05-11T10:09", result="denied")
    assert ("2026-05-11T10:09:00", Change.EVENT, None) in coming([ACCEPTED, decided], "2026-05-11T10:00")


def test_an_open_case_waits_for_the_next_version_of_its_item() -> None:
    items = [item(), item(promised=5, valid_from="2026-05-15")]
    assert ("2026-05-15T00:00:00", Change.ITEM_VERSION, None) in coming([ACCEPTED], "2026-05-11T10:00", items)
    closed = [ACCEPTED, event("decided", "2026-05-12T10:00", result="denied")]
    assert coming(closed, "2026-05-12T10:00", items) == []


def test_a_case_older_than_its_items_first_version_waits_for_the_second() -> None:
    """Found by the random cases: the second version came into force and A21 was never stored."""
    items = [item(valid_from="2026-05-20"), item(promised=5, valid_from="2026-05-28")]
    versions = [at for at, what, _ in coming([ACCEPTED], "2026-05-11T10:00", items) if what == Change.ITEM_VERSION]
    assert versions == ["2026-05-28T00:00:00"]


def test_a_suspension_behind_a_refusal_that_ended_nothing_still_ends() -> None:
    """Found by the random cases: the step stood for ever in the tables, though it ran again."""
    events = [
        event("received", "2026-05-11T09:00"),
        event("step_started", "2026-05-11T09:30", step="审查"),
        event("refused", "2026-05-11T10:00"),
        suspended("2026-05-12T10:00", 3),
    ]
    judgement = judgement_of(events, "2026-05-12T10:00", [item(steps={"审查": 20})])
    assert judgement.status.value == "refused"
    changes = coming(events, "2026-05-12T10:00", [item(steps={"审查": 20})])
    assert ("2026-05-16T00:00:00", Change.SUSPENSION_ENDS, "suspension:1") in changes


@pytest.mark.parametrize("hours", [1.5, 3, 5, 6, 7, 8, 12, 14, 16, 19.5, 24, 31.5, 40])
def test_a_limit_in_hours_is_reminded_when_its_reminder_comes(hours: float) -> None:
    """Found by the random cases: the judge's binary fractions missed the instant, and the light stayed green."""
    items = [item(promised=hours, statutory=99, unit="working_hours")]
    promise = judgement_of([ACCEPTED], "2026-05-11T10:00", items).clock("promise")
    assert promise is not None
    at = reminder_at(promise)
    assert at is not None
    zone = promise.meter.calendar.zone.info
    lights = [
        judgement_of([ACCEPTED], datetime_of(instant, zone).isoformat(), items).light for instant in (at - 10, at)
    ]
    assert lights == ["green", "reminder"]
