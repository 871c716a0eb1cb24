"""A hall with cases in every state, for tests of upgrading: `python -m tests.support.filled_hall` prints it as SQL.

The fixtures `filled_at_NNNN.sql` beside this file hold what the program of that time wrote: its header says how one is
made. So this module may use only what every release since migration 0007 has, and what it tells must not change.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, date
from pathlib import Path
from typing import Any

from psycopg import Connection

from monitor.engine.service import hall_engine
from monitor.intake.sender import Sender
from monitor.storage.database import connect
from monitor.storage.embedded import EmbeddedServer
from monitor.storage.intake import store_heartbeat
from monitor.storage.migrations import migrate
from monitor.storage.recalculation import insert_calendar_version, insert_recalculation
from tests.support.driven_hall import DrivenHall, at
from tests.support.small_hall import SINCE_EVER, add_department, add_hall, add_item, add_source, insert

Told = dict[str, Any]
SETTLED_AT = "2026-09-23T10:00"
"""Local time of the old engine's last cycle; what was sent after it waits unfolded."""


def told(case_no: str, kind: str, occurred_at: str, **fields: Any) -> Told:
    """An event of the month of September 2026, or of the moment given in full."""
    moment = occurred_at if occurred_at.startswith("20") else f"2026-09-{occurred_at}"
    return {"case_no": case_no, "kind": kind, "occurred_at": moment, **fields}


def _notice(number: str) -> Told:
    return {"reason": "听证", "notice_no": number, "approver": "负责人", "legal_basis": "行政许可法第四十五条"}


STORY: tuple[tuple[str, tuple[Told, ...]], ...] = (
    ("2026-08-20T10:01", (told("red", "accepted", "2026-08-20T10:00", item="I1", handler="h1", department="D1"),)),
    ("2026-08-27T17:01", ()),  # the promise of `red` is broken: a reminder and a yellow card
    (
        "2026-09-01T10:01",
        (
            told("yellow", "received", "01T09:00", item="I1"),
            told("yellow", "accepted", "01T10:00", item="I1", handler="h1"),
            told("late", "accepted", "01T09:30", item="I1", handler="h1"),
            told("reopened", "accepted", "01T09:40", item="I1", handler="h1"),
            told("backdated", "accepted", "01T09:50", item="I1", handler="h1"),
        ),
    ),
    ("2026-09-08T17:01", ()),  # four promises are broken
    (
        "2026-09-10T11:00",
        (
            told("late", "decided", "10T10:00", result="refused", handler="h2"),
            told("reopened", "decided", "10T10:30", result="granted", handler="h2", event_id="too-soon"),
            told("backdated", "decided", "04T10:00", result="refused", handler="h2", event_id="too-early"),
        ),
    ),
    (
        "2026-09-14T16:00",
        (
            told("delivered", "accepted", "14T09:00", item="I1", handler="h1"),
            told("standing", "accepted", "14T09:10", item="I1", handler="h1"),
            told("refused", "received", "14T09:20", item="I2"),
            told("withdrawn", "accepted", "14T09:30", item="I2", handler="h1"),
            told("examined", "accepted", "14T09:40", item="I2", handler="h1"),
            told("delivering", "accepted", "14T09:50", item="I2", handler="h1"),
            told("many", "accepted", "14T10:00", item="I2", handler="h1"),
        ),
    ),
    (
        "2026-09-16T12:00",
        (
            told("standing", "suspended", "16T09:00", days=10, **_notice("T-1")),
            told("refused", "refused", "16T09:10", reason="不属于本机关职权范围"),
            told("withdrawn", "withdrawn", "16T09:20"),
            told("examined", "step_started", "16T09:30", step="审查", handler="h1"),
            told("delivering", "step_started", "16T09:40", step="审查", handler="h1"),
            told("delivering", "step_finished", "16T11:40", step="审查", handler="h1"),
            *(told("many", "step_started", f"16T10:0{n}", step="核准", handler=f"h{n}") for n in (1, 2, 3)),
            told("delivered", "decided", "16T11:00", result="granted", handler="h2"),
            told("delivered", "delivered", "16T11:30"),
        ),
    ),
    ("2026-09-17T17:01", (told("noted", "accepted", "17T10:00", item="I1", handler="h1"),)),  # `red` has its red card
    (
        "2026-09-21T11:00",
        (
            told("reopened", "voided", "21T09:00", voids="too-soon"),
            told("backdated", "voided", "21T09:05", voids="too-early"),  # cards revoked, and issued once more
            told("delivering", "decided", "21T10:00", result="granted", handler="h2"),
            told("correcting", "received", "21T09:10", item="I2"),
            told("correcting", "corrections_requested", "21T09:40", notice_no="B-1"),
            told("received", "received", "21T09:20", item="I2"),
            told("extended", "accepted", "21T09:30", item="I1", handler="h1"),
            told("extended", "extended", "21T10:30", days=5, **_notice("Y-1")),
            told("stepping", "accepted", "21T10:00", item="I2", handler="h1"),
        ),
    ),
    (
        SETTLED_AT,
        (
            told("entered-late", "accepted", "18T09:00", item="I1", handler="h1"),
            told("stepping", "step_started", "22T09:00", step="核准", handler="h1"),
            told("stepping", "rated", "22T09:30"),
            told("plain", "accepted", "22T10:00", item="I1", handler="h1"),
            told("soon", "received", "23T10:05", item="I1"),
            told("emptied", "received", "22T11:00", item="I1", event_id="by-mistake"),
            told("emptied", "voided", "22T11:30", voids="by-mistake"),
        ),
    ),
)
"""What is sent before each cycle of the engine; the first event is e1."""

FEED_ROWS = 8
ARCHIVED = (
    told("old-late", "accepted", "2026-03-02T10:00", item="I1"),
    told("old-done", "accepted", "2026-03-02T10:00", item="I1"),
    told("old-done", "decided", "2026-03-04T10:00", result="granted"),
)
UNFOLDED = (
    told("fresh", "accepted", "23T10:03", item="I1", handler="h1"),
    told("stepping", "step_finished", "23T10:04", step="核准", handler="h1"),
    told("late", "rated", "23T10:04"),
)
CLOSED_ON_THE_24TH = {"years": {"2026": {"holidays": ["2026-09-24"], "workdays": []}}}


def add_registry(connection: Connection[Any]) -> int:
    """Two departments, three items (one changes in October), a live source, one that falls silent, and an archive."""
    hall_id = add_hall(connection)
    for position, code in enumerate(("D1", "D2"), 1):
        add_department(connection, hall_id, code, position)
    add_item(connection, hall_id, "I1", "D1")
    add_item(
        connection, hall_id, "I2", "D2", promised=8, acceptance=5, delivery=3, steps={"审查": 3, "核准": None},
        decision_steps=["核准"], valid_to=date(2026, 10, 1),
    )  # fmt: skip
    insert(
        connection, "item_version", "code", hall_id=hall_id, code="I2", valid_from=date(2026, 10, 1), name_zh="I2许可",
        department="D2", kind="promise", unit="working_days", promised=6, statutory=20,
    )  # fmt: skip
    insert(connection, "handler", "code", hall_id=hall_id, code="h1", department="D1", valid_from=SINCE_EVER)
    for code, feed in (("S1", "live"), ("S2", "live"), ("A1", "archive")):
        add_source(connection, hall_id, code, ["D1", "D2"], feed=feed)
    connection.commit()
    return hall_id


def fill(hall: DrivenHall) -> None:
    """Tell the story: every cycle at its time, a load of a calendar, an archive, and a batch that nobody has judged."""
    live = hall.sender
    for run_at, events in STORY:
        if run_at == SETTLED_AT:
            _load_calendar(hall, "2026-09-22T15:00")
        if events:
            hall.send(*events, recorded_at=run_at)
        _speak(hall, live, run_at)
        hall.run(run_at)
    _send_as(hall, "S2", told("quiet", "accepted", "21T10:00", item="I1", handler="h1"), recorded_at="2026-09-22T16:00")
    _speak(hall, hall.sender, "2026-09-22T16:00")
    _send_as(hall, "A1", *ARCHIVED, recorded_at=SETTLED_AT)
    hall.run(SETTLED_AT)
    hall.sender = live
    hall.send({**STORY[0][1][0], "event_id": "e1", "item": "I2"}, recorded_at=SETTLED_AT)  # in conflict with the log
    hall.send(*UNFOLDED, recorded_at="2026-09-23T10:05")
    _speak(hall, live, "2026-09-23T10:05")


def _send_as(hall: DrivenHall, code: str, *events: Told, recorded_at: str) -> None:
    [(source_id,)] = hall.rows("select source_id from source where code = %s", code)
    hall.sender = Sender(source_id, code, hall.hall_id)
    hall.send(*events, recorded_at=recorded_at)


def _speak(hall: DrivenHall, sender: Sender, moment: str) -> None:
    said = at(moment).astimezone(UTC)
    store_heartbeat(hall.connection, sender.source_id, said, said)
    hall.connection.commit()


def _load_calendar(hall: DrivenHall, loaded_at: str) -> None:
    moment = at(loaded_at).astimezone(UTC)
    insert_calendar_version(hall.connection, "hall", hall.hall_id, moment, "operator", "通告", CLOSED_ON_THE_24TH)
    insert_recalculation(hall.connection, hall.hall_id, moment, "operator", "calendar", "通告", {})
    hall.connection.commit()


# -- as SQL ------------------------------------------------------------------------------------------------------------


HEADER = """\
-- A hall filled by the program at migration {number}: tests/support/filled_hall.py told to its intake and its engine.
-- Made where migration {number} was the newest, with that program's environment, and never changed by hand:
--   git worktree add ../before "$(git log --diff-filter=A --format=%h -- migrations/{next}_*.sql)^"
--   cp tests/support/filled_hall.py ../before/tests/support/ && cd ../before
--   python -m tests.support.filled_hall > ../filled_at_{number}.sql
"""


def dump_rows(connection: Connection[Any]) -> Iterator[str]:
    """Statements that put the rows of all tables into a database with the same migrations and nothing else in it."""
    connection.execute("set timezone to 'UTC'")
    tables = connection.execute(
        "select oid::regclass::text from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'"
        " and relname <> 'schema_migration' order by pg_class.oid"
    ).fetchall()
    yield _header(connection)
    yield "delete from batch_chain;\ndelete from rules_version;"
    for (table,) in tables:
        yield from _inserts(connection, table)
    for name, value in connection.execute(
        "select sequencename, last_value from pg_sequences where schemaname = 'public' and last_value is not null"
        " order by 1"
    ).fetchall():
        yield f"select setval('{name}', {value});"


def _header(connection: Connection[Any]) -> str:
    [(number,)] = connection.execute("select max(number) from schema_migration").fetchall()
    return HEADER.format(number=f"{number:04d}", next=f"{number + 1:04d}")


def _inserts(connection: Connection[Any], table: str) -> Iterator[str]:
    columns = [row[0] for row in connection.execute(
        "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped"
        " order by attnum", [table],
    )]  # fmt: skip
    texts = ", ".join(f"{column}::text" for column in columns)
    order = ", ".join(f"{table}.{column}" for column in columns[:2])
    rows = connection.execute(f"select {texts} from {table} order by {order}".encode()).fetchall()
    if table == "feed":  # a service forgets the older ones too
        rows = rows[-FEED_ROWS:]
    if not rows:
        return
    yield f"\ninsert into {table} ({', '.join(columns)}) overriding system value values"
    for number, row in enumerate(rows, 1):
        yield f"({', '.join(map(_literal, row))})" + (";" if number == len(rows) else ",")


def _literal(text: str | None) -> str:
    return "null" if text is None else "'" + text.replace("'", "''") + "'"


def _make() -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(EmbeddedServer(folder / "timescaledb", settings={"fsync": "off"})).url
        migrate(url)
        connection = stack.enter_context(connect(url))
        hall_id = add_registry(connection)
        [(source_id,)] = connection.execute("select source_id from source where code = 'S1'").fetchall()
        connection.commit()
        with hall_engine(url, hall_id) as engine:
            hall = DrivenHall(url, connection, hall_id, Sender(source_id, "S1", hall_id), engine)
            fill(hall)
        print("\n".join(dump_rows(connection)))  # noqa: T201 - the fixture


if __name__ == "__main__":
    _make()
