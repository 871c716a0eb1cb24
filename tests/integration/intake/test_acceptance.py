"""A request is in the log once, as it was sent; what cannot be is kept apart and told."""

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import msgspec
import psycopg
import pytest
from psycopg import Connection, errors

from monitor.domain.events import Event
from monitor.domain.instants import instant_of
from monitor.intake.sender import Sender
from monitor.storage.intake import store_heartbeat
from tests.support.intake_requests import MANY, RECORDED_AT, count, event, fetch, send
from tests.support.small_hall import add_source

# ---- what is stored -------------------------------------------------------------------------------------------------


def test_everything_sent_stands_in_the_log_as_sent(connection: Connection[Any], sender: Sender) -> None:
    texts = {
        name: f"{name} 文" for name in ("item", "department", "window", "handler", "step", "reason", "legal_basis")
    }
    more = {"notice_no": "N-1", "approver": "H2", "result": "granted", "voids": "e-0", "applicant_ref": "ab" * 32}
    sent = {**event(1), **texts, **more, "days": 2.5, "due_claimed": "2026-09-20T17:00:00+08:00"}
    receipt = send(connection, sender, [sent])
    [row] = connection.execute("select * from event").fetchall()
    assert row == (
        datetime(2026, 8, 1, 0, 7, tzinfo=UTC), RECORDED_AT, sender.hall_id, sender.source_id, receipt.receipt_id,
        "e-00001", "c-1", "accepted", "item 文", "department 文", "window 文", "handler 文", "step 文", "reason 文",
        2.5, "legal_basis 文", "N-1", "H2", "granted", "e-0", datetime(2026, 9, 20, 9, 0, tzinfo=UTC), "ab" * 32,
    )  # fmt: skip


@pytest.mark.parametrize("size", [1, MANY])
def test_the_batch_waits_for_the_engine_with_all_its_events(
    connection: Connection[Any], sender: Sender, size: int
) -> None:
    receipt = send(connection, sender, [event(number) for number in reversed(range(size))])
    assert (receipt.accepted, receipt.duplicate, receipt.conflicting, receipt.rejected) == (size, 0, 0, 0)
    assert receipt.batch_no == 1
    [(batch_no, hall_id, packed)] = fetch(connection, "select * from unfolded_batch")
    events = msgspec.msgpack.decode(packed, type=list[Event])
    assert (batch_no, hall_id) == (1, sender.hall_id)
    assert [one.event_id for one in events] == [f"e-{number:05}" for number in range(size)]
    assert {one.recorded_at for one in events} == {instant_of(RECORDED_AT)}
    assert {one.source for one in events} == {"permits"}
    assert count(connection, "event") == count(connection, "event_identity") == size


def test_the_engine_is_told(connection: Connection[Any], sender: Sender, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as listener:
        listener.execute("listen intake")
        send(connection, sender, [event(1)])
        told = list(listener.notifies(timeout=60, stop_after=1))
    assert [(notice.channel, notice.payload) for notice in told] == [("intake", str(sender.hall_id))]


def test_the_newest_event_of_a_source_that_sends_heartbeats_is_remembered(
    connection: Connection[Any], sender: Sender
) -> None:
    store_heartbeat(connection, sender.source_id, RECORDED_AT, RECORDED_AT)
    send(connection, sender, [event(9), event(3)])
    send(connection, sender, [event(5)])
    [newest] = fetch(connection, "select last_event_at from heartbeat")
    assert newest == event(9)["occurred_at"]


def test_events_before_the_first_heartbeat_are_remembered_with_it(connection: Connection[Any], sender: Sender) -> None:
    """The board named no last event of a source until the next one came, although it had been sending for days."""
    other = Sender(add_source(connection, sender.hall_id, "other", []), "other", sender.hall_id)
    send(connection, sender, [event(9), event(3)])
    send(connection, other, [event(20)])
    stored = store_heartbeat(connection, sender.source_id, RECORDED_AT, RECORDED_AT)
    assert stored.last_event_at == event(9)["occurred_at"]
    assert fetch(connection, "select last_event_at from heartbeat") == [event(9)["occurred_at"]]
    send(connection, sender, [event(5)])
    assert store_heartbeat(connection, sender.source_id, RECORDED_AT, RECORDED_AT) == stored


def test_a_source_without_events_has_no_last_one_whatever_others_have_sent(
    connection: Connection[Any], sender: Sender
) -> None:
    silent = add_source(connection, sender.hall_id, "silent", [])
    send(connection, sender, [event(9)])
    assert store_heartbeat(connection, silent, RECORDED_AT, RECORDED_AT).last_event_at is None


def test_a_request_without_events_changes_nothing(connection: Connection[Any], sender: Sender) -> None:
    receipt = send(connection, sender, [])
    assert (receipt.batch_no, receipt.accepted, receipt.refusals) == (None, 0, [])
    assert count(connection, "intake_batch") == 0


def test_it_refuses_to_promise_what_another_would_have_to_commit(
    connection: Connection[Any], sender: Sender, database_url: str
) -> None:
    with psycopg.connect(database_url) as unfinished:
        unfinished.execute("select 1")
        with pytest.raises(RuntimeError, match="not inside a transaction"):
            send(unfinished, sender, [event(1)])


# ---- exactly once ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [3, MANY])
def test_the_same_request_again_is_all_duplicate_and_makes_no_batch(
    connection: Connection[Any], sender: Sender, size: int
) -> None:
    events = [event(number) for number in range(size)]
    send(connection, sender, events)
    again = send(connection, sender, events)
    assert (again.accepted, again.duplicate, again.batch_no) == (0, size, None)
    assert count(connection, "event") == size
    assert count(connection, "intake_batch") == count(connection, "unfolded_batch") == 1


@pytest.mark.parametrize("size", [4, 2 * MANY])
def test_what_overlaps_is_duplicate_and_the_rest_is_new(connection: Connection[Any], sender: Sender, size: int) -> None:
    send(connection, sender, [event(number) for number in range(0, size, 2)])
    mixed = send(connection, sender, [event(number) for number in range(size)])
    assert (mixed.accepted, mixed.duplicate, mixed.batch_no) == (size // 2, size // 2, 2)
    assert count(connection, "event") == size


def test_an_overlap_that_no_probe_meets_is_found_all_the_same(connection: Connection[Any], sender: Sender) -> None:
    send(connection, sender, [event(1)])
    mixed = send(connection, sender, [event(number) for number in range(10 * MANY)])
    assert (mixed.accepted, mixed.duplicate) == (10 * MANY - 1, 1)
    assert Counter(fetch(connection, "select event_id from event")).most_common(1)[0][1] == 1


def test_the_same_event_in_another_layout_is_a_duplicate(connection: Connection[Any], sender: Sender) -> None:
    first = send(connection, sender, [event(1, occurred_at="2026-08-01T08:07:00+08:00", days=5)])
    second = send(connection, sender, [event(1, occurred_at="2026-08-01T00:07:00Z", days=5.0, source="permits")])
    assert (first.accepted, second.duplicate) == (1, 1)


def test_an_id_belongs_to_its_source(connection: Connection[Any], sender: Sender) -> None:
    other = Sender(add_source(connection, sender.hall_id, "taxes", []), "taxes", sender.hall_id)
    assert send(connection, sender, [event(1)]).accepted == 1
    assert send(connection, other, [event(1, kind="decided")]).accepted == 1


def test_the_same_event_id_with_another_time_is_a_conflict(connection: Connection[Any], sender: Sender) -> None:
    """Edge case 54: the same event id resent with another time passes a hypertable's unique index.

    Users of such a log found the event in it twice. Here an ordinary table decides by (source, event_id), whatever the
    time: the first stands, the second is kept apart and told to its sender.
    """
    send(connection, sender, [event(1, occurred_at="2026-08-03T09:00:00+08:00")])
    moved = send(connection, sender, [event(1, occurred_at="2026-06-03T09:00:00+08:00")])
    assert (moved.accepted, moved.duplicate, moved.conflicting, moved.batch_no) == (0, 0, 1, None)
    [refused] = moved.refusals
    assert (refused.verdict, refused.reason, refused.event_id, refused.line) == (
        "conflicting",
        "other_content",
        "e-00001",
        1,
    )
    assert "voided" in refused.detail
    assert fetch(connection, "select occurred_at from event") == [datetime(2026, 8, 3, 1, 0, tzinfo=UTC)]


def test_a_changed_acceptance_time_leaves_both_in_the_log(connection: Connection[Any], sender: Sender) -> None:
    """Edge case 61: source rows overwritten in place, so that the history of a changed acceptance time is gone.

    Here a row of the log can be neither changed nor taken away; a correction is a void and a new event, and both times
    stay to be seen.
    """
    first, second = "2026-08-03T09:00:00+08:00", "2026-08-05T09:00:00+08:00"
    send(connection, sender, [event(1, occurred_at=first)])
    for change in ("update event set occurred_at = occurred_at + '2 days'", "delete from event", "truncate event"):
        with pytest.raises(errors.InsufficientPrivilege, match="append-only"):
            connection.execute(change.encode())
    corrected = [event(2, kind="voided", voids="e-00001"), event(3, occurred_at=second)]
    assert send(connection, sender, corrected).accepted == 2
    kept = fetch(connection, "select occurred_at from event where kind = 'accepted' order by 1")
    assert kept == [datetime.fromisoformat(first), datetime.fromisoformat(second)]


@pytest.mark.parametrize("table", ["event_identity", "intake_batch"])
def test_what_proves_the_log_is_append_only_too(connection: Connection[Any], sender: Sender, table: str) -> None:
    send(connection, sender, [event(1)])
    for change in (f"delete from {table}", f"truncate {table} cascade"):
        with pytest.raises(errors.InsufficientPrivilege, match="append-only"):
            connection.execute(change.encode())


def test_within_one_request_the_first_of_an_id_stands(connection: Connection[Any], sender: Sender) -> None:
    request = [event(1), event(2), event(1), event(1, kind="decided"), event(2)]
    receipt = send(connection, sender, request)
    assert (receipt.accepted, receipt.duplicate, receipt.conflicting) == (2, 2, 1)
    assert [refused.line for refused in receipt.refusals] == [4]
    assert fetch(connection, "select kind from event where event_id = 'e-00001'") == ["accepted"]


def test_within_one_request_what_the_log_has_stands_before_the_requests_first(
    connection: Connection[Any], sender: Sender
) -> None:
    send(connection, sender, [event(1)])
    receipt = send(connection, sender, [event(1, kind="decided"), event(1), event(1, kind="decided")])
    assert (receipt.accepted, receipt.duplicate, receipt.conflicting) == (0, 1, 2)
    assert [refused.line for refused in receipt.refusals] == [1, 3]


def test_conflicts_and_rejects_are_kept_with_their_text(connection: Connection[Any], sender: Sender) -> None:
    send(connection, sender, [event(1)])
    changed = json.dumps(event(1, kind="decided"), default=str).encode()
    receipt = send(connection, sender, [b"{no json", event(2), changed, event(3, kind="?")])
    assert (receipt.accepted, receipt.conflicting, receipt.rejected) == (1, 1, 2)
    kept = fetch(
        connection, "select line, verdict, reason, event_id, body, receipt_id from refused_event order by line"
    )
    bad_kind = json.dumps(event(3, kind="?"), default=str).encode()
    assert kept == [
        (1, "rejected", "not_json", None, b"{no json", receipt.receipt_id),
        (3, "conflicting", "other_content", "e-00001", changed, receipt.receipt_id),
        (4, "rejected", "unknown_kind", "e-00003", bad_kind, receipt.receipt_id),
    ]
    assert [refused.line for refused in receipt.refusals] == [1, 3, 4]
