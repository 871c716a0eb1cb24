"""The figures of a hall for a period: read from counters and registry, or counted from the cases themselves."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from monitor.domain.figure_declarations import FIGURES
from monitor.domain.figure_readings import FigureReading, Period
from monitor.domain.figures import FigureId, Measure
from monitor.domain.instants import date_of, datetime_of, day_of, instant_of
from monitor.storage.halls import HallFacts
from monitor.storage.sql_blocks import sql_block

Measures = dict[FigureId, Measure]


@dataclass(frozen=True, slots=True)
class FigureScope:
    """Whose figures, for which period, as of when.

    `departments` None is the whole hall; the code '' stands for cases that name none. A figure of the registry is that
    of the period's last day, or of the local day of `as_of` where the period is not over.
    """

    hall: HallFacts
    period: Period
    as_of: datetime
    departments: Collection[str] | None = None

    def registry_day(self, period: Period | None = None) -> date:
        """The day on which the registry is read for a period (default: the scope's own)."""
        today = date_of(self.hall.local.day(instant_of(self.as_of)))
        return min((period or self.period).last_day, today)

    def bounds(self, period: Period) -> tuple[datetime, datetime]:
        """First instant of a period and first instant after it."""
        zone = self.hall.local
        begin, end = (zone.instant(day_of(day), 0) for day in (period.begin, period.end))
        return datetime_of(begin), datetime_of(end)

    def listed(self) -> list[str] | None:
        """The departments as an SQL parameter."""
        return None if self.departments is None else list(self.departments)


def read_figures(
    connection: Connection[Any],
    scope: FigureScope,
    *,
    earlier: Period | None = None,
    earlier_day: date | None = None,
    directly: bool = False,
) -> list[FigureReading]:
    """Read every figure of the contract, in its order; `scope.as_of` is how far the engine has judged.

    `earlier` is the period to compare with, `earlier_day` the day to compare the registry with (default: the last day
    of `earlier`). `directly` counts the cases themselves instead of reading counters: slower, for checking; the
    numbers are the same.
    """
    day = scope.registry_day()
    if earlier_day is None and earlier is not None:
        earlier_day = scope.registry_day(earlier)
    now = _measure_cases(connection, scope, scope.period, directly=directly) | _measure_registry(connection, scope, day)
    then: Measures = {}
    if earlier is not None:
        then |= _measure_cases(connection, scope, earlier, directly=directly)
    if earlier_day is not None:
        then |= _measure_registry(connection, scope, earlier_day)
        now[FigureId.SPEEDUP_PROMISE_CUT] = _measure_promise_cut(connection, scope, day, earlier_day)
    return [
        FigureReading(
            declaration,
            now.get(figure),
            period=None if declaration.is_dated else scope.period,
            day=day if declaration.is_dated else None,
            earlier_measure=then.get(figure),
            earlier_period=None if declaration.is_dated else earlier,
            earlier_day=earlier_day if declaration.is_dated else None,
        )
        for figure, declaration in FIGURES.items()
    ]


def read_figure(connection: Connection[Any], scope: FigureScope, figure: FigureId) -> FigureReading:
    """Read one figure, without comparison. Raises ValueError for `speedup_promise_cut`, which is one."""
    declaration = FIGURES[figure]
    if figure is FigureId.SPEEDUP_PROMISE_CUT:
        raise ValueError(f"{figure} compares two days: read it with read_figures")
    if declaration.is_dated:
        day = scope.registry_day()
        return FigureReading(declaration, _measure_registry(connection, scope, day).get(figure), day=day)
    measured = _measure_cases(connection, scope, scope.period, directly=False, wanted=figure)
    return FigureReading(declaration, measured[figure], period=scope.period)


def period_fields(period: Period) -> dict[str, date]:
    """A period as the counters are read by: its days, and from which month up to which it has whole ones."""
    first_month, end_month = period.whole_months
    return {"begin": period.begin, "end": period.end, "first_month": first_month, "end_month": end_month}


_NOT_READ: dict[str, Any] = {"ratios": 0.0, "ratio_cases": 0, "promise_running": 0, "statutory_running": 0}


# -- cases -------------------------------------------------------------------------------------------------------------


def _measure_cases(
    connection: Connection[Any],
    scope: FigureScope,
    period: Period,
    *,
    directly: bool,
    wanted: FigureId | None = None,
) -> Measures:
    """All figures of cases; where only one is wanted, what it does not need is not read and stands as 0."""
    begin_at, end_at = scope.bounds(period)
    fields: dict[str, Any] = {
        "hall_id": scope.hall.hall_id,
        "zone": scope.hall.zone,
        **period_fields(period),
        "begin_at": begin_at,
        "end_at": end_at,
        "due_before": min(end_at, scope.as_of),
        "departments": scope.listed(),
    }
    counted = {**fields, "departments": name_departments(connection, scope)}
    if directly:
        sums = _fetch(connection, "count_figure_cases", fields)
    else:
        sums = _fetch(connection, "sum_figure_counters", counted)
    if wanted in (None, FigureId.SPEEDUP_ACTUAL_MEAN):
        sums |= (
            _fetch(connection, "count_figure_ratios", fields)
            if directly
            else _fetch(connection, "sum_figure_ratios", counted)
        )
    if wanted in (None, FigureId.OVERDUE_RATE, FigureId.STATUTORY_OVERDUE_RATE):
        sums |= _count_running(connection, scope, fields, directly=directly)
    return _case_measures(_NOT_READ | sums)


def _case_measures(sums: dict[str, Any]) -> Measures:
    decided, accepted = sums["decided"], sums["accepted"]
    promise, statutory = sums["promise_stopped"], sums["statutory_stopped"]
    speedup, ratios = sums["speedup_cases"], sums["ratio_cases"]
    late, late_by_law = sums["promise_running"], sums["statutory_running"]
    return {
        FigureId.SPEEDUP_ACTUAL: Measure(sums["used_days"], sums["statutory_days"], speedup, decided - speedup),
        FigureId.SPEEDUP_ACTUAL_MEAN: Measure(sums["ratios"], ratios, ratios, decided - ratios),
        FigureId.EARLY_SHARE_OF_ACCEPTED: Measure(sums["promise_early"], accepted, accepted),
        FigureId.ON_TIME_RATE: Measure(sums["promise_met"], promise, promise, decided - promise),
        FigureId.EARLY_RATE: Measure(sums["promise_early"], promise, promise, decided - promise),
        FigureId.OVERDUE_RATE: Measure(
            promise - sums["promise_met"] + late, promise + late, promise + late, decided - promise
        ),
        FigureId.STATUTORY_OVERDUE_RATE: Measure(
            statutory - sums["statutory_met"] + late_by_law,
            statutory + late_by_law,
            statutory + late_by_law,
            decided - statutory,
        ),
        FigureId.SAME_DAY_RATE: Measure(sums["same_day"], decided, decided),
    }


def _count_running(
    connection: Connection[Any], scope: FigureScope, fields: dict[str, Any], *, directly: bool
) -> dict[str, Any]:
    """Main clocks that run and fell due before the period's end and before `as_of`.

    What is overdue now is counted with the open cases; for a period that is over, by the day of the due time.
    """
    if directly:
        return _fetch(connection, "count_running_breaches", fields)
    if fields["due_before"] < fields["end_at"]:
        return _fetch(connection, "sum_breached_loads", fields)
    return _fetch(connection, "sum_breached_days", {**fields, "departments": name_departments(connection, scope)})


def name_departments(connection: Connection[Any], scope: FigureScope) -> list[str]:
    """Name the departments of the scope: for the whole hall, all that have counters."""
    if scope.departments is not None:
        return list(scope.departments)
    rows = connection.execute(sql_block("select_counted_departments"), {"hall_id": scope.hall.hall_id})
    return [department for (department,) in rows]


# -- registry ----------------------------------------------------------------------------------------------------------


def _measure_registry(connection: Connection[Any], scope: FigureScope, day: date) -> Measures:
    """All figures of the registry on a day but the cut of promises, which needs two."""
    fields = {"hall_id": scope.hall.hall_id, "day": day, "departments": scope.listed()}
    held = _fetch(connection, "count_registry", fields)

    def share(part: str, whole: str, among: str) -> Measure:
        return Measure(held[part], held[whole], held[whole], held[among] - held[whole])

    limited = held["items_with_limits"]
    return {
        FigureId.SPEEDUP_PROMISED: Measure(
            held["promised_days"], held["statutory_days"], limited, held["items"] - limited
        ),
        FigureId.DEPARTMENT_PRESENCE: share("departments_in_hall", "departments", "departments"),
        FigureId.ITEM_PRESENCE: share("items_in_hall", "items", "items"),
        FigureId.ACCEPT_AND_DECIDE_RATE: share("accept_and_decide", "items_in_hall", "items_in_hall"),
        FigureId.SET_UP_STAND_ALONE: share("stand_alone", "offices", "departments"),
        FigureId.SET_UP_CO_LOCATED: share("co_located", "offices", "departments"),
        FigureId.SET_UP_DELEGATED: share("delegated", "offices", "departments"),
        FigureId.MID_LEVEL_PRESENCE: share("posts_filled", "posts", "departments"),
    }


def _measure_promise_cut(connection: Connection[Any], scope: FigureScope, day: date, earlier_day: date) -> Measure:
    fields = {
        "hall_id": scope.hall.hall_id,
        "day": day,
        "earlier_day": earlier_day,
        "departments": scope.listed(),
    }
    held = _fetch(connection, "sum_promise_cut", fields)
    return Measure(held["promised_now"], held["promised_then"], held["items"], held["items_now"] - held["items"])


def _fetch(connection: Connection[Any], block: str, fields: dict[str, Any]) -> dict[str, Any]:
    with connection.cursor(row_factory=dict_row) as cursor:
        # Not prepared: a plan made without knowing whether `departments` is null would read everything.
        row = cursor.execute(sql_block(block), fields, prepare=False).fetchone()
    if row is None:
        raise LookupError(f"the block {block} gave no row")
    return row
