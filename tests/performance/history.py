"""A long history for readers: decided cases copied into earlier weeks, with their events and counters.

Only what readers read is moved in time. The packed working sets keep the models' moments, and holidays of earlier weeks
are not looked at: this is volume, not a hall to be replayed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date, timedelta
from functools import partial

from monitor.domain.instants import date_of
from monitor.engine.record import StoredRecord, unpack_record
from monitor.storage.fold import add_counters
from tests.performance.seeding import WORKERS, Seeder

MODELS = 10_000
WEEKS = 104
"""The length of the history: two years."""


class HistorySeeder:
    """Copies decided cases of a hall into earlier weeks; made when enough of them are stored.

    `events` is how many two whole years are to have; each week has its equal share of them.
    """

    def __init__(self, seeder: Seeder, events: int) -> None:
        self._seeder = seeder
        with closing(seeder.connect()) as connection:
            connection.execute(seeder.block("create_history_model"), {"models": MODELS})
            rows: list[tuple[bytes, int, int]] = connection.execute(seeder.block("select_history_models")).fetchall()
            if not rows:
                raise ValueError("no case has been decided yet: let events flow first")
            self._records: list[StoredRecord] = [
                record for judged, _, _ in rows if (record := unpack_record(judged)) is not None
            ]
            events_a_case = sum(count for _, count, _ in rows) / len(rows)
            self.cases_a_week = max(1, round(events / events_a_case / WEEKS))
            self.tables = seeder.keep_tables(connection, "old_model", "old_")
            connection.commit()

    def copy(self, weeks: range, progress: Callable[[int], None]) -> None:
        """Make the cases of some weeks before the models' own, the last week being 1; `progress` is told cases."""
        with closing(self._seeder.connect()) as connection:
            first_id = self._seeder.reserve(connection, "take_case_numbers", cases=len(weeks) * self.cases_a_week)
            first_receipt = self._seeder.reserve(connection, "take_receipts", receipts=len(weeks))
            connection.commit()
            with ThreadPoolExecutor(WORKERS) as workers:
                work = partial(self._copy_week, first=weeks.start, first_id=first_id, first_receipt=first_receipt)
                for made in workers.map(work, weeks):
                    progress(made)
            self._seeder.chain_batches(connection)
            self._count(weeks)
            connection.execute("truncate department_speedup")
            connection.execute(self._seeder.block("count_speedups_anew"))
            connection.commit()
            connection.execute(self._seeder.block("analyze_cases"))
            connection.commit()

    def _copy_week(self, week: int, *, first: int, first_id: int, first_receipt: int) -> int:
        seeder, numbers, turn = self._seeder, self._numbers(week), week - first
        with closing(seeder.connect()) as connection, connection.transaction():
            fields = {
                "first": numbers.start, "last": numbers.stop - 1, "models": len(self._records), "weeks": week,
                "first_id": first_id + turn * self.cases_a_week, "first_receipt": first_receipt + turn,
            }  # fmt: skip
            connection.execute(seeder.block("create_history_share"), fields)
            connection.execute("analyze share")
            connection.execute(seeder.block("insert_history_batch"))
            seeder.insert(connection, self.tables, "old_", moves_time=True)
        return len(numbers)

    def _numbers(self, week: int) -> range:
        return range((week - 1) * self.cases_a_week, week * self.cases_a_week)

    def _count(self, weeks: range) -> None:
        """Move the counters of the weeks."""
        days: dict[tuple[str, date], dict[str, float]] = {}
        for week in weeks:
            copies = Counter(number % len(self._records) for number in self._numbers(week))
            for turn, times in copies.items():
                for department, day, column, amount in self._records[turn].read_tally():
                    if day is not None:
                        earlier = date_of(day) - timedelta(weeks=week)
                        days.setdefault((department, earlier), defaultdict(float))[column] += times * amount
        with closing(self._seeder.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(self._seeder.block("heed_triggers"))
            cursor.execute("create temp table staged_day (like department_day)")
            add_counters(cursor, self._seeder.hall_id, days, {})
            connection.commit()
