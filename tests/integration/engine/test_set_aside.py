"""One case that the rules cannot judge is set aside and told; every other case of the hall goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from structlog.testing import capture_logs

from monitor.domain.events import Event
from monitor.domain.instants import instant_of
from monitor.engine.recalculation import preview_calendar
from monitor.engine.verdict import Verdict, judge_case
from monitor.storage.rules import RulesCache
from tests.support.driven_hall import DrivenHall, at

JUDGING = ("fold", "recalculation", "replay")
"""Modules that ask for a judgement: what they ask may be compiled, and then nothing in it can be replaced."""


def accepted(case_no: str) -> dict[str, Any]:
    return {"case_no": case_no, "kind": "accepted", "occurred_at": "2026-09-17T10:00", "item": "I1"}


@pytest.fixture
def stumbling_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that fails on what a window writes into a step's name, as any rule may on what nobody thought of."""

    def stumble(events: Sequence[Event], *rest: Any, **named: Any) -> Verdict:
        if any(event.step == "unthinkable" for event in events):
            raise OverflowError("day 1020593 lies beyond the year 3999")
        return judge_case(events, *rest, **named)

    for module in JUDGING:
        monkeypatch.setattr(f"monitor.engine.{module}.judge_case", stumble)


def unthinkable(case_no: str) -> dict[str, Any]:
    return {"case_no": case_no, "kind": "step_started", "step": "unthinkable", "occurred_at": "2026-09-17T09:00"}


def lights(hall: DrivenHall) -> list[tuple[Any, ...]]:
    return hall.rows("select case_no, light::text, next_change_at is null from case_state order by case_no")


@pytest.mark.usefixtures("stumbling_rule")
def test_a_case_that_cannot_be_judged_does_not_stop_the_hall(driven_hall: DrivenHall) -> None:
    """One event was enough: the engine died, was started again, met the event again, and no case was ever judged."""
    driven_hall.send(accepted("good"), accepted("bad"), unthinkable("bad"), unthinkable("new"))
    driven_hall.run("2026-09-17T10:01")
    assert lights(driven_hall) == [("good", "green", False)]
    assert driven_hall.rows("select case_no, event_count from case_file order by case_no") == [
        ("bad", 2), ("good", 1), ("new", 1),
    ]  # fmt: skip
    driven_hall.run("2026-09-24T09:00")
    assert lights(driven_hall) == [("good", "yellow", False)]


@pytest.mark.usefixtures("stumbling_rule")
def test_a_case_set_aside_stays_as_it_was_and_waits_for_nothing(driven_hall: DrivenHall) -> None:
    driven_hall.send(accepted("bad"))
    driven_hall.run("2026-09-17T10:01")
    driven_hall.send(unthinkable("bad"))
    driven_hall.run("2026-09-17T10:02")
    assert lights(driven_hall) == [("bad", "green", True)]
    assert driven_hall.run("2026-09-24T09:00").fired == 0
    assert driven_hall.rows("select open, green from department_load") == [(1, 1)]


def test_what_was_set_aside_is_judged_by_better_rules_with_its_next_event(driven_hall: DrivenHall) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("monitor.engine.fold.judge_case", _fail)
        driven_hall.send(accepted("bad"))
        driven_hall.run("2026-09-17T10:01")
        assert lights(driven_hall) == []
    driven_hall.send({"case_no": "bad", "kind": "rated", "occurred_at": "2026-09-17T11:00"})
    driven_hall.run("2026-09-17T11:01")
    assert lights(driven_hall) == [("bad", "green", False)]
    assert driven_hall.replay().differences == []


def _fail(*_: object, **named: object) -> Verdict:
    raise ZeroDivisionError


@pytest.mark.usefixtures("stumbling_rule")
def test_the_replay_tells_a_case_that_was_set_aside(driven_hall: DrivenHall) -> None:
    driven_hall.send(accepted("good"), unthinkable("bad"))
    driven_hall.run("2026-09-17T10:01")
    told = [str(difference) for difference in driven_hall.replay().differences]
    assert told[0].startswith("case S1/bad: judgement: stored 'set aside', the log says")


@pytest.mark.usefixtures("stumbling_rule")
def test_a_case_set_aside_is_named_in_the_log(driven_hall: DrivenHall) -> None:
    driven_hall.send(unthinkable("bad"))
    with capture_logs() as told:
        driven_hall.run("2026-09-17T10:01")
    assert [entry["event"] for entry in told] == ["case_set_aside"]
    assert "case bad of source" in told[0]["problem"]
    assert "beyond the year 3999" in str(told[0]["exc_info"])


@pytest.mark.usefixtures("stumbling_rule")
def test_a_calendar_can_be_previewed_beside_a_case_set_aside(driven_hall: DrivenHall) -> None:
    driven_hall.send(accepted("good"), accepted("bad"))
    driven_hall.run("2026-09-17T10:01")
    driven_hall.send(unthinkable("bad"))
    driven_hall.run("2026-09-17T10:02")
    rules = RulesCache().get(driven_hall.connection, driven_hall.hall_id)
    as_of = instant_of(at("2026-09-17T10:02"))
    found = preview_calendar(driven_hall.connection, rules, rules.calendar, as_of)
    driven_hall.connection.rollback()
    assert (found.cases, found.not_judged) == (2, 1)
