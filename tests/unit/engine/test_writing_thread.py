"""Pieces are written in order beside other work; what fails in one is told, and nothing is written afterwards."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from monitor.engine.writing_thread import WritingThread


def fail() -> None:
    raise ValueError("a piece that cannot be written")


def test_pieces_are_written_in_the_order_given_by_another_thread() -> None:
    written: list[tuple[int, bool]] = []
    here = threading.get_ident()

    def note(number: int) -> None:
        written.append((number, threading.get_ident() != here))

    with WritingThread() as writing:
        for number in range(50):
            writing.write(partial(note, number))
        writing.join()
        assert written == [(number, True) for number in range(50)]


def test_the_giver_goes_on_while_a_piece_is_written() -> None:
    gone_on, seen = threading.Event(), []
    with WritingThread() as writing:
        writing.write(lambda: seen.append(gone_on.wait(60)))
        gone_on.set()
        writing.join()
    assert seen == [True]


def test_what_is_read_is_there_when_asked_for_and_after_what_was_given_before() -> None:
    done: list[str] = []
    with WritingThread() as writing:
        writing.write(lambda: done.append("written"))
        wait = writing.read(lambda: done.append("read"))
        writing.write(lambda: done.append("written later"))
        wait()
        assert done[:2] == ["written", "read"]


def test_what_fails_in_reading_is_raised_to_who_waits_for_it_and_by_join() -> None:
    with WritingThread() as writing:
        wait = writing.read(fail)
        for attempt in (wait, writing.join):
            with pytest.raises(ValueError, match="cannot be written"):
                attempt()


def test_what_fails_in_a_piece_is_raised_by_join() -> None:
    with WritingThread() as writing:
        writing.write(fail)
        with pytest.raises(ValueError, match="cannot be written"):
            writing.join()


def test_what_failed_is_raised_again_to_who_went_on() -> None:
    """An error met on the way to something else may be swallowed there; the transaction must not be committed."""
    with WritingThread() as writing:
        writing.write(fail)
        for attempt in (writing.join, partial(writing.write, fail), writing.join):
            with pytest.raises(ValueError, match="cannot be written"):
                attempt()


def test_after_a_failure_nothing_is_begun_and_whoever_waits_is_told_its_cause() -> None:
    """A statement after one that failed only says that the transaction is lost: that hid what had happened."""
    begun: list[str] = []
    may_fail = threading.Event()

    def fail_late() -> None:
        may_fail.wait(60)
        fail()

    with WritingThread() as writing:
        writing.write(fail_late)
        wait = writing.read(lambda: begun.append("read"))
        may_fail.set()
        with pytest.raises(ValueError, match="cannot be written"):
            wait()
    assert begun == []


def test_what_has_failed_is_raised_before_more_is_given() -> None:
    def give_for_ever() -> None:
        with WritingThread() as writing:
            writing.write(fail)
            while True:
                writing.write(lambda: None)

    with pytest.raises(ValueError, match="cannot be written"):
        give_for_ever()


def test_leaving_with_an_error_waits_for_the_piece_and_writes_no_other() -> None:
    begun, may_end, written = threading.Event(), threading.Event(), []

    def slow() -> None:
        begun.set()
        may_end.wait(60)
        written.append("first")

    def judge() -> None:
        with WritingThread() as writing:
            writing.write(slow)
            writing.write(lambda: written.append("second"))
            begun.wait(60)
            threading.Timer(0.05, may_end.set).start()
            raise RuntimeError("judging failed")

    with pytest.raises(RuntimeError, match="judging failed"):
        judge()
    assert written == ["first"]
