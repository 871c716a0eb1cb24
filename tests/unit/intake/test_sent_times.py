"""Times read digit by digit are the times that the careful reading finds; what it refuses is refused."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.domain.instants import Zone, zone_named
from monitor.intake.sent_times import SentTimes

ZONES = st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "Australia/Lord_Howe"]).map(zone_named)
OFFSETS: st.SearchStrategy[tzinfo | None] = st.none() | st.integers(-1439, 1439).map(
    lambda minutes: timezone(timedelta(minutes=minutes))
)
MOMENTS = st.builds(
    lambda seconds, micro, offset: (datetime(1890, 1, 1, microsecond=micro, tzinfo=UTC) + seconds).replace(
        tzinfo=offset
    ),
    st.integers(0, 1120 * 365 * 86_400).map(lambda seconds: timedelta(seconds=seconds)),
    st.integers(0, 999_999) | st.just(0),
    OFFSETS,
)
WRITTEN = st.one_of(
    MOMENTS.map(datetime.isoformat),
    MOMENTS.map(lambda moment: moment.isoformat(" ", "milliseconds")),
    MOMENTS.map(lambda moment: moment.replace(tzinfo=UTC, microsecond=0).isoformat().replace("+00:00", "Z")),
)
SPOILT = st.builds(
    lambda text, at, put: text[: at % len(text)] + put + text[at % len(text) + 1 :],
    WRITTEN, st.integers(0, 40), st.sampled_from(["", "0", "9", ":", "-", "+", ".", ",", "T", "W", "Z", " ", "٣", "x"]),
)  # fmt: skip


def outcome(read: Callable[[str], int], text: str) -> int | str:
    try:
        return read(text)
    except ValueError as error:
        return str(error)


@given(ZONES, st.lists(WRITTEN | SPOILT, max_size=8))
@example(zone_named("Europe/Berlin"), ["2026-10-25T02:30:00", "2026-03-29T02:30:00", "2026-10-25T02:30:00.5"])
@example(zone_named("Asia/Shanghai"), ["2026-02-28T10:00:00Z", "2026-02-29T10:00:00Z", "2026-02-28T10:00:00+08:00"])
@example(zone_named("Asia/Shanghai"), ["2026-09-16T10:12:00.+08:00", "2026-09-16T10:12:00.1234567+08:00"])
@example(zone_named("Asia/Shanghai"), ["2026-09-16T10:12:00+24:00", "2026-09-16T10:12:00+08:00:30"])
@example(zone_named("Asia/Shanghai"), ["2026-09-16T24:00:00", "2026-W38-3T10:12:00", "2999-12-31T23:59:59-12:00", ""])
def test_a_time_is_read_as_it_is_with_care_whatever_came_before_it(zone: Zone, texts: list[str]) -> None:
    times = SentTimes(zone)
    for text in [*texts, *texts]:
        assert outcome(times.read, text) == outcome(zone.parse, text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-09-16T10:12:00+08:00", "2026-09-16T02:12:00+00:00"),
        ("2026-09-16T10:12:00", "2026-09-16T02:12:00+00:00"),
        ("2026-09-16 10:12:00.5", "2026-09-16T02:12:00.500000+00:00"),
        ("2026-09-16T10:12:00.123456Z", "2026-09-16T10:12:00.123456+00:00"),
        ("2026-09-16T10:12:00.001-05:30", "2026-09-16T15:42:00.001000+00:00"),
    ],
)
def test_usual_times(text: str, expected: str) -> None:
    assert zone_named("UTC").text(SentTimes(zone_named("Asia/Shanghai")).read(text)) == expected
