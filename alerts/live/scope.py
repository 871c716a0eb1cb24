"""Who may see what: the one place where a recipient's scope is enforced, for every message that is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SUMS = ("numbers", "due_days", "trend")
"""Parts that add departments up: what belongs to a scope cannot be cut out of them, it has to be read anew."""

_NEUTRAL = ("hall", "as_of", "case_time")


@dataclass(frozen=True)
class Scope:
    """One hall, whole (`departments` None) or some of its departments; '' stands for cases that name none."""

    hall_id: int
    departments: frozenset[str] | None = None

    @property
    def is_whole(self) -> bool:
        """Tell whether the recipient sees the whole hall."""
        return self.departments is None

    def admits(self, department: str | None) -> bool:
        """Tell whether a department lies within."""
        return self.departments is None or (department or "") in self.departments


def restrict(parts: Mapping[str, Any], scope: Scope, own: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Cut the parts of a `Board` or `Delta` to a scope.

    `own` are numbers, due days, trend and cards as read for this very scope; without them a restricted recipient gets
    no sums. Whatever part is not known here is left out: a new kind of part has to be admitted on purpose.
    """
    if scope.departments is None:
        return dict(parts)
    own = own or {}
    cut: dict[str, Any] = {name: parts[name] for name in _NEUTRAL if name in parts}
    rows = {**parts, **own}
    for name, part in (("departments", "code"), ("cards", "department")):
        if rows.get(name) is not None:
            cut[name] = [row for row in rows[name] if scope.admits(row[part])]
    if parts.get("sources") is not None:
        cut["sources"] = restrict_sources(parts["sources"], scope)
    cut.update({name: own[name] for name in SUMS if name in own})
    return cut


def restrict_sources(sources: list[dict[str, Any]], scope: Scope) -> list[dict[str, Any]]:
    """Keep the sources that feed a department of the scope, naming only those; one that declares none may feed any."""
    if scope.departments is None:
        return sources
    cut = []
    for source in sources:
        admitted = [code for code in source["departments"] if code in scope.departments]
        if admitted or not source["departments"]:
            cut.append({**source, "departments": admitted})
    return cut
