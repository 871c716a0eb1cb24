"""The feed is numbered in the order of commits, has no holes, and forgets only from its front."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from monitor.storage.feed import (
    append_feed,
    begin_feed,
    begin_feeds_anew,
    forget_old_feed,
    read_feed_head,
    read_feed_heads,
    read_feed_since,
)
from tests.support.small_hall import add_hall

MOMENT = datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.fixture
def hall_id(connection: Connection[Any]) -> int:
    return add_hall(connection)


@pytest.fixture
def other(database_url: str) -> Iterator[Connection[Any]]:
    with closing(psycopg.connect(database_url)) as opened:
        yield opened


def append(connection: Connection[Any], hall_id: int, **body: Any) -> int:
    with connection.transaction(), connection.cursor() as cursor:
        return append_feed(cursor, hall_id, MOMENT, "tiles", body)


def age(connection: Connection[Any], hall_id: int, up_to: int, hours: float) -> None:
    connection.execute(
        "update feed set real_at = real_at - %s where hall_id = %s and seq <= %s",
        [timedelta(hours=hours), hall_id, up_to],
    )


def test_rows_come_back_in_order_with_what_was_written(connection: Connection[Any], hall_id: int) -> None:
    first = append(connection, hall_id, cards_more=1)
    second = append(connection, hall_id, cards_more=2)
    rows = read_feed_since(connection, hall_id, first - 1)
    assert [(row.seq, row.kind, row.produced_at, row.body) for row in rows] == [
        (first, "tiles", MOMENT, {"cards_more": 1}),
        (second, "tiles", MOMENT, {"cards_more": 2}),
    ]
    assert second == first + 1
    assert read_feed_since(connection, hall_id, second) == []
    assert [row.seq for row in read_feed_since(connection, hall_id, 0, limit=1)] == [first]


def test_a_hall_without_feed_stands_at_zero(connection: Connection[Any], hall_id: int) -> None:
    head = read_feed_head(connection, hall_id)
    assert (head.seq, head.oldest) == (0, None)
    assert read_feed_heads(connection, [hall_id]) == {}


def test_the_first_row_of_a_feed_that_was_begun_follows_its_beginning(
    connection: Connection[Any], hall_id: int
) -> None:
    begun = begin_feed(connection, hall_id)
    assert begun.oldest is None
    assert begin_feed(connection, hall_id) == begun
    assert append(connection, hall_id) == begun.seq + 1


def test_halls_are_numbered_apart(connection: Connection[Any], hall_id: int) -> None:
    neighbour = add_hall(connection, "NEXT")
    ours, theirs = append(connection, hall_id), append(connection, neighbour)
    assert append(connection, hall_id) == ours + 1
    assert read_feed_heads(connection, [hall_id, neighbour]) == {hall_id: ours + 1, neighbour: theirs}
    assert [row.seq for row in read_feed_since(connection, neighbour, 0)] == [theirs]


def test_a_rolled_back_writer_leaves_no_hole(connection: Connection[Any], hall_id: int, other: Connection[Any]) -> None:
    first = append(connection, hall_id)
    append_feed(other.cursor(), hall_id, MOMENT, "tiles", {})
    other.rollback()
    assert append(connection, hall_id) == first + 1


def test_a_new_database_never_numbers_where_an_older_one_did(connection: Connection[Any], hall_id: int) -> None:
    before = int(time.time() * 1000) - 1000
    assert append(connection, hall_id) >= before, "a client of an earlier database would resume in the middle of ours"


def test_a_feed_put_back_leaves_a_gap_behind_every_number_given_out_since_the_copy(
    connection: Connection[Any], hall_id: int
) -> None:
    """A page that held a number of the lost database went on behind it in the restored one, and showed a mixture."""
    last_of_copy = append(connection, hall_id)
    held_by_client = last_of_copy + 5  # given out after the copy, and lost with the database
    time.sleep(0.02)
    begin_feeds_anew(connection)
    for _ in range(10):
        append(connection, hall_id)
    [first, *_] = read_feed_since(connection, hall_id, held_by_client)
    assert first.seq > held_by_client + 1


def test_a_smaller_number_is_always_committed_before_a_greater_one(
    database_url: str, connection: Connection[Any], hall_id: int
) -> None:
    """Edge case 56: what a reader has passed can never appear later, however many write at once."""
    append(connection, hall_id)
    writers, each = 6, 40
    start = threading.Barrier(writers + 1)

    def write() -> None:
        with closing(psycopg.connect(database_url)) as own:
            start.wait()
            for _ in range(each):
                append(own, hall_id)

    threads = [threading.Thread(target=write) for _ in range(writers)]
    for thread in threads:
        thread.start()
    start.wait()
    seen = [row.seq for row in read_feed_since(connection, hall_id, 0)]
    while any(thread.is_alive() for thread in threads):
        seen += [row.seq for row in read_feed_since(connection, hall_id, seen[-1])]
    for thread in threads:
        thread.join()
    seen += [row.seq for row in read_feed_since(connection, hall_id, seen[-1])]
    assert seen == list(range(seen[0], seen[0] + writers * each + 1))


def test_rows_older_than_a_day_are_forgotten_from_the_front(connection: Connection[Any], hall_id: int) -> None:
    numbers = [append(connection, hall_id) for _ in range(6)]
    age(connection, hall_id, numbers[3], 25)
    assert forget_old_feed(connection, hall_id, datetime.now(UTC)) == 4
    head = read_feed_head(connection, hall_id)
    assert (head.oldest, head.seq) == (numbers[4], numbers[5])
    assert forget_old_feed(connection, hall_id, datetime.now(UTC)) == 0


def test_a_young_feed_is_kept(connection: Connection[Any], hall_id: int) -> None:
    numbers = [append(connection, hall_id) for _ in range(3)]
    age(connection, hall_id, numbers[1], 23.9)
    assert forget_old_feed(connection, hall_id, datetime.now(UTC)) == 0


def test_forgetting_leaves_the_numbering_as_it_was(connection: Connection[Any], hall_id: int) -> None:
    last = append(connection, hall_id)
    age(connection, hall_id, last, 30)
    forget_old_feed(connection, hall_id, datetime.now(UTC))
    assert read_feed_head(connection, hall_id).oldest is None
    assert append(connection, hall_id) == last + 1


def test_a_row_is_hinted_at_on_commit_only(
    database_url: str, connection: Connection[Any], hall_id: int, other: Connection[Any]
) -> None:
    connection.execute("listen feed")
    append_feed(other.cursor(), hall_id, MOMENT, "tiles", {})
    assert list(connection.notifies(timeout=0.2, stop_after=1)) == []
    other.commit()
    assert [hint.payload for hint in connection.notifies(timeout=60, stop_after=1)] == [str(hall_id)]
