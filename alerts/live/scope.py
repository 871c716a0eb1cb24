"""Who may see what: the one place where a recipient's scope is enforced, for every message that is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SUMS = ("numbers", "due_days", "trend")
"""Parts that add departments up: what belongs to a scope cannot be cut out of them, it has to be read anew."""

_NEUTRAL = ("hall", "as_of", "case_time", "warnings")


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
    # That a source is silent or the supervision was blind concerns whoever depends on it; how many cards that holds or
    # costs is a sum over all departments.
    if parts.get("feed_cards") is not None:
        cut["feed_cards"] = [{**card, "cards_held": None} for card in restrict_sources(parts["feed_cards"], scope)]
    if parts.get("outages") is not None:
        cut["outages"] = [{**outage, "cards_due": None, "cards_held": None} for outage in parts["outages"]]
    cut.update({name: own[name] for name in SUMS if name in own})
    return cut


def restrict_sources(sources: list[dict[str, Any]], scope: Scope) -> list[dict[str, Any]]:
    """Keep the sources, or feed cards, of a department of the scope, naming only those.

    One that declares none may feed any.
    """
    if scope.departments is None:
        return sources
    cut = []
    for source in sources:
        admitted = [code for code in source["departments"] if code in scope.departments]
        if admitted or not source["departments"]:
            cut.append({**source, "departments": admitted})
    return cut
