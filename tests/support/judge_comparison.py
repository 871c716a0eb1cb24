"""Comparing two judges: what of a judgement is compared, and how a history that divides them is made small."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.support.histories import History

Judgement = dict[str, Any] | None
Judge = Callable[..., Judgement]

# For these the page asks for one finding per reason, so their `detail` is a token and is compared.
ONE_FINDING_PER_REASON = ("A08", "A10")


def comparable(judgement: Judgement) -> Judgement:
    """Return what the page fixes of a judgement: of anomalies code and event_id in order, not the wording."""
    if judgement is None:
        return None
    findings: list[tuple[str, ...]] = []
    for anomaly in judgement["anomalies"]:
        finding: tuple[str, ...] = (anomaly["code"], anomaly["event_id"])
        if anomaly["code"] in ONE_FINDING_PER_REASON:
            finding = (*finding, anomaly["detail"])
        findings.append(finding)
    return {**judgement, "anomalies": in_order_without_repetition(findings)}


def in_order_without_repetition(findings: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Drop repetitions; the order of several reasons of one code and event says nothing."""
    unique = list(dict.fromkeys(findings))
    places = {pair: place for place, pair in reversed(list(enumerate(finding[:2] for finding in unique)))}
    return sorted(unique, key=lambda finding: (places[finding[:2]], finding))


def differences(ours: Judgement, theirs: Judgement) -> list[str]:
    """Name each place at which two judgements differ, as `place: ours | theirs`."""
    one, other = comparable(ours), comparable(theirs)
    if one is None or other is None:
        return [] if one is other else [f"judgement: {one is not None} | {other is not None}"]
    found = [
        f"{key}: {one.get(key)!r} | {other.get(key)!r}"
        for key in sorted(one.keys() | other.keys())
        if key != "clocks" and one.get(key) != other.get(key)
    ]
    names = [clock["name"] for clock in one["clocks"]], [clock["name"] for clock in other["clocks"]]
    if names[0] != names[1]:
        return [*found, f"clocks: {names[0]} | {names[1]}"]
    for mine, its in zip(one["clocks"], other["clocks"], strict=True):
        keys = [key for key in sorted(mine.keys() | its.keys()) if mine.get(key) != its.get(key)]
        found += [f"{mine['name']}.{key}: {mine.get(key)!r} | {its.get(key)!r}" for key in keys]
    return found


def shrink(history: History, still_differs: Callable[[History], bool]) -> History:
    """Drop events, item versions, policy keys and event fields one by one as long as the difference stays."""
    changed = True
    while changed:
        changed = False
        for smaller in smaller_histories(history):
            if still_differs(smaller):
                history, changed = smaller, True
                break
    return history


def smaller_histories(history: History) -> list[History]:
    """Return the histories that are one piece smaller."""
    events = history.events
    smaller = [replace(history, events=events[:n] + events[n + 1 :]) for n in range(len(events)) if len(events) > 1]
    smaller += [replace(history, items=history.items[:n] + history.items[n + 1 :]) for n in range(len(history.items))]
    smaller += [replace(history, policy=without(history.policy, key)) for key in history.policy]
    needed = ("source", "event_id", "case_no", "kind", "occurred_at")
    for n, event in enumerate(events):
        for key in event:
            if key not in needed:
                smaller.append(replace(history, events=[*events[:n], without(event, key), *events[n + 1 :]]))
    for n, item in enumerate(history.items):
        for key in [key for key in item if key != "item"]:
            items = [*history.items[:n], without(item, key), *history.items[n + 1 :]]
            smaller.append(replace(history, items=items))
    return smaller


def without(mapping: dict[str, Any], key: str) -> dict[str, Any]:
    """Return a mapping without one key."""
    return {name: value for name, value in mapping.items() if name != key}


def explain_difference(seed: int, history: History, ours: Judge, theirs: Judge) -> str:
    """Return the seed, the smallest history found, and where the two judges differ on it."""

    def still_differs(smaller: History) -> bool:
        return bool(differences(ours(*smaller.arguments()), theirs(*smaller.arguments())))

    small = shrink(history, still_differs)
    found = differences(ours(*small.arguments()), theirs(*small.arguments()))
    lines = [f"seed {seed}: {len(found)} difference(s), ours | theirs", *found, "events:"]
    lines += [json.dumps(event, ensure_ascii=False) for event in small.events]
    lines += [f"items: {json.dumps(small.items, ensure_ascii=False)}", f"policy: {json.dumps(small.policy)}"]
    lines += [f"calendar: {json.dumps(small.calendar)}", f"as_of: {small.as_of.isoformat()}"]
    return "\n".join(lines)
