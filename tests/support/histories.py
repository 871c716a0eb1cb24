"""Seeded random histories of one case, realistic and nasty ones, in the plain shapes of the `evaluate` contract."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from tests.support.day_by_day import judge_day_by_day

ZONES = ["Asia/Shanghai"] * 4 + ["Europe/Amsterdam", "America/New_York"] * 2 + ["Australia/Lord_Howe"]
HOURS = [("09:00", "17:00")] * 6 + [("08:30", "12:00"), ("10:15", "16:45"), ("00:00", "23:59"), ("06:00", "22:00")]
# Opening hours in the middle of the night meet the change of summer time.
NIGHT_HOURS = [("00:00", "04:00"), ("01:30", "03:15"), ("02:30", "10:00"), ("00:30", "02:30"), ("02:30", "03:15")]
LIMITS = [0, 0, 1, 1, 2, 3, 4, 5, 5, 7, 10, 10, 15, 20, 20, 30, 45, 60]
REASONS = ["听证", "招标", "检验", "专家评审", "领导出差", None]
STEPS = ["审查", "现场核查", "核准", "制证"]
HANDLERS = ["h1", "h2", "h3", "h4", None]
DAYS = [None, 0, 1, 1, 2, 3, 3, 5, 5, 8, 10, 11, 15, 16, 30]
KIND_WEIGHTS = {
    "applied": 2,
    "received": 5,
    "corrections_requested": 5,
    "corrections_supplied": 5,
    "refused": 3,
    "accepted": 6,
    "step_started": 6,
    "step_finished": 5,
    "suspended": 9,
    "resumed": 8,
    "extended": 5,
    "reported_up": 2,
    "decided": 3,
    "delivered": 3,
    "withdrawn": 1,
    "rated": 1,
    "voided": 4,
}


@dataclass(frozen=True)
class History:
    """One case's events with all that is needed to judge it."""

    events: list[dict[str, Any]]
    items: list[dict[str, Any]]
    calendar: dict[str, Any] | None
    policy: dict[str, Any]
    as_of: datetime

    def arguments(self) -> tuple[Any, ...]:
        """Return the arguments both judges take."""
        return (self.events, self.items, self.calendar, self.policy, self.as_of)


def random_history(seed: int) -> History:
    """Return the history of a seed; the same seed gives the same history everywhere."""
    return HistoryMaker(Random(seed)).make()


def shuffled(history: History, seed: int) -> History:
    """Return the same history with its events arriving in another order."""
    events = list(history.events)
    Random(seed).shuffle(events)
    return replace(history, events=events)


class HistoryMaker:
    """Draws one history from one random source."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.calendar = self.draw_calendar()
        given = self.calendar or {"zone": "Asia/Shanghai", "opening": "09:00", "closing": "17:00"}
        self.zone = ZoneInfo(given["zone"])
        self.opening, self.closing = time.fromisoformat(given["opening"]), time.fromisoformat(given["closing"])
        self.first_day = self.draw_first_day()
        self.instants = [self.draw_instant(rng.choice([3, 10, 30, 90])) for _ in range(rng.choice([1, 2, 4, 6, 8, 12]))]
        self.ids: list[str] = []

    def make(self) -> History:
        """Draw events, items, policy and as_of; a quarter of them are then moved onto a due instant."""
        rng = self.rng
        events = self.realistic_events() if rng.random() < 0.6 else self.nasty_events()
        if rng.random() < 0.5:
            self.disturb(events)
        history = History(events, self.draw_items(), self.calendar, self.draw_policy(), self.draw_as_of())
        return self.move_onto_due(history) if rng.random() < 0.3 else history

    # --- calendar and time ------------------------------------------------------------------------------------------

    def draw_calendar(self) -> dict[str, Any] | None:
        """Draw a calendar: published and unpublished years, random holidays and make-up days; None now and then."""
        rng = self.rng
        if rng.random() < 0.15:
            return None
        zone = rng.choice(ZONES)
        opening, closing = rng.choice(NIGHT_HOURS if zone != "Asia/Shanghai" and rng.random() < 0.3 else HOURS)
        years: dict[str, Any] = {}
        for year in (2025, 2026, 2027):
            if rng.random() < 0.7:
                years[str(year)] = {
                    "holidays": self.draw_days(year, rng.randint(0, 40)),
                    "workdays": self.draw_days(year, rng.randint(0, 12)),
                }
        fixed = rng.sample(["01-01", "02-29", "05-01", "10-01", "12-31", "03-30", "10-26"], rng.randint(0, 4))
        return {"zone": zone, "opening": opening, "closing": closing, "fixed_holidays": fixed, "years": years}

    def draw_days(self, year: int, count: int) -> list[str]:
        """Draw dates of a year in short runs; a notice sometimes names days of the year before or after."""
        rng = self.rng
        days: set[date] = set()
        while len(days) < count:
            first = date(year, 1, 1) + timedelta(days=rng.randint(-3, 367))
            days.update(first + timedelta(days=n) for n in range(rng.choice([1, 1, 3, 7])))
        return sorted(day.isoformat() for day in days)

    def draw_first_day(self) -> date:
        """Draw the day around which the case begins: anywhere, near a change of summer time, near a year's end."""
        rng = self.rng
        if rng.random() < 0.35:
            near = rng.choice([date(2026, 3, 8), date(2026, 3, 29), date(2026, 10, 25), date(2026, 11, 1)])
            return near - timedelta(days=rng.randint(0, 12))
        if rng.random() < 0.2:
            return date(2026, 12, 20) - timedelta(days=rng.randint(0, 40))
        return date(2025, 11, 1) + timedelta(days=rng.randint(0, 500))

    def draw_instant(self, span: int) -> datetime:
        """Draw an instant: exactly at opening, closing or midnight, beside them, or anywhere in the day."""
        rng = self.rng
        day = self.first_day + timedelta(days=rng.randint(0, span))
        at = rng.choice([self.opening, self.closing, time(0), None, None, None])
        if at is None:
            at = time(rng.randint(0, 23), rng.choice([0, 0, 30, rng.randint(0, 59)]), rng.choice([0, 0, 0, 18, 59]))
        local = datetime.combine(day, at, self.zone).replace(fold=rng.choice([0, 0, 0, 1]))
        beside = rng.choice([0, 0, 0, 0, 1, -1])
        return local.astimezone(UTC) + rng.choice([timedelta(seconds=1), timedelta(microseconds=1)]) * beside

    def draw_from_pool(self) -> datetime:
        """Draw one of the case's few instants, so that events often share one."""
        return self.rng.choice(self.instants)

    def write_time(self, instant: datetime) -> str:
        """Write an instant as a source might: with offset, in UTC, or as local time without zone where that is safe."""
        local = instant.astimezone(self.zone)
        style = self.rng.random()
        if style < 0.3:
            return instant.isoformat().replace("+00:00", "Z")
        bare = local.replace(tzinfo=None)
        if style < 0.6 and bare.replace(tzinfo=self.zone).astimezone(UTC) == instant:
            at_midnight = bare.time() == time(0)
            return bare.date().isoformat() if at_midnight and style < 0.45 else bare.isoformat()
        return local.isoformat()

    def draw_as_of(self) -> datetime:
        """Draw the instant of judgement: before the last event, exactly at one, or some time later."""
        rng = self.rng
        draw = rng.random()
        if draw < 0.25:
            return self.draw_from_pool()
        if draw < 0.6:
            return self.draw_from_pool() + timedelta(minutes=rng.randint(0, 60 * 24 * 6))
        return max(self.instants) + timedelta(minutes=rng.choice([0, 1, rng.randint(0, 60 * 24 * rng.choice([5, 90]))]))

    # --- items and policy -------------------------------------------------------------------------------------------

    def draw_items(self) -> list[dict[str, Any]]:
        """Draw one to three versions of the item and now and then another item."""
        rng = self.rng
        versions = [self.draw_version("A") for _ in range(rng.choice([1, 1, 1, 2, 3]))]
        if rng.random() < 0.2:
            versions.append(self.draw_version("B"))
        rng.shuffle(versions)
        return versions if rng.random() < 0.97 else []

    def draw_version(self, name: str) -> dict[str, Any]:
        """Draw a version of an item."""
        rng = self.rng
        valid_from = self.first_day + timedelta(days=rng.randint(-40, 40))
        names = rng.sample(STEPS, rng.randint(0, 3))
        return {
            "item": name,
            "name": name,
            "department": rng.choice(["D1", "D2", None]),
            "kind": rng.choice(["immediate", "promise", "promise", "joint", "reported_up"]),
            "unit": rng.choice(["working_days", "working_days", "calendar_days", "working_hours"]),
            "counting": rng.choice(["start_excluded", "start_excluded", "start_counted", "clock"]),
            "roll": rng.choice([True, True, False]),
            "promised": rng.choice([None, *LIMITS]),
            "statutory": rng.choice([None, *LIMITS]),
            "acceptance": rng.choice([None, None, *LIMITS[:8]]),
            "delivery": rng.choice([None, *LIMITS]),
            "steps": {step: rng.choice([None, *LIMITS[:12]]) for step in names},
            "decision_steps": rng.sample(names, rng.randint(0, len(names))),
            "valid_from": None if rng.random() < 0.4 else valid_from.isoformat(),
        }

    def draw_policy(self) -> dict[str, Any]:
        """Draw a policy, each key possibly left to its default."""
        rng = self.rng
        choices: dict[str, list[Any]] = {
            "suspension_credit": ["capped", "full"],
            "suspension_validity": ["flag", "strict"],
            "extension_validity": ["flag", "strict"],
            "deemed_acceptance": [True, True, False],
        }
        return {key: rng.choice(values) for key, values in choices.items() if rng.random() < 0.6}

    # --- events -----------------------------------------------------------------------------------------------------

    def draw_id(self) -> str:
        """Draw a new event_id; code points, not numbers, order them."""
        while True:
            event_id = self.rng.choice(["e", "E", "", "事", "z-"]) + str(self.rng.randint(1, 120))
            if event_id not in self.ids:
                self.ids.append(event_id)
                return event_id

    def draw_event(self, kind: str, at: datetime) -> dict[str, Any]:
        """Draw an event of a kind at an instant, well formed in most fields."""
        rng = self.rng
        target = rng.choice([*self.ids, "nothing"]) if kind == "voided" else None
        event: dict[str, Any] = {
            "source": "s",
            "event_id": self.draw_id(),
            "case_no": "1",
            "kind": kind,
            "occurred_at": self.write_time(at),
            "item": rng.choice(["A"] * 30 + [None, "B", "unknown"]),
            "department": rng.choice(["D1", "D3", None]),
            "handler": rng.choice(HANDLERS),
            "window": rng.choice(["W1", None]),
        }
        if rng.random() < 0.4:
            event["recorded_at"] = self.write_time(at + timedelta(hours=rng.choice([0, 1, 20, 48, 100])))
        if kind in ("step_started", "step_finished"):
            event["step"] = rng.choice(STEPS[:3]) if rng.random() < 0.98 else None
        if kind in ("suspended", "extended"):
            event["days"] = rng.choice(DAYS) if rng.random() < 0.98 else rng.choice([0.5, 2.5, 5.0])
            event["notice_no"] = rng.choice(["n1", "n2", "n3", None])
            event["approver"] = rng.choice(["a1", "a2", "a3", None])
        if kind == "suspended":
            event["reason"] = rng.choice(REASONS)
        if kind == "decided":
            event["result"] = rng.choice(["granted", "granted", "denied", None])
        if kind in ("accepted", "step_started") and rng.random() < 0.3:
            event["due_claimed"] = (self.first_day + timedelta(days=rng.randint(0, 40))).isoformat()
        if target is not None:
            event["voids"] = target
        return {name: value for name, value in event.items() if value is not None or rng.random() < 0.5}

    def nasty_events(self) -> list[dict[str, Any]]:
        """Draw any kinds at few instants."""
        rng = self.rng
        count = rng.randint(1, 16)
        kinds = rng.choices(list(KIND_WEIGHTS), list(KIND_WEIGHTS.values()), k=count)
        return [self.draw_event(kind, self.draw_from_pool()) for kind in kinds]

    def realistic_events(self) -> list[dict[str, Any]]:
        """Draw the course of a case, cut off anywhere, at increasing instants."""
        kinds = self.draw_course()
        kinds = kinds[: self.rng.randint(1, len(kinds))] if self.rng.random() < 0.5 else kinds
        while len(self.instants) < len(kinds):
            self.instants.append(self.draw_instant(self.rng.choice([10, 60])))
        instants = sorted(self.rng.sample(self.instants, len(kinds)))
        events = [self.draw_event(kind, at) for kind, at in zip(kinds, instants, strict=True)]
        open_step = None
        for event in events:
            if event["kind"] == "step_finished" and open_step is not None:
                event["step"] = open_step
            open_step = event.get("step", open_step)
        return events

    def draw_course(self) -> list[str]:
        """Draw the kinds of a plausible course."""
        rng = self.rng
        course = ["applied"] if rng.random() < 0.4 else []
        course += ["received"] if rng.random() < 0.9 else []
        course += ["corrections_requested", "corrections_supplied"] * rng.choice([0, 0, 1, 1, 2, 3])
        course += ["refused"] if rng.random() < 0.1 else []
        course += ["accepted"] if rng.random() < 0.9 else []
        middle = [["step_started", "step_finished"] for _ in range(rng.choice([0, 0, 1, 2, 3]))]
        middle += [["suspended", "resumed"] for _ in range(rng.choice([0, 1, 1, 2, 3]))]
        middle += [["extended"] for _ in range(rng.choice([0, 0, 1, 2]))]
        middle += [["refused"]] if rng.random() < 0.1 else []
        middle += [["reported_up"]] if rng.random() < 0.2 else []
        rng.shuffle(middle)
        course += [kind for part in middle for kind in part]
        course += rng.choice([["decided", "delivered", "rated"], ["decided"], ["withdrawn"], []])
        return course or ["applied"]

    def disturb(self, events: list[dict[str, Any]]) -> None:
        """Add voids, repetitions, corrections by sending again, and single events where they do not belong."""
        rng = self.rng
        for _ in range(rng.randint(1, 4)):
            at = self.draw_from_pool()
            if rng.random() < 0.5:
                events.append(self.draw_event("voided", at))
            else:
                again = rng.choice([event["kind"] for event in events])
                kind = again if rng.random() < 0.5 else rng.choice(list(KIND_WEIGHTS))
                events.append(self.draw_event(kind, at))

    def move_onto_due(self, history: History) -> History:
        """Move as_of, or one event, exactly onto a due instant of the case or a second beside it."""
        rng = self.rng
        judgement = judge_day_by_day(*history.arguments())
        dues = [clock["due_at"] for clock in judgement["clocks"] if clock["due_at"]] if judgement else []
        if not dues:
            return history
        due = datetime.fromisoformat(rng.choice(dues)).astimezone(UTC)
        instant = due + timedelta(seconds=rng.choice([0, 0, 1, -1]))
        if rng.random() < 0.5:
            return replace(history, as_of=instant)
        moved = rng.randrange(len(history.events))
        event = {**history.events[moved], "occurred_at": self.write_time(instant)}
        return replace(history, events=[*history.events[:moved], event, *history.events[moved + 1 :]])
