"""Turns the rows of a log into events by the rules of a profile; what cannot be turned is refused row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from monitor.domain.events import KIND_ORDER
from monitor.domain.instants import zone_named
from monitor.intake.importing.fields import FieldProblem, Reading, TextReader, holds
from monitor.intake.importing.personal import Pseudonyms
from monitor.intake.importing.profile import Profile, Rule
from monitor.intake.importing.records import CaseRecord, Row, UnreadableRow

_NO_VALUES: Mapping[str, str] = {}
_SEPARATOR = "\x1f"

FieldReader = Callable[[Mapping[str, str], CaseRecord], Any]


@dataclass(slots=True)
class Draft:
    """An event before it is numbered: its fields as JSON has them, without `event_id` unless the log gives one.

    `key` joins case, activity, kind, time and the profile's `identity` columns; equal keys differ by an ordinal.
    """

    line: int
    key: str
    fields: dict[str, Any]


@dataclass(slots=True)
class RefusedRow:
    """A row, or one event of it, that cannot be taken in: a stable reason, and what to do about it."""

    line: int
    reason: str
    detail: str
    body: bytes


@dataclass(slots=True)
class _CompiledRule:
    rule: Rule
    kind: TextReader
    case_no: TextReader
    at: TextReader
    fields: tuple[tuple[str, FieldReader], ...]


class LogMapping:
    """The rules of one profile, made ready. `unmapped` counts the rows no rule spoke of, by activity."""

    def __init__(self, profile: Profile, source: str, pseudonyms: Pseudonyms) -> None:
        self.unmapped: Counter[str] = Counter()
        self._source = source
        self._identity = profile.identity
        self._activity = profile.activity
        self._reading = Reading(zone_named(profile.zone), profile.empty, profile.activity, pseudonyms)
        self._case_rules = [self._compile(rule) for rule in profile.case_rules]
        self._every_row = [self._compile(rule) for rule in profile.rules if not rule.activities]
        self._by_activity: dict[str, list[_CompiledRule]] = {}
        for rule in profile.rules:
            compiled = self._compile(rule)
            for activity in sorted(rule.activities):
                self._by_activity.setdefault(activity, []).append(compiled)
        self._rest = None if profile.rest is None else self._compile(profile.rest)

    def drafts(self, record: CaseRecord | UnreadableRow) -> Iterator[Draft | RefusedRow]:
        """The events of one record, in the order of the file."""
        if isinstance(record, UnreadableRow):
            yield RefusedRow(record.line, record.reason, record.detail, record.body)
            return
        for compiled in self._case_rules:
            if self._holds(compiled, _NO_VALUES, record):
                yield from self._apply(compiled, record.line, _NO_VALUES, record)
        for row in record.rows:
            yield from self._row_drafts(row, record)

    def _row_drafts(self, row: Row, record: CaseRecord) -> Iterator[Draft | RefusedRow]:
        activity = row.values.get(self._activity, "") if self._activity is not None else ""
        spoken_of = False
        for rules in (self._by_activity.get(activity, ()), self._every_row):
            for compiled in rules:
                if self._holds(compiled, row.values, record):
                    spoken_of = True
                    yield from self._apply(compiled, row.line, row.values, record)
        if spoken_of:
            return
        if self._rest is not None and self._holds(self._rest, row.values, record):
            yield from self._apply(self._rest, row.line, row.values, record)
        else:
            self.unmapped[activity] += 1

    def _holds(self, compiled: _CompiledRule, values: Mapping[str, str], record: CaseRecord) -> bool:
        rule = compiled.rule
        if rule.lacking and any(row.values.get(self._activity or "") in rule.lacking for row in record.rows):
            return False
        return holds(rule.conditions, values, record, self._reading.empty)

    def _apply(
        self, compiled: _CompiledRule, line: int, values: Mapping[str, str], record: CaseRecord
    ) -> Iterator[Draft | RefusedRow]:
        try:
            draft = self._draft(compiled, line, values, record)
        except FieldProblem as problem:
            yield RefusedRow(line, problem.reason, problem.detail, msgspec.json.encode({**record.attributes, **values}))
            return
        if draft is not None:
            yield draft

    def _draft(self, compiled: _CompiledRule, line: int, values: Mapping[str, str], record: CaseRecord) -> Draft | None:
        where = compiled.rule.where
        at = compiled.at(values, record)
        if at is None:
            if compiled.rule.optional:
                return None
            raise FieldProblem(
                "bad_occurred_at", f"{where}.at: the row has no time: give it one, or mark the rule `optional`"
            )
        case_no = compiled.case_no(values, record)
        if case_no is None:
            raise FieldProblem("bad_case_no", f"{where}.case_no: the row names no case: mend the row")
        kind = compiled.kind(values, record)
        if kind not in KIND_ORDER:
            raise FieldProblem("unknown_kind", f"{where}.kind: {kind!r} is unknown: use one of {', '.join(KIND_ORDER)}")
        fields: dict[str, Any] = {"source": self._source, "case_no": case_no, "kind": kind, "occurred_at": at}
        for name, read in compiled.fields:
            value = read(values, record)
            if value is not None:
                fields[name] = value
        activity = values.get(self._activity, "") if self._activity is not None else ""
        named = [values.get(name, "") for name in self._identity]
        return Draft(line, _SEPARATOR.join((case_no, activity, kind, at, *named)), fields)

    def _compile(self, rule: Rule) -> _CompiledRule:
        reading = self._reading
        fields: list[tuple[str, FieldReader]] = []
        for name, directive in rule.fields.items():
            if name == "due_claimed":
                fields.append((name, reading.time_reader(directive)))
            elif name == "days":
                fields.append((name, reading.days_reader(directive)))
            elif name not in ("case_no", "at"):
                fields.append((name, reading.text_reader(directive)))
        return _CompiledRule(
            rule,
            reading.text_reader(rule.kind),
            reading.text_reader(rule.fields["case_no"]),
            reading.time_reader(rule.fields["at"]),
            tuple(fields),
        )
