"""The replay: every case judged from the log alone, and every stored column held against it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any

import msgspec
import psycopg
from psycopg import Connection

from monitor.domain.facts import CLOCK_COLUMNS, FACT_COLUMNS, TIMES
from monitor.domain.instants import date_of, instant_of
from monitor.engine.record import read_shares
from monitor.engine.verdict import Verdict, judge_case
from monitor.storage import replay as tables
from monitor.storage.copying import moment
from monitor.storage.fold import DAY_COUNTERS, LOAD_COUNTERS, read_engine_state
from monitor.storage.packed_events import unpack_events
from monitor.storage.rules import HallRules, RulesCache

CASES_AT_ONCE = 2_000


class NotSettledError(RuntimeError):
    """The engine has not fired all that is due at its own `as_of`; ask again in a moment."""


@dataclass(frozen=True)
class Difference:
    """One stored value that the log does not bear out."""

    where: str
    column: str
    stored: object
    replayed: object

    def __str__(self) -> str:
        return f"{self.where}: {self.column}: stored {self.stored!r}, the log says {self.replayed!r}"


@dataclass
class ReplayReport:
    """What a replay found: equal when there is no difference."""

    as_of: datetime
    cases: int = 0
    events: int = 0
    values: int = 0
    differences: list[Difference] = field(default_factory=list)

    def compare(self, where: str, column: str, stored: object, replayed: object) -> None:
        """Note a difference, if there is one."""
        self.values += 1
        if stored != replayed:
            self.differences.append(Difference(where, column, stored, replayed))


def replay(connection: Connection[Any], hall_id: int, progress: Callable[[int], None] = lambda _: None) -> ReplayReport:
    """Judge every case of the log at the engine's own recorded `as_of` and compare every stored column.

    Compared: facts, clocks, findings, standing cards, working sets, counters, and the counts of log, identities and
    batches. Call it in one REPEATABLE READ transaction. Raises NotSettledError while the engine is in the middle of
    firing; a closed case is judged by the calendar version it keeps.
    """
    state = read_engine_state(connection, hall_id)
    if state is None:
        raise NotSettledError("the engine has never run for this hall: start the service, or import with --fold")
    waiting = tables.count_due_cases(connection, hall_id, state.as_of)
    if waiting or (state.judging_at is not None and state.judging_at != state.as_of):
        raise NotSettledError(f"{waiting} cases wait to be judged at {state.as_of.isoformat()}: try again in a moment")
    return _Replay(connection, hall_id, state.as_of).run(progress)


class _Replay:
    def __init__(self, connection: Connection[Any], hall_id: int, as_of: datetime) -> None:
        self.connection = connection
        self.hall_id = hall_id
        self.report = ReplayReport(as_of)
        self.cache = RulesCache()
        self.rules: HallRules = self.cache.get(connection, hall_id)
        self.days: dict[tuple[str, date], dict[str, float]] = defaultdict(lambda: defaultdict(float))
        self.loads: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        self.judged = 0

    def run(self, progress: Callable[[int], None]) -> ReplayReport:
        log = tables.read_log(self.connection, self.hall_id)
        for cases in _chunks(log, CASES_AT_ONCE):
            self._compare_cases(cases)
            self.report.cases += len(cases)
            self.report.events += sum(len(case.events) for case in cases)
            progress(self.report.events)
        self._compare_counters()
        stored = tables.count_case_states(self.connection, self.hall_id)
        self.report.compare("all cases", "count", stored, self.judged)
        counts = tables.count_log(self.connection, self.hall_id)
        self.report.compare("event_identity", "count", counts.identities, counts.events)
        self.report.compare("intake_batch", "sum of accepted", counts.accepted, counts.events)
        return self.report

    def _compare_cases(self, cases: list[tables.LoggedCase]) -> None:
        keys = [(case.source_id, case.case_no) for case in cases]
        states = {(row["source_id"], row["case_no"]): row for row in tables.read_stored_states(self.connection, keys)}
        files = {(row["source_id"], row["case_no"]): row for row in tables.read_stored_files(self.connection, keys)}
        parts = tables.read_stored_parts(self.connection, [row["case_id"] for row in states.values()])
        by_case = {name: _by_case(rows) for name, rows in parts.items()}
        for case in cases:
            key = case.source_id, case.case_no
            where = f"case {case.events[0].source}/{case.case_no}"
            self._compare_file(where, case, files.get(key))
            state = states.get(key)
            try:
                verdict = self._judge(case, state)
            except psycopg.Error:
                raise
            except Exception as error:  # a case that the engine has set aside too
                self.report.compare(where, "judgement", "set aside", f"cannot be judged: {error!r}")
                continue
            self._add_tally(verdict)
            if verdict.facts is None or state is None:
                self.report.compare(where, "case_state", state is not None, verdict.facts is not None)
                continue
            self.judged += 1
            self._compare_facts(where, state, verdict)
            stored = {name: rows.get(state["case_id"], []) for name, rows in by_case.items()}
            self._compare_parts(where, stored, verdict)

    def _judge(self, case: tables.LoggedCase, state: dict[str, Any] | None) -> Verdict:
        version = self.rules.calendar_version if state is None else state["calendar_version"]
        not_before = None if state is None else state["cards_not_before"]
        return judge_case(
            self._as_judged(case),
            self.cache.at_calendar(self.connection, self.rules, version),
            instant_of(self.report.as_of),
            version,
            None if not_before is None else instant_of(not_before),
            is_carded=not self.rules.is_archive(case.source_id),
        )

    def _as_judged(self, case: tables.LoggedCase) -> list[Any]:
        if not self.rules.is_archive(case.source_id):
            return case.events
        return [msgspec.structs.replace(event, recorded_at=None) for event in case.events]

    def _compare_file(self, where: str, case: tables.LoggedCase, row: dict[str, Any] | None) -> None:
        held = [] if row is None else unpack_events(row["events"], row["event_count"])
        ids = sorted(event.event_id for event in held)
        self.report.compare(where, "working set", ids, sorted(event.event_id for event in case.events))
        said = {event.event_id: event for event in self._as_judged(case)}
        wrong = [event.event_id for event in held if said.get(event.event_id) != event]
        self.report.compare(where, "events that differ from the log", wrong, [])

    def _compare_facts(self, where: str, state: dict[str, Any], verdict: Verdict) -> None:
        row = () if verdict.facts is None else verdict.facts.row()
        for column, value in _as_stored(FACT_COLUMNS, row).items():
            self.report.compare(where, column, state[column], value)
        self.report.compare(where, "is in its cohort", state["is_in_its_cohort"], True)
        if state["closed_at"] is None:
            self.report.compare(where, "calendar_version", state["calendar_version"], self.rules.calendar_version)

    def _compare_parts(self, where: str, stored: dict[str, list[dict[str, Any]]], verdict: Verdict) -> None:
        clocks = [_as_stored(CLOCK_COLUMNS, clock.row()) for clock in verdict.record.clocks]
        by_name = {row["name"]: row for row in stored["clocks"]}
        self.report.compare(where, "clocks", sorted(by_name), sorted(str(clock["name"]) for clock in clocks))
        for clock in clocks:
            for column, value in clock.items():
                held = by_name.get(str(clock["name"]), {}).get(column)
                self.report.compare(f"{where} clock {clock['name']}", column, held, value)
        found = [(row["code"], row["event_id"], row["detail"]) for row in stored["anomalies"]]
        self.report.compare(where, "anomalies", found, verdict.record.anomalies)
        self._compare_cards(where, stored["cards"], stored["held"], verdict)

    def _compare_cards(
        self, where: str, cards: list[dict[str, Any]], waiting: list[dict[str, Any]], verdict: Verdict
    ) -> None:
        not_before = verdict.record.cards_not_before
        standing = {(row["clock"], row["level"], row["expected_at"]) for row in cards}
        expected = {(card.clock, card.level.value, moment(card.expected_at)) for card in verdict.cards}
        called_for = {
            (card.clock, card.level.value, moment(card.expected_at))
            for card in verdict.cards
            if not_before is None or card.expected_at >= not_before
        }
        self.report.compare(where, "cards that nothing calls for", sorted(standing - expected), [])
        held = {(row["clock"], row["level"], row["expected_at"]) for row in waiting}
        self.report.compare(where, "held cards that nothing calls for", sorted(held - (called_for - standing)), [])
        self.report.compare(where, "cards missing", sorted(called_for - standing - held, key=str), [])

    def _add_tally(self, verdict: Verdict) -> None:
        for department, day, column, amount in read_shares(verdict.record.tally):
            if day is None:
                self.loads[department][column] += amount
            else:
                self.days[department, date_of(day)][column] += amount

    def _compare_counters(self) -> None:
        day_rows, load_rows = tables.read_counters(self.connection, self.hall_id)
        stored_days = {(row["department"], row["day"]): row for row in day_rows}
        for department, day in sorted(stored_days.keys() | self.days.keys(), key=str):
            where = f"department_day {department} {day}"
            self._compare_row(where, DAY_COUNTERS, stored_days.get((department, day)), self.days.get((department, day)))
        stored_loads = {row["department"]: row for row in load_rows}
        for department in sorted(stored_loads.keys() | self.loads.keys()):
            where = f"department_load {department}"
            self._compare_row(where, LOAD_COUNTERS, stored_loads.get(department), self.loads.get(department))
        self._compare_triggered_counters()

    def _compare_triggered_counters(self) -> None:
        """Counters that tables move by themselves, held against rows of these tables, which were compared before."""
        for row in tables.read_speedups(self.connection, self.hall_id):
            where = f"department_speedup {row['department']} {row['day']} {row['statutory_days']:g}"
            for column in ("cases", "used_days"):
                self.report.compare(where, column, row[column], row[f"{column}_counted"])
        months: dict[tuple[str, date], dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for (department, day), amounts in self.days.items():
            for column, amount in amounts.items():
                months[department, day.replace(day=1)][column] += amount
        stored = {(row["department"], row["month"]): row for row in tables.read_months(self.connection, self.hall_id)}
        for department, month in sorted(stored.keys() | months.keys(), key=str):
            where = f"department_month {department} {month:%Y-%m}"
            self._compare_row(where, DAY_COUNTERS, stored.get((department, month)), months.get((department, month)))
        for row in tables.read_counted_cards(self.connection, self.hall_id):
            where = f"{row['counter']} {row['department']} {row['level']} {row['what']}"
            self.report.compare(where, "cards", row["kept"], row["counted"])

    def _compare_row(
        self, where: str, columns: Iterable[str], stored: dict[str, Any] | None, replayed: dict[str, float] | None
    ) -> None:
        for column in columns:
            held = 0 if stored is None else stored[column]
            self.report.compare(where, column, float(held), float((replayed or {}).get(column, 0)))


def _chunks(cases: Iterator[tables.LoggedCase], size: int) -> Iterator[list[tables.LoggedCase]]:
    while chunk := list(islice(cases, size)):
        yield chunk


def _by_case(rows: Iterable[dict[str, Any]]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row["case_id"]].append(row)
    return found


def _as_stored(columns: Sequence[str], row: Sequence[Any]) -> dict[str, object]:
    """A row as it is read back: the columns that are times hold aware datetimes."""
    return {column: moment(value) if column in TIMES else value for column, value in zip(columns, row, strict=True)}
