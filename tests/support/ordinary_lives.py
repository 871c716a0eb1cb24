"""Lives of cases as most of them go: the ordinary events in order, on items of every kind, now and then out of step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

import msgspec

from monitor.domain.evaluation import read_calendar, read_items, read_policy
from monitor.domain.events import Event
from monitor.domain.instants import DAY, HOUR, MINUTE, Instant, instant_of
from monitor.domain.judge import Rules
from tests.support.case_stories import moment

STEPS = ("审查", "现场核查", "核准")
HANDLERS = ("h1", "h2", "h3", "h4")
_POLICIES = {"suspension_credit": ["capped", "capped", "full"], "suspension_validity": ["flag", "strict"]}
_BEGINS = instant_of(moment("2026-05-11T09:30"))


@dataclass(frozen=True)
class OrdinaryLife:
    """A case's events in order of arrival, each with the moment at which it is judged."""

    seed: int
    rules: Rules
    arrivals: list[tuple[Event, Instant]]


def ordinary_lives(seeds: range) -> Iterator[OrdinaryLife]:
    return map(ordinary_life, seeds)


def ordinary_life(seed: int) -> OrdinaryLife:
    rng = Random(seed)
    rules = Rules(read_items(_versions(rng)), read_calendar(None), read_policy({}))
    at = _BEGINS + rng.randrange(0, 200) * DAY + rng.randrange(0, 7 * 60) * MINUTE
    arrivals: list[tuple[Event, Instant]] = []
    for number, (kind, step) in enumerate(_kinds(rng)):
        at += _delay(rng)
        event = _event(rng, number, kind, step, at)
        judged_at = at + rng.choice([0, 0, 0, 1, MINUTE, HOUR, DAY])
        arrivals.append((event, max(judged_at, arrivals[-1][1] if arrivals else judged_at)))
    return OrdinaryLife(seed, rules, arrivals)


def interrupted_lives(seeds: range) -> Iterator[OrdinaryLife]:
    return map(interrupted_life, seeds)


def interrupted_life(seed: int) -> OrdinaryLife:
    """An ordinary life with lawful suspensions in it, most of them resumed; what comes after one is so much later.

    Every policy of suspensions has its lives.
    """
    life, rng = ordinary_life(seed), Random(f"interrupted {seed}")
    policy = read_policy({name: rng.choice(choices) for name, choices in _POLICIES.items()})
    arrivals: list[tuple[Event, Instant]] = []
    later = 0
    for number, (event, judged_at) in enumerate(life.arrivals):
        arrivals.append((_moved(event, later), judged_at + later))
        if event.kind in ("accepted", "step_started", "step_finished") and rng.random() < 0.4:
            before = arrivals[-1][1]
            arrivals += _pause(rng, number, before + rng.choice([1, MINUTE, HOUR, DAY]))
            later += arrivals[-1][1] - before
    return OrdinaryLife(seed, Rules(life.rules.items, life.rules.calendar, policy), arrivals)


def _pause(rng: Random, number: int, begins: Instant) -> list[tuple[Event, Instant]]:
    paused = Event(
        source="s", event_id=f"p{number}", case_no="1", kind="suspended", occurred_at=begins, reason="听证",
        notice_no="T-1", approver="head", days=rng.choice([1.0, 3.0, 10.0, 10.0]),
    )  # fmt: skip
    if rng.random() < 0.1:
        return [(paused, begins)]
    ends = begins + rng.choice([MINUTE, HOUR, 5 * HOUR, DAY, 2 * DAY, 6 * DAY])
    resumed = Event(source="s", event_id=f"r{number}", case_no="1", kind="resumed", occurred_at=ends)
    return [(paused, begins), (resumed, ends + rng.choice([0, 0, MINUTE]))]


def _moved(event: Event, by: int) -> Event:
    recorded_at = None if event.recorded_at is None else event.recorded_at + by
    claimed = None if event.due_claimed is None else event.due_claimed + by
    return msgspec.structs.replace(
        event, occurred_at=event.occurred_at + by, recorded_at=recorded_at, due_claimed=claimed
    )


def _delay(rng: Random) -> int:
    return rng.choice([1, MINUTE, 20 * MINUTE, HOUR, HOUR, 5 * HOUR, DAY, DAY, 2 * DAY, 4 * DAY, 9 * DAY])


def _kinds(rng: Random) -> list[tuple[str, str | None]]:
    """The kinds of a life in order, most lives whole; some leave something out, repeat it, or swap two."""
    kinds: list[tuple[str, str | None]] = [("applied", None), ("received", None), ("accepted", None)]
    for step in STEPS[: rng.randrange(0, 4)]:
        kinds += [("step_started", step), ("step_finished", step)]
    kinds += [("decided", None), ("delivered", None), ("rated", None)]
    if rng.random() < 0.25:
        del kinds[rng.randrange(len(kinds))]
    if rng.random() < 0.15:
        kinds.insert(rng.randrange(len(kinds)), rng.choice(kinds))
    if rng.random() < 0.15:
        place = rng.randrange(len(kinds) - 1)
        kinds[place], kinds[place + 1] = kinds[place + 1], kinds[place]
    if rng.random() < 0.1:
        other = rng.choice(["suspended", "corrections_requested", "extended", "withdrawn", "refused", "reported_up"])
        kinds.insert(rng.randrange(len(kinds)), (other, None))
    return kinds


def _event(rng: Random, number: int, kind: str, step: str | None, at: Instant) -> Event:
    claims = kind in ("accepted", "step_started") and rng.random() < 0.1
    return Event(
        source="s", event_id=f"e{number}", case_no="1", kind=kind, occurred_at=at, step=step,
        recorded_at=None if rng.random() < 0.5 else at + rng.choice([0, 0, 0, MINUTE, HOUR, DAY, 5 * DAY]),
        item=rng.choice(["A", "A", "A", "A", None]), department=rng.choice(["D1", "D9", None]),
        handler=rng.choice([*HANDLERS[:2], *HANDLERS, None]),
        window="w1" if rng.random() < 0.2 else None,
        days=rng.choice([None, 3.0]) if kind in ("suspended", "extended") else None,
        result=rng.choice(["granted", "granted", "granted", "refused", None]) if kind == "decided" else None,
        due_claimed=at + rng.choice([DAY, 7 * DAY, 14 * DAY]) if claims else None,
    )  # fmt: skip


def _versions(rng: Random) -> list[dict[str, Any]]:
    first = _version(rng, None)
    if rng.random() < 0.6:
        return [first]
    later = _version(rng, None) if rng.random() < 0.5 else first
    return [first, {**later, "valid_from": rng.choice(["2026-06-01", "2026-05-20", "2026-08-03", "2027-01-01"])}]


def _version(rng: Random, valid_from: str | None) -> dict[str, Any]:
    limited = rng.random() < 0.5
    return {
        "item": "A", "name": "", "department": rng.choice(["D1", "D1", "D1", "D2", None]),
        "kind": rng.choice(["promise", "promise", "promise", "immediate", "joint", "reported_up"]),
        "unit": rng.choice(["working_days", "working_days", "calendar_days", "working_hours"]),
        "counting": rng.choice(["start_excluded", "start_excluded", "start_counted", "clock"]),
        "roll": rng.random() < 0.8,
        "promised": rng.choice([None, 0, 1, 3, 5, 10, 15, 15]),
        "statutory": rng.choice([None, None, 2, 10, 20, 30]),
        "acceptance": rng.choice([None, None, 0, 2]), "delivery": rng.choice([None, None, 1, 3]),
        "steps": {step: rng.choice([None, 1, 5, 8]) if limited else None for step in STEPS[: rng.randrange(0, 4)]},
        "decision_steps": rng.choice([[], ["审查", "核准"], ["核准"]]), "valid_from": valid_from,
    }  # fmt: skip
