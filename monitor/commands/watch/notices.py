"""What makes the picture doubtful, a line each: warnings, outages of the supervision, sources that say nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from monitor.commands.watch.words import Language, say


def notice_lines(parts: Mapping[str, Any], language: Language) -> list[str]:
    """The lines for a board, or for the parts of a delta; warnings first."""
    return [
        *(warning["text"][language] for warning in parts.get("warnings") or ()),
        *(_outage_line(outage, language) for outage in parts.get("outages") or ()),
        *(_source_line(card, language) for card in parts.get("feed_cards") or ()),
    ]


def _outage_line(outage: dict[str, Any], language: Language) -> str:
    begun, ended = short_time(outage["blind_from"]), short_time(outage["blind_until"])
    due, held = ("–" if outage[name] is None else outage[name] for name in ("cards_due", "cards_held"))
    return say("outage", language, begun=begun, ended=ended, n=due, held=held)


def _source_line(card: dict[str, Any], language: Language) -> str:
    held = "–" if card["cards_held"] is None else card["cards_held"]
    name = card["source_name"][language] or card["source"]
    return say(card["state"], language, source=name, at=short_time(card["data_as_of"]), n=held)


def short_time(text: str) -> str:
    """Month, day and time of day."""
    return f"{datetime.fromisoformat(text):%m-%d %H:%M}"
