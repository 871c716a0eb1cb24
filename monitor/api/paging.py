"""Cursors of paged lists: where a page ended, packed so that nobody builds on what is inside."""

from __future__ import annotations

import base64
import binascii
from typing import TypeVar

import msgspec

from monitor.api.problems import ProblemError

LONGEST_CURSOR = 2_000
Position = TypeVar("Position")


def pack_cursor(order: str, position: object) -> str:
    """Give the cursor of a page of a list in this order that ended at `position` (a dataclass)."""
    packed = msgspec.msgpack.encode([order, msgspec.to_builtins(position, builtin_types=())])
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def unpack_cursor(order: str, cursor: str | None, position: type[Position]) -> Position | None:
    """Give back where the page before ended. Raises ProblemError 422 for a cursor that no page of this list gave."""
    if cursor is None:
        return None
    try:
        if len(cursor) > LONGEST_CURSOR:
            raise ValueError("too long")
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        found_order, found = msgspec.msgpack.decode(packed, type=tuple[str, msgspec.Raw])
        if found_order != order:
            raise ValueError(f"of the order {found_order}")
        return msgspec.msgpack.decode(found, type=position)
    except (ValueError, binascii.Error) as error:  # msgspec's errors are ValueErrors
        raise ProblemError(
            422,
            "bad-cursor",
            "The cursor does not belong to this list",
            f"`cursor` ({error}): take `next_cursor` of the page before, in the same order, or leave it out to begin.",
        ) from error
