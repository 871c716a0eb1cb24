"""Who sends: the feeding system behind a key, which may write its own events only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Sender:
    """One source as intake needs it. `zone` names the zone of times sent without one; `feed` is live or archive."""

    source_id: int
    code: str
    hall_id: int
    zone: str = "Asia/Shanghai"
    feed: Literal["live", "archive"] = "live"
