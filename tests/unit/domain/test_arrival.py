"""The short way stores what judging anew would: thousands of lives event by event, and each way out of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from monitor.domain.evaluation import read_calendar, read_items, read_policy
from monitor.domain.events import Event, event_of
from monitor.domain.instants import Instant, instant_of
from monitor.domain.judge import Rules
from monitor.engine.judged_record import JudgedRecord
from monitor.engine.verdict import follow_case, judge_case, open_case
from tests.support.case_stories import Fields, item, moment, suspended
from tests.support.case_stories import event as tell
from tests.support.ordinary_lives import OrdinaryLife, interrupted_lives, ordinary_life, ordinary_lives
from tests.support.random_cases import RandomCase, random_cases
from tests.support.stored_parts import copy_of

BLOCK = 400
BLOCKS = 5
LONG_BLOCKS = 100


def in_any_order(record: JudgedRecord) -> JudgedRecord:
    """Open steps have no order of their own."""
    copy = copy_of(record)
    assert copy.quiet is not None
    copy.quiet.open_steps.sort()
    return copy


def follow(record: JudgedRecord | None, arrived: list[Event], rules: Rules, as_of: Instant) -> JudgedRecord | None:
    """The record after the next events of a case, or its first; None where that takes the judge."""
    if record is None:
        return open_case(arrived, rules, as_of, 0)
    copy = copy_of(record)
    return copy if follow_case(copy, arrived, rules, as_of, 0) else None


def follow_life(life: OrdinaryLife, followed: dict[str, int]) -> None:
    """Feed a life event by event; count by kind what took the short way, and hold it against the judge."""
    fed = []
    record: JudgedRecord | None = None
    for event, as_of in life.arrivals:
        fed.append(event)
        anew = judge_case(fed, life.rules, as_of, 0, None)
        after = follow(record, [event], life.rules, as_of)
        if after is not None:
            assert in_any_order(after) == in_any_order(anew.record), f"seed {life.seed}, {event}"
            assert anew.cards == []
            is_plain = record is None or (record.quiet is not None and record.quiet.plain)
            kind = event.kind if is_plain else f"interrupted: {event.kind}"
            followed[kind] = followed.get(kind, 0) + 1
        # The next event is followed from what was followed, as in the engine.
        record = anew.record if after is None else after


@pytest.mark.parametrize(
    "block",
    [*range(BLOCKS), *(pytest.param(block, marks=pytest.mark.long) for block in range(BLOCKS, LONG_BLOCKS))],
)
def test_what_is_followed_is_stored_as_judging_anew_would(block: int) -> None:
    followed: dict[str, int] = {}
    for life in ordinary_lives(range(block * BLOCK, (block + 1) * BLOCK)):
        follow_life(life, followed)
    kinds = {"applied", "received", "accepted", "step_started", "step_finished", "decided", "delivered", "rated"}
    assert {kind for kind, times in followed.items() if times > BLOCK / 50} == kinds


@pytest.mark.parametrize(
    "block", [0, *(pytest.param(block, marks=pytest.mark.long) for block in range(1, LONG_BLOCKS // 4))]
)
def test_suspensions_and_what_comes_after_them_are_stored_as_judging_anew_would(block: int) -> None:
    followed: dict[str, int] = {}
    for life in interrupted_lives(range(40_000 + block * BLOCK, 40_000 + (block + 1) * BLOCK)):
        follow_life(life, followed)
    kinds = {"suspended", "resumed", "step_started", "step_finished", "decided", "delivered", "rated"}
    after = {kind.removeprefix("interrupted: ") for kind in followed if kind.startswith("interrupted: ")}
    assert after == kinds, followed
    assert followed["suspended"] > BLOCK / 10
    assert followed["interrupted: resumed"] > BLOCK / 10


@pytest.mark.parametrize("lives", [ordinary_lives, interrupted_lives])
@pytest.mark.parametrize("several", [2, 3])
def test_several_events_at_once_are_followed_as_one_by_one(
    lives: Callable[[range], Iterator[OrdinaryLife]], several: int
) -> None:
    together = 0
    for life in lives(range(20_000, 20_400)):
        events = [event for event, _ in life.arrivals]
        for first in range(1, len(events) - several + 1):
            as_of = life.arrivals[first + several - 1][1]
            record = judge_case(events[:first], life.rules, as_of, 0, None).record
            after = follow(record, events[first : first + several], life.rules, as_of)
            if after is not None:
                together += 1
                anew = judge_case(events[: first + several], life.rules, as_of, 0, None).record
                assert in_any_order(after) == in_any_order(anew), f"seed {life.seed}"
    assert together > 100


def feed_in_any_order(case: RandomCase) -> int:
    followed = 0
    fed = []
    record: JudgedRecord | None = None
    for event in case.in_some_order():
        as_of = case.as_of if case.rng.random() < 0.2 else max(case.as_of, event.occurred_at)
        fed.append(event)
        anew = judge_case(fed, case.rules, as_of, 0, None)
        after = None if record is None else follow(record, [event], case.rules, as_of)
        if after is not None:
            followed += 1
            assert in_any_order(after) == in_any_order(anew.record), f"seed {case.seed}, {event}"
            assert anew.cards == []
        record = anew.record
    return followed


def test_the_wildest_histories_are_followed_rightly_or_not_at_all() -> None:
    assert sum(map(feed_in_any_order, random_cases(range(30_000, 30_600)))) > 3


# -- what is never plain -----------------------------------------------------------------------------------------------


def first_followed(change: dict[str, object], calendar_version: int = 0) -> bool:
    """Whether the second event of a plain life is followed from a record changed so."""
    life = ordinary_life(next(seed for seed in range(100) if is_followed(ordinary_life(seed), {}, 0)))
    return is_followed(life, change, calendar_version)


def is_followed(life: OrdinaryLife, change: dict[str, object], calendar_version: int) -> bool:
    (first, judged_at), (second, as_of) = life.arrivals[:2]
    record = copy_of(judge_case([first], life.rules, judged_at, 0, None).record)
    for name, value in change.items():
        setattr(record, name, value)
    return follow_case(record, [second], life.rules, as_of, calendar_version)


@pytest.mark.parametrize(
    "change",
    [
        {"cards": [("promise", "reminder", 0)]},
        {"anomalies": [("A13", "e0", "recorded_late")]},
        {"cards_not_before": 0},
        {"quiet": None},
    ],
)
def test_a_case_with_cards_findings_or_a_load_under_way_is_judged(change: dict[str, object]) -> None:
    assert first_followed({})
    assert not first_followed(change)


def test_a_case_of_an_earlier_calendar_is_judged() -> None:
    assert not first_followed({}, calendar_version=1)


def test_a_case_whose_item_is_known_no_more_is_judged() -> None:
    rules = Rules(read_items([item()]), read_calendar(None), read_policy({}))
    events = [event_of(fields, rules.calendar.zone) for fields in (RECEIVED, ACCEPTED)]
    record = judge_case(events[:1], rules, events[0].occurred_at, 0, None).record
    itemless = Rules(read_items([]), rules.calendar, rules.policy)
    assert follow(record, events[1:], itemless, events[1].occurred_at) is None
    assert follow(record, events[1:], rules, events[1].occurred_at) is not None


# -- what the short way leaves to the judge by itself ------------------------------------------------------------------

RECEIVED = tell("received", "2026-05-11T09:00")  # a Monday; acceptance 5 → 05-18
ACCEPTED = tell("accepted", "2026-05-11T10:00")  # promise 10 → 05-25
GRANTED = tell("decided", "2026-05-13T10:00", result="granted")  # delivery 10 → 05-27
STEPS = {"审查": 2, "核准": 2}  # begun on 05-11 → 05-13


def is_told_followed(
    told: list[Fields], items: list[Fields], *, forgetful: bool = False, as_of: str | None = None,
    policy: Fields | None = None,
) -> bool:  # fmt: skip
    """Whether the last event is followed at `as_of`, or as it happens, from the record of those before.

    `forgetful`: from a record that does not tell when time next changes the case.
    """
    rules = Rules(read_items(items), read_calendar(None), read_policy(policy or {}))
    *known, last = [event_of(fields, rules.calendar.zone) for fields in told]
    record = copy_of(judge_case(known, rules, known[-1].occurred_at, 0, None).record)
    if forgetful:
        assert record.facts is not None
        record.facts.next_change_at = None
    judged_at = last.occurred_at if as_of is None else instant_of(moment(as_of))
    is_followed = follow_case(record, [last], rules, judged_at, 0)
    if is_followed and not forgetful:
        assert in_any_order(record) == in_any_order(judge_case([*known, last], rules, judged_at, 0, None).record)
    return is_followed


@pytest.mark.parametrize(
    ("known", "kind", "in_time", "late"),
    [
        ([RECEIVED], "accepted", "2026-05-18T17:00:00", "2026-05-18T17:00:01"),
        (
            [ACCEPTED, tell("step_started", "2026-05-11T11:00", step="审查")],
            "step_finished", "2026-05-13T17:00:00", "2026-05-13T17:00:01",
        ),
        ([ACCEPTED], "decided", "2026-05-25T17:00:00", "2026-05-25T17:00:01"),
        ([ACCEPTED, GRANTED], "delivered", "2026-05-27T17:00:00", "2026-05-27T17:00:01"),
    ],
)  # fmt: skip
def test_a_clock_that_is_stopped_late_is_judged_even_if_the_record_told_of_no_change(
    known: list[Fields], kind: str, in_time: str, late: str
) -> None:
    items = [item(steps=STEPS if kind == "step_finished" else {})]
    fields = {"step": "审查"} if kind == "step_finished" else {}
    assert is_told_followed([*known, tell(kind, in_time, **fields)], items, forgetful=True)
    assert not is_told_followed([*known, tell(kind, late, **fields)], items, forgetful=True)


def test_a_decision_under_another_version_is_judged_even_if_the_record_told_of_no_change() -> None:
    items = [item(), item(promised=5, valid_from="2026-05-14")]
    later = tell("decided", "2026-05-14T10:00", result="granted")
    assert is_told_followed([ACCEPTED, GRANTED], items, forgetful=True)
    assert not is_told_followed([ACCEPTED, later], items, forgetful=True)


def test_a_delivery_after_the_limits_changed_leaves_the_case_as_plain_as_the_judge_finds_it() -> None:
    """Found by random lives: the judge took it for remarkable by a finding that a closed case does not store."""
    items = [item(), item(promised=5, valid_from="2026-05-14")]
    assert is_told_followed([ACCEPTED, GRANTED, tell("delivered", "2026-05-14T10:00")], items)


def test_clocks_that_are_never_due_are_followed() -> None:
    """Beyond the year 3999 no calendar counts."""
    assert is_told_followed([RECEIVED, ACCEPTED], [item(promised=900_000, statutory=900_000)])


def test_the_second_run_of_a_step_is_judged_at_its_start_and_at_its_end() -> None:
    items = [item(steps=STEPS)]
    first = [
        ACCEPTED,
        tell("step_started", "2026-05-11T11:00", step="审查"),
        tell("step_finished", "2026-05-11T12:00", step="审查"),
    ]
    again = tell("step_started", "2026-05-11T13:00", step="审查")
    assert is_told_followed(first, items)
    assert is_told_followed([*first, {**again, "step": "核准"}], items)
    assert not is_told_followed([*first, again], items)
    assert not is_told_followed([*first, again, tell("step_finished", "2026-05-11T14:00", step="审查")], items)


# -- the first event of a case -----------------------------------------------------------------------------------------

APPLIED = tell("applied", "2026-05-11T08:30", recorded_at="2026-05-11T09:00")


def is_opened(*told: Fields, items: list[Fields] | None = None, as_of: str = "2026-05-11T10:00") -> bool:
    """Whether a case of these events is known without the judge; what is known is what the judge finds."""
    rules = Rules(read_items([item()] if items is None else items), read_calendar(None), read_policy({}))
    events = [event_of(fields, rules.calendar.zone) for fields in told]
    judged_at = instant_of(moment(as_of))
    record = open_case(events, rules, judged_at, 0)
    if record is not None:
        anew = judge_case(events, rules, judged_at, 0, None)
        assert in_any_order(record) == in_any_order(anew.record)
        assert anew.cards == []
    return record is not None


def test_an_application_opens_a_case_and_what_comes_with_it_is_followed() -> None:
    assert is_opened(APPLIED)
    assert is_opened(APPLIED, RECEIVED, ACCEPTED)
    assert not is_opened(APPLIED, RECEIVED, tell("refused", "2026-05-11T09:30"))


def test_any_other_first_event_is_judged() -> None:
    assert not is_opened(RECEIVED)


def test_an_application_of_an_unknown_item_or_to_nobody_known_is_judged() -> None:
    assert not is_opened(APPLIED, items=[])
    assert not is_opened({**APPLIED, "item": None})
    assert is_opened({**APPLIED, "department": "D9"}, items=[item(department=None)])
    assert not is_opened({**APPLIED, "department": None}, items=[item(department=None)])


def test_an_application_recorded_late_or_of_the_near_future_is_judged() -> None:
    assert not is_opened({**APPLIED, "recorded_at": "2026-05-14T09:00"}, as_of="2026-05-14T10:00")
    assert not is_opened(APPLIED, as_of="2026-05-11T08:29")


# -- after a suspension ------------------------------------------------------------------------------------------------

PAUSED = suspended("2026-05-12T09:00", 5)
RESUMED = tell("resumed", "2026-05-13T09:00")
STARTED = tell("step_started", "2026-05-13T10:00", step="审查")


def test_a_lawful_suspension_is_followed_and_so_is_its_resumption() -> None:
    assert is_told_followed([ACCEPTED, PAUSED], [item()])
    assert is_told_followed([ACCEPTED, PAUSED, RESUMED], [item()])
    again = [suspended("2026-05-13T09:30", 5), tell("resumed", "2026-05-14T09:00")]
    assert is_told_followed([ACCEPTED, PAUSED, RESUMED, *again[:1]], [item()])
    assert is_told_followed([ACCEPTED, PAUSED, RESUMED, *again], [item()])


def test_a_case_suspended_before_it_is_accepted_is_judged() -> None:
    assert not is_told_followed([RECEIVED, PAUSED], [item()])
    assert not is_told_followed([RECEIVED, PAUSED, RESUMED], [item()])


def test_a_suspension_that_comes_with_a_step_before_the_acceptance_is_judged() -> None:
    """Found by random lives: the step makes the case another, though it is quiet itself."""
    step = tell("step_started", "2026-05-11T09:30", step="查验")
    rules = Rules(read_items([item()]), read_calendar(None), read_policy({}))
    first, *arrived = [event_of(fields, rules.calendar.zone) for fields in (RECEIVED, step, ACCEPTED, PAUSED)]
    record = judge_case([first], rules, first.occurred_at, 0, None).record
    assert follow(record, arrived[:2], rules, arrived[1].occurred_at) is not None
    assert follow(record, arrived, rules, arrived[2].occurred_at) is None


def test_a_suspension_of_a_case_whose_applicant_was_told_a_day_is_judged() -> None:
    """It will be another day, which is a finding."""
    told = {**ACCEPTED, "due_claimed": "2026-05-25T17:00"}
    assert not is_told_followed([told, PAUSED], [item()])
    assert not is_told_followed([told, PAUSED, RESUMED], [item()])


def test_a_suspension_after_the_due_time_is_judged_even_if_the_record_told_of_no_change() -> None:
    at_once = [item(promised=0)]  # due at closing, and no reminder before it
    assert is_told_followed([ACCEPTED, suspended("2026-05-11T17:00:00", 5)], at_once, forgetful=True)
    assert not is_told_followed([ACCEPTED, suspended("2026-05-11T17:00:01", 5)], at_once, forgetful=True)


def test_a_suspension_that_is_over_when_it_is_told_is_judged() -> None:
    life = [ACCEPTED, suspended("2026-05-12T09:00", 1)]
    assert is_told_followed(life, [item()], as_of="2026-05-13T17:00")
    assert not is_told_followed(life, [item()], as_of="2026-05-13T17:01")


def test_a_suspension_without_an_end_in_sight_holds_back_a_reminder_of_the_same_day() -> None:
    """Found by random lives: its light would turn at opening, were the clock not standing before."""
    paused = suspended("2026-05-21T08:00", 5)
    for credit in ("capped", "full"):
        assert is_told_followed([ACCEPTED, paused], [item()], policy={"suspension_credit": credit})


def test_a_suspension_after_the_reminder_is_judged_even_if_the_record_told_of_no_change() -> None:
    assert is_told_followed([ACCEPTED, suspended("2026-05-20T16:00", 5)], [item()], forgetful=True)
    assert not is_told_followed([ACCEPTED, suspended("2026-05-22T09:00", 5)], [item()], forgetful=True)


def test_a_resumption_after_the_planned_days_is_judged_even_if_the_record_told_of_no_change() -> None:
    in_time, late = tell("resumed", "2026-05-19T17:00:00"), tell("resumed", "2026-05-19T17:00:01")
    assert is_told_followed([ACCEPTED, PAUSED, in_time], [item()], forgetful=True)
    assert not is_told_followed([ACCEPTED, PAUSED, late], [item()], forgetful=True)


def test_a_resumption_by_which_the_case_is_overdue_when_it_is_told_is_judged() -> None:
    short = [item(promised=2)]
    resumed = tell("resumed", "2026-05-13T09:00")
    assert is_told_followed([ACCEPTED, PAUSED, resumed], short, as_of="2026-05-13T17:00", forgetful=True)
    assert not is_told_followed([ACCEPTED, PAUSED, resumed], short, as_of="2026-05-15T09:00", forgetful=True)


def test_a_resumption_after_a_step_that_ended_while_the_case_stood_is_judged() -> None:
    started = tell("step_started", "2026-05-11T11:00", step="审查")
    finished = tell("step_finished", "2026-05-12T10:00", step="审查")
    assert is_told_followed([ACCEPTED, started, PAUSED, RESUMED], [item(steps=STEPS)])
    assert not is_told_followed([ACCEPTED, started, PAUSED, finished, RESUMED], [item(steps=STEPS)])


def test_a_reminder_that_is_due_at_the_resumption_is_judged() -> None:
    """Friday's opening, two days before the end, lay in the suspension: resumed in opening hours, it comes at once."""
    paused = suspended("2026-05-15T08:00", 5)
    items = [item(promised=6, unit="calendar_days", roll=False)]
    assert is_told_followed([ACCEPTED, paused, tell("resumed", "2026-05-16T10:00")], items, forgetful=True)
    assert not is_told_followed([ACCEPTED, paused, tell("resumed", "2026-05-15T10:00")], items, forgetful=True)


def test_a_step_is_followed_once_every_suspension_was_resumed() -> None:
    items = [item(steps=STEPS)]
    assert is_told_followed([ACCEPTED, PAUSED, RESUMED, STARTED], items)
    assert not is_told_followed([ACCEPTED, PAUSED, STARTED], items)
    again = suspended("2026-05-13T09:30", 5)
    assert not is_told_followed([ACCEPTED, PAUSED, again, STARTED], items)
    assert not is_told_followed([ACCEPTED, PAUSED, RESUMED, again, STARTED], items)


def test_a_suspension_with_a_fault_leaves_its_case_to_the_judge() -> None:
    faulty = suspended("2026-05-12T09:00", 5, approver=None)
    assert not is_told_followed([ACCEPTED, faulty], [item()])
    assert not is_told_followed([ACCEPTED, suspended("2026-05-12T09:00")], [item()])
    assert not is_told_followed([ACCEPTED, faulty, RESUMED, STARTED], [item(steps=STEPS)])


def test_a_reminder_that_a_suspension_holds_back_is_known_when_a_step_ends() -> None:
    """Its moment, Friday's opening, lay in the suspension: it comes on Monday, and the step is no longer due before."""
    items = [item(promised=6, unit="calendar_days", roll=False, steps={"审查": 2})]
    started = tell("step_started", "2026-05-14T10:00", step="审查")
    until_saturday = [suspended("2026-05-15T08:00", 5), tell("resumed", "2026-05-16T10:00")]
    until_thursday = [suspended("2026-05-14T11:00", 5), tell("resumed", "2026-05-14T12:00")]
    assert is_told_followed(
        [ACCEPTED, started, *until_thursday, tell("step_finished", "2026-05-14T13:00", step="审查")], items
    )
    assert is_told_followed(
        [ACCEPTED, started, *until_saturday, tell("step_finished", "2026-05-16T11:00", step="审查")], items
    )
