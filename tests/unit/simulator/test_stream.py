"""The stream gives every event once, when it is sent, and tells the truth of a case before its first event."""

from datetime import date, datetime

import pytest

from monitor.simulator.life import BEFORE_REFORM, HallLife
from monitor.simulator.registry import SimulatedHall
from monitor.simulator.silences import Silences
from monitor.simulator.stream import HallStream
from monitor.simulator.truth import TruthLine
from monitor.simulator.working_days import CLOSING, DAY, day_number

HISTORY_FROM, TUESDAY = date(2026, 3, 2), day_number(date(2026, 3, 3))


def open_stream(hall: SimulatedHall, truth: list[TruthLine] | None = None) -> HallStream:
    told = [] if truth is None else truth
    return HallStream(HallLife(hall, 3, 0.1), HISTORY_FROM, told.append)


def test_events_come_in_order_of_sending_and_none_before_its_time(hall: SimulatedHall) -> None:
    stream = open_stream(hall)
    stream.take((TUESDAY - 1) * DAY)
    taken = stream.take(TUESDAY * DAY + CLOSING)
    known = [event.known for event in taken]
    assert known == sorted(known)
    assert known[0] > (TUESDAY - 1) * DAY
    assert known[-1] <= TUESDAY * DAY + CLOSING


def test_small_portions_and_a_large_one_give_the_same_events(hall: SimulatedHall) -> None:
    until = TUESDAY * DAY + CLOSING
    at_once = [event.line() for event in open_stream(hall).take(until)]
    stream = open_stream(hall)
    bit_by_bit = [event.line() for moment in range(until - 3 * DAY, until + 1, 1800) for event in stream.take(moment)]
    assert bit_by_bit == at_once


def test_the_evening_before_somebody_applies_for_a_case_received_the_next_morning(hall: SimulatedHall) -> None:
    stream = open_stream(hall)
    stream.take(TUESDAY * DAY + CLOSING)
    night = stream.take((TUESDAY + 1) * DAY)
    assert {event.fields["kind"] for event in night} & {"applied"}


def test_cases_before_the_reform_come_first_and_then_nothing_until_history(hall: SimulatedHall) -> None:
    stream = open_stream(hall)
    before = stream.take(day_number(date(2025, 12, 31)) * DAY)
    first = min(event.occurred for event in before) // DAY
    assert day_number(BEFORE_REFORM[0]) - 4 <= first <= day_number(BEFORE_REFORM[0])
    assert max(event.known for event in before) < day_number(date(2025, 10, 1)) * DAY
    assert stream.take(day_number(date(2026, 2, 25)) * DAY) == []


def test_the_truth_about_a_case_is_told_once_and_not_after_its_first_event(hall: SimulatedHall) -> None:
    truth: list[TruthLine] = []
    stream = open_stream(hall, truth)
    sent = {(event.source, event.fields["case_no"]) for event in stream.take(TUESDAY * DAY + CLOSING)}
    told = len(truth)
    keys = [line.key() for line in truth]
    assert len(keys) == len(set(keys))
    stream.take(TUESDAY * DAY + CLOSING + 600)
    stream.take((TUESDAY + 1) * DAY + CLOSING)
    later = {(line.source, line.case_no) for line in truth[told:]}
    assert later
    assert not later & sent


def test_a_few_sources_are_silent_for_a_while_in_the_middle_of_the_day_the_same_ones_every_time(
    hall: SimulatedHall,
) -> None:
    silences = Silences(hall.sources, 1)
    noon = TUESDAY * DAY + 12 * 3600 + 1800
    assert silences.silent_at(TUESDAY * DAY + 9 * 3600) == frozenset()
    assert silences.silent_at(TUESDAY * DAY + CLOSING - 3600) == frozenset()
    spells = [silences.silent_at(noon + day * DAY) for day in range(30)]
    assert any(spells)
    assert all(len(silent) <= 3 for silent in spells)
    assert Silences(hall.sources, 1).silent_at(noon) == silences.silent_at(noon)


@pytest.mark.parametrize("until", ["2026-02-10T12:00", "2026-04-01T09:00"])
def test_a_stream_goes_on_after_being_wound_forward(hall: SimulatedHall, until: str) -> None:
    local = datetime.fromisoformat(until)
    moment = day_number(local.date()) * DAY + local.hour * 3600
    stream, wound = open_stream(hall), open_stream(hall)
    for portion in range(TUESDAY * DAY, moment, DAY):
        stream.take(portion)
    stream.take(moment)
    wound.take(moment)
    later = moment + 8 * 3600
    assert [event.event_id for event in wound.take(later)] == [event.event_id for event in stream.take(later)]
