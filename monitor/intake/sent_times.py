"""Times as window systems write them, read digit by digit; what is written for the first time is read with care.

Pays where it is compiled; interpreted, `Zone.parse` is faster.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from monitor.domain.instants import DAY, SECOND, Day, Instant, Zone, day_of

_TO_DAY: Final = len("2026-09-16")
_TO_SECOND: Final = len("2026-09-16T10:12:00")
_DIGITS_OF_FRACTION: Final = 6
_ZERO: Final = ord("0")


class SentTimes:
    """Reads the times of one request one after the other; `zone` is that of times without offset. For one thread.

    Made for 2026-09-16T10:12:00, with fraction and offset or without, where date and offset are mostly those of the
    time before: then neither is worked out again, and nothing is made but the number.
    """

    def __init__(self, zone: Zone) -> None:
        self._zone = zone
        self._date = ""
        self._day: Day = 0
        self._midnight: Instant = 0
        """That of `_day` in UTC."""
        self._written_offset = ""
        self._offset = 0

    def read(self, text: str) -> Instant:
        """The instant a text means: what `Zone.parse` gives. Raises ValueError where it names no possible moment."""
        seconds = _read_seconds(text)
        if seconds < 0:
            return self._zone.parse(text)
        end = _find_end_of_fraction(text)
        since_midnight = seconds * SECOND + _read_fraction(text, end)
        if text[:_TO_DAY] == self._date:
            if end == len(text):
                return self._zone.instant(self._day, since_midnight)
            if text[end:] == self._written_offset:
                return self._midnight + since_midnight - self._offset
        instant = self._zone.parse(text)
        self._remember(text, end, since_midnight, instant)
        return instant

    def _remember(self, text: str, end: int, since_midnight: int, instant: Instant) -> None:
        """Keep date and offset of a time that was read with care."""
        if text[4] != "-" or text[7] != "-":  # a week
            return
        self._date = text[:_TO_DAY]
        self._day = day_of(date.fromisoformat(self._date))
        self._midnight = self._day * DAY
        if end < len(text) and text[end] in "+-Z":
            self._written_offset = text[end:]
            self._offset = self._midnight + since_midnight - instant


def _read_seconds(text: str) -> int:
    """Seconds since midnight; −1 where the text is not written as expected up to there."""
    if len(text) < _TO_SECOND or text[_TO_DAY] not in "T " or text[13] != ":" or text[16] != ":":
        return -1
    hour, minute, second = _read_two_digits(text, 11), _read_two_digits(text, 14), _read_two_digits(text, 17)
    if not (0 <= hour <= 23 and 0 <= minute <= 59 and 0 <= second <= 59):
        return -1
    return (hour * 60 + minute) * 60 + second


def _read_two_digits(text: str, at: int) -> int:
    tens, ones = ord(text[at]) - _ZERO, ord(text[at + 1]) - _ZERO
    return tens * 10 + ones if 0 <= tens <= 9 and 0 <= ones <= 9 else -1


def _find_end_of_fraction(text: str) -> int:
    """Where an offset may begin: after the fraction; before a point that no digit follows, where none can begin."""
    if len(text) == _TO_SECOND or text[_TO_SECOND] != ".":
        return _TO_SECOND
    at, last = _TO_SECOND + 1, min(len(text), _TO_SECOND + 1 + _DIGITS_OF_FRACTION)
    while at < last and 0 <= ord(text[at]) - _ZERO <= 9:
        at += 1
    return at if at > _TO_SECOND + 1 else _TO_SECOND


def _read_fraction(text: str, end: int) -> int:
    """Microseconds that the digits between the point and `end` stand for."""
    fraction, unit = 0, SECOND
    for at in range(_TO_SECOND + 1, end):
        unit //= 10
        fraction += (ord(text[at]) - _ZERO) * unit
    return fraction
