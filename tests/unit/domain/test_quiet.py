"""The cheap path is taken only where judging anew would store the very same: random cases, and each condition."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from monitor.domain.evaluation import read_calendar, read_items, read_policy
from monitor.domain.events import Event, event_of
from monitor.domain.instants import DAY, HOUR, MINUTE, Instant, instant_of
from monitor.domain.judge import Rules
from monitor.domain.quiet import QUIET_KINDS, is_ordinary, stays_quiet
from monitor.engine.judged_record import JudgedRecord
from monitor.engine.verdict import judge_case
from tests.support.case_stories import Fields, event, item, moment, suspended, voided
from tests.support.histories import HANDLERS, STEPS
from tests.support.random_cases import RandomCase, random_cases
from tests.support.stored_parts import copy_of, copy_of_summary

BLOCK = 100
BLOCKS = 4
LONG_BLOCKS = 60


def record_of(events: Sequence[Event], rules: Rules, as_of: Instant) -> JudgedRecord:
    return judge_case(events, rules, as_of, 0, None).record


def without_summary(record: JudgedRecord) -> JudgedRecord:
    return copy_of(record, quiet=None)


def draw_candidate(case: RandomCase, after: Instant, number: int) -> Event:
    """An event of a kind that may be quiet, a little later than everything known."""
    rng = case.rng
    at = after + rng.choice([1, MINUTE, HOUR, DAY, 9 * DAY])
    kind = rng.choice(sorted(QUIET_KINDS))
    return Event(
        source="s", event_id=f"more-{number}", case_no="1", kind=kind, occurred_at=at,
        recorded_at=None if rng.random() < 0.4 else at + rng.choice([0, 0, HOUR, DAY, 4 * DAY]),
        item=rng.choice(["A", None, "B"]), department=rng.choice(["D1", "D9", None]), handler=rng.choice(HANDLERS),
        step=None if kind == "rated" else rng.choice([*STEPS, None]),
    )  # fmt: skip


def count_quiet_arrivals(case: RandomCase) -> int:
    """Feed a case event by event, then a few more that may be quiet; each quiet one must change nothing stored."""
    fed: list[Event] = []
    record: JudgedRecord | None = None
    quiet = 0
    last = max(event.occurred_at for event in case.events)
    waiting = [*case.in_some_order(), *(draw_candidate(case, last + n * DAY, n) for n in range(4))]
    for arrived in waiting:
        as_of = case.as_of if case.rng.random() < 0.2 else max(case.as_of, arrived.occurred_at)
        summary = None if record is None or record.quiet is None else copy_of_summary(record.quiet)
        if summary is not None and stays_quiet(summary, [arrived], case.rules, as_of):
            quiet += 1
            before, after = record_of(fed, case.rules, as_of), record_of([*fed, arrived], case.rules, as_of)
            assert without_summary(after) == without_summary(before), f"seed {case.seed}, {arrived}"
            assert after.quiet is not None
            assert after.quiet.last_at == summary.last_at == arrived.occurred_at
            assert sorted(after.quiet.open_steps) == sorted(summary.open_steps)
        fed.append(arrived)
        record = record_of(fed, case.rules, as_of)
    return quiet


@pytest.mark.parametrize(
    "block",
    [*range(BLOCKS), *(pytest.param(block, marks=pytest.mark.long) for block in range(BLOCKS, LONG_BLOCKS))],
)
def test_a_quiet_event_leaves_everything_stored_as_judging_anew_would(block: int) -> None:
    seeds = range(block * BLOCK, (block + 1) * BLOCK)
    assert sum(map(count_quiet_arrivals, random_cases(seeds))) > BLOCK / 5, "hardly any event took the cheap path"


def test_several_quiet_events_at_once_leave_everything_stored_as_it_is() -> None:
    together = 0
    for case in random_cases(range(5_000, 5_400)):
        last = max(event.occurred_at for event in case.events)
        more = [draw_candidate(case, last + n * DAY, n) for n in range(3)]
        as_of = max(event.occurred_at for event in more)
        record = record_of(case.events, case.rules, as_of)
        ordered = sorted(more, key=lambda event: event.occurred_at)
        if record.quiet is None:
            continue
        if stays_quiet(copy_of_summary(record.quiet), ordered, case.rules, as_of):
            together += 1
            after = record_of([*case.events, *more], case.rules, as_of)
            assert without_summary(after) == without_summary(record), f"seed {case.seed}"
    assert together > 10, "hardly any three events took the cheap path"


# -- each condition, in a case one can read -----------------------------------------------------------------------

ACCEPTED = event("accepted", "2026-05-11T10:00")
STEP = event("step_started", "2026-05-12T10:00", step="审查", handler="h1")
AS_OF = "2026-06-01T10:00"


def is_quiet(
    known: list[Fields], *arrived: Fields, items: list[Fields] | None = None, as_of: str = AS_OF, judged_at: str = AS_OF
) -> bool:
    rules = Rules(read_items([item()] if items is None else items), read_calendar(None), read_policy({}))
    zone = rules.calendar.zone
    summary = record_of([event_of(one, zone) for one in known], rules, instant_of(moment(judged_at))).quiet
    if summary is None:
        return False
    events = [event_of(one, zone) for one in arrived]
    return stays_quiet(summary, events, rules, instant_of(moment(as_of)))


@pytest.mark.parametrize(
    "arrived",
    [STEP, event("step_finished", "2026-05-12T10:00", step="审查"), event("rated", "2026-05-12T10:00")],
)
def test_steps_without_limit_and_ratings_are_quiet(arrived: Fields) -> None:
    assert is_quiet([ACCEPTED], arrived)


@pytest.mark.parametrize(
    "arrived",
    [
        event("decided", "2026-05-12T10:00", result="granted"),
        event("delivered", "2026-05-12T10:00"),
        suspended("2026-05-12T10:00", 3),
        event("corrections_requested", "2026-05-12T10:00"),
    ],
)
def test_an_event_that_moves_a_clock_is_not_quiet(arrived: Fields) -> None:
    assert not is_quiet([ACCEPTED], arrived)


def test_an_event_that_is_not_the_newest_is_not_quiet() -> None:
    assert not is_quiet([ACCEPTED, event("step_started", "2026-05-13T10:00", step="核准")], STEP)


def test_an_event_of_the_instant_of_the_newest_is_not_quiet() -> None:
    assert not is_quiet([ACCEPTED, event("step_started", "2026-05-12T10:00", step="核准")], STEP)


def test_an_event_of_the_near_future_is_not_quiet() -> None:
    assert not is_quiet([ACCEPTED], STEP, as_of="2026-05-12T09:59", judged_at="2026-05-12T09:59")


def test_nothing_is_quiet_while_an_event_of_the_near_future_waits() -> None:
    waiting = event("step_started", "2026-05-12T10:05", step="核准")
    assert not is_quiet([ACCEPTED, waiting], STEP, as_of="2026-05-12T10:00", judged_at="2026-05-12T10:00")


def test_a_step_with_a_limit_is_not_quiet() -> None:
    assert not is_quiet([ACCEPTED], STEP, items=[item(steps={"审查": 3})])
    assert is_quiet([ACCEPTED], STEP, items=[item(steps={"审查": None, "核准": 3})])


def test_a_step_that_any_version_limits_is_not_quiet() -> None:
    assert not is_quiet([ACCEPTED], STEP, items=[item(), item(steps={"审查": 3}, valid_from="2027-01-01")])


def test_a_step_started_again_before_its_finish_is_not_quiet() -> None:
    again = {**STEP, "event_id": "again", "occurred_at": "2026-05-13T10:00"}
    assert not is_quiet([ACCEPTED, STEP], again)
    finished = event("step_finished", "2026-05-12T16:00", step="审查")
    assert is_quiet([ACCEPTED, STEP], finished, again)


def test_the_third_handler_of_decision_steps_is_not_quiet() -> None:
    items = [item(decision_steps=["审查", "核准"])]
    second = event("step_started", "2026-05-13T10:00", step="核准", handler="h2")
    third = event("step_finished", "2026-05-13T11:00", step="核准", handler="h3")
    assert is_quiet([ACCEPTED, STEP], second, items=items)
    assert not is_quiet([ACCEPTED, STEP, second], third, items=items)
    assert not is_quiet([ACCEPTED, STEP], second, third, items=items)


def test_an_event_of_a_withdrawn_case_is_not_quiet() -> None:
    assert not is_quiet([ACCEPTED, event("withdrawn", "2026-05-12T09:00")], STEP)


def test_an_event_that_may_name_the_item_or_the_department_is_not_quiet() -> None:
    nameless = {name: value for name, value in ACCEPTED.items() if name != "item"}
    assert not is_quiet([nameless], STEP)
    assert not is_quiet([ACCEPTED], STEP, items=[item(department=None)])
    assert not is_quiet([ACCEPTED], STEP, items=[])


def test_an_event_recorded_late_is_not_quiet() -> None:
    assert is_quiet([ACCEPTED], {**STEP, "recorded_at": "2026-05-13T16:00"})
    assert not is_quiet([ACCEPTED], {**STEP, "recorded_at": "2026-05-14T09:00"})


def test_a_step_sent_again_with_another_time_after_a_void_is_not_quiet() -> None:
    """Found by the random cases: the second step was appended unjudged, and its A15 never stored."""
    void = voided(STEP, "2026-05-13T09:00")
    again = event("step_started", "2026-05-13T10:00", step="审查")
    assert not is_quiet([ACCEPTED, STEP, void], again)


def test_a_void_whose_target_has_not_come_keeps_its_case_from_being_quiet() -> None:
    void = voided(STEP, "2026-05-11T11:00")
    assert not is_quiet([ACCEPTED, void], STEP)


# -- cases of which no event need be asked ---------------------------------------------------------------------------


def is_ordinary_at(as_of: str, *known: Fields) -> bool:
    rules = Rules(read_items([item()]), read_calendar(None), read_policy({}))
    zone, now = rules.calendar.zone, instant_of(moment(as_of))
    return is_ordinary(record_of([event_of(one, zone) for one in known], rules, now).quiet, zone, now)


def test_a_case_that_goes_as_most_do_is_ordinary() -> None:
    assert is_ordinary_at("2026-05-12T11:00", ACCEPTED, STEP)


@pytest.mark.parametrize(
    "arrived",
    [
        suspended("2026-05-12T10:00", 3),
        {**STEP, "occurred_at": "2026-05-11T09:00"},
        {**ACCEPTED, "event_id": "again", "occurred_at": "2026-05-12T10:00"},
    ],
    ids=["suspended", "a step before the acceptance", "accepted twice"],
)
def test_a_case_with_anything_remarkable_is_not_ordinary(arrived: Fields) -> None:
    assert not is_ordinary_at("2026-05-12T11:00", ACCEPTED, arrived)


def test_a_case_is_not_ordinary_while_an_event_of_the_near_future_waits() -> None:
    assert not is_ordinary_at("2026-05-12T09:59", ACCEPTED, STEP)


def test_a_case_that_was_told_its_due_day_is_not_ordinary() -> None:
    """It was told the right one; by another calendar it may be a wrong one (X10)."""
    assert not is_ordinary_at("2026-05-12T11:00", {**ACCEPTED, "due_claimed": "2026-05-25T17:00"}, STEP)


def test_a_case_is_not_ordinary_before_the_day_on_which_its_events_were_recorded() -> None:
    recorded = {**ACCEPTED, "recorded_at": "2026-05-12T09:00"}
    assert not is_ordinary_at("2026-05-11T23:59", recorded)
    assert is_ordinary_at("2026-05-12T00:00", recorded)
