"""Streams of bodies in another order or with other days than windows send them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from itertools import islice
from random import Random

from monitor.simulator.workload import BEGINS, Body

Arrange = Callable[[Iterator[Body], Random], Iterator[Body]]
_DAY = re.compile(rb'"occurred_at":"(\d{4}-\d\d-\d\d)T')
_OFFSET = re.compile(rb"\+08:00")
YEAR = timedelta(days=365)


def shuffle(bodies: Iterator[Body], rng: Random, at_once: int = 400) -> Iterator[Body]:
    """So many bodies at a time in random order: what came last in a case's life may come first."""
    while drawn := list(islice(bodies, at_once)):
        rng.shuffle(drawn)
        yield from drawn


def spread_over_year(bodies: Iterator[Body], _: Random, over: int = 2_000) -> Iterator[Body]:
    """The first `over` bodies happened in the course of the year before `BEGINS`, a case's events in their order."""
    for number, body in enumerate(bodies):
        if number < over:
            day = BEGINS.date() - YEAR * (1 - number / over)
            yield _dated(body, partial(_on, day))
        else:
            yield body


def move_days(first: date, offset: bytes) -> Arrange:
    """Everything so many days later or earlier that the day before `BEGINS` is `first`, and on another zone's clock."""
    by = first - (BEGINS.date() - timedelta(days=1))

    def arrange(bodies: Iterator[Body], _: Random) -> Iterator[Body]:
        for body in bodies:
            moved = _dated(body, lambda day: day + by)
            yield replace(moved, content=_OFFSET.sub(offset, moved.content))

    return arrange


def _on(day: date, _: date) -> date:
    return day


def _dated(body: Body, day_of: Callable[[date], date]) -> Body:
    def rewrite(found: re.Match[bytes]) -> bytes:
        day = day_of(date.fromisoformat(found[1].decode()))
        return b'"occurred_at":"' + day.isoformat().encode() + b"T"

    return replace(body, content=_DAY.sub(rewrite, body.content))
