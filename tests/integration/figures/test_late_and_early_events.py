"""Figures hold every event that has been judged: what comes late, and what comes behind an event of the near future."""

from datetime import UTC, date
from typing import Any

from monitor.domain.figure_readings import Period
from monitor.domain.figures import FigureId
from monitor.storage.figures import FigureScope, read_figures
from monitor.storage.halls import find_hall
from tests.support.driven_hall import DrivenHall, at

MARCH_BEFORE = Period(date(2025, 3, 1), date(2025, 4, 1))
SEPTEMBER = Period(date(2026, 9, 1), date(2026, 10, 1))


def life(case_no: str, begun: str, decided: str) -> tuple[dict[str, Any], ...]:
    """A case accepted and granted."""
    return (
        {"case_no": case_no, "kind": "accepted", "occurred_at": begun, "item": "I1"},
        {"case_no": case_no, "kind": "decided", "occurred_at": decided, "result": "granted"},
    )


def decided_cases(hall: DrivenHall, period: Period, as_of: str) -> int:
    """How many cases were decided in a period: the counters' word, which must be that of the cases themselves."""
    scope = FigureScope(find_hall(hall.connection), period, at(as_of).astimezone(UTC))
    counted, direct = (
        {reading.declaration.id: reading.measure for reading in read_figures(hall.connection, scope, directly=directly)}
        for directly in (False, True)
    )
    hall.connection.commit()
    assert counted == direct
    found = counted[FigureId.SAME_DAY_RATE]
    return 0 if found is None else found.n


def test_what_comes_behind_an_event_of_the_near_future_is_counted_at_once(driven_hall: DrivenHall) -> None:
    """Edge case 52: a continuous aggregate with its watermark in the future hid new rows."""
    driven_hall.send(*life("ahead", "2026-09-17T10:05", "2026-09-17T10:09"), recorded_at="2026-09-17T10:00")
    driven_hall.run("2026-09-17T10:00")
    assert decided_cases(driven_hall, SEPTEMBER, "2026-09-17T10:00") == 0
    driven_hall.send(*life("behind", "2026-09-17T09:00", "2026-09-17T10:01"))
    driven_hall.run("2026-09-17T10:01")
    assert decided_cases(driven_hall, SEPTEMBER, "2026-09-17T10:01") == 1
    driven_hall.run("2026-09-17T10:09")
    assert decided_cases(driven_hall, SEPTEMBER, "2026-09-17T10:09") == 2
    assert driven_hall.replay().differences == []


def test_what_comes_a_year_and_a_half_late_is_counted_in_its_own_month_at_once(driven_hall: DrivenHall) -> None:
    """Edge case 52: late data was left out of what had been summed up before."""
    driven_hall.send(*life("now", "2026-09-16T10:00", "2026-09-17T10:00"))
    driven_hall.run("2026-09-17T10:00")
    assert decided_cases(driven_hall, MARCH_BEFORE, "2026-09-17T10:00") == 0
    driven_hall.send(*life("late", "2025-03-11T10:00", "2025-03-12T10:00"), recorded_at="2026-09-17T10:01")
    driven_hall.run("2026-09-17T10:01")
    assert decided_cases(driven_hall, MARCH_BEFORE, "2026-09-17T10:01") == 1
    assert decided_cases(driven_hall, SEPTEMBER, "2026-09-17T10:01") == 1
    assert driven_hall.replay().differences == []


def test_no_figure_is_read_from_a_continuous_aggregate(driven_hall: DrivenHall) -> None:
    """Edge case 52: there is none, in either edition; counters move in the transaction that judges."""
    assert driven_hall.rows("select view_name from timescaledb_information.continuous_aggregates") == []
