"""What goes over the wire: each message encoded once for everybody of the same scope."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from alerts.live.scope import Scope, restrict
from alerts.live.wire import text_frame
from monitor.storage.feed import FeedRow

ResyncReason = Literal["too_old", "too_many", "ahead", "unknown", "slow", "case_time"]
"""Why a client gets a snapshot instead of what it missed.

`too_old`: the feed no longer has it · `too_many`: a snapshot is the shorter way · `ahead`: a number that the feed has
not reached, from another database · `unknown`: no number at all, or one in a gap · `slow`: the client took its messages
too slowly · `case_time`: case time was set anew while nothing else happened.
"""

DELTA_PARTS = (
    "as_of", "case_time", "numbers", "departments", "sources", "due_days", "trend", "cards", "cards_more",
    "feed_cards", "outages", "warnings",
)  # fmt: skip
"""The parts of `Delta`: what else a row of the feed may hold is between the engine and its readers here."""


@dataclass(frozen=True, slots=True)
class Message:
    """One encoded message, as text and as the frame that carries it; `is_state` tells deltas and snapshots from
    heartbeats.
    """

    seq: int
    text: str
    is_state: bool
    frame: bytes

    @property
    def size(self) -> int:
        """Its length in bytes."""
        return len(self.frame)


def snapshot_message(seq: int, board_text: str, reason: ResyncReason | None) -> Message:
    """The whole board at a sequence number; `board_text` is the encoded `Board`."""
    head = _encode({"type": "snapshot", "seq": seq, "resync_reason": reason})
    return _message(seq, f'{head[:-1]},"board":{board_text}}}', is_state=True)


def delta_message(
    row: FeedRow, scope: Scope, case_time: Mapping[str, Any], own: Mapping[str, Any] | None = None
) -> Message:
    """One row of the feed as a recipient of this scope sees it; with nothing in it for them it still counts on.

    `own` are parts read for this very scope. Case time is that of sending, not that of a row perhaps hours old.
    """
    parts = restrict({**row.body, "case_time": case_time}, scope, own)
    told = {name: parts[name] for name in DELTA_PARTS if name in parts}
    return _message(row.seq, _encode({"type": "delta", "seq": row.seq, **told}), is_state=True)


def heartbeat_message(seq: int, as_of: str, data_as_of: str | None) -> Message:
    """Sent when nothing else is: everything up to `seq` has been sent before it."""
    beat = {"type": "heartbeat", "seq": seq, "as_of": as_of, "data_as_of": data_as_of}
    return _message(seq, _encode(beat), is_state=False)


def resync_text(reason: ResyncReason) -> str:
    """Tells a client that messages were dropped; a snapshot follows."""
    return _encode({"type": "resync", "reason": reason})


def encode_board(board: Mapping[str, Any]) -> str:
    """Encode a `Board` once for all who get it."""
    return _encode(board)


def _message(seq: int, text: str, *, is_state: bool) -> Message:
    return Message(seq, text, is_state, text_frame(text.encode()))


def _encode(value: Mapping[str, Any]) -> str:
    return msgspec.json.encode(value).decode()
