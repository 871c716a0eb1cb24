"""Reads the rules of a profile: which rows become which events, and where each field comes from."""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import Any

from monitor.domain.events import KIND_ORDER
from monitor.intake.importing.profile import EVENT_FIELDS, TIME_FIELDS, Condition, Directive, Rule, Unmapped
from monitor.intake.importing.profile_part import Part

_STRPTIME = frozenset("aAbBdfHIjmMpSwyYzZ%")


class RuleReader:
    """Reads rules of one profile; `fields` are the profile's default fields, `columns` what was asked for."""

    def __init__(self, *, has_cases: bool, activity: str | None) -> None:
        self.has_cases = has_cases
        self.activity = activity
        self.fields: dict[str, Directive] = {}
        self.columns: set[str] = set()

    def take_defaults(self, part: Part) -> None:
        """Read the table `fields`: what every rule fills unless it says otherwise."""
        for name in EVENT_FIELDS:
            if part.has(name):
                directive = self.directive(part, name)
                if directive is not None:
                    self.fields[name] = directive
        part.finish()

    def rule(self, part: Part, *, of_case: bool = False) -> Rule:
        """Read one rule. `of_case`: it speaks of the case, so no row is at hand."""
        activities = frozenset() if of_case else frozenset(part.texts("activity"))
        if activities and self.activity is None:
            part.complain("activity", "the profile does not say which column holds it: give `activity` at the top")
        conditions = self._conditions(part, "when_case", of_case=True)
        if not of_case:
            conditions += self._conditions(part, "when", of_case=False)
        fields = {name: directive for name, directive in self.fields.items() if not (of_case and directive.columns)}
        for name in EVENT_FIELDS:
            if not part.has(name):
                continue
            if part.take(name) is False:
                fields.pop(name, None)
            else:
                directive = self.directive(part, name, of_case=of_case)
                if directive is not None:
                    fields[name] = directive
        lacking = frozenset(part.texts("unless_case_has"))
        if lacking and (self.activity is None or not self.has_cases):
            part.complain("unless_case_has", "it needs an XES log and the profile's `activity`")
        kind = self._kind(part)
        rule = Rule(part.path, kind, activities, conditions, fields, lacking, part.flag("optional"))
        self._check(part, rule)
        part.finish()
        return rule

    def _kind(self, part: Part) -> Directive:
        if isinstance(part.content.get("kind"), dict):
            return self.directive(part, "kind") or Directive(f"{part.path}.kind")
        return Directive(f"{part.path}.kind", value=part.one_of("kind", list(KIND_ORDER)))

    def _check(self, part: Part, rule: Rule) -> None:
        for name in ("case_no", "at"):
            if name not in rule.fields:
                part.complain(name, "is missing: give it here or in the table `fields`")
        step = rule.kind.value in ("step_started", "step_finished")
        if step and "step" not in rule.fields:
            part.complain("step", "is missing: a step needs its name")

    def directive(self, part: Part, name: str, *, of_case: bool = False) -> Directive | None:
        """Read one field's directive: a column's name, or a table."""
        value = part.take(name)
        if isinstance(value, str) and value:
            value = {"column": value}
        if not isinstance(value, dict):
            part.complain(name, f'is {value!r}: give a column\'s name or a table such as {{ value = "…" }}')
            return None
        table = Part(f"{part.path}.{name}", value, part.problems)
        directive = Directive(
            table.path,
            columns=table.texts("column"),
            case=table.texts("case"),
            value=table.optional_text("value"),
            elsewhere=table.optional_text("elsewhere"),
            join=table.text("join", "/"),
            map=table.mapping("map"),
            unmapped=Unmapped(table.one_of("unmapped", [word.value for word in Unmapped], Unmapped.REJECT)),
            default=table.optional_text("default"),
            format=table.optional_text("format"),
            hash=table.flag("hash"),
            calendar_days=table.flag("calendar_days"),
        )
        table.finish()
        self._check_directive(table, directive, name, of_case=of_case)
        self.columns.update(directive.columns)
        return directive

    def _check_directive(self, table: Part, directive: Directive, name: str, *, of_case: bool) -> None:
        origins = [bool(directive.columns), bool(directive.case), directive.value is not None]
        if sum(origins) != 1:
            table.complain("", "give exactly one of `column`, `case` and `value`")
        if directive.case and not self.has_cases:
            table.complain("case", "only XES logs have attributes of a case: use `column`")
        if of_case and directive.columns and directive.elsewhere is None:
            table.complain("column", "this rule speaks of the case, not of a row: use `case`, or `elsewhere`")
        if directive.elsewhere is not None and (self.activity is None or not self.has_cases or not directive.columns):
            table.complain("elsewhere", "it needs an XES log, the profile's `activity` and a `column` to read there")
        if directive.format is not None and name not in TIME_FIELDS:
            table.complain("format", f"only times have one, {name} is none")
        elif directive.format is not None and not _is_time_format(directive.format):
            table.complain(
                "format", f"is {directive.format!r}: write it as Python's strptime does, as %d-%m-%Y %H:%M:%S"
            )
        if directive.calendar_days and name != "days":
            table.complain("calendar_days", "only `days` can be counted so")

    def _conditions(self, part: Part, key: str, *, of_case: bool) -> tuple[Condition, ...]:
        table = part.part(key)
        if of_case and table.content and not self.has_cases:
            part.complain(key, "only XES logs have attributes of a case: use `when`")
        found = []
        for name, wanted in table.content.items():
            condition = _condition(name, wanted, of_case=of_case)
            if condition is None:
                table.complain(name, "give a text, a list of texts, { not = [texts] } or { present = true }")
                continue
            found.append(condition)
            if not of_case:
                self.columns.add(name)
        return tuple(found)


def _condition(name: str, wanted: Any, *, of_case: bool) -> Condition | None:
    if isinstance(wanted, str):
        return Condition(name, of_case, frozenset({wanted}), negated=False)
    if isinstance(wanted, list) and wanted and all(isinstance(text, str) for text in wanted):
        return Condition(name, of_case, frozenset(wanted), negated=False)
    if isinstance(wanted, Mapping) and len(wanted) == 1:
        if isinstance(wanted.get("present"), bool):
            return Condition(name, of_case, frozenset({None}), negated=wanted["present"])
        inner = _condition(name, wanted["not"], of_case=of_case) if "not" in wanted else None
        if inner is not None and not inner.negated:
            return Condition(name, of_case, inner.texts, negated=True)
    return None


def _is_time_format(text: str) -> bool:
    """Whether strptime can read it and a date is in it."""
    codes = {text[place + 1 : place + 2] for place, letter in enumerate(text) if letter == "%"}
    plain = set(text) <= set(string.printable)
    return plain and codes <= _STRPTIME and {"d", "m", "Y"} <= codes | ({"m"} if codes & {"b", "B"} else set())
