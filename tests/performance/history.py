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
from tests.performance.seeding import SLOTS_A_SHARE, WORKERS, Seeder

MODELS = 10_000
WEEKS = 104


class HistorySeeder:
    """Copies decided cases of a hall; made when enough of them are stored, used once."""

    def __init__(self, seeder: Seeder) -> None:
        self._seeder = seeder
        with closing(seeder.connect()) as connection:
            connection.execute(seeder.block("create_history_model"), {"models": MODELS})
            rows: list[tuple[bytes, int, int]] = connection.execute(seeder.block("select_history_models")).fetchall()
            if not rows:
                raise ValueError("no case has been decided yet: let events flow first")
            self._records: list[StoredRecord] = [
                record for judged, _, _ in rows if (record := unpack_record(judged)) is not None
            ]
            self._events: float = sum(count for _, count, _ in rows) / len(rows)
            self.tables = seeder.keep_tables(connection, "old_model", "old_")
            connection.commit()

    def copy(self, events: int, progress: Callable[[int], None]) -> None:
        """Make about so many events of decided cases, spread over two years; `progress` is told cases."""
        cases = self.cases_of(events)
        numbers = range(cases)
        shares = [numbers[at : at + SLOTS_A_SHARE] for at in range(0, cases, SLOTS_A_SHARE)]
        with closing(self._seeder.connect()) as connection:
            first_id = self._seeder.reserve(connection, "take_case_numbers", cases=cases)
            first_receipt = self._seeder.reserve(connection, "take_receipts", receipts=len(shares))
            connection.commit()
            with ThreadPoolExecutor(WORKERS) as workers:
                work = partial(self._copy_share, first_id=first_id, first_receipt=first_receipt)
                for made in workers.map(work, shares, range(len(shares))):
                    progress(made)
            self._seeder.chain_batches(connection)
            self._count(shares)
            connection.commit()
            connection.execute(self._seeder.block("analyze_cases"))
            connection.commit()

    def cases_of(self, events: int) -> int:
        """How many cases make so many events."""
        return max(0, round(events / self._events))

    def _copy_share(self, numbers: range, place: int, *, first_id: int, first_receipt: int) -> int:
        seeder = self._seeder
        with closing(seeder.connect()) as connection, connection.transaction():
            fields = {
                "first": numbers.start, "last": numbers.stop - 1, "models": len(self._records),
                "first_id": first_id + numbers.start, "first_receipt": first_receipt + place, "weeks": _weeks(place),
            }  # fmt: skip
            connection.execute(seeder.block("create_history_share"), fields)
            connection.execute("analyze share")
            connection.execute(seeder.block("insert_history_batch"))
            seeder.insert(connection, self.tables, "old_", moves_time=True)
        return len(numbers)

    def _count(self, shares: list[range]) -> None:
        """Move the counters of the weeks."""
        days: dict[tuple[str, date], dict[str, float]] = {}
        for place, numbers in enumerate(shares):
            copies = Counter(number % len(self._records) for number in numbers)
            for turn, times in copies.items():
                for department, day, column, amount in self._records[turn].read_tally():
                    if day is not None:
                        earlier = date_of(day) - timedelta(weeks=_weeks(place))
                        days.setdefault((department, earlier), defaultdict(float))[column] += times * amount
        with closing(self._seeder.connect()) as connection, connection.cursor() as cursor:
            cursor.execute("create temp table staged_day (like department_day)")
            add_counters(cursor, self._seeder.hall_id, days, {})
            connection.commit()


def _weeks(place: int) -> int:
    """How many weeks earlier a share lies."""
    return 1 + place % WEEKS
