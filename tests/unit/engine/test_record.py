"""What is stored of a judgement is read as it was written, also where an earlier release wrote it."""

from __future__ import annotations

import msgspec

from monitor.domain.facts import COUNTERS, CaseFacts, ClockFacts
from monitor.domain.quiet_summary import QuietSummary
from monitor.engine.record import CounterShare, JudgedRecord, pack_record, read_record, unpack_record
from monitor.storage.fold import DAY_COUNTERS, LOAD_COUNTERS

NAMED = [("D1", 20_713, "received", 1.0), ("D1", 20_714, "used_days", 2.5), ("D1", None, "open", 1.0)]
TALLY: list[CounterShare] = [
    (department, day, COUNTERS.index(column), amount) for department, day, column, amount in NAMED
]


def judged(tally: list[CounterShare]) -> JudgedRecord:
    facts = CaseFacts._make(["I1", "D1", "accepted", "yellow", *[None] * 3, False, *[None] * 11, 7])
    clock = ClockFacts._make(
        [0, "promise", 5, "working_days", 5.0, 0.0, 9, *[None] * 2, False, "running", False, *[None] * 2, False]
    )
    quiet = QuietSummary(7, "I1", True, False, ["审查"], [])
    cards = [("promise", "yellow", 9)]
    return JudgedRecord(3, None, quiet, facts, [clock], [("A13", None, "late")], cards, tally)


def test_a_record_is_read_as_it_was_written() -> None:
    for tally in ([], TALLY):
        written = judged(tally)
        stored = unpack_record(pack_record(written))
        assert stored is not None
        assert read_record(pack_record(written)) == stored.read() == written
        assert stored.read_tally() == (NAMED if tally else [])
        assert (stored.read_clocks(), stored.read_facts()) == (written.clocks, written.facts)
        assert isinstance(read_record(pack_record(written)).facts, CaseFacts)


def test_what_is_stored_packed_stays_as_it_is_when_only_the_summary_moves_on() -> None:
    stored = unpack_record(pack_record(judged(TALLY)))
    assert stored is not None
    moved = QuietSummary(8, "I1", True, False, [], [])
    assert read_record(pack_record(stored.with_quiet(moved))) == msgspec.structs.replace(judged(TALLY), quiet=moved)


def test_a_record_read_and_written_again_is_the_same_to_the_byte() -> None:
    """Amounts came back as fractions: nine bytes instead of one, and counters looked as if they had moved."""
    tally: list[CounterShare] = [("D1", 20_713, 0, 1), ("D1", 20_714, COUNTERS.index("used_days"), 2.5)]
    packed = pack_record(judged(tally))
    assert pack_record(read_record(packed)) == packed


def test_counters_that_an_earlier_release_wrote_by_name_are_read() -> None:
    *others, _ = msgspec.structs.astuple(judged(TALLY))
    by_name = msgspec.msgpack.encode([*others, NAMED])
    stored = unpack_record(by_name)
    assert stored is not None
    assert stored.read_tally() == NAMED
    assert read_record(by_name) == judged(TALLY)


def test_every_counter_has_its_number() -> None:
    assert sorted(COUNTERS) == sorted([*DAY_COUNTERS, *LOAD_COUNTERS])
