"""A million open cases in two minutes: the service judges some thousands, SQL copies them under new numbers.

A copy is what intake and engine would have stored had it been sent: log, ids, chained batches, working sets, facts,
clocks, findings, counters; the replay holds all of it against the log (tests/integration/performance).
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

from psycopg import Connection, sql

from monitor.domain.instants import date_of
from monitor.engine.record import StoredRecord, unpack_record
from monitor.simulator.workload import Workload
from monitor.storage.copying import copy_rows
from monitor.storage.database import connect
from monitor.storage.fold import add_counters
from monitor.storage.packed_events import pack_events, unpack_events
from monitor.storage.sql_blocks import find_block, load_sql_blocks

SLOTS_A_SHARE = 18_000
COHORTS_A_SHARE = 5
"""So many of each cohort of models: the cases of a share are in as many cohorts as if each had some 25."""
WORKERS = 2
TABLES_OF_CARDS = frozenset({"card"})
"""Cases fresh from the window have none; a model that has one is refused."""

_BATCH_COLUMNS = {
    "batch_no": "int8", "receipt_id": "int8", "hall_id": "int4", "source_id": "int4", "received_at": "timestamptz",
    "recorded_at": "timestamptz", "accepted": "int4", "duplicate": "int4", "conflicting": "int4", "rejected": "int4",
    "body_hash": "bytea", "previous_hash": "bytea",
}  # fmt: skip
_COHORT = "(select s.cohort_id from share_cohort s where s.model_cohort = t.cohort_id and s.part = c.part)"
_TEXTS_WITH_NUMBER = frozenset({"event_id", "accepted_event", "detail"})


class Model(NamedTuple):
    """A case to be copied: the `turn`-th kind of life of the source at `place`."""

    place: int
    turn: int
    record: StoredRecord


class Seeder:
    """Copies the cases that a workload has opened; made while nothing but them is stored, used as often as wanted.

    `workload` has opened `places × lives` cases through the service, so that every kind of life is among them. Nothing
    else may be written while copies are made.
    """

    def __init__(self, url: str, workload: Workload) -> None:
        self.url = url
        self.places = len(workload.sources)
        self.models: list[Model] = []
        with closing(self.connect()) as connection:
            connection.execute("create schema seed")
            for block in ("create_swap", "create_model"):
                connection.execute(_block(block))
            self.hall_id = connection.execute(_block("select_hall_of_models")).fetchall()[0][0]
            self._keep_models(connection, workload)
            connection.execute(
                "create unlogged table seed.batch"
                " (receipt_id bigint, source_id integer, accepted bigint, body_hash bytea)"
            )
            self.tables = self.keep_tables(connection, "model")
            connection.execute("create unlogged table seed.cohort as select * from cohort")
            connection.commit()

    def copy(self, slots: range, progress: Callable[[int], None] = lambda _: None) -> None:
        """Make the cases of some slots; `progress` is told how many have been made since it was told last."""
        shares = [slots[at : at + SLOTS_A_SHARE] for at in range(0, len(slots), SLOTS_A_SHARE)]
        with closing(self.connect()) as connection:
            first_id = _number(connection, "take_case_numbers", cases=len(slots))
            first_receipt = _number(connection, "take_receipts", receipts=len(shares) * self.places)
            connection.commit()
            with ThreadPoolExecutor(WORKERS) as workers:
                work = partial(self._copy_share, first_id=first_id - slots.start, first_receipt=first_receipt)
                for done in workers.map(work, shares, range(len(shares))):
                    progress(done)
            self.chain_batches(connection)
            self._count(connection, slots)
            connection.commit()
            connection.execute(_block("analyze_cases"))
            connection.commit()

    def connect(self) -> Connection[Any]:
        """A session that copies."""
        connection = connect(self.url)
        connection.execute(_block("prepare_seeding"))
        connection.commit()
        return connection

    # -- what is copied --------------------------------------------------------------------------------------------

    def _keep_models(self, connection: Connection[Any], workload: Workload) -> None:
        rows = []
        found = connection.execute(_block("select_models"))
        for case_id, source_id, case_no, packed, count, judged, is_behind in found:
            slot = int(case_no[1:])
            place, turn = slot % self.places, slot // self.places
            lives = workload.lives_of(place)
            record = unpack_record(judged)
            if turn >= lives or record is None:
                continue
            if record.has_cards or is_behind:
                raise ValueError(f"time has moved case {case_no} already: let it stand earlier while cases are opened")
            events = sorted(unpack_events(packed, count), key=attrgetter("event_id"))
            rows.append((case_id, source_id, place, turn, lives, case_no, pack_events(events), count))
            self.models.append(Model(place, turn, record))
        wanted = sum(map(workload.lives_of, range(self.places)))
        if len(rows) != wanted:
            raise ValueError(f"{len(rows)} cases can be copied, {wanted} kinds of life are needed: open more first")
        columns = {
            "case_id": "int8", "source_id": "int4", "place": "int4", "turn": "int4", "lives": "int4",
            "case_no": "text", "events_by_id": "bytea", "event_count": "int4",
        }  # fmt: skip
        connection.execute("set local search_path to seed, public")
        with connection.cursor() as cursor:
            copy_rows(cursor, "model", list(columns), list(columns.values()), rows)

    @staticmethod
    def keep_tables(connection: Connection[Any], model: str, prefix: str = "") -> list[str]:
        """Keep the models' rows apart, because the originals live on; gives the tables of cases."""
        found = [name for (name,) in connection.execute(_block("select_case_tables"))]
        tables = [name for name in found if name not in TABLES_OF_CARDS]
        for name in tables:
            connection.execute(
                sql.SQL("create unlogged table {} as select t.* from {} t join {} m using (case_id)").format(
                    sql.Identifier("seed", prefix + name), sql.Identifier(name), sql.Identifier("seed", model)
                )
            )
        connection.execute(
            sql.SQL(
                "create unlogged table {} as select m.case_id as model_id, t.* from event t"
                " join {} m using (source_id, case_no)"
            ).format(sql.Identifier("seed", prefix + "event"), sql.Identifier("seed", model))
        )
        return sorted(tables, key=lambda name: name != "case_file")

    # -- copying ---------------------------------------------------------------------------------------------------

    def _copy_share(self, slots: range, number: int, *, first_id: int, first_receipt: int) -> int:
        with closing(self.connect()) as connection, connection.transaction():
            fields = {
                "first": slots.start, "last": slots.stop - 1, "places": self.places,
                "first_id": first_id + slots.start, "first_receipt": first_receipt + number * self.places,
                "cohorts": COHORTS_A_SHARE,
            }  # fmt: skip
            connection.execute(_block("create_share"), fields)
            connection.execute("analyze share")
            connection.execute(_block("insert_batches_of_share"))
            connection.execute(_block("create_cohorts_of_share"))
            connection.execute(_block("insert_cohorts_of_share"))
            self.insert(connection, self.tables)
        return len(slots)

    @staticmethod
    def insert(
        connection: Connection[Any], tables: Sequence[str], prefix: str = "", *, moves_time: bool = False
    ) -> None:
        """Write the rows of the share in hand: log, ids, and the tables of cases."""
        for block, table in (
            ("insert_share_of_log", "event"),
            ("insert_share_of_identities", "event"),
            *(("insert_share", name) for name in tables),
        ):
            connection.execute(_filled(connection, block, table, prefix, moves_time=moves_time))

    @staticmethod
    def block(name: str) -> sql.SQL:
        """A statement of the seeding."""
        return _block(name)

    @staticmethod
    def reserve(connection: Connection[Any], block: str, **wanted: int) -> int:
        """Take numbers of a sequence; gives the first."""
        return _number(connection, block, **wanted)

    def chain_batches(self, connection: Connection[Any]) -> None:
        """Number and chain the batches of all shares, as intake does one by one."""
        batch_no, chain = _row(connection, "select_chain_head")
        received_at, recorded_at = _row(connection, "select_newest_receipt_times")
        rows, previous = [], b""
        for receipt_id, source_id, accepted, body_hash in connection.execute(_block("select_batches")):
            batch_no += 1
            previous = chain
            times = received_at, recorded_at
            rows.append((batch_no, receipt_id, self.hall_id, source_id, *times, accepted, 0, 0, 0, body_hash, chain))
            chain = hashlib.sha256(chain + body_hash).digest()
        with connection.cursor() as cursor:
            copy_rows(cursor, "intake_batch", list(_BATCH_COLUMNS), list(_BATCH_COLUMNS.values()), rows)
        fields = {"batch_no": batch_no, "chain_hash": chain, "previous_hash": previous}
        connection.execute(_block("move_chain"), fields)
        connection.execute(_block("clear_batches"))

    def _count(self, connection: Connection[Any], slots: range) -> None:
        """Move the counters by what the copies add."""
        copies = self._copies(slots)
        days: dict[tuple[str, date], dict[str, float]] = {}
        loads: dict[str, dict[str, float]] = {}
        for model in self.models:
            times = copies[model.place, model.turn]
            for department, day, column, amount in model.record.read_tally() if times else ():
                moved = (
                    loads.setdefault(department, defaultdict(float))
                    if day is None
                    else days.setdefault((department, date_of(day)), defaultdict(float))
                )
                moved[column] += times * amount
        with connection.cursor() as cursor:
            cursor.execute(_block("heed_triggers"))
            cursor.execute("create temp table if not exists staged_day (like department_day)")
            cursor.execute("create temp table if not exists staged_load (like department_load)")
            add_counters(cursor, self.hall_id, days, loads)

    def _copies(self, slots: range) -> Counter[tuple[int, int]]:
        """How often each model is copied for some slots."""
        lives = Counter(model.place for model in self.models)
        return Counter((slot % self.places, slot // self.places % lives[slot % self.places]) for slot in slots)


def _filled(connection: Connection[Any], block: str, table: str, prefix: str, *, moves_time: bool) -> sql.Composed:
    """A block with the columns of a table, and what a copy has in each."""
    columns = connection.execute(_block("select_columns"), {"table": table}).fetchall()
    return _block(block).format(
        table=sql.Identifier(table),
        model=sql.Identifier("seed", prefix + table),
        columns=sql.SQL(", ").join(sql.Identifier(name) for name, _ in columns),
        values=sql.SQL(", ").join(_value(name, kind, moves_time=moves_time) for name, kind in columns),
    )


def _value(column: str, kind: str, *, moves_time: bool) -> sql.Composable:
    if column in ("case_id", "case_no", "receipt_id"):
        return sql.Identifier("c", column)
    held = sql.Identifier("t", column)
    if column == "cohort_id":
        return sql.SQL("null" if moves_time else _COHORT)
    if moves_time and kind == "timestamptz":
        return sql.SQL("{} - c.earlier").format(held)
    if kind == "bytea":
        return sql.SQL("seed.swap({}, c.model_no, c.case_no)").format(held)
    if column in _TEXTS_WITH_NUMBER:
        return sql.SQL("replace({}, c.model_no, c.case_no)").format(held)
    return held


def _block(name: str) -> sql.SQL:
    blocks = load_sql_blocks(Path(__file__).parent / "sql")
    return sql.SQL(find_block(name, blocks).text)


def _row(connection: Connection[Any], block: str, **fields: object) -> Sequence[Any]:
    row: Sequence[Any] | None = connection.execute(_block(block), fields).fetchone()
    if row is None:
        raise LookupError(f"{block} found nothing")
    return row


def _number(connection: Connection[Any], block: str, **fields: object) -> int:
    return int(_row(connection, block, **fields)[0])
