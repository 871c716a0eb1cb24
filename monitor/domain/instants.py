"""Instants as whole microseconds since 1970-01-01T00:00Z, and local days as whole days since 1970-01-01.

Inside the pure package every moment is an `Instant` and every local date a `Day`: plain integers compare, sort and
pack at no cost and carry no time zone that could be confused. `Zone` is the one place that turns one into the other.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

Instant = int
"""Microseconds since 1970-01-01T00:00Z."""
Day = int
"""Days since 1970-01-01, of a local date."""

SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
END_OF_TIME: Final = 1 << 61
"""Later than any moment, and still a machine word wherever the rules are compiled."""
_DAY_FACTOR: Final = 675
_DAY_COFACTOR: Final = DAY // _DAY_FACTOR
"""`DAY` as a product: where the rules are compiled, only numbers below 2³⁰ are multiplied as machine words."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_YEARS_OF_TRANSITIONS = range(1950, 2101)


def instant_of(moment: datetime) -> Instant:
    """The instant of an aware datetime."""
    delta = moment - EPOCH
    return (delta.days * 86_400 + delta.seconds) * SECOND + delta.microseconds


def datetime_of(instant: Instant, zone: tzinfo = UTC) -> datetime:
    """The aware datetime of an instant, in `zone`."""
    return (EPOCH + timedelta(microseconds=instant)).astimezone(zone)


def day_of(local_date: date) -> Day:
    """Days since 1970-01-01."""
    return local_date.toordinal() - _EPOCH_ORDINAL


def date_of(day: Day) -> date:
    """The local date of a day number."""
    return date.fromordinal(day + _EPOCH_ORDINAL)


class Zone:
    """A civil time zone with its changes of offset between 1950 and 2100 laid out for bisection.

    A local time that occurs twice is the earlier one; one that does not exist moves forward by the gap.
    """

    def __init__(self, name: str) -> None:
        try:
            self.info: tzinfo = ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"unknown time zone {name!r}: use an IANA name such as Asia/Shanghai") from error
        self.name = name
        self._starts, self._offsets = _transitions(name)
        self._shown: dict[int, timezone] = {}
        # The stretch of constant offset asked for last (start, end, offset): nearly every question falls into it again.
        # Of one piece, for threads share a zone: none may take the offset of one stretch with the bounds of another.
        self._last: tuple[int, int, int] = 0, 0, 0

    def offset(self, instant: Instant) -> int:
        """Offset from UTC in force at `instant`, in microseconds."""
        start, end, offset = self._last
        if start <= instant < end:
            return offset
        position = max(bisect_right(self._starts, instant) - 1, 0)
        following = self._starts[position + 1] if position + 1 < len(self._starts) else END_OF_TIME
        offset = self._offsets[position]
        self._last = self._starts[position] if position else -END_OF_TIME, following, offset
        return offset

    def local(self, instant: Instant) -> tuple[Day, int]:
        """Local day and microseconds since local midnight (by the clock on the wall)."""
        return divmod(instant + self.offset(instant), DAY)

    def day(self, instant: Instant) -> Day:
        """Local date of `instant`."""
        start, end, offset = self._last
        if start <= instant < end:
            return (instant + offset) // DAY
        return (instant + self.offset(instant)) // DAY

    def instant(self, day: Day, time_of_day: int) -> Instant:
        """The instant at which clocks show `time_of_day` (microseconds since midnight) on `day`."""
        naive = day * _DAY_FACTOR * _DAY_COFACTOR + time_of_day
        start, end, offset = self._last
        likely = naive - offset
        if start + DAY <= likely < end - DAY:
            return likely  # far from any change of offset there is only one answer
        # The offset in force before any change near this local time gives the earlier of two and the later of none.
        before = self.offset(naive - DAY)
        candidate = naive - before
        if self.offset(candidate) == before:
            return candidate
        after = self.offset(candidate)
        moved = naive - after
        return moved if self.offset(moved) == after and moved >= self._change_before(candidate) else candidate

    def _change_before(self, instant: Instant) -> Instant:
        return self._starts[max(bisect_right(self._starts, instant) - 1, 0)]

    def text(self, instant: Instant) -> str:
        """ISO 8601 with this zone's offset."""
        offset = self.offset(instant)
        shown = self._shown.get(offset)
        if shown is None:
            shown = self._shown[offset] = timezone(timedelta(microseconds=offset))
        return (EPOCH + timedelta(microseconds=instant)).astimezone(shown).isoformat()

    def parse(self, text: str) -> Instant:
        """The instant a text means: ISO 8601, extended or basic; a date alone is 00:00; no zone means this one.

        Raises ValueError when it names no possible moment between the years 1900 and 2999.
        """
        moment = datetime.fromisoformat(text)
        if not 1900 <= moment.year <= 2999:
            raise ValueError(f"year {moment.year} is outside 1900 to 2999")
        if moment.tzinfo is None:
            naive = instant_of(moment.replace(tzinfo=UTC))
            return self.instant(*divmod(naive, DAY))
        return instant_of(moment)


@lru_cache(maxsize=64)
def _transitions(name: str) -> tuple[list[Instant], list[int]]:
    """Starts and offsets (microseconds) of every stretch of constant offset, found hour by hour around the changes."""
    info = ZoneInfo(name)

    def offset_at(instant: Instant) -> int:
        offset = datetime_of(instant).astimezone(info).utcoffset()
        assert offset is not None
        return offset // timedelta(microseconds=1)

    first = instant_of(datetime(_YEARS_OF_TRANSITIONS[0], 1, 1, tzinfo=UTC))
    last = instant_of(datetime(_YEARS_OF_TRANSITIONS[-1], 1, 1, tzinfo=UTC))
    starts, offsets = [first], [offset_at(first)]
    for probe in range(first, last, 7 * DAY):
        if offset_at(probe + 7 * DAY) == offset_at(probe):
            continue
        low, high = probe, probe + 7 * DAY
        before = offset_at(low)
        while high - low > SECOND:
            middle = (low + high) // 2 // SECOND * SECOND
            low, high = (middle, high) if offset_at(middle) == before else (low, middle)
        starts.append(high)
        offsets.append(offset_at(high))
    return starts, offsets


@lru_cache(maxsize=64)
def zone_named(name: str) -> Zone:
    """The zone of an IANA name, built once. Raises ValueError for an unknown name."""
    return Zone(name)
