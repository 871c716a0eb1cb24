"""The default ladder, sentence by sentence: which cards a case calls for, when each is due, whom it goes to."""

from __future__ import annotations

import pytest

from alerts.ladder import LADDER, Level, Recipient, expected_cards
from monitor.domain.instants import DAY, datetime_of
from monitor.domain.judge import judge
from monitor.domain.schedule import coming_changes
from tests.support.case_stories import Fields, event, item, judgement_of, suspended, voided
from tests.support.random_cases import random_cases

ACCEPTED = event("accepted", "2026-05-11T10:00")  # a Monday; promise 10 → 05-25, statutory 20 → 06-08
RECEIVED = event("received", "2026-05-11T10:00")  # acceptance within 5 → 05-18
REMINDER, YELLOW, RED = Level.REMINDER, Level.YELLOW, Level.RED

Card = tuple[str, Level, str]


def cards(events: list[Fields], as_of: str, *items: Fields) -> list[Card]:
    """(clock, level, local time at which the rule wants it) of every card that the ladder calls for."""
    judgement = judgement_of(events, as_of, list(items) or None)
    zone = judgement.walk.calendar.zone.info
    return [
        (card.clock, card.level, datetime_of(card.expected_at, zone).replace(tzinfo=None).isoformat(timespec="minutes"))
        for card in expected_cards(judgement)
    ]


def levels(events: list[Fields], as_of: str, *items: Fields) -> list[tuple[str, Level]]:
    return [(clock, level) for clock, level, _ in cards(events, as_of, *items)]


# -- each sentence of the default ladder -----------------------------------------------------------------------


def test_two_working_days_before_the_promise_a_reminder_is_due_at_opening() -> None:
    assert cards([ACCEPTED], "2026-05-21T08:59:59") == []
    assert cards([ACCEPTED], "2026-05-21T09:00") == [("promise", REMINDER, "2026-05-21T09:00")]


def test_a_promise_under_four_days_is_reminded_on_its_due_day_at_opening() -> None:
    short = item(promised=3)  # due on Thursday the 14th
    assert cards([ACCEPTED], "2026-05-14T08:59:59", short) == []
    assert cards([ACCEPTED], "2026-05-14T09:00", short) == [("promise", REMINDER, "2026-05-14T09:00")]


def test_a_breached_promise_calls_for_a_yellow_card_of_its_due_time() -> None:
    assert (YELLOW, "2026-05-25T17:00") not in [card[1:] for card in cards([ACCEPTED], "2026-05-25T17:00")]
    assert cards([ACCEPTED], "2026-05-25T17:00:01")[1:] == [("promise", YELLOW, "2026-05-25T17:00")]


def test_a_breached_statutory_limit_calls_for_a_red_card_beside_the_yellow_one() -> None:
    assert levels([ACCEPTED], "2026-06-08T17:00:01") == [
        ("promise", REMINDER), ("promise", YELLOW), ("statutory", RED),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "events", "breached_at"),
    [
        ("acceptance", [RECEIVED], "2026-05-18T17:00:01"),
        ("delivery", [ACCEPTED, event("decided", "2026-05-12T10:00", result="granted")], "2026-05-26T17:00:01"),
        ("step:审查", [ACCEPTED, event("step_started", "2026-05-12T10:00", step="审查")], "2026-05-13T17:00:01"),
        ("suspension:1", [ACCEPTED, suspended("2026-05-12T10:00", 2)], "2026-05-14T17:00:01"),
    ],
)
def test_every_other_clock_breached_calls_for_a_yellow_card(name: str, events: list[Fields], breached_at: str) -> None:
    with_step = item(steps={"审查": 1})
    in_time = breached_at.removesuffix(":01")
    assert name not in {clock for clock, _ in levels(events, in_time, with_step)}
    assert (name, YELLOW) in levels(events, breached_at, with_step)


def test_each_level_goes_to_whom_the_ladder_names_and_asks_an_answer_in_its_days() -> None:
    assert LADDER[REMINDER] == (Recipient.HANDLER, None)
    assert LADDER[YELLOW] == (Recipient.DEPARTMENT_HEAD, 1)
    assert LADDER[RED] == (Recipient.BUREAU, 5)
    assert set(LADDER) == set(Level)


# -- which clock is reminded of ----------------------------------------------------------------------------------


def test_without_a_promise_the_statutory_limit_is_reminded_of() -> None:
    assert cards([ACCEPTED], "2026-06-04T09:00", item(promised=None)) == [("statutory", REMINDER, "2026-06-04T09:00")]


def test_with_a_promise_the_statutory_limit_is_not_reminded_of() -> None:
    assert ("statutory", REMINDER) not in levels([ACCEPTED], "2026-06-05T09:00")


def test_only_the_two_main_clocks_are_reminded_of() -> None:
    events = [RECEIVED]
    assert cards(events, "2026-05-18T16:00") == []


def test_a_case_that_ends_before_the_moment_is_never_reminded_of() -> None:
    decided = event("decided", "2026-05-20T10:00", result="denied")
    assert cards([ACCEPTED, decided], "2026-07-01T10:00") == []


def test_a_reminder_that_was_due_stays_called_for_when_the_case_is_decided() -> None:
    decided = event("decided", "2026-05-22T10:00", result="denied")
    assert levels([ACCEPTED, decided], "2026-07-01T10:00") == [("promise", REMINDER)]


def test_a_breach_is_not_washed_away_by_the_decision() -> None:
    decided = event("decided", "2026-05-26T10:00", result="denied")
    assert levels([ACCEPTED, decided], "2026-07-01T10:00") == [("promise", REMINDER), ("promise", YELLOW)]


# -- while the clock stands ---------------------------------------------------------------------------------------


def test_a_standing_clock_gets_no_card() -> None:
    events = [ACCEPTED, suspended("2026-05-13T10:00")]
    assert cards(events, "2026-12-01T10:00") == []


def test_the_reminder_waits_for_the_end_of_a_suspension_that_runs_at_its_moment() -> None:
    """Suspended before opening of the reminder's own day, which still counts; answered on Monday at ten."""
    events = [ACCEPTED, suspended("2026-05-21T08:30")]
    assert cards(events, "2026-05-25T09:59") == []
    resumed = [*events, event("resumed", "2026-05-25T10:00")]
    assert cards(resumed, "2026-05-25T10:00") == [("promise", REMINDER, "2026-05-25T10:00")]


@pytest.mark.parametrize(
    ("days", "reminded_at"), [(1, "2026-05-25T09:00"), (2, "2026-05-26T09:00"), (4, "2026-05-28T09:00")]
)
def test_a_reminder_held_back_comes_at_opening_of_a_working_day(days: int, reminded_at: str) -> None:
    """The planned end is midnight, here once of a Saturday: nobody is reminded then (design: at opening of its day)."""
    events = [ACCEPTED, suspended("2026-05-21T08:30", days)]
    assert [card for card in cards(events, reminded_at) if card[0] == "promise"] == [("promise", REMINDER, reminded_at)]
    just_before = reminded_at.replace("09:00", "08:59")
    assert "promise" not in {card[0] for card in cards(events, just_before)}


def test_an_answer_on_a_sunday_brings_the_reminder_on_monday() -> None:
    events = [ACCEPTED, suspended("2026-05-21T08:30"), event("resumed", "2026-05-24T20:00")]
    assert cards(events, "2026-05-25T08:59") == []
    assert cards(events, "2026-05-25T09:00") == [("promise", REMINDER, "2026-05-25T09:00")]


def test_a_decision_out_of_a_suspension_brings_no_reminder() -> None:
    events = [ACCEPTED, suspended("2026-05-21T08:30"), event("decided", "2026-05-22T10:00", result="denied")]
    assert cards(events, "2026-05-25T10:00") == []


def test_a_suspension_after_the_reminder_leaves_it_and_one_before_it_moves_it() -> None:
    after = [ACCEPTED, suspended("2026-05-21T11:00")]
    assert cards(after, "2026-06-01T10:00") == [("promise", REMINDER, "2026-05-21T09:00")]
    before = [ACCEPTED, suspended("2026-05-18T11:00"), event("resumed", "2026-05-20T11:00")]
    assert cards(before, "2026-05-25T09:00") == [("promise", REMINDER, "2026-05-25T09:00")]


def test_a_breached_suspension_is_carded_while_the_promise_stands() -> None:
    events = [ACCEPTED, suspended("2026-05-12T10:00", 2)]
    assert levels(events, "2026-05-14T23:00") == [("suspension:1", YELLOW)]


# -- limits of hours, of no day, of a deemed acceptance -----------------------------------------------------------


def test_a_limit_in_hours_is_reminded_of_when_a_fifth_is_left() -> None:
    hours = item(promised=10, statutory=40, unit="working_hours")  # from Monday 10:00: due on Tuesday 12:00
    assert cards([ACCEPTED], "2026-05-12T09:59", hours) == []
    assert cards([ACCEPTED], "2026-05-12T10:00", hours) == [("promise", REMINDER, "2026-05-12T10:00")]
    assert cards([ACCEPTED], "2026-05-12T12:00:01", hours)[1:] == [("promise", YELLOW, "2026-05-12T12:00")]


def test_an_item_decided_on_the_spot_is_carded_at_closing_and_not_reminded_of() -> None:
    immediate = item(promised=0, kind="immediate")
    assert cards([ACCEPTED], "2026-05-11T17:00", immediate) == []
    assert cards([ACCEPTED], "2026-05-11T17:00:01", immediate) == [("promise", YELLOW, "2026-05-11T17:00")]


def test_an_item_decided_on_the_spot_accepted_in_the_night_is_reminded_of_at_opening() -> None:
    """Its moment lies after its start: the handler finds it in the morning."""
    at_night = event("accepted", "2026-05-11T22:00")
    assert cards([at_night], "2026-05-12T09:00", item(promised=0)) == [("promise", REMINDER, "2026-05-12T09:00")]


def test_a_limit_of_one_day_is_reminded_of_on_the_next_day() -> None:
    assert cards([ACCEPTED], "2026-05-12T09:00", item(promised=1)) == [("promise", REMINDER, "2026-05-12T09:00")]


def test_a_limit_that_started_behind_its_reminder_is_not_reminded_of() -> None:
    """Four days with the start day counted: two are left from the first evening on, but none before the start."""
    start_counted = item(promised=3, counting="start_counted", unit="calendar_days", roll=False)
    on_due_day = event("accepted", "2026-05-11T10:00")
    assert cards([on_due_day], "2026-05-13T09:00", start_counted) == [("promise", REMINDER, "2026-05-13T09:00")]
    one = item(promised=1, counting="start_counted")
    assert cards([on_due_day], "2026-05-11T17:00", one) == []


def test_a_deemed_acceptance_is_carded_and_its_promise_reminded_of_from_then_on() -> None:
    """Nobody could be reminded of a promise that began when nobody knew of it (行政许可法 32)."""
    short = item(promised=5)  # from the receipt on: reminder 05-14, due 05-18 like the acceptance itself
    assert cards([RECEIVED], "2026-05-18T17:00", short) == []
    assert levels([RECEIVED], "2026-05-18T17:00:01", short) == [("acceptance", YELLOW), ("promise", YELLOW)]
    longer = item(promised=7)  # due 05-20, reminder 05-18 09:00, known at 17:00
    assert cards([RECEIVED], "2026-05-18T17:00:01", longer) == [
        ("promise", REMINDER, "2026-05-18T17:00"), ("acceptance", YELLOW, "2026-05-18T17:00"),
    ]  # fmt: skip


def test_a_void_decision_brings_back_the_card_it_had_kept_away() -> None:
    decided = event("decided", "2026-05-20T10:00", result="denied")
    events = [ACCEPTED, decided, voided(decided, "2026-05-26T10:00")]
    assert levels(events[:2], "2026-05-26T10:00") == []
    assert levels(events, "2026-05-26T10:00") == [("promise", REMINDER), ("promise", YELLOW)]


# -- in random cases ----------------------------------------------------------------------------------------------


def test_a_card_is_called_for_once_never_before_its_moment_and_whatever_the_order_of_arrival() -> None:
    called_for = 0
    for case in random_cases(range(30_000, 30_250)):
        judgement = judge(case.events, case.rules, case.as_of)
        if judgement is None:
            continue
        expected = expected_cards(judgement)
        called_for += len(expected)
        assert len({(card.clock, card.level) for card in expected}) == len(expected)
        assert all(card.expected_at <= case.as_of for card in expected)
        shuffled = judge(case.rng.sample(case.events, len(case.events)), case.rules, case.as_of)
        assert shuffled is not None
        assert expected_cards(shuffled) == expected
    assert called_for > 100


def test_a_card_once_called_for_stays_so_while_nothing_is_sent() -> None:
    """Only an event, a calendar or an item takes a card back; time alone never does, but for a deemed acceptance."""
    kept = 0
    for case in random_cases(range(31_000, 31_250)):
        first = judge(case.events, case.rules, case.as_of)
        later = judge(case.events, case.rules, case.as_of + 20 * DAY)
        if first is None or later is None or first.future or later.deemed:
            continue
        assert {card[:3] for card in expected_cards(first)} <= {card[:3] for card in expected_cards(later)}
        kept += bool(expected_cards(first))
    assert kept > 20


def test_every_card_that_time_brings_was_scheduled() -> None:
    brought = 0
    for case in random_cases(range(32_000, 32_250)):
        judgement = judge(case.events, case.rules, case.as_of)
        if judgement is None or judgement.future:
            continue
        first = min((change.at for change in coming_changes(judgement)), default=None)
        if first is None:
            continue
        before = {card[:2] for card in expected_cards(judgement)}
        at_change = judge(case.events, case.rules, first)
        just_before = judge(case.events, case.rules, first - 1)
        assert at_change is not None
        assert just_before is not None
        assert {card[:2] for card in expected_cards(just_before)} == before, f"seed {case.seed}"
        brought += {card[:2] for card in expected_cards(at_change)} != before
    assert brought > 20
