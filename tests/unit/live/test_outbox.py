"""A client's queue is bounded in messages and in bytes; overflowing drops it and says so, and nobody waits."""

import asyncio

import pytest

from alerts.live.messages import Message
from alerts.live.outbox import Outbox, Overflowed


def message(seq: int, size: int = 10) -> Message:
    return Message(seq, "x" * size, True, b"x" * size)


async def test_messages_come_out_in_order() -> None:
    outbox = Outbox()
    for seq in (1, 2, 3):
        assert outbox.put(message(seq))
    assert [(await outbox.take()).seq for _ in range(3)] == [1, 2, 3]
    assert outbox.waiting_bytes == 0


async def test_taking_waits_for_the_next_message() -> None:
    outbox = Outbox()
    taking = asyncio.create_task(outbox.take())
    await asyncio.sleep(0)
    assert not taking.done()
    outbox.put(message(1))
    assert (await taking).seq == 1


async def test_a_client_that_never_reads_is_bounded_in_bytes() -> None:
    """Edge case 55: a client that never read made the server's memory grow; here its queue is dropped at a bound."""
    outbox = Outbox(most_messages=1000, most_bytes=100)
    seen = []
    for seq in range(1, 1001):
        outbox.put(message(seq))
        seen.append(outbox.waiting_bytes)
    assert max(seen) == 100
    assert outbox.waiting_bytes == 0


async def test_a_client_that_never_reads_is_bounded_in_messages() -> None:
    """Edge case 55: many small messages are no way round the bound."""
    outbox = Outbox(most_messages=5, most_bytes=10**9)
    verdicts = [outbox.put(message(seq)) for seq in range(1, 10)]
    assert verdicts == [True] * 5 + [False] + [True] * 3


async def test_an_overflow_is_told_instead_of_what_was_left() -> None:
    outbox = Outbox(most_messages=1)
    outbox.put(message(1))
    outbox.put(message(2))
    with pytest.raises(Overflowed) as told:
        await outbox.take()
    assert told.value.reason == "slow"


async def test_a_reopened_queue_begins_with_what_comes_after() -> None:
    outbox = Outbox(most_messages=1)
    for seq in (1, 2, 3):
        outbox.put(message(seq))
    outbox.reopen()
    outbox.put(message(4))
    assert (await outbox.take()).seq == 4


async def test_a_message_greater_than_the_bound_overflows_at_once() -> None:
    outbox = Outbox(most_bytes=5)
    assert not outbox.put(message(1, size=6))


async def test_a_drop_wakes_who_waits() -> None:
    outbox = Outbox()
    taking = asyncio.create_task(outbox.take())
    await asyncio.sleep(0)
    outbox.drop("unknown")
    with pytest.raises(Overflowed, match="unknown"):
        await taking


class ShortWay:
    """Takes messages while `has_room`, and notes their numbers."""

    def __init__(self) -> None:
        self.has_room = True
        self.taken: list[int] = []

    def pass_on(self, message: Message) -> bool:
        if self.has_room:
            self.taken.append(message.seq)
        return self.has_room


async def test_what_comes_while_somebody_waits_goes_the_short_way() -> None:
    way = ShortWay()
    outbox = Outbox(pass_on=way.pass_on)
    outbox.put(message(1))
    assert (await outbox.take()).seq == 1
    outbox.put(message(2))
    assert way.taken == [], "the first may not be sent yet"
    assert (await outbox.take()).seq == 2
    taking = asyncio.create_task(outbox.take())
    await asyncio.sleep(0)
    assert outbox.put(message(3))
    await asyncio.sleep(0)
    assert (way.taken, outbox.waiting_bytes, taking.done()) == ([3], 0, False)
    taking.cancel()


async def test_nothing_overtakes_what_found_no_room() -> None:
    way = ShortWay()
    outbox = Outbox(pass_on=way.pass_on)
    taking = asyncio.create_task(outbox.take())
    await asyncio.sleep(0)
    way.has_room = False
    outbox.put(message(1))
    way.has_room = True
    outbox.put(message(2))
    assert (await taking).seq == 1
    outbox.put(message(3))
    assert [(await outbox.take()).seq for _ in range(2)] == [2, 3]
    assert way.taken == []


async def test_after_an_overflow_nothing_goes_the_short_way() -> None:
    way = ShortWay()
    outbox = Outbox(pass_on=way.pass_on)
    taking = asyncio.create_task(outbox.take())
    await asyncio.sleep(0)
    outbox.drop("slow")
    outbox.put(message(1))
    with pytest.raises(Overflowed):
        await taking
    outbox.put(message(2))
    assert way.taken == []
