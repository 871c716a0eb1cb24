"""The engine of one hall: a cycle folds what has been committed, then fires what is due, at one case time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import structlog
from psycopg import Connection

from alerts.life import RevokeReason
from monitor.domain.instants import instant_of
from monitor.domain.outages import OutageReason
from monitor.engine.announcement import Announcement
from monitor.engine.earlier_calendars import EarlierCalendars, find_move
from monitor.engine.fold import Fold
from monitor.engine.hands import Hand, Hands
from monitor.engine.hearing import SourceWatch
from monitor.engine.issuing import Issuing
from monitor.engine.measure import Lateness
from monitor.engine.outage import OutageWatch
from monitor.engine.warnings import CalendarWatch
from monitor.storage import fold as tables
from monitor.storage.cohorts import (
    Cohort,
    delete_cohorts,
    select_cohorts_of_calendar,
    select_deserted_cohorts,
    select_due_cohorts,
)
from monitor.storage.halls import HallFacts
from monitor.storage.measures import EngineWork, add_engine_work
from monitor.storage.recalculation import (
    OpenRecalculation,
    finish_recalculations,
    read_calendar_version_at,
    read_open_recalculations,
    select_last_unfolded_before,
)
from monitor.storage.rules import HallRules, RulesCache
from monitor.storage.silence import select_released_case_ids

BATCHES_AT_ONCE = 500
BYTES_AT_ONCE = 3_000_000
"""About 20,000 events in one transaction: enough to spread the commit, little enough to be seen within a second."""
CASES_AT_ONCE = 10_000
COHORTS_AT_ONCE = 5_000
CASES_TURNED_AT_ONCE = 50_000
"""Cards of cases that lie side by side go into the same pages: the more at once, the fewer pages are written."""
NEVER = datetime.min.replace(tzinfo=UTC)

log = structlog.get_logger(__name__)


_CAUSES = {"calendar": "calendar", "items": "item_version", "policy": "policy"}
_BY_DEFAULT = RevokeReason.ITEM_VERSION


@dataclass
class Cycle:
    """What one cycle did."""

    batches: int = 0
    events: int = 0
    judged: int = 0
    fired: int = 0
    cards: int = 0

    @property
    def idle(self) -> bool:
        """Whether there was nothing to do."""
        return not (self.batches or self.fired)


class HallEngine:
    """Sole writer of a hall's case tables; `connection` is its own and holds the hall's lock. `url`: where a second one
    is reached when many cases change at once; None: never.
    """

    def __init__(
        self,
        connection: Connection[Any],
        hall: HallFacts,
        began: OutageReason = OutageReason.ENGINE_DOWN,
        url: str | None = None,
    ) -> None:
        self.connection = connection
        self.hall = hall
        self.hands = Hands(connection, hall.hall_id, url)
        self.rules = RulesCache()
        self.sources = SourceWatch(hall.hall_id)
        self.outages = OutageWatch(hall.hall_id, began)
        self.calendars = CalendarWatch(hall.hall_id)
        self._held: HallRules | None = None
        self._followed = 0
        """The version of the rules by which every running case has been judged."""
        self._known_at = NEVER
        """Case time of the cycle: when what it finds becomes known, whatever moment it judges at."""
        self._silent: frozenset[str] = frozenset()
        self._told_day: int | None = None
        self._tidied_day: int | None = None
        self._closed: list[int] = []
        self._lateness = Lateness(0, 1.0)

    def cycle(
        self, as_of: datetime, should_stop: Callable[[], bool] = lambda: False, *, case_rate: float = 1.0
    ) -> Cycle:
        """Fold every batch that waits now, fire everything due at `as_of`, then follow rules that were loaded since.

        Folding comes first: a decision that is in the log before the closing instant must not be cut off by it. What is
        committed while the cycle runs waits for the next one: under steady load a fold without end would fire nothing.
        New rules come last: what fell due before they were loaded is fired by the rules of its time.
        `case_rate`: how fast case time runs, for the measure of lateness and to tell an outage.
        """
        done, self._closed = Cycle(), []
        state = self._state(as_of)
        # A machine's clock may step back; what was judged at a moment is never held against an earlier one.
        as_of = self._known_at = max(as_of, state.as_of, state.judging_at or state.as_of)
        self._lateness = Lateness(instant_of(as_of), case_rate)
        self._listen(as_of, state, case_rate)
        with self.hands:
            if not self._work(as_of, state, done, should_stop):
                return done
        if not done.idle:
            self._measure(done)
        return done

    # -- parts of a cycle ------------------------------------------------------------------------------------------

    def _work(self, as_of: datetime, state: tables.EngineState, done: Cycle, should_stop: Callable[[], bool]) -> bool:
        """Everything a cycle judges; False when it was broken off before its own rules were reached."""
        up_to = self._last_waiting()
        if self._held is None and not self._take_up_rules(as_of, state, done, should_stop):
            return False
        self._fold_and_fire(as_of, state, done, should_stop, up_to)
        while self.sources.is_holding and self._release_some(as_of, state, done) and not should_stop():
            pass
        if not should_stop():
            self._adopt_rules(as_of, state, done)
            self._tidy(as_of)
            self._finish(as_of, state)
        return True

    def _state(self, as_of: datetime) -> tables.EngineState:
        with self.connection.transaction():
            state = tables.read_engine_state(self.connection, self.hall.hall_id)
            if state is None:
                tables.begin_engine_state(self.connection, self.hall.hall_id, as_of)
                state = tables.read_engine_state(self.connection, self.hall.hall_id)
        assert state is not None
        return state

    def _listen(self, as_of: datetime, state: tables.EngineState, case_rate: float) -> None:
        """Hear the sources before the log is read: what one had sent before it spoke must be folded with its word."""
        with self.connection.transaction():
            rules = self._held or self.rules.get(self.connection, self.hall.hall_id)
            listens = any(not feed.archive for feed in rules.sources.values())
            self.outages.look_back(self.connection, state.as_of, as_of, case_rate, listens=listens)
            blind = self.outages.blind()
            self.sources.listen(self.connection, rules.calendar, as_of, None if blind is None else blind.until)

    def _last_waiting(self) -> int | None:
        with self.connection.transaction():
            return tables.select_last_unfolded(self.connection, self.hall.hall_id)

    def _fold_and_fire(
        self, as_of: datetime, state: tables.EngineState, done: Cycle, should_stop: Callable[[], bool],
        up_to: int | None,
    ) -> None:  # fmt: skip
        while up_to is not None and self._fold_some(as_of, state, done, up_to) and not should_stop():
            pass
        while self._fire_some(as_of, state, done) and not should_stop():
            pass

    def _fold_some(self, as_of: datetime, state: tables.EngineState, done: Cycle, up_to: int) -> bool:
        with self.connection.transaction(), self.connection.cursor() as cursor:
            batches = tables.select_unfolded_batches(cursor, self.hall.hall_id, up_to, BATCHES_AT_ONCE, BYTES_AT_ONCE)
            if not batches:
                return False
            if any(batch.source_id not in self._hall_rules().sources for batch in batches):
                self._learn_sources()
            fold = self._new_fold(cursor, as_of, state)
            fold.fold_batches(batches)
            self.sources.note_events(batch.source_id for batch in batches)
            tables.update_engine_judging(cursor, self.hall.hall_id, as_of, batches[-1].batch_no)
            self._announce(cursor, fold)
        done.batches += len(batches)
        self._closed += fold.closed
        self._count(fold, done)
        return True

    def _learn_sources(self) -> None:
        """A source registered since the rules were taken over: how its events are read cannot wait for the others."""
        loaded = self.rules.get(self.connection, self.hall.hall_id)
        self._held = replace(self._hall_rules(), sources=loaded.sources)

    def _fire_some(self, as_of: datetime, state: tables.EngineState, done: Cycle) -> bool:
        """Fire what is due, the earliest first; whether there may be more."""
        wanted = COHORTS_AT_ONCE * self.hands.count
        with self.connection.transaction(), self.connection.cursor() as cursor:
            due = select_due_cohorts(cursor, self.hall.hall_id, as_of, wanted)
        cohorts = _first_of(due, CASES_TURNED_AT_ONCE * self.hands.count)

        def fire(hand: Hand, share: Sequence[Cohort]) -> Fold:
            with self._folding(as_of, state, hand, fires=True) as fold:
                fold.fire(share, opens=not self.hands.are_needed(cohorts))
            return fold

        def judge(hand: Hand, share: Sequence[int]) -> Fold:
            with self._folding(as_of, state, hand, fires=True) as fold:
                fold.judge_again(share)
            return fold

        self._turn(cohorts, fire, judge, done)
        done.fired += sum(cohort.cases for cohort in cohorts)
        return len(cohorts) < len(due) or len(due) == wanted

    def _turn(
        self, cohorts: Sequence[Cohort], turn: Callable[[Hand, Sequence[Cohort]], Fold],
        judge: Callable[[Hand, Sequence[int]], Fold], done: Cycle,
    ) -> None:  # fmt: skip
        """Have cohorts moved, those of many cases by both hands; then the cases judged whose files had to be opened."""
        if not cohorts:
            return
        folds = self.hands.share(cohorts, turn) if self.hands.are_needed(cohorts) else [turn(self.hands.first, cohorts)]
        left = [case_id for fold in folds for case_id in fold.left]
        for start in range(0, len(left), CASES_AT_ONCE):
            folds.append(judge(self.hands.first, left[start : start + CASES_AT_ONCE]))
        for fold in folds:
            self._count(fold, done)

    def _release_some(self, as_of: datetime, state: tables.EngineState, done: Cycle) -> bool:
        """Decide anew about held cards whose source is heard again, or has been silent for a working day."""
        with self.connection.transaction(), self.connection.cursor() as cursor:
            holding = self.sources.holding()
            case_ids = select_released_case_ids(cursor, self.hall.hall_id, holding, CASES_AT_ONCE)
        if not case_ids:
            return False
        with self._folding(as_of, state, was_held=True, fires=True) as fold:
            fold.judge_again(case_ids)
        done.fired += len(case_ids)
        self._count(fold, done)
        return len(case_ids) == CASES_AT_ONCE

    def _take_up_rules(
        self, as_of: datetime, state: tables.EngineState, done: Cycle, should_stop: Callable[[], bool]
    ) -> bool:
        """The rules at an engine's first cycle. Loads that no engine has followed yet are followed one by one, each at
        its own moment, after what came in and fell due before it. False when broken off: the next engine goes on.
        """
        with self.connection.transaction():
            newest = self.rules.get(self.connection, self.hall.hall_id)
            loads = read_open_recalculations(self.connection, self.hall.hall_id)
        self._held, self._followed = newest, state.rules_version
        if newest.version == state.rules_version:
            return True
        reached = state.judging_at or state.as_of
        for load in loads:
            reached = min(max(load.loaded_at, reached), as_of)
            self._held = self._rules_at(load.loaded_at, newest, is_included=False)
            with self.connection.transaction():
                up_to = select_last_unfolded_before(self.connection, self.hall.hall_id, load.loaded_at)
            self._fold_and_fire(reached, state, done, should_stop, up_to)
            if should_stop():
                return False
            self._held = newest if load is loads[-1] else self._rules_at(load.loaded_at, newest, is_included=True)
            self._recalculate(reached, state, done, [load])
        return True

    def _rules_at(self, loaded_at: datetime, newest: HallRules, *, is_included: bool) -> HallRules:
        """The rules with the calendar before a load, or with it; items and policy keep no earlier state."""
        with self.connection.transaction():
            version = read_calendar_version_at(self.connection, self.hall.hall_id, loaded_at, is_included=is_included)
            rules = self.rules.at_calendar(self.connection, newest, version)
        return replace(newest, version=self._followed, calendar_version=version, rules=rules)

    def _adopt_rules(self, as_of: datetime, state: tables.EngineState, done: Cycle) -> None:
        """Take over rules that were loaded, and judge everything still running by them."""
        with self.connection.transaction():
            loaded = self.rules.get(self.connection, self.hall.hall_id)
            recalculations = read_open_recalculations(self.connection, self.hall.hall_id)
        before, self._held = self._held, loaded
        if loaded.version != self._followed:
            self._recalculate(as_of, state, done, recalculations, before)

    def _recalculate(
        self, as_of: datetime, state: tables.EngineState, done: Cycle, recalculations: Sequence[OpenRecalculation],
        before: HallRules | None = None,
    ) -> None:  # fmt: skip
        """Judge every case that still runs; where a due time moves, no card for a moment before the load. `before`: the
        rules that were held, by which every open case has been judged if they have the version followed until now.
        """
        move = None
        if before is not None and before.version == self._followed:
            move = find_move(before, self._hall_rules(), as_of)
        loaded_at = min((found.loaded_at for found in recalculations), default=as_of)
        cause = RevokeReason(_CAUSES.get(recalculations[-1].cause, "item_version")) if recalculations else _BY_DEFAULT
        self._follow_closed(as_of, state, done)

        def follow(hand: Hand, share: Sequence[Cohort]) -> Fold:
            assert move is not None
            with self._folding(as_of, state, hand) as fold:
                fold.follow_calendar(share, move, instant_of(loaded_at))
            return fold

        def judge(hand: Hand, share: Sequence[int]) -> Fold:
            with self._folding(as_of, state, hand) as fold:
                fold.recalculate(share, cause, instant_of(loaded_at), move)
            return fold

        last = 0
        if move is None:
            while case_ids := self._open_after(last):
                self._count(judge(self.hands.first, case_ids), done)
                last = case_ids[-1]
        elif move.version != self._hall_rules().calendar_version:  # a load of names, say, changes no day
            while cohorts := self._cohorts_after(last, move.version):
                self._turn(cohorts, follow, judge, done)
                last = cohorts[-1].cohort_id
        with self.connection.transaction(), self.connection.cursor() as cursor:
            self._followed = self._hall_rules().version
            tables.update_engine_rules_version(cursor, self.hall.hall_id, self._followed)
            finish_recalculations(cursor, [found.recalculation_id for found in recalculations], self._known_at)

    def _open_after(self, case_id: int) -> list[int]:
        with self.connection.transaction(), self.connection.cursor() as cursor:
            return tables.select_open_case_ids(cursor, self.hall.hall_id, case_id, CASES_AT_ONCE)

    def _cohorts_after(self, cohort_id: int, calendar_version: int) -> list[Cohort]:
        with self.connection.transaction(), self.connection.cursor() as cursor:
            wanted = COHORTS_AT_ONCE * self.hands.count
            return select_cohorts_of_calendar(cursor, self.hall.hall_id, calendar_version, cohort_id, wanted)

    def _follow_closed(self, as_of: datetime, state: tables.EngineState, done: Cycle) -> None:
        """Cases that came in and closed in this cycle may name an item loaded before them; they keep their calendar."""
        while self._closed:
            case_ids, self._closed = self._closed[:CASES_AT_ONCE], self._closed[CASES_AT_ONCE:]
            with self._folding(as_of, state) as fold:
                fold.judge_again(case_ids)
            self._count(fold, done)

    def _tidy(self, as_of: datetime) -> None:
        """Once a day forget the cohorts that all their cases have left before anything fell due of them."""
        today, last = self._hall_rules().calendar.zone.day(instant_of(as_of)), 0
        while self._tidied_day != today:
            with self.connection.transaction(), self.connection.cursor() as cursor:
                deserted = select_deserted_cohorts(cursor, self.hall.hall_id, last, COHORTS_AT_ONCE)
                delete_cohorts(cursor, deserted)
            if len(deserted) < COHORTS_AT_ONCE:
                self._tidied_day = today
            else:
                last = deserted[-1]

    def _finish(self, as_of: datetime, state: tables.EngineState) -> None:
        """Move `as_of`; tell what time alone changes on the board, and the outage that has been caught up with."""
        rules = self._hall_rules()
        silent, today = self.sources.silent(), rules.calendar.zone.day(instant_of(as_of))
        with self.connection.transaction(), self.connection.cursor() as cursor:
            is_warned = self.calendars.note_changes(self.connection, rules, as_of)
            is_told = today == self._told_day and self.sources.is_as_told() and not is_warned
            is_told = is_told and not self.outages.is_catching_up
            if is_told:  # a moment lost in a crash is only reached again; a feed row that was shown must stay
                cursor.execute("set local synchronous_commit to off")
            if as_of > state.as_of or state.judging_at != as_of:
                tables.update_engine_as_of(cursor, self.hall.hall_id, as_of)
            if is_told:
                return
            self.sources.note_changes(cursor, rules.calendar, as_of)
            announcement = Announcement(self.connection, self.hall, rules.calendar, as_of)
            if self.outages.is_catching_up:
                announcement.tell_caught_up(self.outages.count_cards(cursor) or 0)
            announcement.tell_departments(None, silent)
            announcement.tell_sources(silent)
            announcement.tell_warnings()
            if today != self._told_day:
                announcement.tell_due_days()
                announcement.tell_trend()
            announcement.append(cursor, "board")
        self.sources.told()
        self._silent, self._told_day = silent, today

    # -- within a transaction --------------------------------------------------------------------------------------

    def _hall_rules(self) -> HallRules:
        assert self._held is not None, "rules are adopted at the start of every cycle"
        return self._held

    @contextmanager
    def _folding(
        self, as_of: datetime, state: tables.EngineState, hand: Hand | None = None, *, was_held: bool = False,
        fires: bool = False,
    ) -> Iterator[Fold]:  # fmt: skip
        """A fold in a transaction of its own, at whose end is told what there is to tell. `fires`: what is due at
        `as_of`, whose changes are not all fired yet.
        """
        connection = self.connection if hand is None else hand.connection
        with connection.transaction(), connection.cursor() as cursor:
            fold = self._new_fold(cursor, as_of, state, hand, was_held=was_held)
            yield fold
            if fires:
                tables.update_engine_judging(cursor, self.hall.hall_id, as_of, 0)
            self._announce(cursor, fold)

    def _new_fold(
        self,
        cursor: Any,
        as_of: datetime,
        state: tables.EngineState,
        hand: Hand | None = None,
        *,
        was_held: bool = False,
    ) -> Fold:
        rules, sources = self._hall_rules(), self.sources
        if hand is not None and hand is not self.hands.first:
            rules = hand.own(rules)
        earlier = EarlierCalendars(cursor.connection, self.rules, rules)
        issuing = Issuing(
            instant_of(state.as_of), sources.heard, self.outages.blind(), sources.is_holding, was_held=was_held
        )
        return Fold(cursor, rules, instant_of(as_of), issuing, instant_of(self._known_at), earlier)

    def _announce(self, cursor: Any, fold: Fold) -> None:
        if fold.holding_moved:
            self.sources.is_holding = True
        if not (fold.writing.touched or fold.cards or fold.holding_moved):
            return
        announcement = Announcement(cursor.connection, self.hall, fold.hall.calendar, self._known_at)
        announcement.tell_departments(fold.writing.touched, self._silent)
        if fold.writing.due_days_moved:
            announcement.tell_due_days()
        if fold.writing.speedup_moved:
            announcement.tell_trend()
        if fold.holding_moved:
            announcement.tell_held(self.outages.count_cards(cursor) if not self.outages.is_catching_up else None)
        if fold.cards and not self.outages.is_catching_up:  # those of an outage are told once, at its end
            announcement.tell_cards(fold.cards)
        announcement.append(cursor, "cases")

    def _count(self, fold: Fold, done: Cycle) -> None:
        done.events += fold.events
        done.judged += fold.judged
        done.cards += len(fold.cards)
        self._lateness.note(fold.due_moments)

    def _measure(self, done: Cycle) -> None:
        """Keep the counts for Prometheus; a power cut may take the newest with it."""
        late = self._lateness
        work = EngineWork(
            1, late.cycle_seconds, done.batches, done.events, done.judged, done.fired, sum(late.counts), late.seconds,
            late.counts,
        )  # fmt: skip
        with self.connection.transaction():
            self.connection.execute("set local synchronous_commit to off")
            add_engine_work(self.connection, self.hall.hall_id, work)


def _first_of(cohorts: Sequence[Cohort], cases: int) -> Sequence[Cohort]:
    """The first of some cohorts that have so many cases together; at least one."""
    for place, cohort in enumerate(cohorts):
        cases -= cohort.cases
        if cases <= 0:
            return cohorts[: place + 1]
    return cohorts
