"""Cases that are alike are asked once and moved together; whatever hour they began at, the judge would say the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, timedelta
from random import Random
from typing import Any

import pytest

from monitor.engine import hands, likeness, turning
from monitor.engine.fold import Fold
from monitor.engine.shut_cases import ShutCase
from tests.integration.engine.test_recalculation import CLOSED_ON_TUESDAY, load
from tests.support.driven_hall import DrivenHall, at
from tests.support.small_hall import add_item

ITEMS: dict[str, dict[str, Any]] = {
    "days": {"promised": 5, "statutory": 20},
    "short": {"promised": 1, "statutory": 3},
    "counted": {"promised": 3, "statutory": 8, "counting": "start_counted"},
    "clock": {"promised": 2, "statutory": 6, "counting": "clock"},
    "calendar": {"promised": 6, "statutory": 12, "unit": "calendar_days"},
    "unrolled": {"promised": 6, "statutory": 12, "unit": "calendar_days", "roll": False},
    "hours": {"promised": 12, "statutory": 40, "unit": "working_hours"},
    "steps": {"promised": 6, "statutory": 20, "steps": {"review": 2}},
}
OPENING, CLOSING, MOMENT = timedelta(hours=9), timedelta(hours=17), timedelta(microseconds=1)
MOMENTS = (
    timedelta(0), OPENING - MOMENT, OPENING, OPENING + MOMENT, timedelta(hours=13), CLOSING, CLOSING + MOMENT,
    timedelta(hours=23, minutes=59),
)  # fmt: skip
CASES = 400
RUN_AT = ("09:00", "09:00:01", "13:30", "17:00", "17:00:01", "23:00")


@pytest.fixture(params=["one hand", "two hands"])
def asked(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The cases that are asked of all that are turned; even few are taken together, by two hands also."""
    found: list[int] = []
    move = turning.Turning.passes

    def note(self: turning.Turning, case: ShutCase) -> bool:
        found.append(case.case_id)
        return move(self, case)

    monkeypatch.setattr(turning.Turning, "passes", note)
    monkeypatch.setattr(hands, "SHARED_FROM", 2 if request.param == "two hands" else 1_000_000)
    return found


def accepted(count: int, rng: Random) -> Iterator[dict[str, str]]:
    """Cases accepted on a few days, many at the moments that matter; of some a step goes on."""
    for number in range(count):
        day = at(f"2026-09-{rng.randint(14, 17)}")
        moment = rng.choice(MOMENTS) if rng.random() < 0.5 else timedelta(seconds=rng.randrange(86_400))
        item = rng.choice(list(ITEMS))
        case = {"case_no": f"c{number}", "item": item}
        yield {**case, "kind": "accepted", "occurred_at": (day + moment).isoformat()}
        if item == "steps":
            began = (day + moment + timedelta(minutes=rng.randint(1, 600))).isoformat()
            yield {"case_no": f"c{number}", "kind": "step_started", "step": "review", "occurred_at": began}


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_time_and_calendars_do_the_judge_would_have_found_it(
    driven_hall: DrivenHall, asked: list[int], seed: int
) -> None:
    for code, version in ITEMS.items():
        add_item(driven_hall.connection, driven_hall.hall_id, code, "D1", **version)
    driven_hall.connection.commit()
    rng = Random(seed)
    driven_hall.send(*accepted(CASES, rng))
    driven_hall.run("2026-09-18T08:00")
    day, fired = at("2026-09-18"), 0
    for _ in range(28):
        if day.day == 18:
            load(driven_hall, CLOSED_ON_TUESDAY, "2026-09-18T08:30")
        for hour in rng.sample(RUN_AT, 2):
            fired += driven_hall.run(f"{day:%Y-%m-%d}T{hour}").fired
        if rng.random() < 0.4:
            assert driven_hall.replay().differences == []
        day += timedelta(days=1)
    assert driven_hall.replay().differences == []
    assert fired > 2 * CASES
    assert 0 < len(asked) < fired / 2, "of most that are alike only the first is asked"
    breaches = "select count(*) from clock where state = 'breached' and name in ('promise', 'statutory')"
    cards = (
        "select count(*), count(distinct (case_id, clock)) from card"
        " where level <> 'reminder' and clock in ('promise', 'statutory')"
    )
    assert driven_hall.rows(cards) == [(driven_hall.rows(breaches)[0][0],) * 2]


def test_cases_that_began_in_one_stretch_of_the_day_are_alike(driven_hall: DrivenHall, asked: list[int]) -> None:
    """Before opening, in opening hours, after closing: which of these it was is asked of a start, not the minute."""
    for number, hour in enumerate(("08:00", "08:59:59", "09:00", "10:07", "17:00", "17:00:01", "23:10")):
        driven_hall.send(
            {"case_no": f"c{number}", "kind": "accepted", "occurred_at": f"2026-09-17T{hour}", "item": "I1"}
        )
    driven_hall.run("2026-09-17T23:30")
    driven_hall.run("2026-09-21T09:00")
    kinds = driven_hall.rows("select case_id from case_file where case_no in ('c0', 'c2', 'c5') order by case_id")
    assert {(case_id,) for case_id in asked} >= set(kinds)
    assert len(set(asked)) <= (3 if hands.SHARED_FROM > 7 else 5), "a half has its own firsts"
    assert driven_hall.rows("select count(*) from card where level = 'reminder'") == [(7,)]
    assert driven_hall.replay().differences == []


def test_each_finding_names_the_acceptance_of_its_own_case(driven_hall: DrivenHall, asked: list[int]) -> None:
    for number in range(6):
        driven_hall.send(
            {"case_no": f"c{number}", "kind": "accepted", "occurred_at": f"2026-09-17T10:0{number}", "item": "I1"}
        )
    driven_hall.run("2026-09-17T10:30")
    driven_hall.run("2026-09-23T17:01")
    assert len(asked) in (1, 2)
    found = driven_hall.rows(
        "select a.event_id = s.accepted_event, count(distinct a.event_id)"
        " from anomaly a join case_state s using (case_id) group by 1"
    )
    assert found == [(True, 6)]
    assert driven_hall.replay().differences == []


def test_a_case_whose_card_was_revoked_is_opened(driven_hall: DrivenHall) -> None:
    """The next card of the same clock and level is of another generation: which one, its cards tell."""
    driven_hall.send({"case_no": "c1", "kind": "accepted", "occurred_at": "2026-09-17T10:00", "item": "I1"})
    driven_hall.run("2026-09-21T09:01")
    driven_hall.connection.execute(
        "update card set state = 'revoked', revoked_at = issued_at, revoke_reason = 'calendar'"
    )
    driven_hall.connection.commit()
    driven_hall.run("2026-09-23T17:01")
    assert driven_hall.rows("select level::text, generation from card order by card_id")[-1] == ("yellow", 0)
    assert at("2026-09-23T17:00").astimezone(UTC) in {
        row[0] for row in driven_hall.rows("select expected_at from card")
    }


def test_a_case_set_apart_is_still_due_when_the_engine_is_lost_before_it_is_judged(
    driven_hall: DrivenHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cohorts are moved in a transaction of each hand, then files opened in others: none may be forgotten between."""
    monkeypatch.setattr(hands, "SHARED_FROM", 2)
    monkeypatch.setattr(likeness, "DAYS_ALIKE", -2)  # each is a cohort of its own, so that there are halves
    for number in range(4):
        driven_hall.send(
            {"case_no": f"c{number}", "kind": "accepted", "occurred_at": f"2026-09-17T10:0{number}", "item": "I1"}
        )
    driven_hall.run("2026-09-17T11:00")
    load(driven_hall, CLOSED_ON_TUESDAY, "2026-09-17T11:30")
    driven_hall.run("2026-09-22T09:01")
    driven_hall.connection.execute(
        "insert into card (hall_id, case_id, clock, level, generation, department, state, expected_at, issued_at,"
        " recipient, reason, revoked_at, revoke_reason)"
        " select hall_id, case_id, 'promise', 'red', 0, department, 'revoked', first_event_at, first_event_at,"
        " 'bureau', 'due', first_event_at, 'calendar' from case_state where case_no = 'c1'"
    )
    driven_hall.connection.commit()

    def lose(*_values: object) -> None:
        raise ArithmeticError("lost")

    monkeypatch.setattr(Fold, "judge_again", lose)
    with pytest.raises(ArithmeticError):
        driven_hall.run("2026-09-24T17:01")
    yellow = "select case_no from card join case_file using (case_id) where level = 'yellow' order by 1"
    assert driven_hall.rows(yellow) == [("c0",), ("c2",), ("c3",)]
    monkeypatch.undo()
    driven_hall.run("2026-09-24T17:02")
    assert driven_hall.rows(yellow) == [("c0",), ("c1",), ("c2",), ("c3",)]
    assert driven_hall.replay().differences == []
