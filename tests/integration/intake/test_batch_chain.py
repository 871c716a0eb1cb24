"""Batches are chained in commit order, and what comes between leaves a request whole or not at all."""

import hashlib
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from typing import Any

import msgspec
import psycopg
import pytest
from psycopg import Connection

from monitor.domain.events import Event
from monitor.domain.instants import instant_of
from monitor.intake.sender import Sender
from monitor.storage.intake import find_chain_breaks
from tests.support.intake_requests import MANY, count, event, fetch, send

# ---- the chain ------------------------------------------------------------------------------------------------------


def test_batches_are_chained_by_hashes_that_the_log_itself_can_prove(
    connection: Connection[Any], sender: Sender
) -> None:
    for first in (0, 10, 400):
        send(connection, sender, [event(number) for number in random.sample(range(first, first + 300), 120)])
    chain = b""
    batches = fetch(connection, "select batch_no, receipt_id, body_hash, previous_hash from intake_batch order by 1")
    for expected_no, (batch_no, receipt_id, body_hash, previous_hash) in enumerate(batches, 1):
        assert (batch_no, previous_hash) == (expected_no, chain)
        assert body_hash == hashlib.sha256(msgspec.msgpack.encode(read_log(connection, receipt_id))).digest()
        chain = hashlib.sha256(previous_hash + body_hash).digest()
    assert fetch(connection, "select batch_no, chain_hash from batch_chain") == [(3, chain)]
    assert find_chain_breaks(connection) == []


def read_log(connection: Connection[Any], receipt_id: int) -> list[Event]:
    """The events of a receipt as the log has them, by event_id."""
    rows = connection.execute(
        """
        select s.code, event_id, case_no, kind, occurred_at, recorded_at, item, department, window_no, handler, step,
               reason, days, legal_basis, notice_no, approver, result, voids, due_claimed, applicant_ref
        from event join source s using (source_id) where receipt_id = %s order by event_id
        """,
        [receipt_id],
    )
    return [msgspec.convert([as_sent(value) for value in row], type=Event) for row in rows]


def as_sent(value: Any) -> Any:
    return instant_of(value) if isinstance(value, datetime) else value


def test_a_batch_changed_or_taken_out_breaks_the_chain(connection: Connection[Any], sender: Sender) -> None:
    for number in range(4):
        send(connection, sender, [event(number)])
    connection.execute("alter table intake_batch disable trigger intake_batch_is_append_only")
    connection.execute("update intake_batch set body_hash = sha256('forged') where batch_no = 2")
    assert [found.batch_no for found in find_chain_breaks(connection)] == [3]
    connection.execute("delete from unfolded_batch")
    connection.execute("delete from intake_batch where batch_no in (2, 4)")
    assert [found.batch_no for found in find_chain_breaks(connection)] == [3, 4]


# ---- others at the same time, and what kills ------------------------------------------------------------------------


def test_eight_senders_with_overlapping_ids_store_each_event_once(
    connection: Connection[Any], sender: Sender, database_url: str
) -> None:
    ids = 1500
    barrier = threading.Barrier(8)

    def work(worker: int) -> tuple[int, Counter[str]]:
        choice = random.Random(worker)
        counts: Counter[str] = Counter()
        sent = 0
        with closing(psycopg.connect(database_url)) as own:
            barrier.wait()
            for _ in range(6):
                numbers = choice.sample(range(ids), choice.choice([5, 150, 400, 900]))
                events = [event(n, kind=choice.choice(["accepted"] * 9 + ["decided"])) for n in numbers]
                receipt = send(own, sender, events)
                sent += len(events)
                counts += Counter(
                    accepted=receipt.accepted, duplicate=receipt.duplicate, conflicting=receipt.conflicting
                )
        return sent, counts

    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(work, range(8)))
    total = sum((counts for _, counts in results), Counter())
    assert sum(total.values()) == sum(sent for sent, _ in results)
    logged = Counter(fetch(connection, "select event_id from event"))
    assert set(logged.values()) == {1}
    assert len(logged) == total["accepted"] == count(connection, "event_identity")
    assert count(connection, "refused_event") == total["conflicting"] > 0
    assert find_chain_breaks(connection) == []
    waiting = fetch(connection, "select packed from unfolded_batch")
    packed = [one.event_id for batch in waiting for one in msgspec.msgpack.decode(batch, type=list[Event])]
    assert Counter(packed) == logged
    assert fetch(connection, "select sum(accepted)::int from intake_batch") == [len(logged)]
    deadlocks = "select deadlocks::int from pg_stat_database where datname = current_database()"
    assert fetch(connection, deadlocks) == [0]


@pytest.fixture
def hold_chain(database_url: str) -> Iterator[Callable[[], None]]:
    """Holds the head of the chain, so that an acceptance stops just before its last statement; call it to let go."""
    with closing(psycopg.connect(database_url)) as holder:
        holder.execute("select * from batch_chain for update")
        yield holder.rollback


def wait_for_waiter(connection: Connection[Any], what: str = "batch_chain") -> int:
    """The process that waits for the chain, or for an id."""
    query = (
        "select pid from pg_stat_activity"  # of this test's database alone: others wait in theirs
        " where datname = current_database() and wait_event_type = 'Lock' and query like %s"
    )
    while not (waiting := fetch(connection, query, f"%{what}%")):
        threading.Event().wait(0.01)
    return int(waiting[0])


@pytest.mark.parametrize("size", [3, MANY])
def test_a_connection_killed_in_mid_transaction_leaves_nothing(
    connection: Connection[Any], sender: Sender, database_url: str, hold_chain: Callable[[], None], size: int
) -> None:
    request = [b"{no json", *(event(number) for number in range(size))]
    with closing(psycopg.connect(database_url)) as own, ThreadPoolExecutor(1) as threads:
        answer = threads.submit(send, own, sender, request)
        connection.execute("select pg_terminate_backend(%s)", [wait_for_waiter(connection)])
        with pytest.raises(psycopg.OperationalError):
            answer.result(timeout=60)
    hold_chain()
    for table in ("event", "event_identity", "refused_event", "intake_batch", "unfolded_batch"):
        assert count(connection, table) == 0, table
    again = send(connection, sender, request)
    assert (again.accepted, again.rejected, again.batch_no) == (size, 1, 1)


@pytest.mark.parametrize("size", [3, MANY])
def test_a_connection_killed_while_it_waits_for_anothers_ids_leaves_nothing(
    connection: Connection[Any], sender: Sender, database_url: str, size: int
) -> None:
    with (
        closing(psycopg.connect(database_url)) as other,
        closing(psycopg.connect(database_url)) as own,
        ThreadPoolExecutor(1) as threads,
    ):
        other.execute("insert into event_identity values (%s, 'e-00001', gen_random_uuid())", [sender.source_id])
        answer = threads.submit(send, own, sender, [event(number) for number in range(size)])
        connection.execute("select pg_terminate_backend(%s)", [wait_for_waiter(connection, "event_identity")])
        with pytest.raises(psycopg.OperationalError):
            answer.result(timeout=60)
    assert count(connection, "event") == count(connection, "event_identity") == 0


def test_batch_numbers_are_in_commit_order(
    connection: Connection[Any], sender: Sender, database_url: str, hold_chain: Callable[[], None]
) -> None:
    with closing(psycopg.connect(database_url)) as own, ThreadPoolExecutor(1) as threads:
        early = threads.submit(send, own, sender, [event(1)])
        wait_for_waiter(connection)
        assert count(connection, "intake_batch") == 0
        hold_chain()
        late = send(connection, sender, [event(2)])
        receipt = early.result(timeout=60)
    assert receipt.receipt_id < late.receipt_id
    assert {receipt.batch_no, late.batch_no} == {1, 2}
    assert find_chain_breaks(connection) == []


def test_a_transaction_that_cannot_be_serialised_is_tried_again(
    connection: Connection[Any], sender: Sender, database_url: str, hold_chain: Callable[[], None]
) -> None:
    with (
        closing(psycopg.connect(database_url)) as first,
        closing(psycopg.connect(database_url)) as second,
        ThreadPoolExecutor(2) as threads,
    ):
        second.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        winner = threads.submit(send, first, sender, [event(1)])
        wait_for_waiter(connection)
        loser = threads.submit(send, second, sender, [event(1), event(2)])
        wait_for_waiter(connection, "event_identity")
        hold_chain()
        assert winner.result(timeout=60).accepted == 1
        receipt = loser.result(timeout=60)
    assert (receipt.accepted, receipt.duplicate) == (1, 1)
    assert count(connection, "event") == 2
