"""What the live page shows of a hall, part by part and as a whole, JSON-ready in the shapes of the API's `Board`.

`departments` cuts every part to some departments (the code '' stands for cases that name none); None is the whole hall.
`silent` holds the codes of sources that have fallen silent: the engine decides that by the working calendar.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from monitor.domain.figure_declarations import FIGURES
from monitor.domain.figure_readings import Period
from monitor.domain.figures import FigureId, Measure, change_in_points, value_of
from monitor.domain.instants import date_of, instant_of
from monitor.storage.cards import read_newest_cards
from monitor.storage.figures import period_fields
from monitor.storage.hall_warnings import read_warnings
from monitor.storage.halls import HallFacts, read_hall
from monitor.storage.names import NO_DEPARTMENT, bilingual
from monitor.storage.outages import read_recent_outages
from monitor.storage.silence import read_open_feed_cards
from monitor.storage.sql_blocks import sql_block

TREND_MONTHS = 24
BASELINE_LABEL = {"zh": "改革前", "en": "before the reform"}
CARD_LEVELS = ("reminder", "yellow", "red")
SPEEDUP = FIGURES[FigureId.SPEEDUP_ACTUAL]


def read_board(
    connection: Connection[Any],
    hall: HallFacts,
    as_of: datetime,
    *,
    due_days: Sequence[date],
    silent: Collection[str] = (),
    departments: Collection[str] | None = None,
) -> dict[str, Any]:
    """Read everything of a `Board` except `case_time`. Call it in one REPEATABLE READ transaction.

    `as_of` is the engine's; `due_days` are the working days that the page looks ahead to.
    """
    hall_id = hall.hall_id
    sources = read_sources(connection, hall_id, departments, silent=silent)
    return {
        "hall": hall.describe(),
        "as_of": hall.time_text(as_of),
        "data_as_of": data_as_of(sources),
        "sources": sources,
        "numbers": read_numbers(connection, hall_id, as_of, departments),
        "departments": read_tiles(connection, hall_id, as_of, departments, silent=silent),
        "due_days": read_due_days(connection, hall_id, due_days, departments),
        "trend": read_trend(connection, hall_id, as_of, departments),
        "cards": read_newest_cards(connection, hall_id, as_of, departments),
        "feed_cards": read_open_feed_cards(connection, hall),
        "outages": read_recent_outages(connection, hall, as_of),
        "warnings": read_warnings(connection, hall),
    }


def read_tiles(
    connection: Connection[Any],
    hall_id: int,
    as_of: datetime,
    departments: Collection[str] | None = None,
    *,
    silent: Collection[str] = (),
) -> list[dict[str, Any]]:
    """Read the tiles (`DepartmentTile`) in registry order.

    Every in-hall department has one, with or without cases; a department that has cases but stands in no registry is
    named by its code. The light is the worst of its open cases; where a source that feeds it is not current, nothing is
    green: unknown, unless what is known is worse. An archive says nothing of today beside a source that should, nor
    does a source that names no departments and was never heard of.
    """
    fields = {"hall_id": hall_id, "as_of": as_of, "departments": _listed(departments)}
    with connection.cursor(row_factory=dict_row) as cursor:
        tiles = cursor.execute(sql_block("select_tiles"), fields, prepare=False).fetchall()
    sources = read_sources(connection, hall_id, silent=silent)
    return [_tile(row, [source for source in sources if _feeds(source, row["code"])]) for row in tiles]


def _tile(row: dict[str, Any], feeding: list[dict[str, Any]]) -> dict[str, Any]:
    zh, en = row.pop("name_zh"), row.pop("name_en")
    unnamed = NO_DEPARTMENT if not row["code"] else bilingual(row["code"], row["code"])
    asked = [source for source in feeding if not _says_nothing(source)] or feeding
    current = bool(asked) and all(source["state"] == "current" for source in asked)
    worst = next((light for light in ("red", "yellow", "reminder") if row[light] > 0), "green")
    heard = [source["complete_until"] for source in feeding if source["complete_until"] is not None]
    return {
        **row,
        "name": unnamed if zh is None else bilingual(zh, en),
        "light": "unknown" if worst == "green" and not current else worst,
        "silent": not current,
        "data_as_of": min(heard, key=datetime.fromisoformat, default=None),
    }


def _feeds(source: dict[str, Any], department: str) -> bool:
    """Tell whether a source feeds a department; one that declares none feeds whatever its cases name."""
    return not source["departments"] or department in source["departments"]


def _says_nothing(source: dict[str, Any]) -> bool:
    """Tell whether a source has nothing to say of today: an archive, or one of which nobody knows yet whom it feeds."""
    return source["archive"] or (source["state"] == "unknown" and not source["departments"])


def read_sources(
    connection: Connection[Any],
    hall_id: int,
    departments: Collection[str] | None = None,
    *,
    silent: Collection[str] = (),
) -> list[dict[str, Any]]:
    """Read the feeding systems (`SourceHealth`) by code: current, silent (as passed in), unconfirmed, or unknown.

    Unconfirmed: there are cases of it, but no heartbeat has said yet that they are all. An archive sends no heartbeat
    and cannot fall silent: it is current. With `departments`, only sources that feed one of them are given, and of the
    departments they feed only those.
    """
    hall = read_hall(connection, hall_id)
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(sql_block("select_sources"), {"hall_id": hall_id}).fetchall()
    sources = [_source(hall, row, silent) for row in rows]
    if departments is None:
        return sources
    feeding = [source for source in sources if any(_feeds(source, code) for code in departments)]
    return [
        {**source, "departments": [code for code in source["departments"] if code in departments]} for source in feeding
    ]


def _source(hall: HallFacts, row: dict[str, Any], silent: Collection[str]) -> dict[str, Any]:
    if row["code"] in silent:
        state = "silent"
    elif row["archive"] or row["complete_until"] is not None:
        state = "current"
    else:
        state = "unconfirmed" if row["unconfirmed"] else "unknown"
    return {
        "code": row["code"],
        "name": bilingual(row["name_zh"], row["name_en"]),
        "state": state,
        "archive": row["archive"],
        "complete_until": hall.known_time_text(row["complete_until"]),
        "last_event_at": hall.known_time_text(row["last_event_at"]),
        "departments": row["departments"],
    }


def data_as_of(sources: Sequence[dict[str, Any]]) -> str | None:
    """Give the oldest `complete_until` of the sources that are not silent; None when none has been heard of."""
    heard = [source["complete_until"] for source in sources if source["state"] == "current"]
    return min((text for text in heard if text is not None), key=datetime.fromisoformat, default=None)


def read_numbers(
    connection: Connection[Any], hall_id: int, as_of: datetime, departments: Collection[str] | None = None
) -> dict[str, Any]:
    """Read the numbers of the header (`BoardNumbers`) from the counters; they equal the sums of the tiles.

    A case is overdue once: its light is red when the statutory limit is breached, else yellow when the promise is.
    """
    listed = _listed(departments)
    counted = _counted_departments(connection, hall_id, departments)
    with connection.cursor(row_factory=dict_row) as cursor:
        load = cursor.execute(
            sql_block("select_load_sums"), {"hall_id": hall_id, "departments": listed}, prepare=False
        ).fetchone()
        fields = {"hall_id": hall_id, "as_of": as_of, "departments": counted}
        month = cursor.execute(sql_block("select_month_sums"), fields).fetchone()
        cards = cursor.execute(sql_block("sum_cards_today"), {**fields, "departments": listed}, prepare=False)
        by_level = {row["level"]: row["cards"] for row in cards}
    if load is None or month is None:
        raise LookupError(f"the counters of hall {hall_id} gave no sums")
    today = ("accepted_today", "decided_today", "early_today", "due_today", "due_today_open")
    return {
        **{name: month[name] for name in today},
        "open": load["open"],
        "standing": load["standing"],
        "overdue_open": load["yellow"] + load["red"],
        "yellow_open": load["yellow"],
        "red_open": load["red"],
        "cards_today": {level: by_level.get(level, 0) for level in CARD_LEVELS},
        "speedup_month": _speedup_month(month, _read_baseline(connection, hall_id, counted)),
    }


def _speedup_month(month: dict[str, Any], baseline: Measure) -> dict[str, Any]:
    """The figure `speedup_actual` of the local month so far, from the counters, against the hall's baseline."""
    first_day: date = month["day"].replace(day=1)
    after = date(first_day.year + first_day.month // 12, first_day.month % 12 + 1, 1)
    measure = _speedup_measure(month, month["decided_month"])
    formula = SPEEDUP.formula_text
    return {
        "id": SPEEDUP.id.value,
        "name": bilingual(SPEEDUP.name.zh, SPEEDUP.name.en),
        "value": value_of(SPEEDUP, measure),
        "numerator": measure.numerator if measure.n else None,
        "denominator": measure.denominator if measure.n else None,
        "n": measure.n,
        "excluded": measure.excluded,
        "decimals": SPEEDUP.decimals,
        "formula": bilingual(formula.zh, formula.en),
        "period_from": first_day.isoformat(),
        "period_to": after.isoformat(),
        "earlier_value": value_of(SPEEDUP, baseline),
        "earlier_label": BASELINE_LABEL if baseline.n else None,
        "change_points": change_in_points(value_of(SPEEDUP, measure), value_of(SPEEDUP, baseline)),
        "cases_url": f"/api/v1/figures/{SPEEDUP.id.value}/cases?from={first_day.isoformat()}&to={after.isoformat()}",
    }


def _read_baseline(connection: Connection[Any], hall_id: int, departments: list[str]) -> Measure:
    """The actual speed-up of the period before the reform; of no case where the hall names none."""
    hall = read_hall(connection, hall_id)
    if hall.baseline_from is None or hall.baseline_to is None:
        return Measure(0.0, 0.0, 0)
    fields = {
        "hall_id": hall_id,
        "departments": departments,
        **period_fields(Period(hall.baseline_from, hall.baseline_to)),
    }
    with connection.cursor(row_factory=dict_row) as cursor:
        sums = cursor.execute(sql_block("sum_figure_counters"), fields, prepare=False).fetchone()
    if sums is None:
        raise LookupError(f"the counters of hall {hall_id} gave no sums")
    return _speedup_measure(sums, 0)


def _speedup_measure(sums: dict[str, Any], decided: int) -> Measure:
    cases = sums["speedup_cases"]
    return Measure(sums["used_days"], sums["statutory_days"], cases, max(decided - cases, 0))


def read_due_days(
    connection: Connection[Any], hall_id: int, days: Sequence[date], departments: Collection[str] | None = None
) -> list[dict[str, Any]]:
    """Read how many clocks of open cases fall due on each of these days (`DueDay`), in the order of the days."""
    counted = _counted_departments(connection, hall_id, departments)
    fields = {"hall_id": hall_id, "days": list(days), "departments": counted}
    rows = connection.execute(sql_block("select_due_days"), fields)
    return [{"day": day.isoformat(), "promise": promise, "statutory": statutory} for day, promise, statutory in rows]


def read_trend(
    connection: Connection[Any],
    hall_id: int,
    as_of: datetime,
    departments: Collection[str] | None = None,
    months: int = TREND_MONTHS,
) -> list[dict[str, Any]]:
    """Read the actual speed-up of the last months up to the one of `as_of` (`TrendPoint`), oldest first."""
    counted = _counted_departments(connection, hall_id, departments)
    month = Period.month_of(date_of(read_hall(connection, hall_id).local.day(instant_of(as_of))))
    year, place = divmod(12 * month.begin.year + month.begin.month - months, 12)
    fields = {"hall_id": hall_id, "departments": counted, "first_day": date(year, place + 1, 1), "end_day": month.end}
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(sql_block("select_trend"), fields, prepare=False).fetchall()
    return [
        {"month": row["month"], "value": value_of(SPEEDUP, _speedup_measure(row, 0)), "n": row["speedup_cases"]}
        for row in rows
    ]


def _counted_departments(connection: Connection[Any], hall_id: int, departments: Collection[str] | None) -> list[str]:
    """Name the departments whose counters are wanted, so that the counters are read by their key."""
    if departments is not None:
        return list(departments)
    rows = connection.execute(sql_block("select_counted_departments"), {"hall_id": hall_id})
    return [department for (department,) in rows]


def _listed(departments: Collection[str] | None) -> list[str] | None:
    return None if departments is None else list(departments)
