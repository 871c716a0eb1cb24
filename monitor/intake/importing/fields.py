"""The directives of a profile made into functions that read one field from one row."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from monitor.domain.instants import Zone
from monitor.intake.importing.personal import Pseudonyms
from monitor.intake.importing.profile import Condition, Directive, Unmapped
from monitor.intake.importing.records import CaseRecord

TextReader = Callable[[Mapping[str, str], CaseRecord], str | None]
"""Reads a text from the values of a row (those of no row: empty) and its case; None: absent."""
WORKING_DAYS_A_WEEK = 5
_TIMES_REMEMBERED = 16_384


class FieldProblem(ValueError):
    """A value that cannot be used: `reason` is a stable code, the text says what, where and what to do."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True)
class Reading:
    """What all readers of a profile share."""

    zone: Zone
    empty: frozenset[str]
    activity: str | None
    pseudonyms: Pseudonyms

    def text_reader(self, directive: Directive) -> TextReader:
        """Make the reader of a directive. It raises FieldProblem for a value that `map` does not name."""
        read = self._origin(directive)
        if directive.map is not None:
            read = _mapped(read, directive, directive.map)
        if directive.hash:
            read = self._hidden(read)
        return read if directive.default is None else _defaulted(read, directive.default)

    def time_reader(self, directive: Directive) -> TextReader:
        """Make the reader of a time: ISO 8601 or the directive's `format`, in the profile's zone where it has none.

        It gives one text for each moment: ISO 8601 with the offset of the profile's zone.
        """
        read = self.text_reader(directive)
        normalise = self._time_normaliser(directive)

        def read_time(values: Mapping[str, str], record: CaseRecord) -> str | None:
            text = read(values, record)
            return None if text is None else normalise(text)

        return read_time

    def days_reader(self, directive: Directive) -> Callable[[Mapping[str, str], CaseRecord], float | None]:
        """Make the reader of `days`; `calendar_days` are turned into working days at five a week, rounded up."""
        read = self.text_reader(directive)

        def read_days(values: Mapping[str, str], record: CaseRecord) -> float | None:
            text = read(values, record)
            if text is None:
                return None
            try:
                days = float(text)
            except ValueError:
                days = math.nan
            if not 0 <= days < 1e6:
                raise FieldProblem("bad_days", f"{directive.where}: {text!r} is no number of days ≥ 0: mend the row")
            return float(math.ceil(days * WORKING_DAYS_A_WEEK / 7)) if directive.calendar_days else days

        return read_days

    def _origin(self, directive: Directive) -> TextReader:
        if directive.value is not None:
            value = directive.value
            return lambda _values, _record: value
        if directive.case:
            read = self._joined(directive.case, directive.join)
            return lambda _values, record: read(record.attributes)
        read = self._joined(directive.columns, directive.join)
        if directive.elsewhere is None:
            return lambda values, _record: read(values)
        activity, named = self.activity or "", directive.elsewhere

        def read_elsewhere(_values: Mapping[str, str], record: CaseRecord) -> str | None:
            found = next((row for row in record.rows if row.values.get(activity) == named), None)
            return None if found is None else read(found.values)

        return read_elsewhere

    def _joined(self, names: tuple[str, ...], join: str) -> Callable[[Mapping[str, str]], str | None]:
        empty = self.empty
        if len(names) == 1:
            (name,) = names

            def read_one(values: Mapping[str, str]) -> str | None:
                text = values.get(name)
                return None if text is None or text in empty else text

            return read_one

        def read_all(values: Mapping[str, str]) -> str | None:
            texts = [values.get(name, "") for name in names]
            return join.join(texts) if any(text not in empty for text in texts) else None

        return read_all

    def _hidden(self, read: TextReader) -> TextReader:
        def read_hidden(values: Mapping[str, str], record: CaseRecord) -> str | None:
            text = read(values, record)
            return None if text is None else self.pseudonyms.of(text)

        return read_hidden

    def _time_normaliser(self, directive: Directive) -> Callable[[str], str]:
        zone, form = self.zone, directive.format

        # A log repeats its times: one case's dates in every row, one click in several activities.
        @lru_cache(maxsize=_TIMES_REMEMBERED)
        def normalise(text: str) -> str:
            try:
                if form is not None:
                    text = datetime.strptime(text, form).isoformat()  # noqa: DTZ007 -- the zone is the profile's
                return zone.text(zone.parse(text))
            except (ValueError, OverflowError) as error:
                wanted = "ISO 8601" if form is None else form
                raise FieldProblem(
                    "impossible_time",
                    f"{directive.where}: {text!r} is no possible time ({error}): {wanted} is expected",
                ) from error

        return normalise


def holds(
    conditions: tuple[Condition, ...], values: Mapping[str, str], record: CaseRecord, empty: frozenset[str]
) -> bool:
    """Whether every condition is true of a row; texts that mean "nothing" count as absent."""
    for condition in conditions:
        text = (record.attributes if condition.of_case else values).get(condition.name)
        if text is not None and text in empty and text not in condition.texts:
            text = None
        if (text in condition.texts) is condition.negated:
            return False
    return True


def _mapped(read: TextReader, directive: Directive, known: Mapping[str, str]) -> TextReader:
    unmapped, where = directive.unmapped, directive.where

    def read_mapped(values: Mapping[str, str], record: CaseRecord) -> str | None:
        text = read(values, record)
        if text is None or text in known:
            return text if text is None else known[text] or None
        if unmapped is Unmapped.REJECT:
            raise FieldProblem("unmapped_value", f"{where}: its map does not name {text!r}: add it, or set `unmapped`")
        return text if unmapped is Unmapped.KEEP else None

    return read_mapped


def _defaulted(read: TextReader, default: str) -> TextReader:
    def read_defaulted(values: Mapping[str, str], record: CaseRecord) -> str | None:
        text = read(values, record)
        return default if text is None else text

    return read_defaulted
