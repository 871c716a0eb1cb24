"""A database filled by an earlier release is migrated: it is judged the same, goes on, and has the newest schema."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from monitor.domain.outages import OutageReason
from monitor.engine.record import pack_record, unpack_record
from monitor.engine.service import hall_engine
from monitor.intake.sender import Sender
from monitor.storage.database import connect
from monitor.storage.intake import find_chain_breaks, store_heartbeat
from monitor.storage.migrations import migrate, require_current_schema
from monitor.storage.recalculation import insert_calendar_version, insert_recalculation
from monitor.storage.roles import create_roles
from tests.support.driven_hall import DrivenHall, at
from tests.support.filled_hall import UNFOLDED, told

FILLED = Path(__file__).parents[2] / "support"
MORNING = "2026-09-23T10:10"
"""Ten minutes after the old engine's last cycle; an event of the near future has come true, a batch waits."""


def fill_at(url: str, number: int) -> None:
    """Bring an empty database to a migration, and put into it what the program of that time wrote."""
    migrate(url, up_to=number)
    with connect(url) as connection:
        connection.execute((FILLED / f"filled_at_{number:04d}.sql").read_bytes())


@pytest.fixture(params=[7])
def upgraded_url(request: pytest.FixtureRequest, empty_database_url: str) -> str:
    fill_at(empty_database_url, request.param)
    migrate(empty_database_url)
    return empty_database_url


@pytest.fixture
def upgraded_hall(upgraded_url: str) -> Iterator[DrivenHall]:
    """The filled hall after its upgrade, the new engine not yet having run; S1 sends."""
    with ExitStack() as stack:
        connection = stack.enter_context(connect(upgraded_url))
        [(source_id, hall_id)] = connection.execute(
            "select source_id, hall_id from source where code = 'S1'"
        ).fetchall()
        connection.commit()
        engine = stack.enter_context(hall_engine(upgraded_url, hall_id))
        hall = DrivenHall(upgraded_url, connection, hall_id, Sender(source_id, "S1", hall_id), engine)
        hall.ids = iter(range(1_001, 1_000_000))
        yield hall


def speak(hall: DrivenHall, code: str, moment: str) -> None:
    """A source's heartbeat."""
    [(source_id,)] = hall.rows("select source_id from source where code = %s", code)
    said = at(moment).astimezone(UTC)
    store_heartbeat(hall.connection, source_id, said, said)
    hall.connection.commit()


def load_calendar(hall: DrivenHall, holidays: list[str], loaded_at: str) -> None:
    moment, content = at(loaded_at).astimezone(UTC), {"years": {"2026": {"holidays": holidays, "workdays": []}}}
    insert_calendar_version(hall.connection, "hall", hall.hall_id, moment, "operator", "通告", content)
    insert_recalculation(hall.connection, hall.hall_id, moment, "operator", "calendar", "通告", {})
    hall.connection.commit()


def cards(hall: DrivenHall, case_no: str) -> list[tuple[Any, ...]]:
    return hall.rows(
        "select clock, level::text, generation, c.state::text from card c join case_file using (case_id)"
        " where case_no = %s order by card_id", case_no,
    )  # fmt: skip


def count(hall: DrivenHall, table: str) -> int:
    return int(hall.rows(f"select count(*) from {table}")[0][0])


# -- what the old program wrote ----------------------------------------------------------------------------------------


def test_the_filled_database_holds_every_state_that_an_upgrade_can_meet(upgraded_hall: DrivenHall) -> None:
    """Otherwise the tests below would hold of nothing."""
    statuses = {row[0] for row in upgraded_hall.rows("select status::text from case_state")}
    assert statuses == {
        "applied", "received", "correcting", "refused", "accepted", "suspended", "decided", "delivered", "withdrawn",
    }  # fmt: skip
    assert {row[0] for row in upgraded_hall.rows("select light::text from case_state")} == {
        "none", "green", "reminder", "yellow", "red",
    }  # fmt: skip
    assert {row[0] for row in upgraded_hall.rows("select state::text from card")} == {"issued", "closed", "revoked"}
    assert {row[0] for row in upgraded_hall.rows("select calendar_version from case_state")} == {0, 1}
    assert [count(upgraded_hall, table) for table in ("unfolded_batch", "refused_event", "recalculation")] == [1, 1, 1]


def test_an_upgrade_changes_no_verdict(upgraded_hall: DrivenHall) -> None:
    """The log and what the old engine stored of it, as they lie there before the new engine's first cycle."""
    report = upgraded_hall.replay()
    assert report.differences == []
    assert (report.cases, report.events) == (count(upgraded_hall, "case_file"), count(upgraded_hall, "event") - 3)


def test_the_records_of_the_old_program_are_read_and_agree_with_the_tables(upgraded_hall: DrivenHall) -> None:
    rows = upgraded_hall.rows(
        "select f.judged, s.status::text, s.light::text, (select count(*) from clock c where c.case_id = f.case_id),"
        " (select count(*) from anomaly a where a.case_id = f.case_id)"
        " from case_file f join case_state s using (case_id)"
    )
    for judged, status, light, clocks, findings in rows:
        stored = unpack_record(bytes(judged))
        assert stored is not None
        record = stored.read()
        facts = record.facts
        assert facts is not None
        assert (facts.status, facts.light, len(record.clocks), len(record.anomalies)) == (
            status, light, clocks, findings,
        )  # fmt: skip
        again = unpack_record(pack_record(record))
        assert again is not None
        assert again.read() == record


# -- the new program goes on -------------------------------------------------------------------------------------------


def test_the_new_engine_judges_what_waited_and_a_replay_finds_no_difference(upgraded_hall: DrivenHall) -> None:
    cycle = upgraded_hall.run(MORNING)
    assert (cycle.batches, cycle.events) == (1, len(UNFOLDED))
    assert upgraded_hall.rows("select status::text, light::text from case_state where case_no = 'fresh'") == [
        ("accepted", "green")
    ]
    assert upgraded_hall.rows("select status::text from case_state where case_no = 'soon'") == [("received",)]
    report = upgraded_hall.replay()
    assert report.differences == []
    assert report.events == count(upgraded_hall, "event")
    assert find_chain_breaks(upgraded_hall.connection) == []


def test_the_upgrade_itself_is_an_outage_that_is_told(upgraded_hall: DrivenHall) -> None:
    upgraded_hall.run(MORNING)
    assert upgraded_hall.rows("select blind_from, blind_until, reason, is_over from outage") == [
        (at("2026-09-23T10:00"), at(MORNING), OutageReason.ENGINE_DOWN.value, True)
    ]


def test_the_feed_goes_on_behind_the_old_one(upgraded_hall: DrivenHall) -> None:
    [(head,)] = upgraded_hall.rows("select seq from feed_head")
    upgraded_hall.run(MORNING)
    upgraded_hall.send(told("plain", "decided", "23T11:00", result="granted", handler="h2"))
    upgraded_hall.run("2026-09-23T11:01")
    numbers = [row[0] for row in upgraded_hall.rows("select seq from feed where seq > %s order by 1", head)]
    assert numbers == list(range(head + 1, head + 1 + len(numbers)))
    assert len(numbers) > 1


def test_every_old_case_takes_its_next_events(upgraded_hall: DrivenHall) -> None:
    """A quiet event first, which reads the old summary; then one that the engine may follow; then decisions."""
    upgraded_hall.run(MORNING)
    known = "select case_no from case_file where source_id = %s order by 1"
    case_nos = [case_no for (case_no,) in upgraded_hall.rows(known, upgraded_hall.sender.source_id)]
    lives = (
        ("23T11:00", {"kind": "rated"}),
        ("23T11:10", {"kind": "step_started", "step": "核准", "handler": "h4"}),
        ("23T11:20", {"kind": "step_finished", "step": "核准", "handler": "h4"}),
        ("23T11:30", {"kind": "accepted", "item": "I1", "handler": "h1"}),
        ("23T11:40", {"kind": "decided", "result": "granted", "handler": "h5"}),
        ("23T11:50", {"kind": "delivered"}),
    )
    for occurred_at, event in lives:
        upgraded_hall.send(*(told(case_no, occurred_at=occurred_at, **event) for case_no in case_nos))
        upgraded_hall.run(f"2026-09-{occurred_at}")
        assert upgraded_hall.replay().differences == [], event["kind"]
    still_open = "select case_no, status::text from case_state where source_id = %s and closed_at is null"
    assert upgraded_hall.rows(still_open, upgraded_hall.sender.source_id) == []


def test_time_goes_on_over_the_old_cases(upgraded_hall: DrivenHall) -> None:
    """Delivery falls due, a planned suspension ends, an item changes in October, and a source has fallen silent."""
    for moment in (MORNING, "2026-09-23T17:01", "2026-09-28T17:01", "2026-10-08T09:00", "2026-11-30T17:01"):
        speak(upgraded_hall, "S1", moment)
        upgraded_hall.run(moment)
        assert upgraded_hall.replay().differences == [], moment
    assert cards(upgraded_hall, "delivering")[1:] == [("delivery", "yellow", 0, "issued")]
    assert [row[:2] for row in cards(upgraded_hall, "standing")] == [
        ("suspension:1", "yellow"), ("promise", "reminder"), ("promise", "yellow"), ("statutory", "red"),
    ]  # fmt: skip
    assert cards(upgraded_hall, "old-late") == []
    issued = upgraded_hall.rows("select count(*), count(distinct (case_id, clock, level, generation)) from card")[0]
    assert issued[0] == issued[1] > 30


def test_cards_of_a_source_that_fell_silent_before_the_upgrade_wait_for_its_word(upgraded_hall: DrivenHall) -> None:
    upgraded_hall.run(MORNING)
    upgraded_hall.run("2026-09-28T09:01")
    assert cards(upgraded_hall, "quiet") == []
    assert upgraded_hall.replay().differences == []
    speak(upgraded_hall, "S2", "2026-09-28T09:05")
    upgraded_hall.run("2026-09-28T09:06")
    assert cards(upgraded_hall, "quiet") == [("promise", "reminder", 0, "issued")]
    assert upgraded_hall.replay().differences == []


def test_a_calendar_loaded_after_the_upgrade_judges_old_cases_anew_and_keeps_closed_ones(
    upgraded_hall: DrivenHall,
) -> None:
    upgraded_hall.run(MORNING)
    closed = (
        "select case_no, promise_due_at, promise_state, calendar_version from case_state"
        " where closed_at is not null and case_no <> 'delivering' order by 1"  # whose delivery clock still runs
    )
    before = upgraded_hall.rows(closed)
    [(due_at,)] = upgraded_hall.rows("select promise_due_at from case_state where case_no = 'plain'")
    load_calendar(upgraded_hall, ["2026-09-24", "2026-09-28"], "2026-09-23T10:20")
    upgraded_hall.run("2026-09-23T10:21")
    [(moved_to,)] = upgraded_hall.rows("select promise_due_at from case_state where case_no = 'plain'")
    assert moved_to > due_at
    assert upgraded_hall.rows(closed) == before
    assert upgraded_hall.replay().differences == []


# -- the schema --------------------------------------------------------------------------------------------------------

CATALOGUES = {
    "relations": """
        select relname, relkind, relpersistence, reloptions, relrowsecurity,
               case when relkind in ('v', 'm') then pg_get_viewdef(oid) end
        from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'S')
        and not exists (select from pg_depend where objid = pg_class.oid and deptype = 'e') order by 1
        """,
    "columns": """
        select attrelid::regclass::text, attnum, attname, format_type(atttypid, atttypmod), attnotnull, attidentity,
               attgenerated, attstorage, attcompression, attcollation::regcollation::text,
               pg_get_expr(adbin, adrelid)
        from pg_attribute join pg_class on pg_class.oid = attrelid
        left join pg_attrdef on adrelid = attrelid and adnum = attnum
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm') and attnum > 0
        and not exists (select from pg_depend where objid = pg_class.oid and deptype = 'e') order by 1, 2
        """,
    "indexes": """
        select indexrelid::regclass::text, pg_get_indexdef(indexrelid), indisvalid, indisprimary, indisunique
        from pg_index join pg_class on pg_class.oid = indrelid
        where relnamespace = 'public'::regnamespace order by 1
        """,
    "constraints": """
        select conrelid::regclass::text, conname, pg_get_constraintdef(pg_constraint.oid), convalidated
        from pg_constraint where connamespace = 'public'::regnamespace and conrelid <> 0 order by 1, 2
        """,
    "triggers": """
        select tgrelid::regclass::text, tgname, pg_get_triggerdef(pg_trigger.oid), tgenabled
        from pg_trigger join pg_class on pg_class.oid = tgrelid
        where relnamespace = 'public'::regnamespace and not tgisinternal order by 1, 2
        """,
    "functions": """
        select proname, pg_get_functiondef(oid) from pg_proc
        where pronamespace = 'public'::regnamespace and prokind <> 'a'
        and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e') order by 1
        """,
    "enums": """
        select typname, array_agg(enumlabel order by enumsortorder) from pg_type join pg_enum on enumtypid = pg_type.oid
        where typnamespace = 'public'::regnamespace group by 1 order by 1
        """,
    "sequences": """
        select sequencename, data_type::text, start_value, min_value, max_value, increment_by, cycle, cache_size
        from pg_sequences where schemaname = 'public' order by 1
        """,
    "hypertables": """
        select hypertable_name, dimension_number, column_name, dimension_type, time_interval, num_partitions
        from timescaledb_information.dimensions order by 1, 2
        """,
    "grants": """
        select relname, pg_get_userbyid(grantee), privilege_type, is_grantable
        from pg_class, aclexplode(relacl) where relnamespace = 'public'::regnamespace order by 1, 2, 3
        """,
    "ledger": "select number, name, sha256, edition from schema_migration order by 1",
}


def read_catalogue(connection: Connection[Any], name: str) -> list[tuple[Any, ...]]:
    return connection.execute(CATALOGUES[name].encode()).fetchall()


def test_the_upgraded_database_has_the_schema_of_a_new_one(upgraded_url: str, database_url: str) -> None:
    with connect(upgraded_url, autocommit=True) as upgraded, connect(database_url, autocommit=True) as new:
        require_current_schema(upgraded)
        for connection in (upgraded, new):
            create_roles(connection)
        for name in CATALOGUES:
            expected = read_catalogue(new, name)
            assert expected, f"nothing is compared of {name}"
            assert read_catalogue(upgraded, name) == expected, name
