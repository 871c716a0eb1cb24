"""Kills at named points: the process dies with its statement standing exactly there."""

from __future__ import annotations

from typing import Any

import psycopg

from tests.faults.points import POINTS, Point, Victim, count_sessions, find_standing, held
from tests.faults.scale import Times
from tests.faults.scenario import Scenario
from tests.faults.trial import Trial

ANSWERS_BETWEEN_KILLS = 5


class NamedPoints(Scenario):
    """Each point in turn; what stood there is rolled back, or kept where it stood in its commit."""

    name = "named points"
    what = f"kill -9 with a statement standing at one of {len(POINTS)} points of intake and engine"
    times = Times(len(POINTS), 2 * len(POINTS), 10 * len(POINTS))
    most_at_once = 5 * len(POINTS)

    def strike(self, trial: Trial, number: int) -> None:
        """Hold the point, kill everything once somebody stands there, let go, and look at what became of it."""
        point, site = POINTS[number % len(POINTS)], trial.site
        trial.await_answers(ANSWERS_BETWEEN_KILLS)
        site.wait_for(site.engine_processes, "an engine")
        with psycopg.connect(site.url, autocommit=True) as connection:
            with held(connection, point):
                standing = site.wait_for(lambda: find_standing(connection, point), f"somebody at {point.name}")
                before = _count_done(connection, point)
                site.crash_service()
            site.wait_for(lambda: not count_sessions(connection, standing), "the end of what stood there")
            after = _count_done(connection, point)
        if after != before + point.is_kept:
            trial.ledger.complain(f"killed at {point.name}: number {before} before, {after} after")
        site.start_service()
        site.wait_ready()
        site.wait_judged_beyond(site.last_committed())


def _count_done(connection: psycopg.Connection[Any], point: Point) -> int:
    """Number of the last transaction of its kind: batches of intake, feed rows of the engine."""
    query = "select max(seq) from feed_head" if point.victim is Victim.ENGINE else "select batch_no from batch_chain"
    row = connection.execute(query.encode()).fetchone()
    return 0 if row is None else int(row[0] or 0)
