"""Which feeding systems have fallen silent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from monitor.domain.instants import Instant, instant_of
from monitor.domain.silence import is_silent
from monitor.storage.rules import HallRules


def silent_sources(sources: Iterable[Mapping[str, Any]], rules: HallRules, as_of: Instant) -> frozenset[str]:
    """Codes of the sources (`SourceHealth`) that should send and have not been heard of for 30 working minutes.

    An archive sends no heartbeat; a source never heard of is unknown, not silent.
    """
    archives = {feed.code for feed in rules.sources.values() if feed.archive}
    return frozenset(
        source["code"]
        for source in sources
        if source["complete_until"] is not None
        and source["code"] not in archives
        and is_silent(rules.calendar, instant_of(datetime.fromisoformat(source["complete_until"])), as_of)
    )
