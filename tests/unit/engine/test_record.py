"""What is stored of a judgement is read as it was written, also where an earlier release wrote it."""

from __future__ import annotations

import msgspec
import pytest

from monitor.domain.facts import CaseFacts, case_facts_of, clock_facts_of_row
from monitor.domain.quiet_summary import QuietSummary
from monitor.domain.tally import COUNTERS
from monitor.engine.judged_record import JudgedRecord
from monitor.engine.record import EMPTY_TALLY, pack_record, read_record, read_shares, unpack_record
from monitor.storage.fold import DAY_COUNTERS, LOAD_COUNTERS
from tests.support.stored_parts import copy_of

NAMED = [("D1", 20_713, "received", 1.0), ("D1", 20_714, "used_days", 2.5), ("D1", None, "open", 1.0)]
TALLY = msgspec.msgpack.encode(
    ["D1", *(value for _, day, column, amount in NAMED for value in (day, COUNTERS.index(column), amount))]
)


def judged(tally: bytes) -> JudgedRecord:
    facts = case_facts_of(["I1", "D1", "accepted", "yellow", *[None] * 3, False, *[None] * 11, 7])
    clock = clock_facts_of_row(
        [0, "promise", 5, "working_days", 5.0, 0.0, 9, *[None] * 2, False, "running", False, *[None] * 2, False]
    )
    quiet = QuietSummary(7, "I1", True, False, ["审查"], [])
    cards = [("promise", "yellow", 9)]
    return JudgedRecord(3, None, quiet, facts, [clock], [("A13", None, "late")], cards, tally)


def test_a_record_is_read_as_it_was_written() -> None:
    for tally in (EMPTY_TALLY, TALLY):
        written = judged(tally)
        stored = unpack_record(pack_record(written))
        assert stored is not None
        assert read_record(pack_record(written)) == stored.read() == written
        assert stored.read_tally() == (NAMED if tally is TALLY else [])
        assert (stored.read_clocks(), stored.read_facts()) == (written.clocks, written.facts)
        assert isinstance(read_record(pack_record(written)).facts, CaseFacts)


def test_what_is_stored_packed_stays_as_it_is_when_only_the_summary_moves_on() -> None:
    stored = unpack_record(pack_record(judged(TALLY)))
    assert stored is not None
    moved = QuietSummary(8, "I1", True, False, [], [])
    assert read_record(pack_record(stored.with_quiet(moved))) == copy_of(judged(TALLY), quiet=moved)


def test_a_record_read_and_written_again_is_the_same_to_the_byte() -> None:
    """Amounts came back as fractions: nine bytes instead of one, and counters looked as if they had moved."""
    tally = msgspec.msgpack.encode(["D1", 20_713, 0, 1, 20_714, COUNTERS.index("used_days"), 2.5])
    packed = pack_record(judged(tally))
    assert pack_record(read_record(packed)) == packed


def test_a_summary_that_an_earlier_release_packed_is_not_plain() -> None:
    """It was shorter: what it did not know is taken as not so."""
    version, not_before, quiet, *others = judged(TALLY).row()
    assert isinstance(quiet, tuple)
    packed = msgspec.msgpack.encode([version, not_before, quiet[:6], *others])
    record = read_record(packed)
    assert record == judged(TALLY)
    assert record.quiet is not None
    assert not record.quiet.plain
    assert record.quiet.covers is None


def test_a_record_shows_its_values() -> None:
    record = judged(TALLY)
    assert repr(record) == f"JudgedRecord{record.row()}"


@pytest.mark.parametrize(
    "earlier", [NAMED, [(department, day, COUNTERS.index(column), amount) for department, day, column, amount in NAMED]]
)
def test_counters_that_an_earlier_release_wrote_are_read(earlier: list[tuple[object, ...]]) -> None:
    """One wrote names, and one a number and the department for each."""
    *others, _ = judged(TALLY).row()
    packed = msgspec.msgpack.encode([*others, earlier])
    stored = unpack_record(packed)
    assert stored is not None
    assert stored.read_tally() == NAMED
    record = read_record(packed)
    assert read_shares(record.tally) == NAMED
    assert copy_of(record, tally=TALLY) == judged(TALLY)
    assert pack_record(record) == packed, "it stays as it is until the case counts for something else"


def test_every_counter_has_its_number() -> None:
    assert sorted(COUNTERS) == sorted([*DAY_COUNTERS, *LOAD_COUNTERS])
